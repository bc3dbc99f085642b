-- Failing tests handed over by a test runner's plugin: diagnostics of their own, the fix, gone when they pass.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
common.open(vim.env.FILE)
local autofix = require("autofix")
local function ours()
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == "autofix tests"
  end, vim.diagnostic.get(0))
end
autofix.test_results({
  failures = {
    {
      name = "main returns zero",
      uri = vim.uri_from_bufnr(0),
      range = { start = { line = 2, character = 0 }, ["end"] = { line = 2, character = 5 } },
      message = "expected 0, was 1",
    },
  },
})
common.wait("the published failure", function()
  return #ours() == 1
end)
common.equal("the failure's line", ours()[1].lnum, 2)
vim.api.nvim_win_set_cursor(0, { 3, 0 })
local before = common.text()
common.choose("Auto-fix with AI: failing test main returns zero")
common.wait("the fix", function()
  return common.text() ~= before
end)
common.equal("the fixed text", common.text(), vim.env.WANT)
autofix.test_results({ passed = { "main returns zero" }, failures = {} })
common.wait("the failure to go", function()
  return #ours() == 0
end)
common.done()
