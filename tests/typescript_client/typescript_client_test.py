"""Compiles the client of src/ and lets it talk to the built server, then checks what was said.
Usage: typescript_client_test.py AUTOFIX FAKE_PROVIDER META_MODEL FOLDER [NAME…]
FOLDER is where install.sh put the packages; NAME: some of the test files only, such as `commands`."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import lsp_record  # noqa: E402


def compile_client(folder):
    for name in ("src", "out"):
        shutil.rmtree(folder / name, ignore_errors=True)
    shutil.copytree(HERE / "src", folder / "src")
    # It stands where the packages are, which is where the compiler looks for them.
    shutil.copyfile(HERE / "tsconfig.json", folder / "tsconfig.json")
    return subprocess.run(["node_modules/.bin/tsc", "-p", "."], cwd=folder).returncode == 0


def places_of_keys(output, work):
    """Where a key was seen; the stand-ins write down what they were sent, and that is where the keys belong."""
    places = ["the output"] if "Canary" in output else []
    files = (path for path in work.rglob("*") if path.is_file() and path.suffix != ".sent")
    return places + [str(path) for path in files if b"Canary" in path.read_bytes()]


def run(autofix, fake, meta_model, folder, names):
    folder = pathlib.Path(folder).resolve()
    if not compile_client(folder):
        print("the client does not compile")
        return False
    with tempfile.TemporaryDirectory(prefix="autofix-typescript-") as name:
        work = pathlib.Path(name)
        launcher = lsp_record.install(work, autofix)
        environment = os.environ | {"AUTOFIX": str(launcher), "FAKE_PROVIDER": fake, "WORK_FOLDER": name}
        tests = [f"out/{name}.test.js" for name in names] or sorted(
            f"out/{path.name}" for path in (folder / "out").glob("*.test.js"))
        # Two at a time, for machines where much else runs.
        done = subprocess.run(["node", "--test", "--test-concurrency=2", "--test-reporter=spec", *tests], cwd=folder,
                              env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=280)
        print(done.stdout)
        wrong = [] if done.returncode == 0 else [f"node ended with {done.returncode}"]
        wrong += lsp_record.check(work, meta_model)
        wrong += [f"a key was seen in {place}" for place in places_of_keys(done.stdout, work)]
        print("\n".join(wrong))
        return not wrong


if __name__ == "__main__":
    sys.exit(0 if run(*sys.argv[1:5], sys.argv[5:]) else 1)
