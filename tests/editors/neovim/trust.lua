-- Trust is asked for with vim.ui.select, which anyone may replace; without a yes nothing is trusted.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local asked = {}
local answer
vim.ui.select = function(items, options, choose)
  table.insert(asked, options.prompt)
  choose(items[answer], answer)
end
common.open(vim.env.FILE)
local store = vim.env.XDG_STATE_HOME .. "/autofix/trust.json"
local function trusted()
  return vim.uv.fs_stat(store) ~= nil
end
local function ask(with)
  answer = with
  local before = #asked
  vim.cmd.LspAutofixTrust()
  common.wait("the question", function()
    return #asked > before
  end)
  common.ask("autofix/status", vim.empty_dict())
end
ask(2)
common.equal("trusted after a no", trusted(), false)
ask(1)
common.wait("the trust to be stored", trusted)
common.equal("the question", asked[1]:find("Trust " .. vim.fn.getcwd() .. "?", 1, true), 1)
common.done()
