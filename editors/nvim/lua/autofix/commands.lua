-- Commands of a buffer, only for what no code action offers.
local client_of = require("autofix.client")
local state = require("autofix.state")
local M = {}

local function execute(client, command, argument, handler)
  local params = { command = command, arguments = { argument } }
  client_of.request(client, "workspace/executeCommand", params, function(err, result)
    if err then
      vim.notify("autofix: " .. err.message, vim.log.levels.ERROR)
    elseif handler then
      handler(result)
    end
  end)
end

local function show_preview(result)
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

-- name: { description, run(client, argument), number of arguments }
local commands = {
  LspAutofixProvider = {
    "Ask this provider only (none: all in order)",
    function(client, name)
      execute(client, "autofix.selectProvider", { provider = name ~= "" and name or "auto" })
    end,
    "?",
  },
  LspAutofixRetry = {
    "Try the last fix again, told what it did",
    function(client)
      execute(client, "autofix.retry", { sessionId = state.of(client).last or "" })
    end,
  },
  LspAutofixCancel = {
    "Cancel every fix under way",
    function(client)
      for token in pairs(state.of(client).running) do
        client_of.notify(client, "window/workDoneProgress/cancel", { token = token })
      end
    end,
  },
  LspAutofixPreview = {
    "Show what would be sent",
    function(client)
      execute(client, "autofix.showPrompt", { uri = vim.uri_from_bufnr(0) }, show_preview)
    end,
  },
  LspAutofixTrust = {
    "Let this project's settings run commands; asks first",
    function(client)
      execute(client, "autofix.trust", client.root_dir and { uri = vim.uri_from_fname(client.root_dir) } or {})
    end,
  },
}

function M.add(client, bufnr)
  for name, command in pairs(commands) do
    vim.api.nvim_buf_create_user_command(bufnr, name, function(call)
      command[2](client, call.args)
    end, {
      desc = command[1],
      nargs = command[3] or 0,
      complete = command[3] and function(typed)
        return vim.tbl_filter(function(link)
          return vim.startswith(link, typed)
        end, state.of(client).links)
      end or nil,
    })
  end
end

function M.remove(bufnr)
  for name in pairs(commands) do
    pcall(vim.api.nvim_buf_del_user_command, bufnr, name)
  end
end

return M
