# SPDX-License-Identifier: Apache-2.0
"""What two nodes of relevo do for each other by their hellos: hand-over, and no claim while the master lives."""
import json
import os
import socket
import statistics
import subprocess
import time

import pytest

from lab import namespaces
from test_vrrp_interop import PROGRAM, Lab, config


class Peers(Lab):
    """Nodes with a control socket each."""

    def start(self, index, text, *options):
        node = self.nodes[index]
        path = self.directory / f"relevo{index}.conf"
        path.write_text(text)
        node.kind = "relevo"
        node._start([PROGRAM, "-db", "-k", str(path), "--control", self.control(index), *options])

    def control(self, index):
        return str(self.directory / f"control{index}")

    def command(self, index, *words):
        return subprocess.run([PROGRAM, *words, "--control", self.control(index)], capture_output=True, text=True,
                              timeout=10)

    def heard(self, index):
        """What that node knows of the other by its hellos, {} before the first."""
        answer = self.command(index, "status", "--json")
        instances = json.loads(answer.stdout)["instances"] if answer.returncode == 0 else []
        nodes = [node for instance in instances[:1] for node in instance["nodes"]]
        return nodes[0] if nodes else {}


@pytest.fixture
def lab():
    made = Peers()
    yield made
    made.close()


def both(lab, defs="", **words):
    lab.start(0, config(101, defs=defs, **words))
    lab.start(1, config(100, defs=defs, **words))
    lab.until_owner(0, 9)
    for index, state in ((0, "BACKUP"), (1, "MASTER")):
        lab.until(lambda: lab.heard(index).get("state") == state, 8, f"hellos reach node {index}")


@pytest.mark.parametrize("auth", ["PASS", "AH", "none"])
def test_handover(lab, auth):
    """The address is never on no node, and stays moved."""
    both(lab, auth=auth)
    gone = []
    start = time.monotonic()
    process = subprocess.Popen([PROGRAM, "handover", "--control", lab.control(0)], stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        if not lab.owners():
            gone.append(time.monotonic() - start)
        time.sleep(0.0005)
    answer = process.stdout.read()
    assert process.returncode == 0, lab.nodes[0].text()[-1500:]
    assert answer.startswith("VI_1: handed over to lab within "), answer
    print(answer.strip(), f"; neither had it in {len(gone)} looks")
    assert gone == []
    assert lab.owners() == [1]
    lab.until(lambda: lab.wire.last_garp()[2] == lab.nodes[1].mac, 2, "the new master announces the address")
    time.sleep(5)
    assert lab.owners() == [1], "priority 101 does not take it back from the one it was handed to"
    lab.until_says(0, "Entering BACKUP STATE: handed over to 10.1.1.21")
    lab.until_says(1, "Entering MASTER STATE: 10.1.1.20 hands over")
    # and back again
    assert lab.command(1, "handover").returncode == 0
    assert lab.owners() == [0]


@pytest.mark.figures
def test_how_long_a_handover_takes(lab):
    """At most 20 ms, the median of several (issue 4)."""
    both(lab)
    took = []
    for i in range(8):
        answer = lab.command(i % 2, "handover")
        assert answer.returncode == 0, answer.stderr
        took.append(float(answer.stdout.split(" within ")[1].split(" ms")[0]))
        lab.until(lambda: lab.heard(1 - i % 2).get("state") == "BACKUP", 5, "the new master hears the other")
    print("handed over within ms:", took)
    assert statistics.median(took) < 20


def test_handover_is_refused_without_a_peer(lab):
    lab.start(0, config(101))
    lab.nodes[1].start_keepalived(config(100))
    lab.until_owner(0, 9)
    lab.until_says(1, "Entering BACKUP STATE")
    time.sleep(1)
    refused = lab.command(0, "handover")
    assert refused.returncode == 1
    assert "VI_1: not handed over: no other node of relevo is there that would serve" in refused.stderr
    refused = lab.command(0, "handover", "VI_9")
    assert refused.returncode == 1 and "VI_9: there is no such vrrp_instance" in refused.stderr
    assert lab.owners() == [0]


def test_handover_needs_a_peer_that_serves(lab):
    """The peer's link to its users is down: it says so, and the address stays where it is."""
    extra = "track_interface {\n lo\n }"
    both(lab, extra=extra)
    lab.nodes[1].run("ip", "link", "set", "lo", "down")
    lab.until(lambda: lab.heard(0).get("state") == "FAULT", 5, "the peer tells that it is in FAULT")
    assert "FAULT" in lab.nodes[1].text()
    refused = lab.command(0, "handover")
    assert refused.returncode == 1 and "not handed over" in refused.stderr
    assert lab.owners() == [0]


def test_maintenance(lab):
    both(lab)
    done = lab.command(0, "maintenance", "on")
    assert done.returncode == 0, done.stderr
    assert "VI_1: handed over to lab" in done.stdout
    assert lab.owners() == [1]
    lab.nodes[1].stop()
    time.sleep(4.5)
    assert lab.owners() == [], "nobody else, but this node is in maintenance"
    assert lab.command(0, "maintenance", "off").returncode == 0
    lab.until_owner(0, 5)


def test_no_claim_while_hellos_arrive(lab):
    """Advertisements are lost, hellos are not: the backup says so and leaves the master alone."""
    both(lab)
    lab.run("nft", "add table bridge cut; add chain bridge cut f { type filter hook forward priority 0; };"
            " add rule bridge cut f ip protocol { 51, 112 } drop")
    lab.until(lambda: "not claiming" in lab.nodes[1].text(), 6, "the backup tells why it does not claim")
    time.sleep(3)
    assert lab.owners() == [0]
    assert lab.nodes[1].text().count("not claiming") == 1
    lab.nodes[0].kill_all()
    lab.until_owner(1, 6)


def test_heartbeat_path(lab):
    """The whole first network is cut; hellos come by a second one."""
    for i, node in enumerate(lab.nodes):
        lab.run("ip", "link", "add", f"q{i}", "type", "veth", "peer", "name", f"m{i}")
        lab.run("ip", "link", "set", f"m{i}", "netns", f"/proc/{os.getpid()}/fd/{node.network}")
        node.run("ip", "link", "set", f"m{i}", "name", "eth1")
        node.run("ip", "addr", "add", f"10.9.9.{i + 1}/24", "dev", "eth1")
        node.run("ip", "link", "set", "eth1", "up")
    lab.run("ip", "link", "add", "br1", "type", "bridge", "forward_delay", "0")
    lab.run("ip", "link", "set", "br1", "up")
    for i in range(2):
        lab.run("ip", "link", "set", f"q{i}", "master", "br1", "up")
    lab.start(0, config(101, defs="heartbeat_path 10.9.9.2"))
    lab.start(1, config(100, defs="heartbeat_path 10.9.9.1"))
    lab.until_owner(0, 9)
    lab.until(lambda: lab.heard(1).get("state") == "MASTER", 8, "hellos reach the backup")
    time.sleep(1.5)
    lab.run("ip", "link", "set", "p0", "nomaster")
    lab.until(lambda: "not claiming" in lab.nodes[1].text(), 6, "the backup tells why it does not claim")
    time.sleep(2)
    assert lab.owners() == [0]
    lab.nodes[0].kill_all()
    lab.until_owner(1, 6)


WITNESS = "10.1.1.1"


@pytest.mark.parametrize("kind", ["icmp", "arp", "tcp 7"])
def test_witness(lab, kind):
    """Who loses the other node and the witness is the one that is cut off: it gives up, or does not claim."""
    lab.run("ip", "addr", "add", f"{WITNESS}/24", "dev", "br0")
    lab.run("sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1")  # a port that left the bridge is not the witness
    listener = namespaces.in_network(lab.bridge, lambda: socket.create_server((WITNESS, 7)))
    both(lab, defs=f"witness {WITNESS} {kind}")
    lab.run("ip", "link", "set", "p1", "nomaster")
    lab.until(lambda: "may be cut off" in lab.nodes[1].text(), 8, "the backup sees that it is cut off")
    time.sleep(2)
    assert lab.owners() == [0], "the master still reaches the witness"
    lab.run("ip", "link", "set", "p1", "master", "br0")
    time.sleep(2)
    lab.run("ip", "link", "set", "p0", "nomaster")
    lab.until_owner(1, 8)
    lab.until_says(0, "may be cut off")
    lab.run("ip", "link", "set", "p0", "master", "br0")
    lab.until_owner(0, 8)
    # The witness alone is lost: the nodes hear each other, and nothing happens.
    entered = [node.text().count("Entering") for node in lab.nodes]
    listener.close()
    lab.run("ip", "addr", "del", f"{WITNESS}/24", "dev", "br0")
    time.sleep(5)
    assert lab.owners() == [0]
    assert entered == [node.text().count("Entering") for node in lab.nodes]


def test_drift(lab):
    """Files that do not agree are an alarm on both nodes."""
    lab.start(0, config(101))
    lab.start(1, config(100).replace("10.1.1.80\n", "10.1.1.80\n 10.1.1.81\n"))
    for node in lab.nodes:
        lab.until(lambda: "differs in what both must agree on" in node.text(), 9, "drift is told")
    lab.until_owner(0, 6)
    refused = lab.command(0, "handover")
    assert refused.returncode == 1 and "with a file that agrees with ours" in refused.stderr
    assert lab.owners() == [0]
