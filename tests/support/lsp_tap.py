"""Stands between an editor and the server and records what they say. lsp_record.py makes the launcher that calls run().

The process that the editor started becomes the server itself, so that its pid, its signals and its exit status are the
server's own. The tap is a process beside it, nobody's child, and holds the editor's two pipes: it copies bytes as they
come and writes down each message before the other side can see its end. It ends when the server's output does.

The record is appended to, one JSON object a line; `server` tells several servers apart and begins with the pid:
  {"server": "PID@TIME", "seconds": N, "mark": "start", "arguments": ["--stdio"]}
  {"server": …, "seconds": N, "from": "client" | "server", "message": {…}}
  {"server": …, "seconds": N, "from": "client" | "server", "raw": "base64"}      no frame, or no JSON in it
  {"server": …, "seconds": N, "mark": "closed", "by": "client" | "server"}       that side's pipe ended
  {"server": …, "seconds": N, "mark": "gone", "reader": "client" | "server"}     that side reads no more"""
import base64
import json
import os
import re
import select
import signal
import sys
import threading
import time

LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*([0-9]+)[ \t]*$", re.IGNORECASE | re.MULTILINE)
NAME = b"content-length"
LARGEST_HEADER = 16 << 10
LARGEST_BODY = 64 << 20
# These answer on the terminal and speak no protocol.
COMMANDS = {"fix", "apply", "preview", "check", "stats", "dashboard", "config", "trust", "cache", "--version", "--help",
            "-h"}
OTHER = {"client": "server", "server": "client"}


class Frames:
    """Cuts a stream into the bodies of messages and into what is no frame."""

    def __init__(self):
        self.rest = bytearray()

    def take(self, data):
        """Yields (body, None) or (None, bytes that are no frame)."""
        self.rest += data
        while self.rest:
            end = self.rest.find(b"\r\n\r\n")
            if end < 0 and len(self.rest) <= LARGEST_HEADER:
                return
            length = LENGTH.search(bytes(self.rest[:max(end, 0)]).replace(b"\r\n", b"\n"))
            if not length or int(length[1]) > LARGEST_BODY:
                # As the server does: a good header may stand behind the first byte of what was taken for one.
                again = self.rest.lower().find(NAME, 1)
                yield None, self.cut(again if again > 0 else max(1, len(self.rest) - len(NAME) + 1))
                continue
            if len(self.rest) < end + 4 + int(length[1]):
                return
            self.cut(end + 4)
            yield self.cut(int(length[1])), None

    def cut(self, count):
        piece = bytes(self.rest[:count])
        del self.rest[:count]
        return piece


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


class Record:
    """Each line is written with one call at the end of the file, so that servers beside each other can share it and a
    kill loses nothing that was said."""

    def __init__(self, path, server):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.server = server
        self.lock = threading.Lock()

    def line(self, **members):
        self.write(json.dumps(members)[1:-1].encode())

    def write(self, members):
        with self.lock:
            data = b'{"server": "%s", "seconds": %.6f, %s}\n' % (self.server.encode(), time.monotonic(), members)
            while data:
                data = data[os.write(self.file, data):]

    def message(self, side, body):
        try:
            parsed = json.loads(body.decode(), parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            return self.raw(side, body)
        # As it was sent where it fits on a line.
        if b"\n" in body or b"\r" in body:
            body = json.dumps(parsed).encode()
        return self.write(b'"from": "%s", "message": %s' % (side.encode(), body))

    def raw(self, side, data):
        self.line(**{"from": side, "raw": base64.b64encode(data).decode()})


def read(source, target):
    """What the source has next, nothing at its end. Nobody reads the target any more: BrokenPipeError, at once, as its
    writer would be told by its next write."""
    waiting = select.poll()
    waiting.register(source, select.POLLIN)
    waiting.register(target, 0)
    if target in dict(waiting.poll()):
        raise BrokenPipeError
    return os.read(source, 1 << 16)


def copy(source, target, record, side):
    """Until the source ends or nobody reads the target."""
    frames = Frames()
    while data := read(source, target):
        for body, raw in frames.take(data):
            if raw is None:
                record.message(side, body)
            else:
                record.raw(side, raw)
        while data:
            data = data[os.write(target, data):]
    if frames.rest:
        record.raw(side, bytes(frames.rest))


def pump(source, target, record, side):
    """How the direction ended: the source closed, or the target's reader gone."""
    how = "closed"
    try:
        copy(source, target, record, side)
        record.line(mark="closed", by=side)
    except BrokenPipeError:
        how = "gone"
        record.line(mark="gone", reader=OTHER[side])
    except Exception as fault:  # The check complains of it: silence would look like a good record.
        record.line(mark="tap failed", why=repr(fault))
    # Each pipe ends where the real one would.
    os.close(source)
    os.close(target)
    return how


def stand_between(record, to_server, from_server):
    """The editor's pipes are descriptors 0 and 1. Nothing else of the editor's may stay open in here."""
    keep = {0, 1, to_server, from_server, record.file}
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in keep:
            try:
                os.close(int(name))
            except OSError:
                pass  # the list's own
    os.chdir("/")
    input_pump = threading.Thread(target=pump, args=(0, to_server, record, "client"), daemon=True)
    input_pump.start()
    if pump(from_server, 1, record, "server") == "gone":
        # The server may still hear its client.
        input_pump.join()


def start_beside(record_path, arguments):
    """Leaves the tap running on the editor's pipes, and this process on the tap's."""
    record = Record(record_path, f"{os.getpid()}@{time.time_ns()}")
    record.line(mark="start", arguments=arguments)
    to_server = os.pipe()
    from_server = os.pipe()
    middle = os.fork()
    if middle == 0:
        try:
            # Out of the editor's reach: what ends the server by group must not end the record.
            os.setsid()
            if os.fork() == 0:
                os.close(to_server[0])
                os.close(from_server[1])
                stand_between(record, to_server[1], from_server[0])
        finally:
            os._exit(0)
    os.waitpid(middle, 0)
    os.dup2(to_server[0], 0)
    os.dup2(from_server[1], 1)


def first_environment():
    """As it was given: Python itself may have added a locale."""
    with open("/proc/self/environ", "rb") as file:
        return dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)


def run(record_path, server, arguments):
    """Becomes the server. Does not return."""
    if not COMMANDS.intersection(arguments):
        start_beside(record_path, arguments)
    # Python ignores these for itself; the server decides on its own.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execve(server, [server, *arguments], first_environment())


if __name__ == "__main__":
    sys.exit("lsp_tap.py is called by the launcher that lsp_record.py makes")
