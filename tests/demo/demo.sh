#!/bin/sh
# Shows the main job on a real failing test: first with no key and no network, then with a failover between two local
# stand-ins for Gemini and Groq. Usage: demo.sh AUTOFIX FAKE_PROVIDER
set -eu
autofix=$1
fake_provider=$2
python=/usr/bin/python3

folder=$(mktemp -d)
gemini_pid=
groq_pid=
cleanup() {
  exec 8>&- 9>&- 2>/dev/null || true
  for pid in $gemini_pid $groq_pid; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Nothing of the user's own set-up takes part.
export XDG_CONFIG_HOME="$folder/config" XDG_STATE_HOME="$folder/state" PYTHONDONTWRITEBYTECODE=1
unset GOOGLE_API_KEY GEMINI_API_KEY GROQ_API_KEY ANTHROPIC_API_KEY OPENAI_API_KEY AUTOFIX_CONFIG
mkdir -p "$XDG_CONFIG_HOME/autofix"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '\033[2m$ %s\033[0m\n' "$*"; }

make_project() {
  rm -rf "$folder/shop"
  mkdir -p "$folder/shop/app" "$folder/shop/tests"
  cd "$folder/shop"
  : >app/__init__.py
  cat >app/models.py <<'PY'
class Task:
    def __init__(self, title):
        self.title = title
        self.done = False
PY
  cat >app/routes.py <<'PY'
"""What the task API answers."""


def create_task(title):
    task = models.Task(title)
    return {"title": task.title, "done": task.done}
PY
  cat >tests/test_routes.py <<'PY'
from app.routes import create_task


def test_create_task():
    assert create_task("write the report") == {"title": "write the report", "done": False}
PY
}

run_tests="$python -m pytest -q -p no:cacheprovider"

say "A Python package whose app/routes.py uses models and never imports it. Its test fails:"
make_project
show "$run_tests"
$run_tests 2>&1 | tail -n 4 || true

say "1. No key, no network: Gemini and Groq are skipped, the offline link repairs, and the test runs again."
show "autofix fix --run 'python3 -m pytest -q' --trust --apply"
"$autofix" fix --run "$run_tests" --trust --apply
show "head -n 5 app/routes.py"
head -n 5 app/routes.py
show "$run_tests"
$run_tests

say "2. Failover. Two LOCAL STAND-INS on loopback play the providers: no model is asked, the replies are scripted."
echo "   'Gemini' answers that the daily quota is used up, 'Groq' answers a fix."
make_project
cat >"$folder/gemini.json" <<'JSON'
[{"preset": "quota_per_day"}]
JSON
cat >"$folder/groq.json" <<'JSON'
[{"ok": "Missing import of models in routes.\n\napp/routes.py\n<<<<<<< SEARCH\n\"\"\"What the task API answers.\"\"\"\n=======\n\"\"\"What the task API answers.\"\"\"\n\nfrom app import models\n>>>>>>> REPLACE\n"}]
JSON

# start NAME DESCRIPTOR: a stand-in that lives until its standard input closes; sets $base.
start() {
  mkfifo "$folder/$1.in"
  "$fake_provider" "$1" --script "$folder/$1.json" <"$folder/$1.in" >"$folder/$1.out" &
  pid=$!
  eval "exec $2>\"\$folder/$1.in\""
  while ! grep -q listening "$folder/$1.out"; do
    kill -0 "$pid" 2>/dev/null || { echo "the stand-in for $1 did not start" >&2; exit 1; }
  done
  base=$(sed -n 's/^listening //p' "$folder/$1.out")
}
start gemini 8
gemini_pid=$pid
gemini_base=$base
start groq 9
groq_pid=$pid
groq_base=$base
cat >"$XDG_CONFIG_HOME/autofix/config.json" <<JSON
{"chain": ["gemini", "groq", "offline"],
 "providers": {"gemini": {"baseUrl": "$gemini_base"}, "groq": {"baseUrl": "$groq_base"}}}
JSON
show "GOOGLE_API_KEY=… GROQ_API_KEY=… autofix fix --run 'python3 -m pytest -q' --trust --apply"
GOOGLE_API_KEY=demo-key-not-real-1 GROQ_API_KEY=demo-key-not-real-2 \
  "$autofix" fix --run "$run_tests" --trust --apply
show "$run_tests"
$run_tests

say "Now with your own:"
cat <<'END'
  export GOOGLE_API_KEY=…        a free key for Gemini; GROQ_API_KEY for Groq; _2, _3 for more of them
  autofix check                  says which keys were found and whether each link answers
  autofix fix --run 'pytest -q' --trust          prints the patch; add --apply to write it
  Neovim: editors/nvim; Helix, Emacs and every other editor: editors/README.md
END
