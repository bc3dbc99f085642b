-- What every case shares: waiting with a limit, starting both servers, choosing our code action.
local M = {}

function M.fail(message)
  io.stderr:write("FAILED: " .. message .. "\n")
  for _, client in ipairs(vim.lsp.get_clients()) do
    io.stderr:write("  client " .. client.name .. "\n")
  end
  io.stderr:write("  messages: " .. vim.fn.execute("messages") .. "\n")
  vim.cmd("cquit 1")
end

function M.wait(what, condition)
  if not vim.wait(30000, condition, 5) then
    M.fail("waited in vain for " .. what)
  end
end

function M.equal(what, got, want)
  if got ~= want then
    M.fail(what .. " is\n" .. vim.inspect(got) .. "\nwanted\n" .. vim.inspect(want))
  end
end

function M.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") .. "\n"
end

function M.client()
  return vim.lsp.get_clients({ name = "autofix", bufnr = 0 })[1]
end

--- Our plugin as its documentation says, with a user's own settings.
function M.enable(options)
  if vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.config("autofix", options or {})
    vim.lsp.enable("autofix")
  else
    require("autofix").setup(options)
  end
end

--- The states of all sessions in the order in which the server told them.
M.sessions = {}

local function record_sessions(client)
  local handler = client.handlers["autofix/session"]
  client.handlers["autofix/session"] = function(err, params, ...)
    table.insert(M.sessions, params.state)
    return handler(err, params, ...)
  end
end

function M.wait_for_session(state)
  M.wait("the session to be " .. state .. ", not " .. vim.inspect(M.sessions), function()
    return vim.tbl_contains(M.sessions, state)
  end)
end

--- Opens the file with clangd as the source of diagnostics and with our plugin.
function M.open(path, options)
  M.enable(options)
  vim.api.nvim_create_autocmd("FileType", {
    pattern = "cpp",
    callback = function()
      vim.lsp.start({ name = "clangd", cmd = { "clangd", "--background-index=false" }, root_dir = vim.fn.getcwd() })
    end,
  })
  vim.cmd("filetype on")
  vim.cmd.edit(path)
  M.wait("the server", function()
    return M.client() and M.client().initialized
  end)
  record_sessions(M.client())
  M.wait("clangd's diagnostic", function()
    return #vim.diagnostic.get(0) > 0
  end)
  local diagnostic = vim.diagnostic.get(0)[1]
  vim.api.nvim_win_set_cursor(0, { diagnostic.lnum + 1, diagnostic.col })
end

--- A request of ours and its answer; what the client held back of the text's changes goes first.
function M.ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 30000) or {}
  local answer = answers[M.client().id]
  if not answer or answer.err then
    M.fail(method .. ": " .. vim.inspect(answers))
  end
  return answer.result
end

--- Chooses "Auto-fix with AI: …" for the diagnostic at the cursor.
function M.choose()
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.kind == "quickfix" and vim.startswith(action.title, "Auto-fix with AI: ")
    end,
  })
end

function M.done()
  vim.cmd("qall!")
end

return M
