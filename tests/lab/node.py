# SPDX-License-Identifier: Apache-2.0
"""One machine of the pair: its network outlives a power cut, its processes do not."""
import os
import re
import signal
import sys
import time

from . import namespaces
from .namespaces import LabError
from .watch import AddressWatch

INIT = os.path.join(os.path.dirname(__file__), "init.py")


class Process:
    """A process as the lab's own /proc shows it (`pid` is ours to signal)."""

    def __init__(self, pid, parent, comm, argv):
        self.pid, self.parent, self.comm, self.argv = pid, parent, comm, argv

    def __repr__(self):
        return f"{self.pid}[{self.comm}] {self.argv}"


class Node:
    """boot() makes pid, mount and uts namespaces, so that `killall -0` sees one node only."""

    def __init__(self, name, network, address, directory):
        self.name, self.network, self.address = name, network, address
        self.directory = directory
        self.watch = AddressWatch(network)
        self.init = None
        self.pid_namespace = None

    def boot(self):
        self.init = namespaces.start(
            ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc",
             sys.executable, "-I", "-S", INIT, self.name],
            self.network, stdout=-1, stderr=open(f"{self.directory}/{self.name}-init.log", "ab"))
        if self.init.stdout.readline() != b"ready\n":
            raise LabError(f"{self.name} does not boot: see {self.directory}/{self.name}-init.log")
        self.pid_namespace = os.readlink(f"/proc/{self._init_pid()}/ns/pid")

    def _init_pid(self):
        path = f"/proc/{self.init.pid}/task/{self.init.pid}/children"
        with open(path) as f:
            return int(f.read().split()[0])

    def halt(self):
        """Every process ends at this instant, by SIGKILL; the kernel and its addresses stay."""
        if self.init is None:
            return
        try:
            os.kill(self._init_pid(), signal.SIGKILL)
        except (OSError, IndexError):  # process 1 has ended by itself
            self.init.kill()
        self.init.wait()
        self.init.stdout.close()
        self.init = None

    def start(self, argv, log, **options):
        """Starts a command on the node, its output added to the file `log`."""
        with open(f"{self.directory}/{self.name}-{log}.log", "ab") as output:
            return namespaces.start(self._entered(argv), stdout=output, stderr=output, **options)

    def run(self, argv, **options):
        return namespaces.run(self._entered(argv), **options)

    def _entered(self, argv):
        return ["nsenter", "-t", str(self._init_pid()), "--net", "--mount", "--uts", "--pid", "--", *argv]

    def ip(self, *words):
        """Works on a node without power too: its network is still there."""
        return namespaces.run(["ip", *words], self.network)

    def processes(self):
        """All of the node's but process 1, zombies left out."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and self.init is not None:
                process = self._look(int(entry))
                if process is not None:
                    found.append(process)
        return found

    def _look(self, pid):
        try:
            if os.readlink(f"/proc/{pid}/ns/pid") != self.pid_namespace or pid == self._init_pid():
                return None
            with open(f"/proc/{pid}/stat") as f:
                comm, state, parent = re.match(r"\d+ \((.*)\) (\S) (\d+)", f.read()).groups()
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                argv = f.read().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
        except (OSError, IndexError):
            return None
        return None if state == "Z" else Process(pid, int(parent), comm, argv)

    def holds(self, address):
        return self.watch.holds(address)

    def wait_holds(self, address, held, seconds):
        deadline = time.monotonic() + seconds
        while self.watch.holds(address) != held:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def flush(self):
        """The network as after a boot: its own address and nothing else."""
        self.ip("addr", "flush", "dev", "eth0")
        self.ip("addr", "add", f"{self.address}/24", "dev", "eth0")
        self.ip("neigh", "flush", "all")

    def close(self):
        self.halt()
        self.watch.close()
