# SPDX-License-Identifier: Apache-2.0
"""One relevo in the foreground on this machine's loopback, for tests/blackbox."""
import itertools
import os
import pathlib
import signal
import socket
import subprocess

from . import namespaces
from .software import relevo_binary, wait_for


# Below what the kernel gives to sockets that name none (32768 and up): nothing that a test starts can take
# a port between the moment it is found free and the moment it is listened on.
PORTS = range(12000, 32000)
_ports = itertools.cycle([*PORTS[os.getpid() % len(PORTS):], *PORTS[:os.getpid() % len(PORTS)]])


def _is_free(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as sock:
            try:
                sock.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def free_port():
    """A port of no TCP and no UDP socket, and not one that an earlier call returned."""
    return next(filter(_is_free, _ports))


class LocalRelevo:
    """Started with -db; `directory` gets its files, and what it says on standard error."""

    def __init__(self, directory, haproxy_cfg, *options):
        directory = pathlib.Path(directory)
        cfg = directory / "haproxy.cfg"
        cfg.write_text(haproxy_cfg)
        self._stderr = directory / "stderr"
        self._notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notices.bind("")  # the kernel finds an abstract name
        self._is_ready = False
        notify = "@" + self._notices.getsockname()[1:].decode()
        with open(self._stderr, "wb") as stderr:
            self.process = namespaces.start(
                [relevo_binary(), "-db", "-f", str(cfg), "--control", str(directory / "control.sock"),
                 *options], stderr=stderr, env={**os.environ, "NOTIFY_SOCKET": notify})

    def said(self):
        return self._stderr.read_text(errors="replace")

    def _take_notices(self):
        while not self._is_ready:
            try:
                self._is_ready = b"READY=1" in self._notices.recv(1000, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
        assert self.process.poll() is None, f"relevo ended at its start: {self.said()}"
        return self._is_ready

    def wait_ready(self, seconds=20):
        """What it tells systemd: all that it has to open is open, and each of its processes serves."""
        wait_for("relevo is ready", seconds, self._take_notices)
        self._notices.close()  # who does not read must not be waited for: ten notices fill it

    def wait_listens(self, port, address="127.0.0.1", seconds=20):
        """A port that answers is no sign that the others do: until it is ready, too."""
        self.wait_ready(seconds)

        def listens():
            assert self.process.poll() is None, f"relevo ended at its start: {self.said()}"
            try:
                socket.create_connection((address, port), 1).close()
            except OSError:
                return False
            return True
        wait_for(f"relevo on {address}:{port}", seconds, listens)
        return self

    def stop(self, number=signal.SIGTERM, seconds=15):
        """Its exit status. A relevo that does not end in time is killed, and that is raised."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
