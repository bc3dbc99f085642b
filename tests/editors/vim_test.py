"""Drives a real Vim with ALE in a terminal, by keys, with clangd as a linter of ALE's and the built server.
Usage: vim_test.py VIM AUTOFIX FAKE_PROVIDER META_MODEL CASE"""
import pathlib

import documented
import one_fix
import terminal

PLUGIN = pathlib.Path(__file__).resolve().parent.parent.parent / "editors/vim"
WIDE = "int main() {\n  int length = 0;\n  /* é 🙂 */ return lenght;\n}\n"
WIDE_PROBLEM = one_fix.Problem("main.cpp", WIDE, "  /* é 🙂 */ return lenght;", "  /* é 🙂 */ return length;")


def command(editor, text):
    editor.type(":" + text)
    editor.keys("Enter")


def settings(case):
    text = documented.block("Vim, ALE", "vim").replace("/path/to/autofix/editors/vim", str(PLUGIN))
    # What ALE shows on the cursor's line is what the test waits for.
    case.write("vimrc", "set nomore\n" + text)
    return case.folder / "vimrc"


def drive(vim, shown, ask, late=None):
    def drive_vim(case):
        words = [vim, "-N", "-n", "-i", "NONE", "-u", str(settings(case)), "+3", case.problem.path]
        with terminal.Terminal(words, case.folder, case.environment) as editor:
            editor.wait_for(case.problem.wrong)
            for path, text in (late or {}).items():
                case.write(f"project/{path}", text)
            # The sign of a problem, and its text below the cursor's line.
            editor.wait_for(shown)
            command(editor, ask)
            editor.wait_for("(groq, ")
            command(editor, "write")
            terminal.wait_for_file(case.file, case.problem.fixed.encode())
            editor.keys("u")
            command(editor, "write")
            terminal.wait_for_file(case.file, case.problem.broken.encode())
            screen = editor.screen()
            command(editor, "quitall!")
            editor.wait_for_end()
        return screen
    return drive_vim


ROOT = {".git/HEAD": "ref: refs/heads/main\n"}  # by which ALE finds clangd's folder
CLANGD = "Use of undeclared identifier 'lenght'"


def fix(vim, tools):
    return one_fix.run(tools, one_fix.CPP, drive(vim, CLANGD, "AutofixLine"), ROOT)


def wide(vim, tools):
    """LSP's columns are not Vim's behind such characters."""
    return one_fix.run(tools, WIDE_PROBLEM, drive(vim, CLANGD, "AutofixFile"), ROOT)


def report(vim, tools):
    """A report that comes while Vim runs; what is wrong on the line is only what it says."""
    report_file = {"build/junit.xml": one_fix.REPORT.format(path=one_fix.PYTHON.path)}
    drive_it = drive(vim, "size of four", "AutofixLine", report_file)
    return one_fix.run(tools, one_fix.PYTHON, drive_it)


def drive_refused(vim, shown, meanwhile=""):
    """Nothing is applied, and why is on the screen."""
    def drive_vim(case):
        words = [vim, "-N", "-n", "-i", "NONE", "-u", str(settings(case)), "+3", case.problem.path]
        with terminal.Terminal(words, case.folder, case.environment) as editor:
            editor.wait_for(CLANGD)
            command(editor, "AutofixLine")
            if meanwhile:
                editor.wait_for("autofix: at work")
                editor.type(meanwhile)
            editor.wait_for(shown)
            command(editor, "write")
            terminal.wait_for_file(case.file, (case.problem.broken + "// meanwhile\n" * bool(meanwhile)).encode())
            screen = editor.screen()
            command(editor, "quitall!")
            editor.wait_for_end()
        return screen
    return drive_vim


def new_file(vim, tools):
    reply = ("It has no declaration.\n\nlength.h\n<<<<<<< SEARCH\n=======\ninline int lenght = 0;\n>>>>>>> REPLACE\n\n"
             "main.cpp\n<<<<<<< SEARCH\nint main() {\n=======\n#include \"length.h\"\nint main() {\n>>>>>>> REPLACE\n")
    return one_fix.run(tools, one_fix.CPP, drive_refused(vim, "No fix was good enough"), ROOT,
                       groq=[{"ok": reply}])


def stale(vim, tools):
    """Typed while the provider thinks."""
    groq = [{"ok": one_fix.CPP.reply(), "delayMs": 4000}]
    return one_fix.run(tools, one_fix.CPP, drive_refused(vim, "changed", "Go// meanwhile\x1b"), ROOT,
                       groq=groq)


if __name__ == "__main__":
    one_fix.main({"fix": fix, "wide": wide, "report": report, "new_file": new_file, "stale": stale})
