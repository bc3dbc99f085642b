-- The provider never answers: cancelling leaves the text and ends the session.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
common.open("main.cpp")
local before = common.text()
common.choose()
common.wait("the question", function()
  return vim.startswith(require("autofix").status(), "autofix: asking")
end)
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
common.wait("the session's end", function()
  return not vim.startswith(require("autofix").status(), "autofix: asking")
end)
common.equal("the text", common.text(), before)
common.done()
