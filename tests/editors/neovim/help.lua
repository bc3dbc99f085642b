-- The documentation: its tags are made without complaint, and every tag and every link leads somewhere.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
local folder = vim.env.TMPDIR .. "/plugin"
vim.fn.mkdir(folder .. "/doc", "p")
vim.fn.writefile(vim.fn.readfile(vim.env.PLUGIN .. "/doc/autofix.txt"), folder .. "/doc/autofix.txt")
vim.cmd.helptags(folder .. "/doc")
vim.opt.rtp:append(folder)
-- The unpacked Neovim lacks the parser that colours help.
vim.cmd("filetype off")
local text = table.concat(vim.fn.readfile(folder .. "/doc/autofix.txt"), "\n")
local function leads_to(tag, file)
  local ok, why = pcall(vim.cmd.help, { args = { tag } })
  common.equal(tag .. ": " .. tostring(why), ok, true)
  if file then
    common.equal("where " .. tag .. " leads", vim.fn.expand("%:t"), file)
  end
end
leads_to("autofix", "autofix.txt")
common.equal("the first line", vim.fn.line("."), 3)
local tags, links = 0, 0
for tag in text:gmatch("%*([^%s*|]+)%*") do
  tags = tags + 1
  leads_to(tag, tag ~= "autofix.txt" and "autofix.txt" or nil)
end
-- Much of Neovim's own documentation is younger than 0.10.
local newest = vim.fn.has("nvim-0.12") == 1
for link in text:gmatch("|([^%s*|]+)|") do
  local own = link:lower():find("autofix", 1, true)
  links = links + 1
  if own or newest then
    leads_to(link, own and "autofix.txt" or nil)
  end
end
common.equal("tags and links there are", tags > 10 and links > 10, true)
-- What the plugin offers is in it.
local commands = table.concat(vim.fn.readfile(vim.env.PLUGIN .. "/lua/autofix/commands.lua"), "\n")
for name in commands:gmatch("LspAutofix%w+") do
  leads_to(":" .. name, "autofix.txt")
end
for _, line in ipairs(vim.split(text, "\n")) do
  common.equal("a line longer than 78: " .. line, vim.fn.strdisplaywidth(line) <= 78, true)
end
common.done()
