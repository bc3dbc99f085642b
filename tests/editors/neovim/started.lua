-- With nothing but the lines of the documentation in init.lua, and a file on the command line.
local common = dofile(vim.env.CASE_FOLDER .. "/common.lua")
common.wait_for_server()
common.go_to_diagnostic()
common.choose()
common.wait("the fix", function()
  return common.text() == vim.env.WANT
end)
common.done()
