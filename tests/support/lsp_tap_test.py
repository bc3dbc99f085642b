"""The tap must be seen in nothing but its record. Usage: lsp_tap_test.py META_MODEL AUTOFIX"""
import base64
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import lsp_record

META_MODEL = AUTOFIX = None
# Python changes what it ignores for itself, so that a shell looks first.
START = """#!/bin/sh
exec /usr/bin/python3 -ISB "$0.py" "$(grep SigIgn /proc/self/status)" "$@"
"""
# Echoes what it reads, and says on its standard error what it was given and what happens to it.
SERVER = r"""
import json, os, signal, sys
def say(**what):
    os.write(2, json.dumps(what).encode() + b"\n")
def on_signal(number, _):
    say(signal=number)
    if number == signal.SIGTERM:
        os._exit(43)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, on_signal)
with open("/proc/self/environ", "rb") as file:
    environment = sorted(file.read().decode().split("\0"))
say(pid=os.getpid(), parent=os.getppid(), group=os.getpgid(0), arguments=sys.argv[2:], folder=os.getcwd(),
    environment=environment, ignored=sys.argv[1], descriptors=sorted(os.listdir("/proc/self/fd")))
if "--die" in sys.argv:
    os.kill(os.getpid(), signal.SIGSEGV)
if "--status" in sys.argv:
    os.write(1, b"Content-Length: 2\r\n\r\n{}")
    os._exit(7)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
while data := os.read(0, 1 << 16):
    while data:
        data = data[os.write(1, data):]
say(end=True)
"""


def frame(message):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def wait_for(condition, limit=30):
    until = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > until:
            raise AssertionError("this did not come to be")
        time.sleep(0.01)
    return found


class TapTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="autofix-tap-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.server = self.folder / "server"
        self.server.write_text(START)
        self.folder.joinpath("server.py").write_text(SERVER)
        self.server.chmod(0o755)
        self.launcher = lsp_record.install(self.folder, self.server)
        self.processes = []

    def tearDown(self):
        for process in self.processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                pipe.close()

    def start(self, *arguments, program=None, pass_fds=()):
        process = subprocess.Popen([str(program or self.launcher), *arguments], bufsize=0, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
                                   env={"HOME": "/nowhere", "ODD": "a=b=\u00fc"}, start_new_session=True, pass_fds=pass_fds)
        self.processes.append(process)
        return process, json.loads(process.stderr.readline())

    def closed(self, process):
        """What was left in the server's output until its end, and its exit status."""
        rest = b""
        while piece := process.stdout.read(1 << 16):
            rest += piece
        return rest, process.wait(30)

    def recorded(self, side):
        return [line["message"] for line in lsp_record.lines(self.folder) if line.get("from") == side and "message" in line]

    def raw(self, side):
        return b"".join(base64.b64decode(line["raw"]) for line in lsp_record.lines(self.folder)
                        if line.get("from") == side and "raw" in line)

    def test_server_is_started_as_without_it(self):
        for arguments in ((), ("--stdio",), ("serve", "--log-level", "debug")):
            process, with_tap = self.start(*arguments)
            other, without = self.start(*arguments, program=self.server)
            self.assertEqual(with_tap.pop("pid"), process.pid)
            self.assertEqual(with_tap.pop("group"), process.pid)
            self.assertEqual((without.pop("pid"), without.pop("group")), (other.pid, other.pid))
            self.assertEqual(with_tap, without)
            process.stdin.close()
            self.assertEqual(self.closed(process), (b"", 0))

    def test_bytes_pass_as_they_are_in_any_pieces(self):
        process, _ = self.start()
        messages = [{"id": 1, "text": "\u00fc\U0001f600\ud800"}, {"large": "x" * 300_000}, {"lines": "a\nb"}]
        sent = b"".join(map(frame, messages)) + b"content-type: x\r\nCONTENT-LENGTH:4\r\n\r\n[\n1]"
        got = []
        reader = threading.Thread(target=lambda: got.append(self.closed(process)))
        reader.start()
        dice = random.Random(5)
        at = 0
        while at < len(sent):
            size = dice.choice((1, 2, 7, 100, 70_000))
            process.stdin.write(sent[at:at + size])
            at += size
        process.stdin.close()
        reader.join(30)
        self.assertEqual(got, [(sent, 0)])
        for side in ("client", "server"):
            self.assertEqual(self.recorded(side), [*messages, [1]])
        marks = [line["mark"] for line in lsp_record.lines(self.folder) if "mark" in line]
        self.assertEqual(marks, ["start", "closed", "closed"])

    def test_tap_holds_the_pipes_and_its_record(self):
        reader, writer = os.pipe()
        process, _ = self.start(pass_fds=(writer,))
        [tap] = self.taps()
        held = [os.readlink(f"/proc/{tap}/fd/{name}") for name in os.listdir(f"/proc/{tap}/fd")]
        self.assertEqual(sorted(name.split(":")[0] for name in held),
                         sorted([str(self.folder.resolve() / "lsp.record"), "pipe", "pipe", "pipe", "pipe"]))
        self.assertEqual(os.readlink(f"/proc/{tap}/cwd"), "/")
        os.close(writer)
        process.kill()
        self.assertEqual(os.read(reader, 1), b"")
        os.close(reader)

    def test_an_answer_never_stands_before_its_request(self):
        process, _ = self.start()
        for number in range(200):
            data = frame({"id": number})
            process.stdin.write(data)
            out = b""
            while len(out) < len(data):
                out += process.stdout.read(len(data) - len(out))
            # What the other side has seen is on record already.
            self.assertEqual(self.recorded("server")[-1:], [{"id": number}])
        sides = [line["from"] for line in lsp_record.lines(self.folder) if "from" in line]
        self.assertEqual(sides, ["client", "server"] * 200)

    def test_what_is_no_frame_is_kept_and_the_next_one_found(self):
        process, _ = self.start()
        broken = [b"Content-Length: x\r\n\r\n", frame(b"{oops"), frame(b'"\xff"'), frame(b"NaN"), b"x" * 40_000 + b"\r\n\r\n"]
        for junk in broken:
            process.stdin.write(junk + frame({"after": len(junk)}))
        process.stdin.write(b"Content-Length: 10\r\n\r\n{")
        process.stdin.close()
        self.assertEqual(self.closed(process)[1], 0)
        for side in ("client", "server"):
            self.assertEqual(self.recorded(side), [{"after": len(junk)} for junk in broken])
            self.assertTrue(self.raw(side).endswith(b"Content-Length: 10\r\n\r\n{"))
            self.assertIn(b"{oops", self.raw(side))

    def test_end_of_input_reaches_the_server(self):
        process, _ = self.start()
        process.stdin.close()
        self.assertEqual(json.loads(process.stderr.readline()), {"end": True})
        self.assertEqual(self.closed(process), (b"", 0))

    def test_signals_and_exit_status_are_the_servers(self):
        process, _ = self.start()
        for number in (signal.SIGHUP, signal.SIGINT):
            process.send_signal(number)
            self.assertEqual(json.loads(process.stderr.readline()), {"signal": number})
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.closed(process)[1], 43)
        self.assertEqual(self.closed(self.start("--status")[0]), (b"Content-Length: 2\r\n\r\n{}", 7))
        self.assertEqual(self.closed(self.start("--die")[0])[1], -signal.SIGSEGV)

    def test_a_kill_loses_nothing_and_leaves_nobody(self):
        process, _ = self.start()
        process.stdin.write(frame({"id": 1}))
        self.assertEqual(process.stdout.read(2), b"Co")
        os.killpg(process.pid, signal.SIGKILL)
        self.assertEqual(self.closed(process)[1], -signal.SIGKILL)
        self.assertEqual(process.stderr.read(), b"")  # its end: the tap holds nothing of the editor's
        self.assertEqual(self.recorded("server"), [{"id": 1}])
        wait_for(lambda: not self.taps())
        # Not even a kill of the whole group reaches it.
        self.assertEqual([line["by"] for line in self.marks("closed")], ["server"])

    def test_a_server_that_nobody_reads_is_told_so(self):
        process, _ = self.start()
        process.stdout.close()
        wait_for(lambda: self.marks("gone"))
        self.assertIsNone(process.poll())
        process.stdin.write(frame({"id": 1}))
        self.assertEqual(process.wait(30), -signal.SIGPIPE)
        self.assertEqual(self.recorded("client"), [{"id": 1}])
        wait_for(lambda: not self.taps())

    def marks(self, mark):
        return [line for line in lsp_record.lines(self.folder) if line.get("mark") == mark]

    def taps(self):
        """Processes that run this folder's launcher and are not the servers themselves."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.launcher).encode() in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:
                pass
        return found

    def test_servers_beside_and_after_each_other_share_a_record(self):
        first, second = self.start()[0], self.start()[0]
        for number in range(50):
            for name, process in (("first", first), ("second", second)):
                process.stdin.write(frame({name: number}))
        for process in (first, second):
            process.stdin.close()
            self.closed(process)
        third = self.start()[0]
        third.stdin.close()
        self.closed(third)
        lines = lsp_record.lines(self.folder)
        started = [line["server"] for line in lines if line.get("mark") == "start"]
        self.assertEqual([int(name.split("@")[0]) for name in started], [first.pid, second.pid, third.pid])
        for name, server in zip(("first", "second"), started):
            said = [line["message"] for line in lines if line["server"] == server and line.get("from") == "server"]
            self.assertEqual(said, [{name: number} for number in range(50)])

    def test_commands_of_the_terminal_pass_by(self):
        for arguments in (("check", "--json"), ("--version",), ("config", "--schema"), ("--log-level", "debug", "fix")):
            process, told = self.start(*arguments)
            self.assertEqual(told["arguments"], list(arguments))
            process.stdin.close()
            self.closed(process)
        self.assertFalse((self.folder / "lsp.record").exists())


class CheckTest(unittest.TestCase):
    HELLO = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "no/such"},
        {"id": 9, "method": "shutdown"},
        {"method": "exit"},
    ]

    def talk(self, folder, change=lambda path: None):
        launcher = lsp_record.install(folder, AUTOFIX)
        said = b"".join(frame({"jsonrpc": "2.0", **message}) for message in self.HELLO)
        done = subprocess.run([launcher, "--stdio"], input=said, capture_output=True, timeout=60,
                              env={"HOME": folder, "PATH": "/usr/bin:/bin"})
        self.assertEqual(done.returncode, 0)
        change(pathlib.Path(folder) / "lsp.record")
        return lsp_record.check(folder, META_MODEL)

    def test_the_servers_own_words_are_good(self):
        with tempfile.TemporaryDirectory(prefix="autofix-tap-") as folder:
            self.assertEqual(self.talk(folder), [])

    def test_a_word_that_is_changed_is_seen(self):
        def spoil(path):
            path.write_text(path.read_text().replace('"positionEncoding"', '"positionCoding"'))
        with tempfile.TemporaryDirectory(prefix="autofix-tap-") as folder:
            complaints = self.talk(folder, spoil)
        self.assertEqual(len(complaints), 1)
        self.assertRegex(complaints[0], r"^line \d+: initialize result.capabilities.positionCoding: no such property$")

    def test_no_record_is_no_good_record(self):
        with tempfile.TemporaryDirectory(prefix="autofix-tap-") as folder:
            lsp_record.install(folder, AUTOFIX)
            self.assertEqual(lsp_record.check(folder, META_MODEL), ["no server said anything"])

    def test_a_check_that_cannot_be_made_is_a_complaint(self):
        with tempfile.TemporaryDirectory(prefix="autofix-tap-") as folder:
            self.assertRegex(lsp_record.check(folder, "/nowhere")[0], "^the check ended with 1: ")


if __name__ == "__main__":
    META_MODEL, AUTOFIX = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
