-- Glue only: starts the server and connects Neovim's events with it. What to fix and how is decided in the server.
local client_of = require("autofix.client")
local commands = require("autofix.commands")
local forward = require("autofix.forward")
local state = require("autofix.state")
local M = { status = state.status }

-- The server of the deepest project around a file.
local function owner_of(uri)
  local owner, depth = client_of.all()[1], -1
  for _, client in ipairs(client_of.all()) do
    local root = client.root_dir and vim.uri_from_fname(client.root_dir) .. "/"
    if root and vim.startswith(uri or "", root) and #root > depth then
      owner, depth = client, #root
    end
  end
  return owner
end

--- Failing tests of any runner, as `autofix/testResults` describes them.
function M.test_results(results)
  for _, client in ipairs(client_of.all()) do
    local own = vim.tbl_filter(function(failure)
      return owner_of(failure.uri) == client
    end, results.failures)
    client_of.notify(client, "autofix/testResults", vim.tbl_extend("force", results, { failures = own }))
  end
end

local handlers = vim.deepcopy(state.handlers)

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
  -- Neovim shows a label as a message of its own; the server says more with its one message.
  params.label = nil
  return vim.lsp.handlers["workspace/applyEdit"](err, params, ctx)
end

-- A message longer than the command line would wait for Enter: shown as far as it fits, and whole in :messages.
handlers["window/showMessage"] = function(err, params, ctx)
  if vim.fn.strdisplaywidth("LSP[autofix][Warning] " .. params.message) < vim.v.echospace then
    return vim.lsp.handlers["window/showMessage"](err, params, ctx)
  end
  vim.cmd.echohl(params.type < 3 and "WarningMsg" or "None")
  vim.cmd.echomsg(vim.fn.string(params.message))
  vim.cmd.echohl("None")
end

-- Events and not on_attach, which stays the user's own.
local function watch()
  local group = vim.api.nvim_create_augroup("autofix", { clear = true })
  local function on(event, callback)
    vim.api.nvim_create_autocmd(event, { group = group, callback = callback })
  end
  local function on_ours(event, callback)
    on(event, function(args)
      local client = vim.lsp.get_client_by_id(args.data.client_id)
      if client and client.name == "autofix" then
        callback(client, args)
      end
    end)
  end
  on("DiagnosticChanged", function(args)
    forward.soon(args.buf)
  end)
  on_ours("LspAttach", function(client, args)
    commands.add(client, args.buf)
    forward.soon(args.buf)
  end)
  on_ours("LspDetach", function(_, args)
    commands.remove(args.buf)
  end)
  on_ours("LspProgress", function(client, args)
    state.take_progress(client.id, args.data.params)
  end)
end

--- The client's configuration for vim.lsp.config and vim.lsp.start.
function M.config(options)
  watch()
  return vim.tbl_deep_extend("force", {
    name = "autofix",
    cmd = { "autofix", "--stdio" },
    root_markers = { ".autofix.json", ".git" },
    handlers = handlers,
    -- Here, because `capabilities` are often replaced as a whole.
    before_init = function(params)
      -- Neovim honours it and does not say so. Without it edits carry no version, and new files are refused.
      params.capabilities.workspace.workspaceEdit.documentChanges = true
      -- A message with buttons stops the typing. :LspAutofixRetry tries again.
      params.capabilities.window.showMessage = nil
    end,
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
