# SPDX-License-Identifier: Apache-2.0
"""One relevo in the foreground on this machine's loopback, for tests/blackbox."""
import pathlib
import signal
import socket
import subprocess

from . import namespaces
from .software import relevo_binary, wait_for


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class LocalRelevo:
    """Started with -db; `directory` gets its files, and what it says on standard error."""

    def __init__(self, directory, haproxy_cfg, *options):
        directory = pathlib.Path(directory)
        cfg = directory / "haproxy.cfg"
        cfg.write_text(haproxy_cfg)
        self._stderr = directory / "stderr"
        with open(self._stderr, "wb") as stderr:
            self.process = namespaces.start(
                [relevo_binary(), "-db", "-f", str(cfg), "--control", str(directory / "control.sock"),
                 *options], stderr=stderr)

    def said(self):
        return self._stderr.read_text(errors="replace")

    def wait_listens(self, port, address="127.0.0.1", seconds=20):
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
