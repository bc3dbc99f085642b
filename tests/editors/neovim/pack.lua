-- Neovim's own package manager, 0.12: a repository of which a folder is the plugin.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local repository = vim.env.TMPDIR .. "/autofix"
vim.fn.mkdir(repository .. "/editors", "p")
local function run(...)
  local done = vim.system({ ... }, { cwd = repository, text = true }):wait()
  common.equal(table.concat({ ... }, " ") .. ": " .. done.stderr, done.code, 0)
end
run("cp", "-r", vim.env.PLUGIN, repository .. "/editors/nvim")
run("git", "init", "-q", "-b", "main")
run("git", "add", ".")
run("git", "-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-q", "-m", "All")

vim.pack.add({ "file://" .. repository }, {
  confirm = false,
  load = function(plugin)
    vim.opt.rtp:append(plugin.path .. "/editors/nvim")
  end,
})
vim.lsp.enable("autofix")
common.open_with_source(vim.env.FILE)
common.wait_for_server()
common.go_to_diagnostic()
common.choose()
common.wait("the fix", function()
  return common.text() == vim.env.WANT
end)
common.equal("the plugin is the installed one", require("autofix").status ~= nil
  and vim.startswith(vim.api.nvim_get_runtime_file("lua/autofix/init.lua", false)[1], vim.fn.stdpath("data")), true)
common.done()
