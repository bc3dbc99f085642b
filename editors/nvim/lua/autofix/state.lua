-- What the server says of itself, and the status line made from it.
local client_of = require("autofix.client")
local M = { handlers = {} }

-- By client: `link` and `fallback` as last told, `last` fix's session, `running` fixes' progress by token.
local state = vim.defaulttable(function()
  return { link = "", links = {}, running = {} }
end)

--- Of a client that is there.
function M.of(client)
  return state[client.id]
end

local function take_status(client_id, status)
  local known = state[client_id]
  known.links = vim.tbl_map(function(link)
    return link.provider
  end, status.links)
  known.link = "no link"
  for _, link in ipairs(status.links) do
    if link.provider == status.provider or (status.provider == "auto" and link.state == "ready") then
      known.link = link.name
      break
    end
  end
  local fallback = status.lastFallback
  known.fallback = type(fallback) == "table" and fallback or nil
  vim.cmd.redrawstatus()
end

M.handlers["autofix/status"] = function(_, status, ctx)
  take_status(ctx.client_id, status)
end

M.handlers["autofix/session"] = function(_, session, ctx)
  state[ctx.client_id].last = session.sessionId
end

--- Progress of a fix, from the event LspProgress.
function M.take_progress(client_id, params)
  local running = state[client_id].running
  if params.value.kind == "end" then
    running[params.token] = nil
  else
    running[params.token] = params.value.message or running[params.token] or "starting"
  end
  vim.cmd.redrawstatus()
end

--- For a status line: what a fix is doing, else the link that would be asked and who answered in another's place. The
--- server tells changes only, so the first use asks.
function M.status()
  local client = client_of.all(0)[1] or client_of.all()[1]
  if not client then
    return ""
  end
  local known = state[client.id]
  if client.initialized and not known.asked then
    known.asked = true
    client_of.request(client, "autofix/status", vim.empty_dict(), function(_, status)
      if status then
        take_status(client.id, status)
      end
    end)
  end
  local _, step = next(known.running)
  local text = step or known.link
  if not step and known.fallback then
    text = ("%s (%s answered for %s)"):format(text, known.fallback.to, known.fallback.from)
  end
  return text ~= "" and "autofix: " .. text or ""
end

return M
