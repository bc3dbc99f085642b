-- :checkhealth autofix: what is wrong, and what to do about it.
local client_of = require("autofix.client")
local M = {}

local keys = "Set GOOGLE_API_KEY, GROQ_API_KEY, ANTHROPIC_API_KEY or OPENAI_API_KEY in the environment or in"
  .. " ~/.config/autofix/.env, and start Neovim again"

local function program()
  local client = client_of.all()[1]
  local config = vim.fn.has("nvim-0.11") == 1 and vim.lsp.config.autofix or (client and client.config)
  -- `cmd` may be a function.
  return config and type(config.cmd) == "table" and config.cmd[1] or "autofix"
end

-- Whether any model can be asked, and whether anything can be.
local function check_link(link)
  local message = link.message ~= vim.NIL and link.message or nil
  if link.reachable and not message then
    local offline = link.provider == "offline"
    local does = offline and ": repairs without a model" or " answers, model " .. tostring(link.model)
    vim.health.ok(link.provider .. does)
    return not offline, true
  elseif link.state == "no_key" or link.state == "skipped" then
    vim.health.info(link.provider .. ": " .. (message or link.state))
  elseif link.reachable then
    -- A server that refuses the key was reached, too.
    vim.health.warn(link.provider .. ": " .. message, { "Look at this provider's key, or take it out of `chain`" })
  else
    local advice = "Look at the network and the proxy: `autofix check " .. link.provider .. "`"
    vim.health.warn(link.provider .. ": " .. (message or link.state), { advice })
  end
  return false, false
end

local function check_links(binary)
  local run = vim.system({ binary, "check", "--json" }, { text = true, timeout = 60000 }):wait()
  local ok, links = pcall(vim.json.decode, run.stdout or "")
  if not ok then
    return vim.health.error("`autofix check` failed: " .. vim.trim(run.stderr or ""), { "Run it in a terminal" })
  end
  local model, any = false, false
  for _, link in ipairs(links) do
    local is_model, is_any = check_link(link)
    model, any = model or is_model, any or is_any
  end
  if not any then
    vim.health.error("no provider can be used", { keys, "Or run a local model server, such as Ollama" })
  elseif not model then
    vim.health.warn("no model can be asked", { keys, "Or run a local model server, such as Ollama" })
  end
end

local function check_attached()
  local attached = client_of.all()
  if #attached == 0 then
    vim.health.warn("no buffer uses the server", {
      'Call vim.lsp.enable("autofix"), in 0.10 require("autofix").setup(), and open a file',
      "Look into the log: :lua vim.cmd.edit(vim.lsp.get_log_path())",
    })
  end
  for _, client in ipairs(attached) do
    local buffers = vim.tbl_count(client.attached_buffers)
    vim.health.ok(("attached to %d buffer(s) of %s"):format(buffers, client.root_dir or "no project"))
  end
end

function M.check()
  vim.health.start("autofix")
  if vim.fn.has("nvim-0.10") == 0 then
    return vim.health.error("Neovim 0.10 or later is needed", { "Install a newer Neovim" })
  end
  local binary = program()
  if vim.fn.executable(binary) == 0 then
    local advice = "Build it with ./dev build and put it into PATH, or set `cmd`"
    return vim.health.error(binary .. " is not executable", { advice })
  end
  local version = vim.system({ binary, "--version" }, { text = true }):wait()
  vim.health.ok(vim.fn.exepath(binary) .. ": " .. vim.trim(version.stdout or ""))
  check_links(binary)
  check_attached()
end

return M
