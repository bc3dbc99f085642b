;;; lsp-mode with clangd and, beside it, our server.  -*- lexical-binding: t; -*-
(load (expand-file-name "common.el" (getenv "CASE_FOLDER")))
(require 'lsp-mode)
(require 'lsp-clangd)
(require 'cc-mode)
;; What asks or downloads, and what a test does not look at.
(setq lsp-auto-guess-root t
      lsp-lens-enable nil
      lsp-restart 'ignore
      lsp-enable-snippet nil
      lsp-headerline-breadcrumb-enable nil
      lsp-session-file (expand-file-name "lsp-session" (getenv "EVENTS")))
(load (getenv "SETTINGS"))

(find-file (getenv "FILE"))
(lsp)
(case-wait "both servers"
           (lambda () (and (= (length (lsp-workspaces)) 2)
                           (seq-every-p (lambda (one) (eq (lsp--workspace-status one) 'initialized)) (lsp-workspaces)))))
(case-wait "clangd's diagnostic"
           (lambda () (lsp--get-buffer-diagnostics)))
(case-go-to "lenght")
(case-choose (getenv "TITLE"))
(let ((before (buffer-string)))
  (call-interactively #'lsp-execute-code-action)
  (case-wait-for-fix before)
  (case-save-fix-and-undo))
