"""Runs cases in a real VS Code window. Usage:
  vscode_test.py run WINDOW VSCODE EXTENSION.vsix AUTOFIX FAKE_PROVIDER META_MODEL RESULTS CASE…
  vscode_test.py report RESULTS NAME
`run` starts VS Code once, lets drive.mjs run the cases in one window, and looks at what they have in common; it fails
where it could not do that. `report` says how one of them went. The window `untrusted` is one where VS Code's workspace
trust counts. With AUTOFIX_UPDATE_PICTURES set, the pictures go to the extension's README."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile

import rig
from vscode.server import VsCode, end_what_is_left

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import lsp_record  # noqa: E402

DRIVE_LIMIT = 1200
SETTINGS = {
    "chat.disableAIFeatures": True,
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.colorTheme": "Default Light Modern",
    "workbench.layoutControl.enabled": False,
    "workbench.reduceMotion": "on",
    "window.commandCenter": False,
    "breadcrumbs.enabled": False,
    "editor.minimap.enabled": False,
    "editor.scrollbar.vertical": "hidden",
    "remote.autoForwardPorts": False,
    "telemetry.telemetryLevel": "off",
    # A browser's default is to save at once.
    "files.autoSave": "off",
}
FOLDERS = ("project/.git", "bin", "home", "tmp", "run", "user/User", "extensions", "cases")
CASE_FOLDERS = ("config/autofix", "state", "cache", "data", "bin")
# Where the user put keys, and where they belong.
KEYS_BELONG = re.compile(r"cases/[^/]+/(config/autofix/\.env|[^/]+\.sent)|plan\.json")


def package_driver(path):
    with zipfile.ZipFile(path, "w") as package:
        for name in ("package.json", "extension.js"):
            package.write(HERE / "vscode/driver" / name, f"extension/{name}")


def make_case(folder, name, autofix):
    """The window's environment is the same for all cases; each has its own configuration, state and record."""
    case = folder / "cases" / name
    for part in CASE_FOLDERS:
        (case / part).mkdir(parents=True)
    launcher = lsp_record.install(case, autofix)
    start = case / "start"
    start.write_text(f"#!/bin/sh\nexport XDG_CONFIG_HOME={case}/config XDG_STATE_HOME={case}/state "
                     f"XDG_CACHE_HOME={case}/cache XDG_DATA_HOME={case}/data\nexec {launcher} \"$@\"\n")
    start.chmod(0o755)


def make_folder(folder, window, cases, autofix):
    for part in FOLDERS:
        (folder / part).mkdir(parents=True)
    for case in cases:
        make_case(folder, case, autofix)
    settings = {**SETTINGS, "security.workspace.trust.enabled": window == "untrusted"}
    (folder / "user/User/settings.json").write_text(json.dumps(settings))
    # VS Code asks a login shell for the environment.
    (folder / "home/.profile").write_text(f"export PATH={folder}/bin:/usr/bin:/bin\n")
    package_driver(folder / "driver.vsix")
    return {
        "PATH": f"{folder}/bin:/usr/bin:/bin",
        "SHELL": "/bin/sh",
        "HOME": f"{folder}/home",
        "TMPDIR": f"{folder}/tmp",
        "XDG_RUNTIME_DIR": f"{folder}/run",
        "LC_ALL": "C.UTF-8",
        "EXTENSIONS_GALLERY": "{}",
        "AUTOFIX_TEST_SOCKET": f"{folder}/driver.sock",
    }


def drive(editor, plan, folder):
    """What the cases said, and whether all were run."""
    (folder / "plan.json").write_text(json.dumps(plan))
    done = subprocess.run([editor.node, str(HERE / "vscode/drive.mjs"), str(folder / "plan.json")],
                          env=editor.environment, capture_output=True, text=True, timeout=DRIVE_LIMIT)
    return done.stdout + done.stderr, done.returncode == 0


def keys_seen(folder, output):
    """Where keys are and must not be: in what VS Code, its browser, the server and the tests have written."""
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_file() and not path.is_symlink() and not KEYS_BELONG.fullmatch(name):
            if b"Canary" in path.read_bytes():
                yield f"a key was seen in {name}"
    if "Canary" in output:
        yield "a key was seen in the output"


def complaints_about_messages(folder, cases, meta_model):
    for case in cases:
        # A case may be about a server that is not found.
        if (folder / "cases" / case / "lsp.record").exists():
            yield from (f"{case}: {complaint}" for complaint in lsp_record.check(folder / "cases" / case, meta_model))


def complaints_about_pictures(pictures):
    """They are for people, who look at them; here only that each is one, and no blank or heavy one."""
    for path in sorted(pictures.glob("*.png")):
        head = path.read_bytes()[:24]
        width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
        if head[:8] != b"\x89PNG\r\n\x1a\n" or width < 300 or height < 50 or not 4_000 < path.stat().st_size < 150_000:
            yield f"{path.name}: {width}x{height}, {path.stat().st_size} bytes"


def logs(folder, case):
    """Of the server in this case, and the last words of VS Code."""
    paths = [*folder.glob(f"cases/{case}/state/**/*.log"), *folder.glob("user/logs/*/exthost*/**/*.log"), folder / "vscode.log"]
    return "\n".join(f"--- {path.relative_to(folder)}\n{path.read_text(errors='replace')[-3000:]}" for path in paths)


def run(window, installed, extension, autofix, fake_provider, meta_model, results, *cases):
    results = pathlib.Path(results).resolve() / window
    shutil.rmtree(results, ignore_errors=True)
    pictures = results / "pictures"
    pictures.mkdir(parents=True)

    def say(name, wrong):
        (results / f"{name}.json").write_text(json.dumps({"wrong": list(wrong)}))

    with tempfile.TemporaryDirectory(prefix="afx-") as name:
        folder = pathlib.Path(name)
        environment = make_folder(folder, window, cases, autofix)
        plan = {
            "folder": str(folder), "vscode": installed, "socket": environment["AUTOFIX_TEST_SOCKET"], "cases": cases,
            "autofix": os.path.realpath(autofix), "fakeProvider": fake_provider, "keys": rig.KEYS,
            "results": str(results), "pictures": str(pictures),
        }
        output = ""
        try:
            editor = VsCode(installed, folder, environment)
            editor.install(extension, folder / "driver.vsix")
            with editor:
                output, all_were_run = drive(editor, {**plan, "url": editor.url}, folder)
        finally:
            left = end_what_is_left(folder)
            print(output)
            if not output or not all_were_run:
                print(logs(folder, "*"))
        say(f"{window}_ends", (f"still ran after the window was closed: {one}" for one in left))
        say(f"{window}_messages", complaints_about_messages(folder, cases, meta_model))
        say(f"{window}_keys", keys_seen(folder, output))
        say(f"{window}_pictures", complaints_about_pictures(pictures))
        for case in cases:
            (results / f"{case}.log").write_text(logs(folder, case))
    if all_were_run and os.environ.get("AUTOFIX_UPDATE_PICTURES"):
        shutil.copytree(pictures, HERE.parent.parent / "editors/vscode/images", dirs_exist_ok=True)
    return all_were_run


def report(results, name):
    path = next(pathlib.Path(results).glob(f"*/{name}.json"), None)
    if path is None:
        print(f"{name} was not run: see its window's own test")
        return False
    result = json.loads(path.read_text())
    if not result["wrong"]:
        return True
    print("\n".join(result["wrong"]), f"picture: {result.get('picture')}", sep="\n")
    with contextlib.suppress(FileNotFoundError):
        print(path.with_suffix(".log").read_text())
    return False


def end_in_order(number, _):
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_in_order)
    sys.exit(0 if {"run": run, "report": report}[sys.argv[1]](*sys.argv[2:]) else 1)
