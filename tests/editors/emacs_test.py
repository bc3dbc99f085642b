"""Drives a real Emacs with eglot or lsp-mode and the built server. Usage: emacs_test.py EMACS AUTOFIX FAKE_PROVIDER META_MODEL CASE"""
import pathlib
import re
import subprocess

import documented
import one_fix

HERE = pathlib.Path(__file__).resolve().parent
PYFLAKES = "undefined name 'lenght'"
SLOW = 15_000  # eglot gives up after 10 s


def seconds_until(what, output):
    return float(re.search(rf"{what} after ([\d.]+) s", output)[1])


def drive(emacs, script, settings, file, wants_fix=True, **more):
    def drive_emacs(case):
        case.write("settings.el", settings)
        words = {"CASE_FOLDER": str(HERE / "emacs"), "SETTINGS": str(case.folder / "settings.el"), "FILE": file, **more}
        done = subprocess.run([emacs, "--batch", "-Q", "-l", str(HERE / "emacs" / script)], cwd=case.project,
                              env={**case.environment, **words}, capture_output=True, text=True, timeout=240,
                              stdin=subprocess.DEVNULL)
        output = done.stdout + done.stderr
        if done.returncode != 0:
            raise RuntimeError(f"Emacs ended with {done.returncode}\n{output}")
        fixed = case.folder / "events/fixed"
        if wants_fix and fixed.read_bytes() != case.problem.fixed.encode():
            raise RuntimeError(f"the saved file was {fixed.read_bytes()!r}\n{output}")
        if case.file.read_bytes() != case.problem.broken.encode():
            raise RuntimeError(f"after the undo the file is {case.file.read_bytes()!r}\n{output}")
        return output
    return drive_emacs


def eglot():
    return documented.block("Emacs, eglot", "elisp")


def fix(emacs, tools):
    """What Flymake's own checker found, forwarded."""
    drive_it = drive(emacs, "eglot.el", eglot(), one_fix.PYTHON.path, PROBLEM=PYFLAKES,
                     TITLE="Auto-fix with AI: undefined name")
    return one_fix.run(tools, one_fix.PYTHON, drive_it)


def report(emacs, tools):
    """A failing test, which eglot shows and hands back."""
    files = {"build/junit.xml": one_fix.REPORT.format(path=one_fix.PYTHON.path)}
    drive_it = drive(emacs, "eglot.el", eglot(), one_fix.PYTHON.path, PROBLEM="expected 4",
                     TITLE="Auto-fix with AI: failing test size of four")
    return one_fix.run(tools, one_fix.PYTHON, drive_it, files)


def slow(emacs, tools):
    """The reply comes at once, the edit when it is there."""
    drive_it = drive(emacs, "eglot.el", eglot(), one_fix.PYTHON.path, PROBLEM=PYFLAKES,
                     TITLE="Auto-fix with AI: undefined name")

    def drive_slowly(case):
        output = drive_it(case)
        if seconds_until("the fix is there", output) < SLOW / 1000:
            raise RuntimeError(f"the provider was not slow\n{output}")
        return output

    groq = [{"ok": one_fix.PYTHON.reply(), "delayMs": SLOW}]
    return one_fix.run(tools, one_fix.PYTHON, drive_slowly, groq=groq)


def gives_up(emacs, tools):
    """Why the page sets commandReply: without it eglot reports an error after ten seconds."""
    settings = eglot().replace(':commandReply "started"', "")
    drive_it = drive(emacs, "eglot.el", settings, one_fix.PYTHON.path, wants_fix=False, GIVES_UP="1", PROBLEM=PYFLAKES,
                     TITLE="Auto-fix with AI: undefined name")
    groq = [{"ok": one_fix.PYTHON.reply(), "delayMs": SLOW}]
    return one_fix.run(tools, one_fix.PYTHON, drive_it, groq=groq)


def lsp_mode(emacs, tools):
    """clangd's diagnostic in lsp-mode, which runs several servers in a buffer."""
    drive_it = drive(emacs, "lsp_mode.el", documented.block("Emacs, lsp-mode", "elisp"), one_fix.CPP.path,
                     TITLE="Auto-fix with AI: Use of undeclared identifier")
    return one_fix.run(tools, one_fix.CPP, drive_it)


if __name__ == "__main__":
    one_fix.main({"fix": fix, "report": report, "slow": slow, "gives_up": gives_up, "lsp_mode": lsp_mode})
