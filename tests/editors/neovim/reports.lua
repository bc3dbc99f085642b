-- A test report on disk: Neovim watches no files on Linux, so the server looks for itself. Diagnostics at the failing
-- line, the fix on them, gone with the next report.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local function report(failure)
  vim.fn.mkdir("build", "p")
  vim.fn.writefile({
    '<testsuites><testsuite name="unit"><testcase classname="" name="main returns zero">' .. failure,
    "</testcase></testsuite></testsuites>",
  }, "build/junit.xml")
end
report('<failure message="expected 0, was 1">main.cpp:3: expected 0, was 1</failure>')
common.open(vim.env.FILE)
local function ours()
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == "autofix tests"
  end, vim.diagnostic.get(0))
end
common.wait("the report's failure", function()
  return #ours() == 1
end)
common.equal("the failure's line", ours()[1].lnum, 2)
common.equal("its test", ours()[1].code, "main returns zero")
vim.api.nvim_win_set_cursor(0, { 3, 0 })
local before = common.text()
common.choose("Auto-fix with AI: failing test main returns zero")
common.wait("the fix", function()
  return common.text() ~= before
end)
common.equal("the fixed text", common.text(), vim.env.WANT)
report("")
common.wait("the failure to go", function()
  return #ours() == 0
end)
common.done()
