-- The buffer's commands: what would be sent is shown, a chosen provider is asked alone, a fix is tried again. A user's
-- own on_attach changes none of it, nor does a plugin that is loaded after the file.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local autofix = require("autofix")
local attached = false
local said = {}
vim.notify = function(message)
  table.insert(said, message)
end
vim.cmd("filetype on")
vim.cmd.edit("main.cpp")
common.open("main.cpp", {
  on_attach = function()
    attached = true
  end,
})
common.equal("the user's own on_attach", attached, true)

local function wait_for_status(wanted)
  common.wait(wanted .. ", not " .. autofix.status(), function()
    return autofix.status() == wanted
  end)
end
wait_for_status("autofix: Gemini")

vim.cmd("LspAutofixPreview")
local shown = function()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
    end
  end
end
common.wait("the preview", shown)
common.equal("the preview's first words", vim.startswith(shown(), "to gemini "), true)
common.equal("the text in the preview", shown():find("return lenght;", 1, true) ~= nil, true)

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
