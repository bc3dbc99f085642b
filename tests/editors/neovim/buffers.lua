-- Several buffers and several projects; special buffers are left alone; stopped and started again it works as before,
-- and without it its commands are gone.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
common.open(vim.env.FILE)
local first = common.client()
local main = vim.api.nvim_get_current_buf()
local function attached(path)
  vim.cmd.edit(path)
  common.wait("the server in " .. path, function()
    return common.client() and common.client().initialized
  end)
  return common.client()
end
common.equal("the server of the same project", attached("second.cpp").id, first.id)
local other = attached("other/main.cpp")
common.equal("the server of another project is another", other.id ~= first.id, true)
common.equal("its root", other.root_dir, vim.fn.getcwd() .. "/other")
common.equal("all servers", #vim.lsp.get_clients({ name = "autofix" }), 2)

-- No file: scratch, or a plugin's own.
for _, kind in ipairs({ "nofile", "acwrite", "quickfix" }) do
  vim.cmd.new()
  vim.bo.buftype = kind
  vim.bo.filetype = "cpp"
  vim.cmd.doautocmd("BufEnter")
  common.equal("a server in a buffer of type " .. kind, common.client() ~= nil, false)
  vim.cmd("bwipeout!")
end

-- The status line speaks of the buffer's own project, and commands reach that one.
local autofix = require("autofix")
local function status(wanted)
  common.wait(wanted .. ", not " .. autofix.status(), function()
    return autofix.status() == wanted
  end)
end
vim.cmd.LspAutofixProvider("groq")
status("autofix: Groq")
vim.cmd.buffer(main)
status("autofix: Gemini")
common.equal("the links to choose from", vim.fn.getcompletion("LspAutofixProvider ", "cmdline"), { "gemini", "groq" })
common.equal("those that fit", vim.fn.getcompletion("LspAutofixProvider gr", "cmdline"), { "groq" })

-- A failing test is one project's.
autofix.test_results({
  failures = {
    {
      name = "other is one",
      uri = vim.uri_from_fname(vim.fn.getcwd() .. "/other/main.cpp"),
      range = { start = { line = 0, character = 0 }, ["end"] = { line = 0, character = 3 } },
      message = "expected 1, was 0",
    },
  },
})
local function failing()
  return vim.diagnostic.get(vim.fn.bufnr("other/main.cpp"), { severity = vim.diagnostic.severity.ERROR })
end
common.wait("the other project's failure", function()
  return #failing() > 0
end)
for _, client in ipairs(vim.lsp.get_clients({ name = "autofix" })) do
  common.call(client, "request_sync", "autofix/status", vim.empty_dict(), 30000, 0)
end
common.equal("published by one server", #failing(), 1)

-- Stopped: nothing of it is left. Started again: as before, with what other sources know.
local function has_commands()
  return vim.fn.exists(":LspAutofixRetry") == 2
end
common.equal("the commands", has_commands(), true)
common.stop()
common.wait("the commands to go", function()
  return not has_commands()
end)
common.equal("the status of nobody", autofix.status(), "")
common.enable()
common.wait("the server again", function()
  return common.client() and common.client().initialized
end)
common.equal("another one", common.client().id ~= first.id, true)
common.wait("the commands again", has_commands)
status("autofix: Gemini")
vim.api.nvim_win_set_cursor(0, { 3, 9 })
common.choose()
common.wait("the fix", function()
  return common.text() == vim.env.WANT
end)

-- Killed: the same. One that is about to start would not be among those that are killed.
common.wait("both servers", function()
  return #vim.lsp.get_clients({ name = "autofix" }) == 2
end)
common.stop(true)
common.wait("the commands to go with the server", function()
  return not has_commands()
end)
common.enable()
common.wait("the server after the kill", function()
  return common.client() and common.client().initialized and has_commands()
end)

-- Wiped: the server is told, and nothing is kept of it.
vim.cmd("bwipeout! second.cpp")
common.equal("the server lives on", common.client() ~= nil, true)
common.done()
