-- On a terminal of the usual size, no message of a fix waits for Enter: another Neovim is started on one and watched.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local socket = vim.env.TMPDIR .. "/terminal"
local terminal = vim.fn.jobstart({
  vim.env.NEOVIM, "--clean", "--cmd", "set rtp^=" .. vim.env.PLUGIN, "-n", "-i", "NONE", "--listen", socket,
}, { pty = true, width = 80, height = 24, env = { TERM = "xterm" } })
common.equal("a terminal", terminal > 0, true)
local channel
common.wait("Neovim on the terminal", function()
  local ok, connected = pcall(vim.fn.sockconnect, "pipe", socket, { rpc = true })
  channel = ok and connected or nil
  return channel
end)
local function lua(code)
  return vim.rpcrequest(channel, "nvim_exec_lua", code, {})
end
common.wait("its start", function()
  return lua("return vim.v.vim_did_enter") == 1
end)
-- Only nvim_get_mode is answered while Neovim waits for a key, so that it tells by a file what it has shown.
lua([[
  common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
  common.open(vim.env.FILE)
  common.choose()
  vim.uv.new_timer():start(0, 10, vim.schedule_wrap(function()
    local messages = vim.fn.execute("messages")
    if messages:find(vim.env.WANT, 1, true) then
      vim.fn.writefile({ messages }, vim.env.EVENTS .. "/told")
    end
  end))
]])
local function check_mode()
  common.equal("waiting for a key", vim.rpcrequest(channel, "nvim_get_mode").blocking, false)
end
local told = vim.env.EVENTS .. "/told"
common.wait("a message that is longer than the line", function()
  check_mode()
  return vim.uv.fs_stat(told) and #table.concat(vim.fn.readfile(told)) > 80
end)
check_mode()
vim.fn.jobstop(terminal)
common.done()
