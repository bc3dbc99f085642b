-- :checkhealth: green with a provider that answers; red where a key is refused, where none is set, and without the
-- program.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local function report()
  vim.cmd("checkhealth autofix")
  return common.text()
end
local function check(text, word)
  if not text:find(word, 1, true) then
    common.fail("no " .. word .. " in\n" .. text)
  end
end
local function check_without(text, word)
  if text:find(word, 1, true) then
    common.fail(word .. " in\n" .. text)
  end
end
common.open(vim.env.FILE)
local client = common.client()
local green = report()
check(green, "groq answers")
check(green, "running for 1 project")
-- Gemini's stand-in of this case refuses the key: the server was reached, and is of no use.
check_without(green, "gemini answers")
check_without(green, "ERROR")

vim.env.GROQ_API_KEY = nil
local refused = report()
check(refused, "ERROR")
check(refused, "no provider can be used")
vim.env.GOOGLE_API_KEY = nil
local keyless = report()
check(keyless, "no provider can be used")
check(keyless, "GOOGLE_API_KEY")

client.config.cmd = { "no-such-autofix" }
if vim.fn.has("nvim-0.11") == 1 then
  vim.lsp.config("autofix", { cmd = { "no-such-autofix" } })
end
local red = report()
check(red, "ERROR")
check(red, "no-such-autofix is not executable")
common.done()
