"""Runs a job of a GitHub Actions workflow as far as editors/ci/github-actions.yml uses what they are.

`run:` steps are run as the runner does, with its shell, files and variables; conditions and expressions are evaluated; actions
(`uses:`) are functions that the caller gives. What this file does not know is an error, never passed over.
"""

import os
import pathlib
import re
import subprocess

import yaml

# What `shell: bash` stands for: docs.github.com, "Workflow syntax for GitHub Actions", jobs.<job_id>.steps[*].shell.
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
JOB_KEYS = {"runs-on", "container", "timeout-minutes", "defaults", "steps"}
STEP_KEYS = {"name", "id", "if", "uses", "with", "run", "env", "working-directory"}


def read_workflow(path):
    workflow = yaml.safe_load(pathlib.Path(path).read_text())
    if not all(isinstance(value, str) for value in workflow["env"].values()):
        raise ValueError("a variable that YAML reads as a number: it wants quotes")
    return workflow


class Job:
    def __init__(self, workflow, name, workspace, secrets, actions, environment):
        self.workflow = read_workflow(workflow)
        self.job = self.workflow["jobs"][name]
        unknown = set(self.job) - JOB_KEYS
        if unknown or self.job["defaults"]["run"]["shell"] != "bash":
            raise ValueError(f"keys of the job that are not known here: {unknown}")
        self.workspace, self.secrets, self.actions = workspace, secrets, actions
        self.environment = environment
        self.steps = {}  # by id: {"outcome", "outputs"}
        self.ran = []  # names, in order
        self.log = ""
        self.summary = ""
        self.failed = False

    def run(self):
        for step in self.job["steps"]:
            unknown = set(step) - STEP_KEYS
            if unknown:
                raise ValueError(f"{step['name']}: keys that are not known here: {unknown}")
            result = {"outcome": "skipped", "outputs": {}}
            if self.is_wanted(step.get("if", "")):
                self.ran.append(step["name"])
                ended_well = self.use(step, result) if "uses" in step else self.shell(step, result)
                result["outcome"] = "success" if ended_well else "failure"
                self.failed = self.failed or not ended_well
            if "id" in step:
                self.steps[step["id"]] = result

    def is_wanted(self, condition):
        """Terms joined by &&. Without one that asks for the status, success() is meant."""
        terms = [term.strip() for term in condition.split("&&")] if condition else []
        status = [term for term in terms if term in ("failure()", "success()", "always()")]
        wanted = {"failure()": self.failed, "success()": not self.failed, "always()": True}
        return all(wanted[term] for term in status or ["success()"]) and all(
            self.holds(term) for term in terms if term not in wanted)

    def holds(self, term):
        match = re.fullmatch(r"steps\.(\w+)\.(outcome|outputs\.[\w-]+) (==|!=) '([^']*)'", term)
        if not match:
            raise ValueError(f"a condition that is not known here: {term}")
        step, member, operator, value = match.groups()
        known = self.steps[step]
        got = known["outcome"] if member == "outcome" else known["outputs"].get(member.split(".", 1)[1], "")
        return (got == value) == (operator == "==")

    def expanded(self, text):
        def value(match):
            context, name = match.group(1).split(".")
            # A secret that does not exist is empty; a variable that does not is a mistake.
            return self.secrets.get(name, "") if context == "secrets" else self.workflow["env"][name]
        out = re.sub(r"\$\{\{ ((?:secrets|env)\.\w+) \}\}", value, str(text))
        if "${{" in out:
            raise ValueError(f"an expression that is not known here: {text}")
        return out

    def use(self, step, result):
        name, _, version = step["uses"].partition("@")
        if not re.fullmatch(r"v\d+", version):
            raise ValueError(f"{step['uses']}: which version?")
        given = {key: self.expanded(value) for key, value in step["with"].items()}
        result["outputs"] = self.actions[name](given) or {}
        return True

    def shell(self, step, result):
        if "${{" in step["run"]:
            raise ValueError(f"{step['name']}: an expression inside a script is code that others may write")
        files = {name: self.workspace / f".{name}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        script = self.workspace / ".script.sh"
        script.write_text(step["run"])
        for file in files.values():
            file.write_text("")
        environment = {**self.environment, **self.workflow["env"], "CI": "true", "GITHUB_ACTIONS": "true",
                       "GITHUB_WORKSPACE": str(self.workspace), **{name: str(file) for name, file in files.items()},
                       **{name: self.expanded(value) for name, value in step.get("env", {}).items()}}
        folder = step.get("working-directory", self.job["defaults"]["run"]["working-directory"])
        ran = subprocess.run([*BASH, str(script)], cwd=self.workspace / folder, env=environment, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                             check=False)
        self.log += f"### {step['name']}: {ran.returncode}\n{ran.stdout}"
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        for line in files["GITHUB_OUTPUT"].read_text().splitlines():
            name, equals, value = line.partition("=")
            if not equals:
                raise ValueError(f"{step['name']}: an output that is none: {line}")
            result["outputs"][name] = value
        for file in [script, *files.values()]:
            os.unlink(file)
        return ran.returncode == 0
