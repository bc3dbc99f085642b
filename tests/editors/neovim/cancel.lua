-- The provider never answers: cancelling hangs up, leaves the text, ends the session, and asks nobody else.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
common.open("main.cpp")
local before = common.text()
common.choose()
local function happened(event)
  common.wait(event, function()
    return vim.uv.fs_stat(vim.env.EVENTS .. "/" .. event)
  end)
end
happened("asked")
local client = common.client()
for id, pending in pairs(client.requests) do
  if pending.method == "workspace/executeCommand" then
    if vim.fn.has("nvim-0.11") == 1 then
      client:cancel_request(id)
    else
      client.cancel_request(id)
    end
  end
end
happened("hung_up")
common.wait_for_session("cancelled")
common.equal("the text", common.text(), before)
common.equal("the status", require("autofix").status():find("asking", 1, true), nil)
common.done()
