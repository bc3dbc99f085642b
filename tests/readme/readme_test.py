"""Runs every command that README.md shows, as a new user would type it, and checks its exit code.

Usage: readme_test.py SOURCE_FOLDER AUTOFIX. The commands of ./dev are the suite itself; here they are only held against
the script, so that none is shown that does not exist. A command that this file does not know the exit code of fails.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

PYTHON = "/usr/bin/python3"

# Command as README.md shows it -> exit code (CONTRACT.md) and, where it matters, what must be printed.
EXPECTED = {
    "autofix --version": (0, "autofix"),
    "autofix --help": (0, "fix"),
    "autofix config": (0, "chain"),
    "autofix config --schema": (0, "$schema"),
    "autofix check offline": (0, "offline"),
    "autofix stats --since 24h": (0, "runs in 24h"),
    "autofix stats --prometheus": (0, "autofix_fallbacks"),
    "autofix cache clear": (0, "forgotten"),
    "autofix fix --tests report.xml": (0, "+from . import models"),
    "autofix fix --tests report.xml --apply": (0, ""),
    "autofix fix app.zip --tests report.xml --output fixed.zip": (0, ""),
    "autofix fix --run 'python3 -m pytest -q' --trust --json": (0, '"status"'),
    "autofix preview --tests report.xml": (0, "models"),
    "autofix apply reply.txt --dry-run": (0, "+from . import models"),
}

REPLY = """The import is missing.

app/routes.py
<<<<<<< SEARCH
def create(title):
=======
from . import models


def create(title):
>>>>>>> REPLACE
"""


def make_project(folder):
    (folder / "app").mkdir(parents=True)
    (folder / "app/__init__.py").write_text("")
    (folder / "app/models.py").write_text("class Task:\n    def __init__(self, title):\n        self.title = title\n")
    (folder / "app/routes.py").write_text("def create(title):\n    return models.Task(title).title\n")
    (folder / "test_routes.py").write_text(
        "from app import routes\n\n\ndef test_create():\n    assert routes.create('x') == 'x'\n")
    (folder / "reply.txt").write_text(REPLY)
    subprocess.run([PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=report.xml"], cwd=folder,
                   stdout=subprocess.DEVNULL, check=False)
    with zipfile.ZipFile(folder / "app.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.py")):
            archive.write(path, path.relative_to(folder))


def commands(readme):
    for block in re.findall(r"^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            line = line.split("  #")[0].strip()
            if line:
                yield line


def main():
    source, autofix = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    readme = (source / "README.md").read_text()
    dev = (source / "dev").read_text()
    failures = []
    ran = 0
    with tempfile.TemporaryDirectory() as temp:
        temp = pathlib.Path(temp)
        bin_folder = temp / "bin"
        bin_folder.mkdir()
        (bin_folder / "autofix").symlink_to(autofix)
        (bin_folder / "python3").symlink_to(PYTHON)
        environment = {"PATH": f"{bin_folder}:/usr/bin:/bin", "HOME": str(temp), "LANG": "C.UTF-8",
                       "XDG_STATE_HOME": str(temp / "state"), "PYTHONDONTWRITEBYTECODE": "1"}
        for number, command in enumerate(commands(readme)):
            ran += 1
            if command.startswith("./dev "):
                if not re.search(rf"^  {command.split()[1]}\)", dev, re.MULTILINE):
                    failures.append(f"{command}: dev has no such command")
                continue
            if command not in EXPECTED:
                failures.append(f"{command}: this test does not know it")
                continue
            code, text = EXPECTED[command]
            project = temp / f"project{number}"
            make_project(project)
            result = subprocess.run(["/bin/sh", "-c", command], cwd=project, env=environment, text=True,
                                    stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
            if result.returncode != code or text not in result.stdout:
                failures.append(f"{command}: exit {result.returncode}, wanted {code} and {text!r}\n"
                                f"{result.stdout}{result.stderr}")
            shutil.rmtree(project)
    if ran < 5:
        failures.append("README.md shows hardly any command: is it read rightly?")
    for failure in failures:
        print(failure)
    print(f"{ran} commands, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
