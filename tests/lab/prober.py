# SPDX-License-Identifier: Apache-2.0
"""The client: runs prober.c in a network and answers what it saw."""
import collections
import os
import pathlib
import shutil
import subprocess
import threading
import time

from . import namespaces
from .namespaces import LabError

SOURCE = pathlib.Path(__file__).with_name("prober.c")

Request = collections.namedtuple("Request", "start end result server")


def build(directory):
    """Compiles the client into `directory`; the path of the program."""
    program = os.path.join(directory, "prober")
    compiler = os.environ.get("CC") or next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    if compiler is None:
        raise LabError("no C compiler: install gcc or clang")
    namespaces.run([*compiler.split(), "-O2", "-std=gnu17", "-o", program, str(SOURCE)])
    return program


class Prober:
    """Times are ns of the monotonic clock, as time.monotonic_ns() has them."""

    def __init__(self, program, network, vip, sources, interval_us=5000, timeout_ms=1000):
        self.requests = []
        self.held = []
        self.interval_ms = interval_us / 1000
        self._process = namespaces.start(
            [program, vip, "80", "443", str(interval_us), str(timeout_ms), *sources],
            network, stdout=subprocess.PIPE, text=True)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self._process.stdout:
            word, *rest = line.split()
            if word == "R":
                self.requests.append(Request(int(rest[0]), int(rest[1]), rest[2], rest[3]))
            else:
                self.held.append((int(rest[0]), rest[1]))

    def ended_since(self, after_ns):
        """The requests that ended at or after that moment, in the order of their ends."""
        found = []
        for request in reversed(self.requests):
            if request.end < after_ns:
                break
            found.append(request)
        return found[::-1]

    def steady(self, seconds, gap_ms=100):
        """Nothing but success for that long, without a gap."""
        now = time.monotonic_ns()
        recent = self.ended_since(now - int(seconds * 1e9))
        if not recent or any(r.result != "ok" for r in recent):
            return False
        moments = [now - int(seconds * 1e9), *(r.end for r in recent), now]
        return max(b - a for a, b in zip(moments, moments[1:])) < gap_ms * 1e6

    def wait_steady(self, seconds, limit):
        """False if that does not come within `limit` seconds."""
        deadline = time.monotonic() + limit
        while not self.steady(seconds):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def outage_ms(self, fault_ns):
        """Longest time without a success that ended after the fault; None if it goes on."""
        moments = [r.end for r in self.requests if r.result == "ok"]
        before = [m for m in moments if m <= fault_ns][-1:]
        after = [m for m in moments if m > fault_ns]
        if not after or time.monotonic_ns() - after[-1] > 1e9:
            return None
        moments = before + after
        return max(b - a for a, b in zip(moments, moments[1:])) / 1e6

    def count(self, fault_ns):
        """How the requests that were under way at the fault or came later ended."""
        return collections.Counter(r.result for r in self.requests if r.end >= fault_ns)

    def held_lost(self, fault_ns):
        return any(word == "lost" and ns >= fault_ns for ns, word in list(self.held))

    def close(self):
        self._process.terminate()
        self._process.wait()
        self._thread.join(2)
        self._process.stdout.close()
