# SPDX-License-Identifier: Apache-2.0
"""Sync groups of two instances on two wires, relevo and a real Keepalived in both roles."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import namespaces
from lab.wait import until

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEVO = os.environ.get("RELEVO") or str(ROOT / "build/relevo")
KEEPALIVED = shutil.which("keepalived")
VIPS = ["10.8.0.80", "10.8.1.80"]


def config(directory, priority):
    text = f"""global_defs {{
    script_user root
}}
vrrp_sync_group VG {{
    group {{
        VI_0
        VI_1
    }}
    notify "{directory}/told"
}}
"""
    for wire in range(2):
        text += f"""vrrp_instance VI_{wire} {{
    interface eth{wire}
    virtual_router_id {51 + wire}
    priority {priority}
    virtual_ipaddress {{
        {VIPS[wire]}/24
    }}
}}
"""
    return text


class Node:
    def __init__(self, pair, index):
        self.pair, self.index = pair, index
        self.network = namespaces.new_network()
        self.directory = pair.directory / f"node{index}"
        self.directory.mkdir()
        told = self.directory / "told"
        told.write_text(f"#!/bin/sh\necho \"$@\" >>{self.directory}/told.out\n")
        told.chmod(0o755)
        self.process = None
        namespaces.run(["ip", "link", "set", "lo", "up"], self.network)

    def start(self, kind, priority):
        self.kind = kind
        path = self.directory / "keepalived.conf"
        path.write_text(config(self.directory, priority))
        if kind == "relevo":
            argv = [RELEVO, "-db", "-k", str(path)]
        else:
            pids = [word for flag in "prc" for word in (f"-{flag}", str(self.directory / f"{flag}.pid"))]
            argv = ["chrt", "--rr", "1", "unshare", "-m", "--", KEEPALIVED, "-n", "-l", "-D", "-f", str(path), *pids]
        self.output = open(self.directory / "log", "ab")
        self.process = namespaces.start(argv, self.network, stdout=self.output, stderr=subprocess.STDOUT)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def owns(self):
        text = namespaces.run(["ip", "-4", "addr"], self.network)
        return [vip in text for vip in VIPS]

    def log(self):
        return (self.directory / "log").read_text(errors="replace")

    def told(self):
        path = self.directory / "told.out"
        return path.read_text().splitlines() if path.exists() else []

    def states(self):
        """Those that the group was told of."""
        return [re.sub(r"GROUP VG (\S+) 0$", r"\1", line) for line in self.told() if line.startswith("GROUP")]

    def until_states(self, *states, seconds=8):
        """The group was told of these, in this order, and of no other."""
        until(lambda: self.states() == list(states), seconds, f"node {self.index} tells its group of {states}",
              lambda: f"{self.states()}\n{self.log()[-1800:]}", 0.02)


class Pair:
    def __init__(self, directory):
        self.directory = directory
        self.wires = [namespaces.new_network() for _ in range(2)]
        self.nodes = [Node(self, i) for i in range(2)]
        for wire, network in enumerate(self.wires):
            self.run(wire, "ip link add br0 type bridge forward_delay 0 mcast_snooping 0")
            self.run(wire, "ip link set br0 up")
            for node in self.nodes:
                i = node.index
                self.run(wire, f"ip link add p{i} type veth peer name n{i}")
                self.run(wire, f"ip link set n{i} netns /proc/{os.getpid()}/fd/{node.network}")
                self.run(wire, f"ip link set p{i} master br0 up")
                for words in (f"link set n{i} name eth{wire}", f"addr add 10.8.{wire}.{i + 1}/24 dev eth{wire}",
                              f"link set eth{wire} up"):
                    namespaces.run(["ip", *words.split()], node.network)

    def run(self, wire, line):
        return namespaces.run(line.split(), self.wires[wire])

    def owners(self):
        return [node.owns() for node in self.nodes]

    def logs(self):
        return "\n".join([f"owners {self.owners()}"] + [f"--- {n.index} {n.kind}\n{n.log()[-1800:]}" for n in self.nodes])

    def until(self, owners, seconds):
        return until(lambda: self.owners() == owners, seconds, f"owners {owners}", self.logs, 0.02)

    def close(self):
        for node in self.nodes:
            node.stop()
        for fd in self.wires + [node.network for node in self.nodes]:
            os.close(fd)


@pytest.fixture
def pair(tmp_path):
    made = Pair(tmp_path)
    yield made
    made.close()


BOTH, NONE = [True, True], [False, False]
KINDS = [("relevo", "relevo"), ("relevo", "keepalived"), ("keepalived", "relevo")]


@pytest.mark.parametrize("kinds", KINDS, ids="-".join)
def test_members_change_together(pair, kinds):
    """A link lost on one wire moves both addresses, its return brings both back, and so does a stop."""
    master, backup = pair.nodes
    master.start(kinds[0], 110)
    pair.until([BOTH, NONE], 12)
    backup.start(kinds[1], 100)
    backup.until_states("BACKUP")
    time.sleep(1.2)  # an advertisement of each instance
    pair.run(1, "ip link set p0 down")
    took = pair.until([NONE, BOTH], 6)
    print(f"{kinds}: link lost, both moved after {took:.2f} s")
    time.sleep(1.5)
    assert pair.owners() == [NONE, BOTH]
    pair.run(1, "ip link set p0 up")
    pair.until([BOTH, NONE], 10)
    time.sleep(2)
    assert pair.owners() == [BOTH, NONE]
    master.stop()
    pair.until([NONE, BOTH], 3)
    # Scripts tell of a state after the address has moved.
    master.until_states("BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP")
    backup.until_states("BACKUP", "MASTER", "BACKUP", "MASTER")
    backup.stop()
    backup.until_states("BACKUP", "MASTER", "BACKUP", "MASTER", "STOP")
    for node in pair.nodes:  # nothing that either complains about
        assert not re.search(r"invalid|mismatch|bogus|error(?!s)", node.log(), re.I), node.log()[-2000:]
