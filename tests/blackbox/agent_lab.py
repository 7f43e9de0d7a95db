# SPDX-License-Identifier: Apache-2.0
"""Servers with an agent that says what it is told, for HAProxy and relevo: what test_agent_check.py compares.

An `AgentRow` has options of its server `s1` and steps, one after the other for all rows at once: bytes are
what the agent says from now on (a tuple: in pieces, with a pause between them), a text is a command of the
runtime API. After each step, when the agent has been asked again, the server's columns in the statistics,
its line of `show servers state` and its log lines are recorded.
"""
import csv
import dataclasses
import io
import re
import socket
import threading
import time

from check_lab import normal_line
from cli_client import answer, wait_socket
from lab.local import free_port
from lab.software import wait_for

COLUMNS = ("status", "weight", "slim", "chkdown", "last_agt", "agent_status", "agent_code", "agent_desc", "agent_rise",
           "agent_fall", "agent_health", "check_status", "check_health")
REFUSE = None	# nobody listens


@dataclasses.dataclass(frozen=True)
class AgentRow:
    """cfg: further lines of the backend; unlike: {(step, field): value} that relevo has otherwise, with `why`."""
    name: str
    options: str
    steps: tuple
    cfg: str = ""
    asks: str = "?"
    unlike: dict = dataclasses.field(default_factory=dict)
    why: str = ""


def row(name, *steps, options="", **more):
    return AgentRow(name, options, steps, **more)


class Agent:
    def __init__(self, listens=False):
        self.says, self.asked, self.heard, self.listens = b"", 0, b"", listens
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer, self.says), daemon=True).start()

    def _serve(self, peer, says):
        try:
            with peer:
                if self.listens:
                    self.heard = peer.recv(4096)
                for number, piece in enumerate(says if isinstance(says, tuple) else (says,)):
                    time.sleep(0.02 if number else 0)
                    peer.sendall(piece)
        except OSError:
            pass
        self.asked += 1

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


GLOBAL = """
global
    log 127.0.0.1:{log_port} len 8192 local0
    nbthread 1
    stats socket {directory}/admin.sock level admin
defaults
    log global
    timeout connect 300ms
    timeout client 5s
    timeout server 5s
    timeout check 5s
frontend web
    bind 127.0.0.1:{port}
"""


@dataclasses.dataclass
class Found:
    columns: dict
    state: str
    log: set
    said: str
    heard: bytes


class Agents:
    """One program with all rows; found[row][step]."""

    def __init__(self, start, rows, directory):
        self.rows = rows
        self.directory = directory
        directory.mkdir()
        self.log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.log.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.log.bind(("127.0.0.1", 0))
        self.log.setblocking(False)
        self.agents = {r.name: Agent(r.asks is not None) for r in rows}
        self.server = Agent()
        self.admin = directory / "admin.sock"
        self.found = {r.name: [] for r in rows}
        for r in rows:
            self.agents[r.name].says = next((s for s in r.steps if not isinstance(s, str)), b"")
        text = GLOBAL.format(log_port=self.log.getsockname()[1], directory=directory, port=free_port())
        stop = start(text + "".join(self._backend(r) for r in rows))
        try:
            wait_socket(self.admin)
            for step in range(max(len(r.steps) for r in rows)):
                self._step(step)
        finally:
            stop()
            for agent in (*self.agents.values(), self.server):
                agent.close()

    def _backend(self, r):
        cfg = "".join(f"    {line.strip()}\n" for line in r.cfg.strip().splitlines())
        options = r.options.replace("@SERVER", str(self.server.port))
        if r.asks is not None:
            options = f"agent-send {r.asks} {options}"
        return (f"backend {r.name}\n    option log-health-checks\n{cfg}    server s1 127.0.0.1:{self.server.port} "
                f"agent-check agent-port {self.agents[r.name].port} agent-inter 100ms {options}\n")

    def _step(self, number):
        rows = [r for r in self.rows if number < len(r.steps)]
        said = {}
        for r in rows:
            what = r.steps[number]
            if isinstance(what, str):
                said[r.name] = answer(self.admin, what.replace("@", f"{r.name}/s1"))
            else:
                self.agents[r.name].says = what
        self._wait([self.agents[r.name] for r in rows])
        columns, states, logs = self._columns(), self._states(), self._logs()
        for r in rows:
            self.found[r.name].append(Found(columns[r.name], states[r.name], logs.get(r.name, set()),
                                            said.get(r.name, ""), self.agents[r.name].heard))

    def _wait(self, agents):
        """Until each has been asked twice more, or for as long as that takes: an agent may be asked no more."""
        before = [agent.asked for agent in agents]
        deadline = time.monotonic() + 1.2
        while time.monotonic() < deadline and any(a.asked < b + 3 for a, b in zip(agents, before)):
            time.sleep(0.02)
        time.sleep(0.05)

    def _columns(self):
        found = {}

        def complete():
            lines = csv.DictReader(io.StringIO(answer(self.admin, "show stat")[2:]))
            for line in lines:
                going = (line["agent_status"] + line["check_status"]).count("*") or line["check_status"] == "INI"
                if line["svname"] == "s1" and not going:
                    found.setdefault(line["pxname"], {name: line[name] for name in COLUMNS})
            return len(found) == len(self.rows)
        wait_for("results of all agents", 10, complete)
        return found

    def _states(self):
        found = {}
        for line in answer(self.admin, "show servers state").splitlines():
            words = line.split()
            if len(words) > 20 and words[0] != "#":
                words[0] = words[9] = words[11] = words[18] = "-"	# the result is that of a check that goes on, or not
                words[13] = str(int(words[13]) & ~1)
                words[14] = str(int(words[14]) & ~1)
                words[21], words[24] = ("P" if word not in "01" else word for word in (words[21], words[24]))
                if not int(words[13]) & 2:
                    words[12] = words[13] = "-"	# of a check that is none
                found[words[1]] = " ".join(words)
        return found

    def _logs(self):
        found = {}
        while True:
            try:
                line = self.log.recv(65536).decode("latin-1")
            except BlockingIOError:
                return found
            name = re.search(r"(?:erver|ackend) (\w+)(?:/| (?:is|has))", line)
            if name:
                found.setdefault(name[1], set()).add(normal_line(line))
