-- A fix that needs a new file: both files are as the reply says.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
common.open(vim.env.FILE)
common.choose()
common.wait_for_session("awaiting_verification")
common.equal("the fixed text", common.text(), vim.env.WANT)
local new = vim.fn.bufnr("length.h")
common.equal("the new file has a buffer", new > 0, true)
-- Neovim keeps an empty line after what is put into an empty buffer, whichever server it comes from.
local text = table.concat(vim.api.nvim_buf_get_lines(new, 0, -1, false), "\n")
common.equal("the new text", (text:gsub("\n$", "")), "inline int lenght = 0;")
common.done()
