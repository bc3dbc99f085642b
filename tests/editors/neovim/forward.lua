-- What other sources found arrives in our client's encoding, whatever the bytes; what we published never comes back.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local capabilities = vim.lsp.protocol.make_client_capabilities()
capabilities.general.positionEncodings = { "utf-16" }
common.open(vim.env.FILE, { capabilities = capabilities })
local client = common.client()
common.equal("the encoding", client.offset_encoding, "utf-16")

local sent
local times = 0
local notify = client.rpc.notify
client.rpc.notify = function(method, params)
  if method == "autofix/didChangeDiagnostics" then
    sent = params
    times = times + 1
  end
  return notify(method, params)
end
local function of(source)
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == source
  end, sent.diagnostics)
end
local function offered(character)
  local at = { line = 0, character = character }
  local actions = common.ask("textDocument/codeAction", {
    textDocument = { uri = vim.uri_from_bufnr(0) },
    range = { start = at, ["end"] = at },
    context = { diagnostics = {}, only = { "quickfix" } },
  })
  -- clangd has a word on this text as well.
  return vim.tbl_contains(
    vim.tbl_map(function(action)
      return action.title
    end, actions),
    "Auto-fix with AI: odd name"
  )
end
local linter = vim.api.nvim_create_namespace("linter")
-- Forwarding waits until the changes of one moment are there: what is sent next is waited for.
local function forwarded(change)
  local before = times
  change()
  common.wait("the diagnostics to be forwarded", function()
    return times > before
  end)
end
local function set(diagnostics)
  vim.diagnostic.set(linter, 0, vim.tbl_map(function(diagnostic)
    return vim.tbl_extend("force", { severity = 1, source = "linter", message = "odd name" }, diagnostic)
  end, diagnostics))
end
local function find(diagnostics)
  forwarded(function()
    set(diagnostics)
  end)
end

-- é is two bytes and one unit, the face four bytes and two units: `x` is byte 16, unit 13.
vim.api.nvim_buf_set_lines(0, 0, 1, false, { "char é😀[] = x;" })
common.equal("the byte of x", vim.api.nvim_buf_get_lines(0, 0, 1, false)[1]:find("x", 1, true) - 1, 16)
find({ { lnum = 0, col = 16, end_lnum = 0, end_col = 17 } })
local range = of("linter")[1].range
common.equal("the start", range.start.character, 13)
common.equal("the end", range["end"].character, 14)
common.equal("the version", sent.version, vim.lsp.util.buf_versions[vim.fn.bufnr()])
common.equal("the offer at x", offered(13), true)
common.equal("the offer elsewhere", offered(2), false)

-- A diagnostic of text that is gone.
local last = vim.api.nvim_buf_line_count(0)
find({ { lnum = 0, col = 400, end_lnum = last + 5, end_col = 3 } })
range = of("linter")[1].range
common.equal("a column past the line", range.start.character, 15)
common.equal("a line past the text", range["end"].character, 0)

-- Failing tests that we published have a source of their own.
forwarded(function()
  vim.diagnostic.set(vim.api.nvim_create_namespace("copy"), 0, {
    { lnum = 0, col = 0, message = "expected 0, was 1", source = "autofix tests" },
  })
end)
common.equal("the tests' diagnostics", #of("autofix tests"), 0)
common.equal("the linter's beside them", #of("linter"), 1)

-- Who shows no diagnostics has them all the same.
vim.diagnostic.enable(false)
find({ { lnum = 0, col = 16, end_lnum = 0, end_col = 17 }, { lnum = 0, col = 0 } })
common.equal("those that are not shown", #of("linter"), 2)

-- A flood of events is one message, and ten thousand diagnostics do not stop the typing.
local before = times
local many = {}
for column = 1, 10000 do
  many[column] = { lnum = 0, col = column % 16, end_lnum = 0, end_col = 17 }
end
for _ = 1, 20 do
  set({})
end
set(many)
local began = vim.uv.hrtime()
common.wait("the flood to be forwarded", function()
  return times > before
end)
local took = (vim.uv.hrtime() - began) / 1e6
common.ask("autofix/status", vim.empty_dict())
common.equal("the messages for 21 changes", times - before, 1)
common.equal("all of them", #of("linter"), 10000)
common.equal("less than five seconds", took < 5000, true)

forwarded(function()
  vim.diagnostic.reset(linter, 0)
end)
vim.diagnostic.enable(true)
common.equal("the linter's", #of("linter"), 0)
common.equal("the offer after all are gone", offered(13), false)

-- A buffer that is gone when its turn comes.
set({ { lnum = 0, col = 0 } })
local over
vim.schedule(function()
  over = true
end)
vim.cmd("bwipeout!")
common.wait("its turn", function()
  return over
end)
vim.cmd.edit("main.cpp")
common.wait("the server in the new buffer", function()
  return common.client()
end)
common.equal("complaints about the buffer that is gone", vim.fn.execute("messages"):find("Error"), nil)
common.done()
