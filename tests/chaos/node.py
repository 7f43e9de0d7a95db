# SPDX-License-Identifier: Apache-2.0
"""A pair of real relevo nodes, proxy and VRRP each, on a bridge with a client; all of it can be broken and healed."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from lab import namespaces
from lab.vrrp_lab import PROGRAM, VIP, Lab

CLIENT = "10.1.1.100"
BOUND = 2.5  # seconds after the heal: processes start, an election, its ARP; less than leases and ARP entries last
STEADY = 0.6  # longer than the master-down interval: a preemption is seen
HAPROXY = """global
    maxconn 200
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 1s
frontend web
    bind 0.0.0.0:80
    http-request return status 200 content-type text/plain string "ok"
"""


def keepalived(priority):
    return f"""global_defs {{
    router_id chaos
}}
vrrp_instance VI_1 {{
    interface eth0
    version 3
    advert_int 0.1
    priority {priority}
    virtual_router_id 51
    virtual_ipaddress {{
        {VIP}
    }}
}}
"""


class Broken(Exception):
    """An invariant does not hold."""


class Chaos(Lab):
    """Each node has a disk of its own of 1 MB, for its files, log and control socket."""

    def __init__(self):
        super().__init__()
        self.disks = []
        for i in range(2):
            disk = self.directory / f"disk{i}"
            disk.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "chaos", str(disk)], check=True)
            self.disks.append(disk)
            self.nodes[i].log = disk / "relevo.log"
            self.nodes[i].kind = "relevo"
            self.write(i, keepalived(101 - i))
        (self.directory / "haproxy.cfg").write_text(HAPROXY)
        self.client = self.plug("client", CLIENT)
        self.alien = self.plug("alien", "10.1.1.66")
        self.descriptors = {}

    def plug(self, name, address):
        network = namespaces.new_network()
        self.run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}0")
        self.run("ip", "link", "set", f"{name}0", "netns", f"/proc/{os.getpid()}/fd/{network}")
        self.run("ip", "link", "set", name, "master", "br0", "up")
        namespaces.run(["ip", "link", "set", f"{name}0", "name", "eth0"], network)
        namespaces.run(["ip", "addr", "add", f"{address}/24", "dev", "eth0"], network)
        namespaces.run(["ip", "link", "set", "eth0", "up"], network)
        return network

    def write(self, index, text):
        (self.disks[index] / "keepalived.conf").write_text(text)

    def start(self, index, clock=0):
        """With a clock that is so many seconds ahead, in a time namespace."""
        node, disk = self.nodes[index], self.disks[index]
        ahead = ["unshare", "--time", "--monotonic", str(clock), "--boottime", str(clock), "--fork", "--kill-child", "--"]
        node.clock = clock
        node._start([*(ahead if clock else []), PROGRAM, "-db", "-f", str(self.directory / "haproxy.cfg"),
                     "-k", str(disk / "keepalived.conf"), "--control", str(disk / "control")])

    def command(self, index, *words):
        """Its outcome, or None when the node did not answer in time."""
        try:
            return subprocess.run([PROGRAM, *words, "--control", str(self.disks[index] / "control")], capture_output=True,
                                  text=True, timeout=5)
        except subprocess.TimeoutExpired:
            return None

    @staticmethod
    def tree(pid):
        """That process and all below it; those that end meanwhile are left out."""
        found, new = [], [pid]
        while new:
            pid = new.pop(0)
            found.append(pid)
            try:
                new += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except OSError:
                pass
        return found

    def processes(self, index):
        """{name: pid} of relevo's processes that live, "parent" among them."""
        node, found = self.nodes[index], {}
        if node.process is None or node.process.poll() is not None:
            return found
        for pid in self.tree(node.process.pid)[1 if node.clock else 0:]:
            try:
                title = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
                state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            name = re.match(r"relevo: (\w+)", title)
            if state != "Z":
                found[name.group(1) if name else "parent"] = pid
        return found

    def signal(self, index, number, names=None):
        for name, pid in self.processes(index).items():
            if names is None or name in names:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass

    def kill_node(self, index):
        self.signal(index, signal.SIGSTOP)
        self.signal(index, signal.SIGKILL)
        self.nodes[index].process.wait(10)

    def stop_node(self, index):
        self.signal(index, signal.SIGCONT)
        self.signal(index, signal.SIGTERM, ["parent"])
        self.nodes[index].process.wait(15)

    def alien_run(self, *argv):
        return namespaces.run(list(argv), self.alien)

    def announce_alien(self):
        """Gratuitous ARP of the alien, as an owner sends them."""
        def send():
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
                raw.bind(("eth0", 0))
                mac, ip = raw.getsockname()[4], socket.inet_aton(VIP)
                raw.send(b"\xff" * 6 + mac + b"\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01" + mac + ip + b"\xff" * 6 + ip)
        namespaces.in_network(self.alien, send)

    # What must hold

    def mac_at_client(self):
        seen = namespaces.run(["ip", "neigh", "show", VIP, "dev", "eth0"], self.client)
        found = re.search(r"lladdr (\S+)", seen)
        return bytes.fromhex(found.group(1).replace(":", "")) if found else None

    def ask(self):
        """Whether the client is served by way of the address."""
        try:
            with namespaces.in_network(self.client, lambda: socket.create_connection((VIP, 80), 0.4)) as asked:
                asked.sendall(b"GET / HTTP/1.0\r\n\r\n")
                return b" 200 " in asked.recv(200)
        except OSError:
            return False

    def wrong(self):
        """What does not hold now; "" when all does."""
        owners = self.owners()
        if len(owners) != 1:
            return f"owners: {owners}"
        if not self.ask():
            return f"node {owners[0]} has the address, and the client is not served"
        if self.mac_at_client() != self.nodes[owners[0]].mac:
            return f"the client's ARP entry is not of node {owners[0]}, the owner"
        for i in range(2):
            if len(self.processes(i)) < 3:
                return f"node {i} lacks processes: {self.processes(i)}"
        return ""

    def settle(self):
        """Polls until all holds and goes on to; how long that took."""
        start = time.monotonic()
        held = None
        while True:
            wrong, now = self.wrong(), time.monotonic()
            held = (held or now) if not wrong else None
            if held and now - held > STEADY:
                return held - start
            if now - start > BOUND:
                raise Broken(f"not within {BOUND} s: {wrong or 'steady'}")
            time.sleep(0.02)

    def check_processes(self):
        """Nobody crashed by itself, and nobody holds ever more descriptors."""
        for i in range(2):
            bad = re.search(r".*(signal (4|6|7|8|11|31),|Assertion|AddressSanitizer|cannot go on).*", self.nodes[i].text())
            if bad:
                raise Broken(f"node {i}: {bad.group(0)}")
            for name, pid in self.processes(i).items():
                count = len(os.listdir(f"/proc/{pid}/fd"))
                first = self.descriptors.setdefault((i, pid), count)
                if count > first + 12:
                    raise Broken(f"node {i}: {name} had {first} descriptors, now {count}")

    def check_why(self):
        """`relevo why` knows the state of each node, and a cause of every transition."""
        owners = self.owners()
        for i in range(2):
            why = self.command(i, "why")
            if why is None or why.returncode != 0:
                raise Broken(f"node {i}: relevo why fails: {why}")
            if ("VI_1 is MASTER" in why.stdout) != (i in owners):
                raise Broken(f"owners: {owners}, but node {i} says: {why.stdout.splitlines()[0]}")
            for line in why.stdout.splitlines():
                if "Entering" in line and not re.search(r"Entering \w+ STATE: \S", line):
                    raise Broken(f"node {i}: no cause: {line}")

    def close(self):
        for i in range(2):
            self.signal(i, signal.SIGCONT)
            self.signal(i, signal.SIGKILL)
        for node in self.nodes:
            node.process = None
        super().close()
        for disk in self.disks:
            subprocess.run(["umount", "-l", str(disk)], check=False)
        for network in (self.client, self.alien):
            os.close(network)
