-- A diagnostic of another server, our code action, the fixed text, one message that says who answered, and one undo
-- that restores every byte.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local autofix = require("autofix")
local seen = {}
vim.api.nvim_create_autocmd("LspProgress", {
  callback = function()
    seen[autofix.status()] = true
  end,
})
common.open(vim.env.FILE)
local before = common.text()
common.choose()
common.wait("the fix", function()
  return common.text() ~= before
end)
common.equal("the fixed text", common.text(), vim.env.WANT)
common.wait("who answered, not " .. autofix.status(), function()
  return autofix.status() == "autofix: Groq (Groq answered for Gemini)"
end)
common.equal("the status told the step", seen["autofix: asking Gemini"] or seen["autofix: asking Groq"], true)
common.wait("the message", function()
  return vim.fn.execute("messages"):find("misspelt", 1, true)
end)
local messages = vim.split(vim.trim(vim.fn.execute("messages")), "\n")
common.equal("one message", #messages, 1)
local who = "Unverified, by Groq after Gemini (quota exhausted)"
common.equal("it says who", messages[1]:find(who, 1, true) ~= nil, true)
vim.cmd("silent write")
vim.cmd("silent undo")
common.equal("the text after one undo", common.text(), before)
vim.cmd("silent write! undone")
common.done()
