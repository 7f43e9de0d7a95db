# SPDX-License-Identifier: Apache-2.0
"""A relevo that is reloaded while clients come, and what they saw."""
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

from lab.local import free_port
from lab.software import relevo_binary, wait_for
from streams import connect


class Reloaded:
    """A running relevo (start_relevo's) and its file."""

    def __init__(self, relevo):
        self.relevo = relevo
        self.file = pathlib.Path(relevo.process.args[3])
        self.control = relevo.process.args[5]
        wait_for("its control socket", 20, self._answers)

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(self.control) == 0

    @property
    def pid(self):
        return self.relevo.process.pid

    def write(self, cfg):
        self.file.write_text(cfg)

    def reload(self, cfg=None):
        """Reads `cfg`, or the file as it is: the command's CompletedProcess."""
        if cfg is not None:
            self.write(cfg)
        return subprocess.run([relevo_binary(), "reload", "--control", self.control], capture_output=True,
                              text=True, timeout=30, check=False, stdin=subprocess.DEVNULL)

    def ask(self):
        """A `relevo reload` on its way: its Popen."""
        return subprocess.Popen([relevo_binary(), "reload", "--control", self.control], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def good(self, cfg=None):
        done = self.reload(cfg)
        assert done.returncode == 0, done.stderr + self.relevo.said()

    def proxies(self):
        """Process ids of its proxies: (of the one that serves, or None; of those that drain)."""
        serving, draining = None, []
        for pid in children(self.pid):
            title = command_line(pid)
            if title == "relevo: proxy":
                serving = pid
            elif title == "relevo: proxy (draining)":
                draining.append(pid)
        return serving, draining

    def wait_drains(self, count=1):
        """The same once `count` drain: each gives itself its title."""
        wait_for(f"{count} to drain", 10, lambda: self.proxies()[0] is not None and len(self.proxies()[1]) == count)
        return self.proxies()

    def wait_drained(self, seconds=15):
        """They have ended, and relevo knows it: one that it has not waited for yet is a child without a title."""
        wait_for("the draining proxies end", seconds,
                 lambda: not {"relevo: proxy (draining)", ""} & set(map(command_line, children(self.pid))))

    def kill(self, number=signal.SIGUSR2):
        os.kill(self.pid, number)


def waits_to_read(pid):
    """read(2) is 0 on x86, 63 where numbers are new."""
    return pathlib.Path(f"/proc/{pid}/syscall").read_text(encoding="ascii").split()[0] in ("0", "63")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(child) for child in f.read().split()]


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0].decode()
    except OSError:
        return ""


def proportional_kb(pid):
    """Its own memory, pages that processes share divided among them. The program's is every relevo's on the machine."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has just ended
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))


class Load:
    """New connections at a rate, and long-lived ones, until stop(): `done` and what `failed`."""

    def __init__(self, port, rate=300, long_lived=50, talk=None):
        self._port = port
        self._talk = talk or one_echo
        self.done = self.exchanges = 0
        self.failed = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._long = [connect(port) for _ in range(long_lived)]
        for sock in self._long:
            exchange(sock)
        workers = 6
        self._threads = [threading.Thread(target=self._come, args=(i / rate, workers / rate))
                         for i in range(workers)]
        self._threads.append(threading.Thread(target=self._stay))
        for thread in self._threads:
            thread.start()

    def _count(self, act, what):
        try:
            act()
        except (OSError, AssertionError) as error:
            with self._lock:
                self.failed.append(f"{what}: {error!r}")
            return
        with self._lock:
            self.done += what == "new"
            self.exchanges += what == "long-lived"

    def _come(self, begin, pace):
        following = time.monotonic() + begin
        while not self._stopping.is_set():
            self._count(lambda: self._talk(self._port), "new")
            following = max(following + pace, time.monotonic() - 1)
            time.sleep(max(0, following - time.monotonic()))

    def _stay(self):
        while not self._stopping.is_set():
            for sock in self._long:
                self._count(lambda: exchange(sock), "long-lived")
            self._stopping.wait(0.1)

    def stop(self):
        """Ends all of it. The number of connections that were made, all in all."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()
        for sock in self._long:
            sock.close()
        assert not self.failed, f"{len(self.failed)} failed, {self.done} were fine: {self.failed[:5]}"
        return self.done + len(self._long)


def exchange(sock):
    sock.sendall(b"y")
    assert sock.recv(1) == b"y"


def one_echo(port):
    with connect(port) as sock:
        exchange(sock)


def inode(path):
    return os.stat(path).st_ino


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    return False


__all__ = ["Load", "Reloaded", "children", "command_line", "exchange", "free_port", "inode", "one_echo",
           "proportional_kb", "refused", "wait_for"]
