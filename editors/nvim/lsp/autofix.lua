-- For Neovim 0.11 and later: vim.lsp.enable("autofix").
return require("autofix").config()
