"""Drives a real Helix in a terminal, by keys, with clangd and the built server.
Usage: helix_test.py HX AUTOFIX FAKE_PROVIDER META_MODEL CASE"""
import documented
import one_fix
import terminal

READY = b"Registering didChangeWatchedFiles"
CLANGD = "change 'lenght' to 'length'"


def choose(editor, title):
    """The code action of that title from the menu at the cursor, where clangd's own is first."""
    editor.keys("Space", "a")
    lines = editor.wait_for(title).splitlines()
    rows = [next(at for at, line in enumerate(lines) if text in line) for text in (CLANGD, title)]
    editor.keys(*["Down"] * (rows[1] - rows[0]), "Enter")


def save(editor, path, content):
    editor.type(":write")
    editor.keys("Enter")
    terminal.wait_for_file(path, content)


def drive(hx, title, shown):
    def drive_helix(case):
        case.write("config/helix/languages.toml", documented.block("Helix", "toml"))
        log = case.folder / "state/helix.log"
        command = [hx, "-vv", "--log", str(log), case.problem.path]
        with terminal.Terminal(command, case.folder, case.environment) as editor:
            terminal.wait_until("autofix has started", lambda: log.exists() and READY in log.read_bytes())
            editor.type("/lenght")
            editor.keys("Enter")
            # Diagnostics are shown beside the cursor's line.
            for text in ("Use of undeclared identifier", *shown):
                editor.wait_for(text)
            choose(editor, title)
            editor.wait_for(case.problem.right)
            save(editor, case.file, case.problem.fixed.encode())
            editor.keys("u")
            editor.wait_for(case.problem.wrong)
            save(editor, case.file, case.problem.broken.encode())
            screen = editor.screen()
            editor.type(":quit")
            editor.keys("Enter")
            editor.wait_for_end()
        return screen
    return drive_helix


def fix(hx, tools):
    """clangd's diagnostic, which Helix hands to every server of the language."""
    drive_it = drive(hx, "Auto-fix with AI: Use of undeclared identifier", ())
    return one_fix.run(tools, one_fix.CPP, drive_it)


def report(hx, tools):
    """A failing test of a report that was there when Helix started."""
    files = {"build/junit.xml": one_fix.REPORT.format(path=one_fix.CPP.path)}
    drive_it = drive(hx, "Auto-fix with AI: failing test size of four", ["size of four"])
    return one_fix.run(tools, one_fix.CPP, drive_it, files)


if __name__ == "__main__":
    one_fix.main({"fix": fix, "report": report})
