# SPDX-License-Identifier: Apache-2.0
"""What runs on a node: relevo, or HAProxy and Keepalived as Debian has them."""
import os
import pathlib
import signal

from . import article, namespaces
from .namespaces import LabError
from .wait import until

ROOT = pathlib.Path(__file__).resolve().parents[2]


def relevo_binary():
    """$RELEVO, or build/relevo."""
    path = os.environ.get("RELEVO") or str(ROOT / "build" / "relevo")
    if not os.access(path, os.X_OK):
        raise LabError(f"{path}: no such program; run `make` first, or set RELEVO")
    return path


def wait_for(what, seconds, done):
    until(done, seconds, what)


class Software:
    """One program or pair of programs on one node."""

    def __init__(self, node):
        self.node = node

    def _file(self, name, text):
        if name == "haproxy.cfg" and not namespaces.has_many_users():
            text = article.without_users(text)
        path = f"{self.node.directory}/{self.node.name}-{name}"
        pathlib.Path(path).write_text(text)
        return path

    def hang_proxy(self):
        for process in self._proxies():
            os.kill(process.pid, signal.SIGSTOP)

    def resume(self):
        for process in self.node.processes():
            os.kill(process.pid, signal.SIGCONT)

    def kill_proxy(self):
        for process in self._proxies():
            os.kill(process.pid, signal.SIGKILL)

    def _proxies(self):
        found = self.proxies()
        if not found:
            raise LabError(f"{self.node.name}: no proxy runs: {self.node.processes()}")
        return found


class Relevo(Software):
    """The article's files unchanged."""
    name = "relevo"

    def start(self):
        cfg = self._file("haproxy.cfg", article.haproxy_cfg(self.node.name))
        conf = self._file("keepalived.conf", article.keepalived_conf(self.node.name))
        self.node.start([relevo_binary(), "-f", cfg, "-k", conf], "relevo")
        wait_for(f"{self.node.name}: relevo's proxy", 10, self.proxies)

    def proxies(self):
        return [p for p in self.node.processes() if p.argv.startswith("relevo: proxy")]

    def parent(self):
        """The process that the others are children of."""
        proxies = self.proxies()
        if not proxies:
            raise LabError(f"{self.node.name}: no proxy runs: {self.node.processes()}")
        return proxies[0].parent

    def stop(self):
        os.kill(self.parent(), signal.SIGTERM)

    def kill_parent(self):
        os.kill(self.parent(), signal.SIGKILL)

    def kill_vrrp(self):
        for process in self.node.processes():
            if process.argv.startswith("relevo: vrrp"):
                os.kill(process.pid, signal.SIGKILL)
                return
        raise LabError(f"{self.node.name}: no vrrp process runs: {self.node.processes()}")

    def recover(self):
        """After any fault but one of the machine: nothing to do if the parent lives."""
        self.resume()
        if not self.node.processes():
            self.start()


class RealPair(Software):
    """haproxy and keepalived, with the smallest edits that these versions need."""
    name = "haproxy+keepalived"

    def start(self):
        self._start_haproxy()
        conf = self._file("keepalived.conf",
                          article.for_keepalived(article.keepalived_conf(self.node.name)))
        self.node.start(["keepalived", "--dont-fork", "--log-console", "-f", conf], "keepalived")

    def _start_haproxy(self):
        text = article.for_haproxy(article.haproxy_cfg(self.node.name))
        cfg = self._file("haproxy.cfg", text)
        self.node.run(["sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1"])
        self.node.run(["haproxy", "-f", cfg, "-p", "/run/haproxy.pid"])

    def proxies(self):
        return [p for p in self.node.processes() if p.argv.startswith("haproxy ")]

    def keepaliveds(self):
        return [p for p in self.node.processes() if p.argv.startswith("keepalived ")]

    def stop(self):
        """As a stop of both services at once."""
        for process in self.keepaliveds() + self.proxies():
            os.kill(process.pid, signal.SIGTERM)

    def recover(self):
        self.resume()
        if not self.node.processes():
            self.start()
        elif not self.proxies():
            self._start_haproxy()
