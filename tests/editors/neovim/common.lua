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

--- Opens the file with clangd as the source of diagnostics and with our plugin, as its documentation says.
function M.open(path)
  if vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.enable("autofix")
  else
    require("autofix").setup()
  end
  vim.api.nvim_create_autocmd("FileType", {
    pattern = "cpp",
    callback = function()
      vim.lsp.start({ name = "clangd", cmd = { "clangd", "--background-index=false" }, root_dir = vim.fn.getcwd() })
    end,
  })
  vim.cmd("filetype on")
  vim.cmd.edit(path)
  M.wait("the server", M.client)
  M.wait("clangd's diagnostic", function()
    return #vim.diagnostic.get(0) > 0
  end)
  local diagnostic = vim.diagnostic.get(0)[1]
  vim.api.nvim_win_set_cursor(0, { diagnostic.lnum + 1, diagnostic.col })
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
  vim.lsp.stop_client(vim.lsp.get_clients())
  vim.cmd("qall!")
end

return M
