"""One fix in a real editor, whatever the editor: Gemini's quota is used up, Groq answers; the saved file has the fix, one
undo brings every byte back, and keys are seen nowhere. How the editor is driven is the caller's."""
import contextlib
import dataclasses
import json
import pathlib
import sys
import tempfile
import traceback

import rig

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import lsp_record  # noqa: E402

QUOTA = [{"preset": "quota_per_day"}]


@dataclasses.dataclass
class Tools:
    autofix: str
    fake_provider: str
    meta_model: str


@dataclasses.dataclass
class Problem:
    """A file with one mistake, its place (from 1), and how it is fixed."""
    path: str
    broken: str
    wrong: str
    right: str

    @property
    def fixed(self):
        return self.broken.replace(self.wrong, self.right)

    def reply(self):
        return (f"The name is misspelt.\n\n{self.path}\n<<<<<<< SEARCH\n{self.wrong}\n=======\n{self.right}\n"
                ">>>>>>> REPLACE\n")


CPP = Problem("main.cpp", "int main() {\n  int length = 0;\n  return lenght;\n}\n", "  return lenght;", "  return length;")
PYTHON = Problem("size.py", "def size(text):\n    length = len(text)\n    return lenght\n\n\nprint(size('four'))\n",
                 "    return lenght", "    return length")
REPORT = ('<testsuites><testsuite name="unit"><testcase classname="" name="size of four">'
          '<failure message="expected 4">{path}:3: expected 4</failure></testcase></testsuite></testsuites>')


@dataclasses.dataclass
class Case:
    folder: pathlib.Path
    project: pathlib.Path
    environment: dict
    problem: Problem

    @property
    def file(self):
        return self.project / self.problem.path

    def write(self, path, text):
        """A file of the editor's settings, below the run's folder."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)


def be_patient(folder):
    """The user waits longer for a link's first byte than the 15 s that are the default."""
    path = folder / "config/autofix/config.json"
    config = json.loads(path.read_text())
    config["providers"]["groq"]["timeouts"] = {"firstByteMs": 50_000}
    path.write_text(json.dumps(config))


def run(tools, problem, drive, files=(), groq=None, asked=("gemini", "groq")):
    """Calls `drive(case)`, which returns the editor's output; returns whether all was well."""
    wrong = []
    output = ""
    with tempfile.TemporaryDirectory(prefix="autofix-editor-") as name:
        folder = pathlib.Path(name)
        project = rig.make_project(folder, {problem.path: problem.broken, **dict(files)})
        lsp_record.install(folder, tools.autofix)
        groq = groq or [{"ok": problem.reply()}]
        providers = {}
        try:
            with contextlib.ExitStack() as running:
                for link, script in (("gemini", QUOTA), ("groq", groq)):
                    providers[link] = running.enter_context(rig.Provider(tools.fake_provider, link, script, folder))
                rig.configure(folder, providers)
                if groq[0].get("delayMs"):
                    be_patient(folder)
                output = drive(Case(folder, project, rig.environment(folder), problem)) or ""
        except Exception:  # the logs tell more than the fault alone
            wrong.append(traceback.format_exc())
        were_asked = {link for link, provider in providers.items() if provider.was_asked()}
        if were_asked != set(asked):
            wrong.append(f"asked for a fix: {sorted(were_asked)}, not {sorted(asked)}")
        wrong += rig.check_canaries(folder, output)
        wrong += lsp_record.check(folder, tools.meta_model)
        if wrong:
            print("\n".join(wrong), output, rig.logs(folder), sep="\n")
    return not wrong


def main(cases):
    """Usage of every test here: EDITOR AUTOFIX FAKE_PROVIDER META_MODEL CASE."""
    editor, autofix, fake_provider, meta_model, case = sys.argv[1:6]
    sys.exit(0 if cases[case](editor, Tools(autofix, fake_provider, meta_model)) else 1)
