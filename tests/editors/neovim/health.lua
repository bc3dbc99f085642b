-- :checkhealth, green with a provider that answers and red without the program.
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
common.open("main.cpp")
local client = common.client()
local green = report()
check(green, "gemini answers")
check(green, "running for 1 project")
if green:find("ERROR", 1, true) then
  common.fail(green)
end
client.config.cmd = { "no-such-autofix" }
if vim.fn.has("nvim-0.11") == 1 then
  vim.lsp.config("autofix", { cmd = { "no-such-autofix" } })
end
local red = report()
check(red, "ERROR")
check(red, "no-such-autofix is not executable")
common.done()
