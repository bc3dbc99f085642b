"""Lets the built autofix ask a real llama-server, which speaks a made-up model's noise.
Usage: local_model_test.py LLAMA_SERVER AUTOFIX CASE"""
import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
SOURCE = "def area(width, height):\n    return widht * height\n"
DIAGNOSTIC = {
    "range": {"start": {"line": 1, "character": 11}, "end": {"line": 1, "character": 16}},
    "severity": 1, "source": "pyflakes", "message": "undefined name 'widht'",
}
# A reply under the grammar takes about a hundred bytes, so tokens; this leaves room for one in a million.
JSON_REPLY = {"replyFormat": "json", "maxOutputTokens": 1024}
# The model never stops by itself: this many tokens take it half a minute.
LONG_REPLY = {"replyFormat": "blocks", "maxOutputTokens": 32768}
# llama-server looks whether its client is still there when its queue was quiet for a second, and a look at /slots is a
# task in that queue: who looks more often keeps a cancelled slot busy to the end.
LOOK_EVERY = 1.5
PROMPTLY = 6
# Bounds for what takes milliseconds, on a machine that is busy with other tests.
PATIENCE = 60
LOCAL_PORTS = (11434, 8080, 1234, 8000)


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def wait_until(what, seconds, condition, every=0.01):
    """Looks until `condition` is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(every)
    raise Failed(f"{what}: not within {seconds} s")


def get(port, path):
    """(status, body), or None where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    except (ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def usual_port():
    """The first port where `local` looks and finds nobody; nobody may be before it either."""
    for port in LOCAL_PORTS:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
        if get(port, "/v1/models"):
            raise Skipped(f"another server is on port {port}")
    raise Skipped("none of the usual ports is free")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class HeldFile:
    """Keeps whoever opens a file waiting in open(2) until it is let go, by a write lease (fcntl(2)): the kernel breaks it by
    itself only after /proc/sys/fs/lease-break-time, 45 s."""

    def __init__(self, path):
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # says that somebody waits
        self.file = open(path, "r+b")
        fcntl.fcntl(self.file, fcntl.F_SETLEASE, fcntl.F_WRLCK)

    def release(self):
        fcntl.fcntl(self.file, fcntl.F_SETLEASE, fcntl.F_UNLCK)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


class LlamaServer:
    def __init__(self, program, folder, port=None):
        self.name = f"noise-{os.getpid()}"
        self.model = folder / "noise.gguf"
        self.port = port or free_port()
        self.log = folder / "llama-server.log"
        self.command = [program, "--model", str(self.model), "--alias", self.name, "--host", "127.0.0.1",
                        "--port", str(self.port), "--threads", "1", "--parallel", "1", "--ctx-size", "65536",
                        "--offline", "--slots"]

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def health(self):
        if self.process.poll() is not None:
            raise Failed(f"llama-server ended with {self.process.returncode}")
        answer = get(self.port, "/health")
        return answer and answer[0]

    def wait_ready(self):
        wait_until("llama-server is ready", PATIENCE, lambda: self.health() == 200)
        return self

    def busy(self):
        return any(slot["is_processing"] for slot in json.loads(get(self.port, "/slots")[1]))


class Relay:
    """Passes bytes to a server and back, and counts the answers that were a 503: the server itself logs none."""

    def __init__(self, to, port):
        self.to = to
        self.loading = 0
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self.to))
                threading.Thread(target=self.pump, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self.pump, args=(server, client, True), daemon=True).start()

    def pump(self, source, target, back):
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                target.sendall(chunk)
                # Counted when it was passed on: what waits for the count may then rely on it.
                if back and chunk.startswith(b"HTTP/1.1 503"):
                    self.loading += 1
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


class Autofix:
    """The built binary with a home of its own and a project of one file."""

    def __init__(self, program, folder, name, settings):
        self.program = program
        self.project = folder / "project"
        for part in (self.project, folder / "config/autofix", folder / "home", folder / "tmp"):
            part.mkdir(parents=True, exist_ok=True)
        (self.project / "area.py").write_text(SOURCE)
        config = {"chain": [name], "providers": {name: settings}, "cache": {"enabled": False}}
        (folder / "config/autofix/config.json").write_text(json.dumps(config))
        (folder / "problems.json").write_text(json.dumps([{"path": "area.py", **DIAGNOSTIC}]))
        self.fix_arguments = ["fix", "--json", "--diagnostics", str(folder / "problems.json")]
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "LC_ALL": "C.UTF-8",
            "XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state"),
        }

    def start(self, *arguments, **more):
        return subprocess.Popen([self.program, *arguments], cwd=self.project, env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def run(self, *arguments):
        with self.start(*arguments, stdin=subprocess.DEVNULL) as process:
            return finish(process)

    def fix(self):
        return self.run(*self.fix_arguments)


def finish(process):
    """(exit code, the JSON on stdout)"""
    try:
        out, err = process.communicate(timeout=2 * PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    try:
        return process.returncode, json.loads(out)
    except ValueError:
        raise Failed(f"no JSON but {out!r}; {err.decode(errors='replace')}") from None


def require_answers(result, server):
    """Every attempt must be an answer of that server which our parser could read. Whether its edit fits is up to the noise."""
    attempts = result["attempts"]
    if not attempts:
        raise Failed(f"nothing was asked: {result}")
    for attempt in attempts:
        if attempt["outcome"] not in ("ok", "edit_failed", "rejected_by_check"):
            raise Failed(f"an attempt is {attempt}")
        if attempt["model"] != server.name:
            raise Failed(f"the answer is not by {server.name}: {attempt}")
    return len(attempts)


def link_to(port, server, more):
    return {"dialect": "openai", "baseUrl": f"http://127.0.0.1:{port}/v1", "model": server.name, **more}


def case_json(program, autofix, folder):
    """Replies under our JSON Schema parse."""
    with LlamaServer(program, folder) as server:
        server.wait_ready()
        product = Autofix(autofix, folder, "noise", link_to(server.port, server, JSON_REPLY))
        replies = 0
        for _ in range(10):
            replies += require_answers(product.fix()[1], server)
            (product.project / "area.py").write_text(SOURCE)
        if replies < 10:
            raise Failed(f"10 runs had {replies} replies")


def case_check(program, autofix, folder):
    """`autofix check` names the server and its model."""
    with LlamaServer(program, folder) as server:
        server.wait_ready()
        product = Autofix(autofix, folder, "noise", link_to(server.port, server, JSON_REPLY))
        code, [link] = product.run("check", "--json", "noise")
        want = {"provider": "noise", "state": "ready", "model": server.name, "reachable": True, "modelListed": True}
        if code != 0 or any(link[key] != value for key, value in want.items()):
            raise Failed(f"check ended with {code} and says {link}")


def case_local(program, autofix, folder):
    """The link `local` finds the server on a usual port by itself, and asks for the model that it lists."""
    with LlamaServer(program, folder, usual_port()) as server:
        server.wait_ready()
        product = Autofix(autofix, folder, "local", JSON_REPLY)
        code, [link] = product.run("check", "--json", "local")
        want = {"provider": "local", "state": "ready", "model": server.name, "reachable": True, "modelListed": True}
        if code != 0 or any(link[key] != value for key, value in want.items()):
            raise Failed(f"check ended with {code} and says {link}")
        require_answers(product.fix()[1], server)


def require_free_slot(server):
    """The generation had half a minute to go."""
    wait_until("the slot is free after the cancel", PROMPTLY, lambda: not server.busy(), LOOK_EVERY)


def case_interrupt(program, autofix, folder):
    """Ctrl+C frees the server's slot, and the next request is answered."""
    with LlamaServer(program, folder) as server:
        server.wait_ready()
        product = Autofix(autofix, folder, "noise", link_to(server.port, server, LONG_REPLY))
        with product.start(*product.fix_arguments, stdin=subprocess.DEVNULL) as process:
            try:
                wait_until("the slot works", PATIENCE, server.busy)
                process.send_signal(signal.SIGINT)
                code, result = finish(process)
            finally:
                process.kill()
        require_free_slot(server)
        if code != 130 or result["status"] != "cancelled":
            raise Failed(f"autofix ended with {code} and {result}")
        require_answers(Autofix(autofix, folder, "noise", link_to(server.port, server, JSON_REPLY)).fix()[1], server)


class Session:
    """A language client that says only what the case needs."""

    def __init__(self, process):
        self.process = process
        self.replies = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        stream = self.process.stdout
        while header := stream.readline():
            size = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            message = json.loads(stream.read(size))
            if "method" in message and "id" in message:
                self.write({"id": message["id"], "result": None})
            elif "id" in message:
                self.replies.put(message)

    def write(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def reply(self, number):
        message = self.replies.get(timeout=PATIENCE)
        if message["id"] != number:
            raise Failed(f"request {number} was answered with {message}")
        return message


def case_cancel(program, autofix, folder):
    """So does $/cancelRequest of an editor."""
    with LlamaServer(program, folder) as server:
        server.wait_ready()
        product = Autofix(autofix, folder, "noise", link_to(server.port, server, LONG_REPLY))
        uri = (product.project / "area.py").as_uri()
        argument = {"uri": uri, "version": 1, "range": DIAGNOSTIC["range"], "diagnostics": [DIAGNOSTIC]}
        command = {"method": "workspace/executeCommand", "params": {"command": "autofix.fix", "arguments": [argument]}}
        with product.start("--stdio", stdin=subprocess.PIPE) as process:
            try:
                session = Session(process)
                session.write({"id": 1, "method": "initialize", "params": {
                    "processId": None, "rootUri": product.project.as_uri(),
                    "capabilities": {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}}})
                session.reply(1)
                session.write({"method": "initialized", "params": {}})
                session.write({"method": "textDocument/didOpen", "params": {"textDocument": {
                    "uri": uri, "languageId": "python", "version": 1, "text": SOURCE}}})
                for number in (2, 3):  # the second is the request that a slot still in use would keep waiting
                    session.write({"id": number, **command})
                    wait_until(f"the slot works for request {number}", PATIENCE, server.busy)
                    session.write({"method": "$/cancelRequest", "params": {"id": number}})
                    error = session.reply(number).get("error", {})
                    if error.get("code") != -32800:
                        raise Failed(f"the cancelled request was answered with {error}")
                    require_free_slot(server)
            finally:
                process.kill()


def require_waiting(program, autofix, folder, relay_port, settings):
    """Asks a server that is still loading its model, and lets it go on when that was seen to be waited for."""
    with (HeldFile(folder / "noise.gguf") as held, LlamaServer(program, folder) as server,
          Relay(server.port, relay_port) as relay):
        wait_until("llama-server says that it loads", PATIENCE, lambda: server.health() == 503)
        product = Autofix(autofix, folder, *settings(relay.port, server))
        with product.start(*product.fix_arguments, stdin=subprocess.DEVNULL) as process:
            try:
                # Three refusals are more than a retry (`retry.max` is 1) explains.
                wait_until("it asks again", 30, lambda: relay.loading >= 3 or process.poll() is not None)
                if process.poll() is not None:
                    raise Failed(f"a loading server was not waited for: after {relay.loading} answers of 503 "
                                 f"{json.dumps(finish(process)[1]['attempts'], indent=1)}")
                held.release()
                result = finish(process)[1]
            finally:
                process.kill()
        answers = [attempt for attempt in result["attempts"] if attempt["outcome"] != "overloaded"]
        require_answers({**result, "attempts": answers}, server)


def case_loading(program, autofix, folder):
    """A server that still loads its model says 503: it is waited for, not passed over."""
    require_waiting(program, autofix, folder, 0,
                    lambda port, server: ("noise", link_to(port, server, JSON_REPLY)))


def case_local_loading(program, autofix, folder):
    """So is one that `local` finds: it is there, although it lists no model yet."""
    require_waiting(program, autofix, folder, usual_port(), lambda *_: ("local", JSON_REPLY))


def main(program, autofix, case):
    # In memory where possible: there a file can be leased.
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="autofix-llama-", dir=shared) as name:
        folder = pathlib.Path(name)
        subprocess.run([sys.executable, str(HERE / "make_model.py"), str(folder / "noise.gguf")], check=True)
        try:
            globals()[f"case_{case}"](program, autofix, folder)
        except Skipped as why:
            print(f"skipped: {why}")
            return SKIPPED
        except Failed as failure:
            print(failure)
            log = folder / "llama-server.log"
            print("llama-server:", log.read_text(errors="replace")[-4000:] if log.exists() else "not started")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
