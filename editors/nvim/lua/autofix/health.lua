-- :checkhealth autofix
local M = {}

local function command()
  local client = vim.lsp.get_clients({ name = "autofix" })[1]
  local config = vim.fn.has("nvim-0.11") == 1 and vim.lsp.config.autofix or (client and client.config)
  -- `cmd` may be a function.
  return config and type(config.cmd) == "table" and config.cmd[1] or "autofix"
end

local function check_links(binary)
  local run = vim.system({ binary, "check", "--json" }, { text = true, timeout = 60000 }):wait()
  local ok, links = pcall(vim.json.decode, run.stdout or "")
  if not ok then
    return vim.health.error("`autofix check` failed: " .. vim.trim(run.stderr or ""))
  end
  local usable = false
  for _, link in ipairs(links) do
    -- A server that refuses the key was reached, too: then there is a message.
    if link.reachable and link.message == vim.NIL then
      usable = true
      vim.health.ok(link.provider .. " answers")
    else
      vim.health.info(link.provider .. ": " .. (link.message ~= vim.NIL and link.message or link.state))
    end
  end
  if not usable then
    vim.health.error("no provider can be used", { "Set GOOGLE_API_KEY or GROQ_API_KEY, or run a local model server" })
  end
end

function M.check()
  vim.health.start("autofix")
  if vim.fn.has("nvim-0.10") == 0 then
    return vim.health.error("Neovim 0.10 or later is needed")
  end
  local binary = command()
  if vim.fn.executable(binary) == 0 then
    return vim.health.error(binary .. " is not executable", { "Build it with ./dev build and put it into PATH, or set `cmd`" })
  end
  local version = vim.system({ binary, "--version" }, { text = true }):wait()
  vim.health.ok(vim.fn.exepath(binary) .. ": " .. vim.trim(version.stdout or ""))
  check_links(binary)
  local attached = vim.lsp.get_clients({ name = "autofix" })
  if #attached == 0 then
    vim.health.warn("no buffer uses the server yet", { 'vim.lsp.enable("autofix"), or require("autofix").setup() in 0.10' })
  else
    vim.health.ok("running for " .. #attached .. " project(s)")
  end
end

return M
