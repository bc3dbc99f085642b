-- The buffer's commands: a chosen provider is asked alone, a fix is tried again. A user's own on_attach changes
-- none of it, nor does a plugin that is loaded after the file.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local autofix = require("autofix")
local attached = false
local said = {}
vim.notify = function(message)
  table.insert(said, message)
end
vim.cmd("filetype on")
vim.cmd.edit("main.cpp")
local options = {
  on_attach = function()
    attached = true
  end,
}
-- From 0.11 on it is Neovim that sees to buffers that are open.
if vim.fn.has("nvim-0.11") == 0 then
  common.enable(options)
  common.wait("the server in a buffer that was open before", function()
    return attached
  end)
end
common.open(vim.env.FILE, options)

local function wait_for_status(wanted)
  common.wait(wanted .. ", not " .. autofix.status(), function()
    return autofix.status() == wanted
  end)
end
wait_for_status("autofix: Gemini")

vim.cmd("LspAutofixProvider nobody")
common.wait("the refusal", function()
  return said[1]
end)
common.equal("the refusal", said[1], "autofix: no link of the chain is called nobody")
vim.cmd("LspAutofixProvider groq")
wait_for_status("autofix: Groq")

local before = common.text()
common.choose()
common.wait_for_session("awaiting_verification")
common.equal("the fixed text", common.text(), vim.env.WANT)
vim.cmd("silent undo")
common.equal("the text after one undo", common.text(), before)
vim.cmd("LspAutofixRetry")
common.wait("the second fix", function()
  return common.text() == vim.env.WANT
end)

vim.cmd("LspAutofixProvider")
wait_for_status("autofix: Gemini")
common.done()
