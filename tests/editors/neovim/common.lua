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
  if not vim.wait(60000, condition, 5) then
    M.fail("waited in vain for " .. what)
  end
end

function M.equal(what, got, want)
  if not vim.deep_equal(got, want) then
    M.fail(what .. " is\n" .. vim.inspect(got) .. "\nwanted\n" .. vim.inspect(want))
  end
end

function M.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") .. "\n"
end

function M.client()
  return vim.lsp.get_clients({ name = "autofix", bufnr = 0 })[1]
end

--- A client's method: 0.10 takes no self.
function M.call(client, method, ...)
  if vim.fn.has("nvim-0.11") == 1 then
    return client[method](client, ...)
  end
  return client[method](...)
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

--- Ends all our servers, as :LspRestart begins with, or kills them. Once only: a second `shutdown` would be an error.
function M.stop(kill)
  local servers = vim.lsp.get_clients({ name = "autofix" })
  if vim.fn.has("nvim-0.11") == 1 and not kill then
    vim.lsp.enable("autofix", false)
    servers = {}
  end
  for _, client in ipairs(servers) do
    M.call(client, "stop", kill)
  end
  M.wait("the servers to end", function()
    return #vim.lsp.get_clients({ name = "autofix" }) == 0
  end)
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

-- Sources of diagnostics by the file's type.
local sources = {
  cpp = { name = "clangd", cmd = { "clangd", "--background-index=false" } },
  python = { name = "pyright", cmd = { vim.env.PYRIGHT, "--stdio" } },
}

--- Starts a real language server for the file types that have one here.
function M.start_sources()
  vim.api.nvim_create_autocmd("FileType", {
    pattern = vim.tbl_keys(sources),
    callback = function(event)
      if vim.bo[event.buf].buftype == "" then
        vim.lsp.start(vim.tbl_extend("error", sources[event.match], { root_dir = vim.fn.getcwd() }))
      end
    end,
  })
  vim.cmd("filetype on")
end

--- Opens the file with a real language server as the source of diagnostics.
function M.open_with_source(path)
  M.start_sources()
  vim.cmd.edit(path)
end

function M.wait_for_server()
  M.wait("the server", function()
    return M.client() and M.client().initialized
  end)
  record_sessions(M.client())
end

--- To the first diagnostic of another source. Ours may be there before that source has started, and a request that reaches
--- it in the middle of its start is one that Neovim 0.12 waits for in vain.
function M.go_to_diagnostic()
  local function others()
    return vim.tbl_filter(function(diagnostic)
      return diagnostic.source ~= "autofix tests"
    end, vim.diagnostic.get(0))
  end
  -- Under load pyright sometimes takes back what it published in its start and says nothing from then on, also when the
  -- file is opened anew; people restart it then.
  local started = vim.uv.now()
  M.wait("the source's diagnostic", function()
    if #others() == 0 and vim.uv.now() - started > 10000 then
      started = vim.uv.now()
      for _, client in ipairs(vim.lsp.get_clients({ name = "pyright" })) do
        if vim.fn.has("nvim-0.11") == 1 then
          client:stop(true)
        else
          client.stop(true)
        end
      end
      vim.cmd("doautocmd FileType " .. vim.bo.filetype)
    end
    return #others() > 0
  end)
  local diagnostic = others()[1]
  vim.api.nvim_win_set_cursor(0, { diagnostic.lnum + 1, diagnostic.col })
end

--- Opens the file with its source of diagnostics and with our plugin.
function M.open(path, options)
  M.enable(options)
  M.open_with_source(path)
  M.wait_for_server()
  M.go_to_diagnostic()
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

--- Chooses the code action of this title, else "Auto-fix with AI: …" for the diagnostic at the cursor.
function M.choose(title)
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      if title then
        return action.title == title
      end
      return action.kind == "quickfix" and vim.startswith(action.title, "Auto-fix with AI: ")
    end,
  })
end

function M.done()
  vim.cmd("qall!")
end

return M
