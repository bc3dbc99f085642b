-- Diagnostics of every other source: Neovim tells a server of its own only.
local client_of = require("autofix.client")
local M = {}

--- Sources that are never forwarded: what the server knows already, since it published it or was told of the tests.
M.known = { ["autofix tests"] = true }

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

-- Made from Neovim's own byte positions: what other servers sent (user_data.lsp) counts in their encoding.
local function to_lsp(lines, diagnostic, encoding)
  local function position(line, byte)
    -- It may speak of text that is gone.
    local text = lines[line + 1] or ""
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

local function forward(bufnr)
  if not vim.api.nvim_buf_is_loaded(bufnr) then
    return
  end
  local lines = vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
  for _, client in ipairs(client_of.all(bufnr)) do
    local found = {}
    for _, diagnostic in ipairs(vim.diagnostic.get(bufnr)) do
      if not M.known[diagnostic.source] then
        table.insert(found, to_lsp(lines, diagnostic, client.offset_encoding))
      end
    end
    client_of.notify(client, "autofix/didChangeDiagnostics", {
      uri = vim.uri_from_bufnr(bufnr),
      version = vim.lsp.util.buf_versions[bufnr],
      diagnostics = found,
    })
  end
end

local waiting = {}

--- Sends them, once for all changes that come together: whoever clears and sets, or sets for several sources, makes an
--- event each time.
function M.soon(bufnr)
  if not waiting[bufnr] and client_of.all(bufnr)[1] then
    waiting[bufnr] = true
    vim.schedule(function()
      waiting[bufnr] = nil
      forward(bufnr)
    end)
  end
end

return M
