# SPDX-License-Identifier: Apache-2.0
"""Servers with a script, checked by HAProxy and by relevo: what test_checks.py compares.

A `CheckRow` has lines of a backend and the scripts of its servers: bytes are sent, RECV waits for
bytes, numbers wait, CLOSE and RESET end a connection; after the script the server reads on. All rows
make one file. What is recorded of a row: its servers' columns in the statistics, what they were sent
on their first connection, and the log lines of their health.
"""
import csv
import dataclasses
import io
import re
import socket
import struct
import threading
import time
import urllib.request

from lab.local import free_port
from lab.software import relevo_binary, wait_for
from programs import haproxy_binary

RECV, CLOSE, RESET = "recv", "close", "reset"
COLUMNS = ("status", "check_status", "check_code", "last_chk", "check_desc", "chkfail", "chkdown", "check_health")


@dataclasses.dataclass(frozen=True)
class CheckRow:
    """
    cfg: lines of a backend; @S1, @S2: ports of its servers; `server sN` comes by itself, with `options`,
    when no server is named. unlike: fields ("columns", "log", "sent") that relevo has otherwise, with `why`:
    a value, or a function that says whether it is right.
    """
    name: str
    cfg: str
    scripts: tuple
    options: str = ""
    log_checks: bool = True
    unlike: dict = dataclasses.field(default_factory=dict)
    why: str = ""


def row(name, cfg, *scripts, **more):
    return CheckRow(name, cfg, tuple(tuple(s) for s in scripts), **more)


class ScriptedServer:
    """A TCP server on loopback; `said` holds what each connection brought. A script of functions gets the
    number of the connection and gives the steps."""

    def __init__(self, script, address="127.0.0.1", port=0):
        self.script, self.said, self.count = script, [], 0
        self.socket = socket.create_server((address, port), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            steps = self.script(self.count) if callable(self.script) else self.script
            self.count += 1
            threading.Thread(target=self._serve, args=(peer, steps), daemon=True).start()

    def _serve(self, peer, steps):
        peer.settimeout(5)
        said = bytearray()
        self.said.append(said)
        try:
            self._play(peer, steps, said)
        except OSError:
            pass
        finally:
            peer.close()

    @staticmethod
    def _play(peer, steps, said):
        for step in steps:
            if step == RECV:
                said += peer.recv(65536)
            elif isinstance(step, bytes):
                peer.sendall(step)
            elif step == CLOSE:
                return
            elif step == RESET:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            else:
                time.sleep(step)
        while data := peer.recv(65536):
            said += data

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


GLOBAL = """
global
    log 127.0.0.1:{log_port} len 8192 local0
    nbthread 1
    {extra}
defaults
    log global
    timeout connect 1s
    timeout client 5s
    timeout server 5s
listen statspage
    mode http
    bind 127.0.0.1:{stats_port}
    stats enable
    stats uri /
"""


def read_csv(port):
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/;csv", timeout=5).read().decode("latin-1")
    return list(csv.DictReader(io.StringIO(text[2:])))


def serves(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def normal_line(line):
    line = re.sub(r"^(<\d+>).*?\]: ", r"\1", line.strip())
    return re.sub(r"check duration: \d+ms", "check duration: Tms", line)


def normal_sent(data):
    data = re.sub(rb"port=\d+", b"port=P", data)
    return re.sub(rb"(PROXY TCP4 \S+ \S+) \d+ \d+", rb"\1 P P", data)


def of_server(line):
    """Lines of one server have an order; those of the backend come last."""
    return re.search(r"erver \w+/(\w+)|$", line)[1] or "~"


def is_alike(ours, theirs, r):
    return all(getattr(ours, field) == getattr(theirs, field) for field in ("columns", "log", "sent")
               if field not in getattr(r, "unlike", {}))


@dataclasses.dataclass
class Found:
    columns: dict
    sent: list
    log: list


class Checking:
    """One program with all rows; `found[name]`, when nothing more changes, or when it is what is `expected`.

    At least for so many seconds, and for PATIENCE more at most.
    """
    PATIENCE, STABLE = 25, 2.2

    def __init__(self, start, rows, seconds, extra="", expected=None):
        self.log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.log.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.log.bind(("127.0.0.1", 0))
        self.log.setblocking(False)
        self.stats_port = free_port()
        self.servers = {}
        text = GLOBAL.format(log_port=self.log.getsockname()[1], stats_port=self.stats_port, extra=extra)
        text += "".join(self._backend(r) for r in rows)
        self.lines = {}
        stop = start(text)
        try:
            wait_for("its page", 20, lambda: serves(self.stats_port))
            time.sleep(seconds)
            self.found = self._settled(rows, expected)
        finally:
            stop()
        for server in (s for servers in self.servers.values() for s in servers):
            server.close()

    def _backend(self, r):
        cfg = "\n".join("    " + line.strip() for line in r.cfg.strip().splitlines())
        self.servers[r.name] = [ScriptedServer(script) for script in r.scripts]
        for number, server in enumerate(self.servers[r.name], 1):
            cfg = cfg.replace(f"@S{number}", str(server.port))
            if not re.search(r"^ *server ", r.cfg, re.M):
                cfg += f"\n    server s{number} 127.0.0.1:{server.port} check inter 1500ms {r.options}"
        return f"backend {r.name}\n" + ("    option log-health-checks\n" if r.log_checks else "") + cfg + "\n"

    def _settled(self, rows, expected):
        end, seen, since = time.monotonic() + self.PATIENCE, None, time.monotonic()
        while True:
            columns, lines = self._columns(), self._lines()
            found = {r.name: Found(columns.get(r.name, {}), self._sent(r), sorted(lines.get(r.name, []), key=of_server))
                     for r in rows}
            if found != seen:
                seen, since = found, time.monotonic()
            is_it = expected is None or all(is_alike(found[r.name], expected[r.name], r) for r in rows)
            if is_it and time.monotonic() - since > self.STABLE or time.monotonic() > end:
                return found
            time.sleep(0.05)

    def _columns(self):
        """Of each server when no check of it goes on: HAProxy has no last result then."""
        found = {}
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            lines = [line for line in read_csv(self.stats_port) if line["svname"] not in ("FRONTEND", "BACKEND")]
            for line in lines:
                if not line["check_status"].startswith("* "):
                    found.setdefault(line["pxname"], {})[line["svname"]] = {n: line[n] for n in COLUMNS}
            if all(line["svname"] in found.get(line["pxname"], {}) for line in lines):
                break
            time.sleep(0.03)
        return found

    def _lines(self):
        """The first of each kind: how many checks there were in the time is chance."""
        while True:
            try:
                line = self.log.recv(65536).decode("latin-1")
            except BlockingIOError:
                return self.lines
            name = re.search(r"(?:erver|ackend) (\w+)(?:/| (?:is|has))", line)
            if name:
                lines = self.lines.setdefault(name[1], [])
                if normal_line(line) not in lines:
                    lines.append(normal_line(line))

    def _sent(self, r):
        return [normal_sent(bytes(s.said[0])) if s.said else b"" for s in self.servers[r.name]]


__all__ = ["CLOSE", "RECV", "RESET", "CheckRow", "Checking", "ScriptedServer", "haproxy_binary", "read_csv",
           "relevo_binary", "row"]
