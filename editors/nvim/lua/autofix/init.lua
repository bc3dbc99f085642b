-- Glue only: starts the server, forwards what other sources found, shows the server's state. What to fix and how is
-- decided in the server.
local M = {}

local our_test_source = "autofix tests"

local function clients(bufnr)
  return vim.lsp.get_clients({ name = "autofix", bufnr = bufnr })
end

-- Neovim 0.10 calls client methods with a dot.
local function notify(client, method, params)
  if vim.fn.has("nvim-0.11") == 1 then
    client:notify(method, params)
  else
    client.notify(method, params)
  end
end

local function request(client, method, params, handler, bufnr)
  if vim.fn.has("nvim-0.11") == 1 then
    client:request(method, params, handler, bufnr)
  else
    client.request(method, params, handler, bufnr)
  end
end

--- A diagnostic of any source in LSP's form. Made from Neovim's own byte positions: what other servers sent
--- (user_data.lsp) counts in their encoding, not in ours.
function M.to_lsp(bufnr, diagnostic, encoding)
  local last = vim.api.nvim_buf_line_count(bufnr) - 1
  local function position(line, byte)
    if line > last then
      return { line = line, character = 0 }
    end
    return { line = line, character = vim.lsp.util.character_offset(bufnr, line, byte, encoding) }
  end
  return {
    range = {
      start = position(diagnostic.lnum, diagnostic.col),
      ["end"] = position(diagnostic.end_lnum or diagnostic.lnum, diagnostic.end_col or diagnostic.col),
    },
    severity = diagnostic.severity,
    source = diagnostic.source,
    code = diagnostic.code,
    message = diagnostic.message,
  }
end

local function is_ours(client, diagnostic)
  local namespaces = { vim.lsp.diagnostic.get_namespace(client.id, false), vim.lsp.diagnostic.get_namespace(client.id, true) }
  return diagnostic.source == our_test_source or vim.tbl_contains(namespaces, diagnostic.namespace)
end

--- Sends what every other source knows of a buffer.
function M.forward(bufnr)
  if not vim.api.nvim_buf_is_loaded(bufnr) then
    return
  end
  for _, client in ipairs(clients(bufnr)) do
    local found = {}
    for _, diagnostic in ipairs(vim.diagnostic.get(bufnr)) do
      if not is_ours(client, diagnostic) then
        table.insert(found, M.to_lsp(bufnr, diagnostic, client.offset_encoding))
      end
    end
    notify(client, "autofix/didChangeDiagnostics", {
      uri = vim.uri_from_bufnr(bufnr),
      version = vim.lsp.util.buf_versions[bufnr],
      diagnostics = found,
    })
  end
end

--- Failing tests of any runner, as `autofix/testResults` describes them; for neotest and the like.
function M.test_results(results)
  for _, client in ipairs(clients()) do
    notify(client, "autofix/testResults", results)
  end
end

local state = { link = "", session = "" }

--- For a status line: the link that would be asked, or what a fix is doing.
function M.status()
  if state.session ~= "" then
    return "autofix: " .. state.session
  end
  return state.link ~= "" and "autofix: " .. state.link or ""
end

local handlers = {
  ["autofix/status"] = function(_, params)
    state.link = "no link"
    for _, link in ipairs(params.links) do
      if link.state == "ready" then
        state.link = link.name
        break
      end
    end
    vim.cmd.redrawstatus()
  end,
  ["autofix/session"] = function(_, params)
    local busy = vim.tbl_contains({ "analyzing", "asking", "verifying" }, params.state)
    state.session = busy and (params.state .. (params.provider and " " .. params.provider or "")) or ""
    state.last = params.sessionId
    vim.cmd.redrawstatus()
  end,
}

local function execute(client, command, argument, handler)
  request(client, "workspace/executeCommand", { command = command, arguments = { argument } }, handler or function(err)
    if err then
      vim.notify("autofix: " .. err.message, vim.log.levels.ERROR)
    end
  end)
end

local function show_preview(err, result)
  if err then
    return vim.notify("autofix: " .. err.message, vim.log.levels.ERROR)
  end
  local text = { "to " .. tostring(result.provider) .. " " .. tostring(result.model), "", result.system }
  for _, message in ipairs(result.messages) do
    vim.list_extend(text, { "", message.role .. ":", message.text })
  end
  vim.cmd.new()
  vim.bo.buftype = "nofile"
  vim.bo.bufhidden = "wipe"
  vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(table.concat(text, "\n"), "\n"))
  vim.bo.modifiable = false
end

-- Only what no code action offers.
local function add_commands(client, bufnr)
  local function command(name, run, options)
    vim.api.nvim_buf_create_user_command(bufnr, name, run, options)
  end
  command("LspAutofixProvider", function(call)
    execute(client, "autofix.selectProvider", { provider = call.args ~= "" and call.args or "auto" })
  end, { nargs = "?", desc = "Ask this provider only (none: all in order)" })
  command("LspAutofixRetry", function()
    execute(client, "autofix.retry", { sessionId = state.last or "" })
  end, { desc = "Try the last fix again, told what it did" })
  command("LspAutofixPreview", function()
    execute(client, "autofix.showPrompt", { uri = vim.uri_from_bufnr(bufnr) }, show_preview)
  end, { desc = "Show what would be sent" })
end

local function on_attach(client, bufnr)
  add_commands(client, bufnr)
  M.forward(bufnr)
end

local function watch_diagnostics()
  local group = vim.api.nvim_create_augroup("autofix", { clear = true })
  vim.api.nvim_create_autocmd("DiagnosticChanged", {
    group = group,
    callback = function(event)
      M.forward(event.buf)
    end,
  })
end

--- The client's configuration for vim.lsp.config and vim.lsp.start.
function M.config(options)
  watch_diagnostics()
  return vim.tbl_deep_extend("force", {
    name = "autofix",
    cmd = { "autofix", "--stdio" },
    root_markers = { ".autofix.json", ".git" },
    handlers = handlers,
    on_attach = on_attach,
  }, options or {})
end

--- Starts the server for every file buffer. Options are those of vim.lsp.ClientConfig, such as `cmd`.
function M.setup(options)
  if vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.config("autofix", options or {})
    vim.lsp.enable("autofix")
    return
  end
  local config = M.config(options)
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup("autofix_start", { clear = true }),
    callback = function(event)
      if vim.bo[event.buf].buftype ~= "" or vim.api.nvim_buf_get_name(event.buf) == "" then
        return
      end
      local root = vim.fs.root(event.buf, config.root_markers) or vim.fs.dirname(vim.api.nvim_buf_get_name(event.buf))
      vim.lsp.start(vim.tbl_extend("force", config, { root_dir = root }), { bufnr = event.buf })
    end,
  })
end

return M
