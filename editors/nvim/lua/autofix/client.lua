-- Our clients, and the two ways in which Neovim's versions call their methods.
local M = {}

--- Of a buffer, or all.
function M.all(bufnr)
  return vim.lsp.get_clients({ name = "autofix", bufnr = bufnr })
end

local function call(client, name, ...)
  if vim.fn.has("nvim-0.11") == 1 then
    return client[name](client, ...)
  end
  return client[name](...)
end

function M.notify(client, method, params)
  call(client, "notify", method, params)
end

function M.request(client, method, params, handler)
  call(client, "request", method, params, handler)
end

return M
