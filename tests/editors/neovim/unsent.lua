-- The answer arrives while Neovim still holds back what was typed, so that the server cannot know: the edit was
-- made for another text, and is refused here.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
common.open(vim.env.FILE, { flags = { debounce_text_changes = 3600000 } })
local gemini = assert(tonumber(vim.env.GEMINI_PID))
assert(vim.uv.kill(gemini, "sigstop"))
common.choose()
common.wait_for_session("asking")
vim.api.nvim_buf_set_lines(0, 0, 0, false, { "// typed meanwhile" })
local typed = common.text()
assert(vim.uv.kill(gemini, "sigcont"))
common.wait_for_session("failed")
common.equal("the text", common.text(), typed)
common.done()
