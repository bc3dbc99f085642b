"""Records what an editor and the server say to each other, and holds it against the protocol's meta model.

    launcher = lsp_record.install(folder, autofix)      # folder/bin/autofix; put folder/bin first in PATH
    …                                                   # the editor runs
    complaints = lsp_record.check(folder, meta_model)   # of every message of the servers; empty: good

By hand: lsp_record.py install FOLDER AUTOFIX · lsp_record.py check FOLDER META_MODEL"""
import json
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
LAUNCHER = """#!/usr/bin/python3 -ISB
import sys
sys.path.insert(0, {here!r})
import lsp_tap
lsp_tap.run({record!r}, {autofix!r}, sys.argv[1:])
"""


def install(folder, autofix):
    """The launcher. It takes the server's arguments; commands for the terminal are run as they are."""
    folder = pathlib.Path(folder).resolve()
    launcher = folder / "bin/autofix"
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_text(LAUNCHER.format(here=str(HERE), record=str(folder / "lsp.record"),
                                        autofix=str(pathlib.Path(autofix).resolve())))
    launcher.chmod(0o755)
    return launcher


def lines(folder):
    """What was recorded so far, as objects; lsp_tap.py says which."""
    record = pathlib.Path(folder) / "lsp.record"
    text = record.read_text() if record.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def has_open_server(folder):
    started = set()
    for line in lines(folder):
        if line.get("mark") == "start":
            started.add(line["server"])
        elif line.get("mark") == "tap failed" or line.get("by") == "server" or line.get("reader") == "client":
            started.discard(line["server"])
    return bool(started)


def check(folder, meta_model, limit=10):
    """Complaints, each with its line of the record. `meta_model` is where meta_model/install.sh has made the model. An
    editor may be gone a moment before its server is: `limit` seconds are given to those that are about to end."""
    folder = pathlib.Path(folder)
    until = time.monotonic() + limit
    while has_open_server(folder) and time.monotonic() < until:
        time.sleep(0.02)
    done = subprocess.run(["node", str(HERE / "meta_model/check.mjs"), str(meta_model), str(folder / "lsp.record")],
                          capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    complaints = done.stdout.splitlines()
    if done.returncode not in (0, 1) or (done.returncode == 1) != bool(complaints):
        complaints.append(f"the check ended with {done.returncode}: {done.stderr}")
    return complaints


def main(command, folder, program):
    if command == "install":
        print(install(folder, program))
        return 0
    complaints = check(folder, program)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("install", "check"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
