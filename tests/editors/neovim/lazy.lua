-- Loaded on an event after files are open, as lazy.nvim does it: the checkout on the runtime path at its end, its
-- scripts sourced, `config` called with the plugin. The plugin is in a folder of the checkout.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local checkout = vim.env.PLUGIN:match("^(.*)/editors/nvim$")
local spec = {
  name = "autofix",
  dir = checkout,
  event = "User Later",
  config = function(plugin)
    vim.opt.rtp:append(plugin.dir .. "/editors/nvim")
    require("autofix").setup({ init_options = { actions = { minSeverity = "hint" } } })
  end,
}
vim.api.nvim_create_autocmd("User", {
  pattern = "Later",
  once = true,
  callback = function()
    vim.opt.rtp:append(spec.dir)
    for _, folder in ipairs({ "", "/after" }) do
      for _, script in ipairs(vim.fn.glob(spec.dir .. folder .. "/plugin/**/*.{vim,lua}", false, true)) do
        vim.cmd.source(script)
      end
    end
    spec.config(spec)
  end,
})
common.open_with_source(vim.env.FILE)
common.go_to_diagnostic()
common.equal("before the event", common.client(), nil)
common.equal("nothing is known of it", package.loaded.autofix, nil)
vim.api.nvim_exec_autocmds("User", { pattern = "Later" })
common.wait_for_server()
common.equal("the options", common.client().config.init_options, { actions = { minSeverity = "hint" } })
common.choose()
common.wait("the fix", function()
  return common.text() == vim.env.WANT
end)
common.done()
