# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared, running; and the server behind them."""
import os
import pathlib
import shutil
import socket
import subprocess

import configs
from lab import namespaces
from lab.namespaces import LabError
from lab.software import wait_for


def pinned(cores, argv):
    return argv if cores is None else ["taskset", "-c", ",".join(map(str, cores)), *argv]


class Proxy:
    """One of those that are compared. `listeners`: those that it has."""
    listeners = configs.LISTENERS

    def __init__(self, name, program, base_port, cores, directory, threads=1):
        self.name = name
        self.threads = threads
        self.ports = dict(zip(configs.LISTENERS, range(base_port, base_port + len(configs.LISTENERS))))
        self._program = program
        self._cores = cores
        self._directory = pathlib.Path(directory) / str(base_port)
        self._directory.mkdir(mode=0o755)
        self.start()

    def start(self):
        with open(self._directory / "output", "w", encoding="utf-8") as output:
            self._process = namespaces.start(pinned(self._cores, self._argv()), stdout=output,
                                             stderr=subprocess.STDOUT)
        wait_for(f"{self.name} to listen", 20, self._listens)

    def _argv(self):
        path = self._directory / "haproxy.cfg"
        path.write_text(self._config(), encoding="utf-8")
        return [self._program, "-db", "-f", str(path)]

    def _config(self):
        return configs.haproxy(self.ports, self.threads)

    def _listens(self):
        if self._process.poll() is not None:
            said = (self._directory / "output").read_text(encoding="utf-8")
            raise LabError(f"{self.name} ended with status {self._process.returncode}: {said[-500:]}")
        try:
            socket.create_connection(("127.0.0.1", self.ports[self.listeners[-1]]), 1).close()
        except OSError:
            return False
        return True

    def serves(self, row):
        """Whether it can do that workload."""
        return row.listener in self.listeners and row.threads == self.threads

    def version(self):
        output = subprocess.run([self._program, "-v"], capture_output=True, text=True, check=False)
        return (output.stdout + output.stderr).splitlines()[0]

    def pids(self):
        """The process and all its descendants."""
        found = [self._process.pid]
        for pid in found:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
                    found += [int(child) for child in f.read().split()]
        return found

    def pss_bytes(self):
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                total += sum(int(line.split()[1]) * 1024 for line in f if line.startswith("Pss:"))
        return total

    def close(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Tuned(Proxy):
    """HAProxy as one would set it up for bulk."""
    listeners = ("bulk", "bulk_up")

    def _config(self):
        return configs.haproxy(self.ports, self.threads, tuned=True)


class Nginx(Proxy):
    listeners = ("http_plain", "http_logged")

    def serves(self, row):
        return super().serves(row) and row.kind != "ws"

    def _argv(self):
        path = self._directory / "nginx.conf"
        path.write_text(configs.nginx(self.ports, self._directory), encoding="utf-8")
        shutil.chown(self._directory, "www-data")
        return [self._program, "-p", str(self._directory), "-c", str(path)]


class Null(Proxy):
    """null.c: the floor."""
    listeners = (*configs.TCP, "http_plain")

    def serves(self, row):
        return super().serves(row) and (row.listener in configs.TCP or row.kind in ("http", "http:headers=20"))

    def _argv(self):
        services = [f"{'tcp' if listener in configs.TCP else 'http'}:{self.ports[listener]}:"
                    f"{configs.BACKEND[listener.partition('_plain')[0]]}" for listener in self.listeners]
        return [self._program, *services]

    def version(self):
        return "null proxy of bench/null.c"


class NullRing(Null):
    """null_uring.c: no bulk."""
    listeners = ("short", "pong", "http_plain")

    def version(self):
        return "null proxy of bench/null_uring.c"


class Backend:
    """The server behind the proxies, and the receiver of their log lines."""

    def __init__(self, program, cores):
        ports = [str(port) for port in configs.BACKEND.values()]
        self._process = namespaces.start(pinned(cores, [program, "127.0.0.1", *ports]),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        self._process.stdout.readline()

    def logged(self):
        """Log lines that have come so far."""
        self._process.stdin.write("?\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline().split()[1])

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
