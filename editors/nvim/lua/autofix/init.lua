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

-- Not vim.lsp.util.character_offset: 0.10 compares the byte with the line's length in units there, and names the
-- end of a line too early.
local function units(text, byte, encoding)
  if encoding == "utf-8" then
    return byte
  elseif vim.fn.has("nvim-0.11") == 1 then
    return vim.str_utfindex(text, encoding, byte, false)
  end
  local utf32, utf16 = vim.str_utfindex(text, byte)
  return encoding == "utf-16" and utf16 or utf32
end

--- A diagnostic of any source in LSP's form. Made from Neovim's own byte positions: what other servers sent
--- (user_data.lsp) counts in their encoding, not in ours.
function M.to_lsp(bufnr, diagnostic, encoding)
  local function position(line, byte)
    -- It may speak of text that is gone.
    local text = vim.api.nvim_buf_get_lines(bufnr, line, line + 1, false)[1] or ""
    return { line = line, character = units(text, math.min(byte, #text), encoding) }
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

local handlers = {
  ["autofix/status"] = function(_, status)
    if not status then
      return
    end
    state.link = "no link"
    for _, link in ipairs(status.links) do
      if link.provider == status.provider or (status.provider == "auto" and link.state == "ready") then
        state.link = link.name
        break
      end
    end
    vim.cmd.redrawstatus()
  end,
  ["autofix/session"] = function(_, session)
    local busy = vim.tbl_contains({ "analyzing", "asking", "verifying" }, session.state)
    state.session = busy and (session.state .. (session.provider and " " .. session.provider or "")) or ""
    state.last = session.sessionId
    vim.cmd.redrawstatus()
  end,
}

-- Neovim compares only the first document's version, never version 0, and says "applied" also of an edit that it
-- skipped. What is typed reaches the server up to 150 ms late: only here is it known that an edit was made for
-- another text.
handlers["workspace/applyEdit"] = function(err, params, ctx)
  for _, change in ipairs(params.edit.documentChanges or {}) do
    local document = change.textDocument
    local now = document and vim.lsp.util.buf_versions[vim.uri_to_bufnr(document.uri)]
    if now and type(document.version) == "number" and now ~= document.version then
      return { applied = false, failureReason = "the document changed meanwhile" }
    end
  end
  return vim.lsp.handlers["workspace/applyEdit"](err, params, ctx)
end

--- For a status line: the link that would be asked, or what a fix is doing. The server tells changes only, so the
--- first use asks.
function M.status()
  local client = not state.asked and clients()[1]
  if client and client.initialized then
    state.asked = true
    request(client, "autofix/status", vim.empty_dict(), handlers["autofix/status"])
  end
  local text = state.session ~= "" and state.session or state.link
  return text ~= "" and "autofix: " .. text or ""
end

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
  local first = result.provider and "to " .. result.provider .. " " .. (result.model or "") or result.reason
  local text = { first or "nobody would be asked", "", result.system }
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

-- Events and not on_attach, which stays the user's own.
local function watch()
  local group = vim.api.nvim_create_augroup("autofix", { clear = true })
  vim.api.nvim_create_autocmd("DiagnosticChanged", {
    group = group,
    callback = function(event)
      M.forward(event.buf)
    end,
  })
  vim.api.nvim_create_autocmd("LspAttach", {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == "autofix" then
        add_commands(client, event.buf)
        M.forward(event.buf)
      end
    end,
  })
end

--- The client's configuration for vim.lsp.config and vim.lsp.start.
function M.config(options)
  watch()
  return vim.tbl_deep_extend("force", {
    name = "autofix",
    cmd = { "autofix", "--stdio" },
    root_markers = { ".autofix.json", ".git" },
    handlers = handlers,
    -- Neovim honours it and does not say so. Without it edits carry no version, and new files are refused.
    capabilities = vim.tbl_deep_extend("force", vim.lsp.protocol.make_client_capabilities(), {
      workspace = { workspaceEdit = { documentChanges = true } },
    }),
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
  local function start(bufnr)
    if vim.bo[bufnr].buftype == "" and vim.api.nvim_buf_get_name(bufnr) ~= "" then
      -- Without a marker there is no root, as in 0.11: the folder of a single file is not a project.
      local root = vim.fs.root(bufnr, config.root_markers)
      vim.lsp.start(vim.tbl_extend("force", config, { root_dir = root }), { bufnr = bufnr })
    end
  end
  -- BufEnter too: a file without a type has no FileType event.
  vim.api.nvim_create_autocmd({ "FileType", "BufEnter" }, {
    group = vim.api.nvim_create_augroup("autofix_start", { clear = true }),
    callback = function(event)
      start(event.buf)
    end,
  })
  vim.tbl_map(start, vim.tbl_filter(vim.api.nvim_buf_is_loaded, vim.api.nvim_list_bufs()))
end

return M
