;;; What every case shares: waiting with a limit, choosing our code action, the fix on disk and its undo.  -*- lexical-binding: t; -*-
(require 'seq)

(defun case-wait (what condition)
  "Until CONDITION holds; processes are listened to meanwhile."
  (let ((end (+ (float-time) 60)))
    (while (not (funcall condition))
      (when (> (float-time) end)
        (error "Waited in vain for %s; the text is %S" what (buffer-string)))
      (accept-process-output nil 0.05))))

(defun case-choose (title)
  "The code action whose title begins so is taken from every menu."
  (setq last-nonmenu-event ?x)
  (setq completing-read-function
        (lambda (_prompt collection &rest _)
          (let ((titles (all-completions "" collection)))
            (or (seq-find (lambda (one) (string-prefix-p title one)) titles)
                (error "No %S among %S" title titles))))))

(defun case-go-to (text)
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(defun case-wait-for-fix (before)
  (case-wait "the fix" (lambda () (not (equal (buffer-string) before)))))

(defun case-save-fix-and-undo ()
  (save-buffer)
  (copy-file buffer-file-name (expand-file-name "fixed" (getenv "EVENTS")))
  (undo-boundary)
  (setq last-command nil)
  (undo)
  (save-buffer))

(setq make-backup-files nil
      create-lockfiles nil)
