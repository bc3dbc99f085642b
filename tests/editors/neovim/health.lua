-- :checkhealth: green with a provider that answers; red where a key is refused, where none is set, without the server
-- in any buffer, and without the program. Each says the cause and the next step.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local function check(what, has, has_not)
  vim.cmd("checkhealth autofix")
  local report = common.text()
  if vim.env.SHOW then
    print("\n===== " .. what .. "\n" .. report)
  end
  for _, word in ipairs(has) do
    common.equal(what .. ": " .. word .. " in\n" .. report, report:find(word, 1, true) ~= nil, true)
  end
  for _, word in ipairs(has_not) do
    common.equal(what .. ": " .. word .. " in\n" .. report, report:find(word, 1, true) ~= nil, false)
  end
end
common.open(vim.env.FILE)
-- Gemini's stand-in of this case refuses the key: the server was reached, and is of no use.
check("green", {
  "groq answers, model openai/gpt-oss-120b", "attached to 1 buffer(s) of " .. vim.fn.getcwd(),
  vim.fn.exepath("autofix") .. ": ", "WARNING gemini: ", "Look at this provider's key",
}, { "gemini answers", "ERROR" })

vim.env.GROQ_API_KEY = nil
check("refused", {
  "WARNING gemini: ", "groq: GROQ_API_KEY is not set", "ERROR no provider can be used",
  "Set GOOGLE_API_KEY, GROQ_API_KEY",
}, { "answers" })
vim.env.GOOGLE_API_KEY = nil
check("without keys", {
  "gemini: GOOGLE_API_KEY or GEMINI_API_KEY is not set", "ERROR no provider can be used", "Ollama",
}, { "answers", "WARNING" })

common.stop()
check("stopped", { "WARNING no buffer uses the server", "vim.lsp.enable" }, { "attached" })

common.enable()
vim.cmd.edit(vim.env.FILE)
common.wait("the server", common.client)
common.client().config.cmd = { "no-such-autofix" }
if vim.fn.has("nvim-0.11") == 1 then
  vim.lsp.config("autofix", { cmd = { "no-such-autofix" } })
end
check("without the program", { "ERROR no-such-autofix is not executable", "put it into PATH" }, { "OK" })
common.done()
