-- The consumer for neotest: a failing result, its diagnostic, the fix, the passing result, nothing left.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local fake_neotest = dofile(vim.env.CASE_FOLDER .. "/fake_neotest.lua")
common.open(vim.env.FILE)
local root = vim.fn.getcwd()
local path = root .. "/" .. vim.env.FILE
local function id(name)
  return path .. "::" .. name
end
local neotest = fake_neotest.setup({
  ["gtest:" .. root] = {
    { id = root, type = "dir", name = "project", path = root },
    {
      { id = path, type = "file", name = vim.env.FILE, path = path, range = { 0, 0, 4, 0 } },
      { { id = id("zero"), type = "test", name = "zero", path = path, range = { 0, 0, 3, 1 } } },
      { { id = id("other"), type = "test", name = "other", path = path, range = { 1, 2, 1, 17 } },
        -- One of several made from parameters.
        { { id = id("other[1]"), type = "test", name = "other[1]", path = path } } },
    },
  },
  ["busted:" .. root] = {
    { id = root, type = "dir", name = "project", path = root },
    { { id = root .. "/lua", type = "test", name = "lua", path = path, range = { 3, 0, 3, 1 } } },
  },
}, { autofix = require("autofix.neotest") })
local gtest, busted = "gtest:" .. root, "busted:" .. root

local sent = {}
local notify = common.client().rpc.notify
common.client().rpc.notify = function(method, params)
  if method == "autofix/testResults" then
    table.insert(sent, params)
  end
  return notify(method, params)
end
local function ours()
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == "autofix tests"
  end, vim.diagnostic.get(0))
end
local function names(list)
  local all = vim.tbl_map(function(entry)
    return type(entry) == "table" and entry.name or entry
  end, list)
  table.sort(all)
  return all
end
local function run(...)
  local before = #sent
  neotest:run(...)
  common.wait("the results to be sent", function()
    return #sent > before
  end)
  common.equal("one message for one run", #sent, before + 1)
  return sent[#sent]
end

-- Streamed one by one; files and folders have results as well, made from those of their tests.
local output = vim.env.TMPDIR .. "/output"
vim.fn.writefile({ ("x"):rep(100000), "the end" }, output)
local told = run(gtest, { path, id("zero"), id("other") }, {
  [id("zero")] = { status = "failed", short = "zero: failed", output = output,
    errors = { { message = "expected 0, was 1", line = 2 } } },
}, {
  [id("other")] = { status = "passed", output = output },
  [id("other[1]")] = { status = "failed", short = "no luck", output = "/no/such/file" },
  [id("gone")] = { status = "failed" },
  [path] = { status = "failed", errors = { { message = "expected 0, was 1", line = 2 } } },
})
common.equal("the framework", told.framework, "gtest")
common.equal("what failed", names(told.failures), { "main.cpp::other[1]", "main.cpp::zero" })
common.equal("what passed", told.passed, { "main.cpp::other" })
table.sort(told.failures, function(a, b)
  return a.name > b.name
end)
local zero, parameters = told.failures[1], told.failures[2]
common.equal("the message", zero.message, "expected 0, was 1")
common.equal("the output's length", #zero.output, 16384)
common.equal("the output ends as the file", vim.endswith(zero.output, "x\nthe end\n"), true)
common.equal("the output that is not there", parameters.output, nil)
common.equal("the message without errors", parameters.message, "no luck")
common.equal("the place without an error's line", parameters.range.start.line, 1)
common.wait("both diagnostics", function()
  return #ours() == 2
end)

-- Another adapter's run leaves the first one's failures.
told = run(busted, { root .. "/lua" }, { [root .. "/lua"] = { status = "skipped" } })
common.equal("what fails still", names(told.failures), { "main.cpp::other[1]", "main.cpp::zero" })
common.equal("skipped is not passed", told.passed, {})

-- The fix, and the run that proves it.
vim.api.nvim_win_set_cursor(0, { 3, 0 })
common.choose("Auto-fix with AI: failing test main.cpp::zero")
common.wait_for_session("awaiting_verification")
common.equal("the fixed text", common.text(), vim.env.WANT)
told = run(gtest, { id("zero") }, { [id("zero")] = { status = "passed" } })
common.equal("what failed before and was not run", names(told.failures), { "main.cpp::other[1]" })
common.equal("what passed in this run", told.passed, { "main.cpp::zero" })
common.wait("the diagnostic to go", function()
  return #ours() == 1
end)
common.wait_for_session("verified")

-- What neotest shows itself of the same failures is not forwarded.
local forwarded
common.client().rpc.notify = function(method, params)
  forwarded = method == "autofix/didChangeDiagnostics" and params or forwarded
  return notify(method, params)
end
vim.diagnostic.set(vim.api.nvim_create_namespace("neotest"), 0, {
  { lnum = 2, col = 0, message = "expected 0, was 1", source = "neotest" },
})
common.wait("what is forwarded", function()
  return forwarded
end)
for _, diagnostic in ipairs(forwarded.diagnostics) do
  common.equal("another source", diagnostic.source ~= "neotest", true)
end
common.done()
