# SPDX-License-Identifier: Apache-2.0
"""Two nodes with one VRRP process each on a bridge, of relevo or Keepalived, and an eye on the wire.

RELEVO_VRRP, or else RELEVO, names the program: the test driver (DRIVER keepalived.conf), or relevo.
What is on the wire is read by a packet socket here.
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading

from lab import namespaces
from lab.sniffer import Sniffer
from lab.wait import until

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("RELEVO_VRRP") or os.environ.get("RELEVO") or str(ROOT / "build/relevo")
KEEPALIVED = shutil.which("keepalived")
VIP = "10.1.1.80"
IPS = ["10.1.1.20", "10.1.1.21"]
VIP6 = "2001:db8::80"
IPS6 = ["2001:db8::20", "2001:db8::21"]


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


class Wire:
    """A packet socket on the bridge: every gratuitous ARP and every advertisement, with its moment."""

    def __init__(self, network):
        self.sniffer = Sniffer(network, "br0")
        self.frames = []  # (moment, kind, source MAC, bytes)
        self.done = False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while not self.done:
            moment, frame = self.sniffer.read() or (0, None)
            kind = frame and self.kind(frame)
            if kind:
                self.frames.append((moment, kind, frame[6:12], frame))

    @staticmethod
    def kind(frame):
        """A gratuitous ARP or an unsolicited neighbour advertisement, or an advertisement of VRRP."""
        protocol = struct.unpack("!H", frame[12:14])[0]
        if protocol == 0x0806 and frame[28:32] == frame[38:42]:
            return "garp"
        if protocol == 0x86dd and frame[20] == 58 and frame[54] == 136 and frame[:2] == b"\x33\x33":
            return "garp"
        if (protocol == 0x0800 and frame[23] in (51, 112)) or (protocol == 0x86dd and frame[20] == 112):
            return "advert"
        return None

    def close(self):
        self.done = True
        self.thread.join()
        self.sniffer.close()

    def last_garp(self):
        garps = [f for f in self.frames if f[1] == "garp"]
        return garps[-1] if garps else (0, "garp", b"", b"")


class Node:
    def __init__(self, lab, index):
        self.lab, self.index = lab, index
        self.network = namespaces.new_network()
        self.process = None
        self.log = lab.directory / f"node{index}.log"
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *argv):
        return namespaces.run(list(argv), self.network)

    @property
    def mac(self):
        return bytes.fromhex(re.search(r"link/ether (\S+)", self.run("ip", "link", "show", "eth0")).group(1).replace(":", ""))

    def _start(self, argv):
        """At a real-time priority, the lowest: what is measured here does not wait for the tests beside it."""
        self.output = open(self.log, "ab")
        self.process = namespaces.start(["chrt", "--rr", "1", *argv], self.network, stdout=self.output, stderr=subprocess.STDOUT)

    def start_relevo(self, text):
        self.kind = "relevo"
        path = self.lab.directory / f"relevo{self.index}.conf"
        path.write_text(text)
        argv = [PROGRAM, str(path)] if PROGRAM.endswith("driver") else [PROGRAM, "-db", "-k", str(path)]
        self._start(argv)

    def start_keepalived(self, text):
        self.kind = "keepalived"
        d = self.lab.directory
        path = d / f"keepalived{self.index}.conf"
        path.write_text(text)
        self._start(["unshare", "-m", "--", KEEPALIVED, "-n", "-l", "-D", "-f", str(path), "-p", str(d / f"k{self.index}.pid"),
                     "-r", str(d / f"v{self.index}.pid")])

    def start(self, kind, text):
        getattr(self, f"start_{kind}")(text)

    def children(self):
        """Every process below ours, deepest last."""
        found, new = [], [self.process.pid]
        while new:
            pid = new.pop()
            found.append(pid)
            try:
                new += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except OSError:  # it has ended meanwhile
                pass
        return found

    def _vrrp_pids(self):
        """The vrrp process: the child named so, or the driver's only one."""
        children = self.children()[1:]
        if "driver" in PROGRAM:
            return children
        return [pid for pid in children if b"vrrp" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]

    def vrrp_pid(self):
        found = []

        def named():  # a process that was started again takes its name a moment later
            try:
                found[:] = self._vrrp_pids()
            except OSError:
                return False
            return len(found) == 1
        until(named, 5, f"node {self.index} has a vrrp process", self.text)
        return found[0]

    def stop(self):
        if self.process and self.process.poll() is None:
            for pid in self.children()[1:]:
                try:
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    pass
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill_all(self):
        """At one moment: stopped first, so that none of them sees another die."""
        pids = self.children()
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                os.kill(pid, number)
        self.process.wait()

    def owns(self):
        """Whether it has each address, by netlink: cheap enough to poll."""
        return self.lab.dump(self)

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Lab:
    """Two nodes on a bridge, and a probe that asks the kernel of each who has the address."""

    def __init__(self, *vips, poll=0.002):
        self.vips, self.poll = vips or (VIP,), poll
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="vrrp-interop-"))
        self.bridge = namespaces.new_network()
        self.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
        self.run("ip", "link", "set", "br0", "up")
        self.nodes = [Node(self, i) for i in range(2)]
        v6 = any(":" in vip for vip in self.vips)
        self.netlinks = []
        for i, node in enumerate(self.nodes):
            self.run("ip", "link", "add", f"p{i}", "type", "veth", "peer", "name", f"n{i}")
            self.run("ip", "link", "set", f"n{i}", "netns", f"/proc/{os.getpid()}/fd/{node.network}")
            self.run("ip", "link", "set", f"p{i}", "master", "br0", "up")
            node.run("ip", "link", "set", f"n{i}", "name", "eth0")
            node.run("ip", "addr", "add", f"{IPS[i]}/24", "dev", "eth0")
            if v6:
                node.run("ip", "addr", "add", f"{IPS6[i]}/64", "dev", "eth0", "nodad")
                node.run("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad")
            node.run("ip", "link", "set", "eth0", "up")
            self.netlinks.append(namespaces.in_network(
                node.network, lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)))
        self.wire = Wire(self.bridge)

    def run(self, *argv):
        return namespaces.run(list(argv), self.bridge)

    def dump(self, node):
        netlink = self.netlinks[node.index]
        netlink.send(struct.pack("=IHHIIBxxx", 20, 22, 0x301, 1, 0, socket.AF_UNSPEC))
        missing = {packed(vip) for vip in self.vips}
        while True:
            data = netlink.recv(65536)
            while data:
                length, kind = struct.unpack("=IH", data[:6])
                if kind == 3:
                    return not missing
                missing = {vip for vip in missing if vip not in data[24:length]}
                data = data[(length + 3) & ~3:]

    def owners(self):
        return [node.index for node in self.nodes if node.owns()]

    def logs(self):
        return "\n".join([f"owners {self.owners()}"] + [f"--- node {n.index}\n{n.text()[-1500:]}" for n in self.nodes])

    def until(self, condition, seconds, what):
        return until(condition, seconds, what, self.logs, self.poll)

    def until_says(self, index, text, seconds=5):
        return self.until(lambda: text in self.nodes[index].text(), seconds, f"node {index} says {text!r}")

    def until_owner(self, index, seconds):
        return self.until(lambda: self.owners() == [index], seconds, f"node {index} alone has {self.vips}")

    def part(self):
        self.run("nft", "add table bridge cut; add chain bridge cut f { type filter hook forward priority 0; policy drop; }")

    def heal(self):
        self.run("nft", "delete table bridge cut")

    def close(self):
        for node in self.nodes:
            node.stop()
        self.wire.close()
        for netlink in self.netlinks:
            netlink.close()
        for fd in [self.bridge] + [node.network for node in self.nodes]:
            os.close(fd)
        said = [text for text in (node.text() for node in self.nodes) if "Sanitizer" in text or "runtime error" in text]
        shutil.rmtree(self.directory, ignore_errors=True)
        assert not said, said[0]
