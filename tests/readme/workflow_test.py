"""Runs editors/ci/github-actions.yml in a project with git, pytest and stand-ins for the providers.

Usage: workflow_test.py SOURCE_FOLDER AUTOFIX FAKE_PROVIDER CASE, where CASE is one of CASES, or `page` for
what can be said without running it.
"""

import base64
import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import typing

from workflow_runner import Job, read_workflow

KEYS = {"GOOGLE_API_KEY": "AIzaCanaryWorkflowNotReal0123456789", "GROQ_API_KEY": "gsk_CanaryWorkflowNotReal0123456789"}
ALWAYS = ["Check out the project", "Install what the tests need", "Run the tests"]
TO_THE_FIX = ["Check out autofix", "Fetch what was compiled before", "Build autofix", "Keep what was compiled",
              "Ask for a fix", "Say what came of it"]

# A mistake that no offline rule knows, and its test. Commands that prove a fix do not see the keys.
TEXT = "def shout(text):\n    return text.strip().lower() + '!'\n"
TEXT_TEST = """import os

from text import shout


def test_shout():
    assert shout(' <b> ') == '<B>!'


def test_keys():
    assert not [name for name in os.environ if name.endswith('_API_KEY')]
"""
# One that the offline link repairs.
IMPORT = "def here():\n    return os.getcwd()\n"
IMPORT_TEST = "from text import here\n\n\ndef test_here():\n    assert here()\n"
GREEN_TEST = "from text import shout\n\n\ndef test_shout():\n    assert shout('a') == 'a!'\n"


def reply(after):
    return [{"ok": "It is lower case & not </pre> upper case.\n\ntext.py\n<<<<<<< SEARCH\n"
                   f"    return text.strip().lower() + '!'\n=======\n    return {after}\n>>>>>>> REPLACE\n"}]


QUOTA = [{"preset": "quota_per_day"}]
DOWN = [{"status": 503, "body": "down"}]

class Case(typing.NamedTuple):
    files: dict
    gemini: list  # what the stand-ins do
    groq: list
    status: str | None  # of autofix's answer; None: it is not asked
    summary: list = []  # what the run's page says
    secrets: dict = KEYS
    patch: bool = False


CASES = {
    "fixed": Case({"text.py": TEXT, "test_text.py": TEXT_TEST}, QUOTA, reply("text.strip().upper() + '!'"), "verified",
                  ["gemini: quota_exhausted", "groq: ok", "It is lower case &amp; not", "+    return text.strip().upper()"],
                  patch=True),
    "green": Case({"text.py": TEXT, "test_text.py": GREEN_TEST}, QUOTA, DOWN, None),
    "nobody": Case({"text.py": TEXT, "test_text.py": TEXT_TEST}, QUOTA, DOWN, "no_fix",
                   ["gemini: quota_exhausted", "groq: overloaded", "offline: refused", "Wait until"]),
    "rejected": Case({"text.py": TEXT, "test_text.py": TEXT_TEST}, QUOTA, reply("text.strip() + '?'"), "rejected",
                     ["groq: failed_verification", "+    return text.strip() + &apos;?&apos;"]),
    # A pull request from a fork: the secrets are empty.
    "fork": Case({"text.py": IMPORT, "test_text.py": IMPORT_TEST}, QUOTA, DOWN, "verified",
                 ["gemini: no_key", "groq: no_key", "offline: ok", "+import os"], secrets={}, patch=True),
    # pytest ends with 5, and the report has no test.
    "empty": Case({"text.py": TEXT}, QUOTA, DOWN, "nothing_to_fix"),
    # pytest is gone before it writes a report.
    "crash": Case({"text.py": TEXT, "conftest.py": "import os\n\nos._exit(9)\n"}, QUOTA, DOWN, "error", ["junit.xml"]),
}


@contextlib.contextmanager
def provider(program, name, script, folder):
    """The base URL of a stand-in, which lives until its standard input closes."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(script))
    process = subprocess.Popen([program, name, "--script", str(path)], text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    try:
        line = process.stdout.readline()
        if not line.startswith("listening "):
            raise RuntimeError(f"the stand-in for {name} did not start: {line!r}")
        yield line.split()[1]
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def write_program(path, text):
    path.write_text(text)
    path.chmod(0o755)


class Runner:
    """The machine: a project on disk, the actions, and what stands for Debian's packages and for building autofix."""

    def __init__(self, temp, source, autofix, files):
        self.temp, self.source, self.autofix = temp, source, autofix
        self.workspace = temp / "workspace"
        self.uploaded = temp / "uploaded"
        self.saved = []
        self.origin = temp / "origin"
        for folder in (self.workspace, self.origin, temp / "bin", temp / "home"):
            folder.mkdir()
        for name, text in files.items():
            (self.origin / name).write_text(text)
        for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
            self.git(self.origin, *command)
        # Installing is only told apart by whether the packages are there: this machine has them.
        write_program(temp / "bin/apt-get", '#!/bin/sh\nset -e\n[ "$1" = install ] || exit 0\nshift\n'
                      'for one in "$@"; do case $one in -*) ;; *) dpkg-query -W "$one" ;; esac; done\n')
        (temp / "bin/python3").symlink_to("/usr/bin/python3")

    def git(self, folder, *arguments):
        return subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], cwd=folder,
                              text=True, capture_output=True, check=True).stdout

    def checkout(self, given):
        if given["persist-credentials"] != "False":
            raise ValueError("a token is left in the checkout")
        to = self.workspace / given["path"]
        if "repository" not in given:
            self.git(self.temp, "clone", "-q", str(self.origin), str(to))
            return
        if not re.fullmatch(r"[0-9a-f]{40}", given["ref"]):
            raise ValueError(f"{given['ref']} is no whole hash")
        if not re.search(r"^  build\)", (self.source / "dev").read_text(), re.MULTILINE):
            raise ValueError("./dev has no command build")
        to.mkdir()
        write_program(to / "dev", f'#!/bin/sh\n[ "$1" = build ] && mkdir build && ln -s "{self.autofix}" build/autofix\n')

    def upload(self, given):
        self.uploaded.mkdir()
        for path in given["path"].split():
            shutil.copy(self.workspace / path, self.uploaded)

    def actions(self):
        return {"actions/checkout": self.checkout, "actions/upload-artifact": self.upload,
                "actions/cache/restore": lambda given: {"cache-hit": ""},
                "actions/cache/save": lambda given: self.saved.append(given["key"])}

    def environment(self):
        return {"PATH": f"{self.temp}/bin:/usr/bin:/bin", "HOME": f"{self.temp}/home", "LANG": "C.UTF-8"}


def check_patch(runner):
    """It applies to a fresh clone and makes the tests green."""
    clone = runner.temp / "clone"
    runner.git(runner.temp, "clone", "-q", str(runner.origin), str(clone))
    runner.git(clone, "apply", "--check", str(runner.uploaded / "fix.patch"))
    runner.git(clone, "apply", str(runner.uploaded / "fix.patch"))
    tests = subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=clone, text=True,
                           capture_output=True, check=False)
    if tests.returncode != 0:
        yield f"with the patch the tests fail:\n{tests.stdout}"
    if runner.git(clone, "diff", "--name-only").split() != ["text.py"]:
        yield "the patch changes something else"


def seen_keys(folder, text):
    """Files, and the log, that a key can be read in: as it is or in base64."""
    forms = [form for key in KEYS.values() for form in (key.encode(), base64.b64encode(key.encode())[:24])]
    places = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
    places["the log or the summary"] = text.encode()
    return [str(place) for place, content in places.items() if any(form in content for form in forms)]


def check_job(job, runner, case):
    asked = case.status is not None
    wanted = ALWAYS + (TO_THE_FIX if asked else []) + (["Keep the patch"] if case.patch else [])
    if job.ran != wanted:
        yield f"steps that ran: {job.ran}"
    if job.failed != asked:
        yield "the job has the wrong end"
    if asked and (job.steps["fix"]["outcome"] == "failure") != (case.status == "error"):
        yield "the step that asks for a fix has the wrong end"
    answer = runner.workspace / "results/fix.json"
    got = json.loads(answer.read_text()) if answer.exists() else {"status": None}
    if got["status"] != case.status:
        yield f"the status is {got['status']}, wanted {case.status}"
    elif case.status == "verified" and got["verification"]["after"]["failed"] != 0:
        yield f"a test fails in the proof: {got['verification']}"
    for text in ([f"### autofix: {case.status}"] if asked else []) + case.summary:
        if text not in job.summary:
            yield f"the summary does not say {text!r}"
    if job.summary.count("</pre>") != (1 if asked else 0):
        yield "the summary is not one block"
    if runner.uploaded.exists() != case.patch:
        yield "a patch is there" if runner.uploaded.exists() else "no patch is there"
    elif case.patch:
        yield from check_patch(runner)
    if runner.git(runner.origin, "status", "--porcelain") or runner.git(runner.workspace / "project", "diff"):
        yield "the project was changed"


def check_page(source):
    """What can be said of the workflow and of the page about it without running anything."""
    path = source / "editors/ci/github-actions.yml"
    page = (source / "editors/headless.md").read_text()
    shown = re.findall(r"^```sh\n(autofix fix .*)\n```$", page, re.MULTILINE)
    if len(shown) != 1 or shown[0] not in path.read_text():
        yield f"the page shows another command than the workflow has: {shown}"
    workflow = read_workflow(path)
    if workflow["permissions"] != {"contents": "read"} or any("permissions" in job for job in workflow["jobs"].values()):
        yield "the workflow may do more than read"
    for step in workflow["jobs"]["tests"]["steps"]:
        checked = subprocess.run(["shellcheck", "--shell=bash", "-"], input=step.get("run", ""), text=True,
                                 capture_output=True, check=False)
        if checked.returncode != 0:
            yield f"{step['name']}:\n{checked.stdout}"
        if "secrets." in json.dumps(step) and step["name"] != "Ask for a fix":
            yield f"{step['name']} sees a key"


def play(source, autofix, program, case):
    """What is wrong after the workflow has run, and what it said."""
    with contextlib.ExitStack() as stack:
        temp = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scripts = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bases = {name: stack.enter_context(provider(program, name, script, scripts))
                 for name, script in (("gemini", case.gemini), ("groq", case.groq))}
        runner = Runner(temp, source, autofix, case.files)
        config = temp / "home/.config/autofix/config.json"
        config.parent.mkdir(parents=True)
        config.write_text(json.dumps({"chain": ["gemini", "groq", "offline"],
                                      "providers": {name: {"baseUrl": base} for name, base in bases.items()}}))
        job = Job(source / "editors/ci/github-actions.yml", "tests", runner.workspace, case.secrets, runner.actions(),
                  runner.environment())
        job.run()
        failures = list(check_job(job, runner, case))
        said = f"{job.log}\nsummary:\n{job.summary}"
        if seen := seen_keys(temp, said):
            failures.append(f"a key can be read in {seen}")
    return failures, said


def main():
    source, autofix = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    if sys.argv[4] == "page":
        failures, said = list(check_page(source)), ""
    else:
        failures, said = play(source, autofix, sys.argv[3], CASES[sys.argv[4]])
    for failure in failures:
        print(failure)
    if failures:
        print(said)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
