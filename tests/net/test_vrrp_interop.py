# SPDX-License-Identifier: Apache-2.0
"""The vrrp process against itself and against a real Keepalived, in network namespaces.

Needs root, keepalived and nft. The nodes and their wire are lab/vrrp_lab.py; test_vrrp_matrix.py has each protocol
against a real Keepalived.
"""
import contextlib
import os
import pathlib
import signal
import socket
import statistics
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import at_once, namespaces
from lab.vrrp_lab import IPS, PROGRAM, VIP, Lab

AUTHS = ["AH", "PASS", "none"]

if os.geteuid() != 0:
    raise RuntimeError("network namespaces need root")


def config(priority, auth="AH", extra="", state="BACKUP", defs=""):
    authentication = "" if auth == "none" else f"""
    authentication {{
        auth_type {auth}
        auth_pass PASSWORD
    }}"""
    return f"""global_defs {{
    router_id lab
    {defs}
}}
vrrp_instance VI_1 {{
    interface eth0
    state {state}
    priority {priority}
    virtual_router_id 51{authentication}
    virtual_ipaddress {{
        {VIP}
    }}
    {extra}
}}
"""


@pytest.fixture
def lab():
    made = Lab()
    yield made
    made.close()


PAIRS = [("relevo", "relevo"), ("relevo", "keepalived"), ("keepalived", "relevo")]


CASES = [(kinds, auth) for kinds in PAIRS for auth in AUTHS]
AT_ONCE = 4
ELECTIONS_AT_ONCE = 3  # few, so that the moments hold


def hands_over(lab):
    """Seconds from the master's stop until the other has the address, and from there to its gratuitous ARP."""
    master, backup = lab.nodes
    start = time.monotonic()
    master.process.terminate()
    took = lab.until_owner(1, 3)
    owned = time.monotonic()
    lab.until(lambda: lab.wire.last_garp()[2] == backup.mac, 2, "gratuitous ARP of the new master")
    garp = min(moment for moment, kind, mac, _ in lab.wire.frames
               if kind == "garp" and mac == backup.mac and moment > start)
    master.process.wait(10)
    return took, garp - owned


def is_elected_and_hands_over(lab, kinds, auth):
    master, backup = lab.nodes
    backup.start(kinds[1], config(100, auth))
    master.start(kinds[0], config(101, auth))
    samples = []
    for _ in range(3):
        lab.until_owner(0, 9)
        lab.until(lambda: lab.wire.last_garp()[2] == master.mac, 2, "gratuitous ARP of the master")
        time.sleep(1.5)
        assert lab.owners() == [0]
        samples.append(hands_over(lab))
        master.start(kinds[0], config(101, auth))
    lab.until_owner(0, 9)
    stops, garps = zip(*samples)
    print(f"stop, {kinds}, {auth}: {[round(took * 1000) for took in stops]} ms")
    assert statistics.median(stops) <= 0.65, samples  # issue 2
    assert statistics.median(garps) < 0.2, samples  # soon, by our clock


def heals_once(lab, kinds, auth):
    """Seconds from the heal until one owns the address and has said so last."""
    lab.part()
    lab.until(lambda: lab.owners() == [0, 1], 6, "both own it")
    time.sleep(3.3)
    start = both = time.monotonic()

    def one_owns():
        nonlocal both
        now = time.monotonic()
        if lab.owners() == [0]:
            return True
        both = now
        return False
    lab.heal()
    single = took = lab.until(one_owns, 3, "one owner")
    if "relevo" == kinds[0]:  # however silently the loser yielded: after the last look that saw it own
        took += lab.until(lambda: lab.wire.last_garp()[0] > both, 2, "gratuitous ARP of the winner")
    if kinds == ("keepalived", "relevo") and auth == "AH":  # ours tells a real winner
        took += lab.until(lambda: lab.wire.last_garp()[0] > start, 2, "gratuitous ARP of the real winner")
    print(f"heal, {kinds}, {auth}: {single * 1000:.0f} ms to one owner, {took * 1000:.0f} ms with ARP")
    time.sleep(1.5)
    assert lab.owners() == [0]
    assert lab.wire.last_garp()[2] == lab.nodes[0].mac
    return took


def heals(lab, kinds, auth):
    for index, node in enumerate(lab.nodes):
        node.start(kinds[index], config(101 - index, auth))
    lab.until_owner(0, 9)
    took = [heals_once(lab, kinds, auth) for _ in range(3)]
    assert statistics.median(took) <= 1.5, took  # issue 2


def in_a_lab(play):
    def plays(*case):
        with contextlib.closing(Lab()) as made:
            play(made, *case)
    return plays


def case_name(case):
    return "-".join([*case[0], case[1]])


@pytest.fixture(scope="module")
def elections(request):
    with at_once.played(request, "test_election_and_handover", in_a_lab(is_elected_and_hands_over),
                        ELECTIONS_AT_ONCE) as outcomes:
        yield outcomes


@pytest.mark.figures
@pytest.mark.coarse
@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_election_and_handover(elections, case):
    """The higher priority wins; it stops and the other has the address within 650 ms; it comes back and preempts."""
    elections[case].result()


@pytest.fixture(scope="module")
def partitions(request):
    with at_once.played(request, "test_partition_heals", in_a_lab(heals), AT_ONCE) as outcomes:
        yield outcomes


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_partition_heals(partitions, case):
    """Both own the address while the wire is cut; 1.5 s after it is whole one does, and its ARP was the last."""
    partitions[case].result()


def restarts_and_heals(lab, wins):
    """Seconds from the heal until one owns the address; the first node starts anew while they are parted."""
    one = lab.nodes[0]
    lab.part()
    lab.until(lambda: lab.owners() == [0, 1], 6, "both own it")
    one.kill_all()
    lab.until(lambda: lab.owners() == [1], 6, "the lease ends")
    time.sleep(8)  # the other counts on
    one.start_relevo(config(100))
    lab.until(lambda: lab.owners() == [0, 1], 6, "both own it again")
    lab.heal()
    return lab.until_owner(wins, 3)


def heals_after_restart(lab, wins, kind):
    one, other = lab.nodes
    other.start(kind, config(99 if wins == 0 else 101))
    one.start_relevo(config(100))
    lab.until_owner(wins, 9)
    took = [restarts_and_heals(lab, wins) for _ in range(3)]
    print(f"heal after restart, {kind}, winner {wins}: {[round(each * 1000) for each in took]} ms")
    assert statistics.median(took) <= 1.5, took


RESTARTS = [(wins, kind) for wins in (0, 1) for kind in ("relevo", "keepalived")]


@pytest.fixture(scope="module")
def restarts(request):
    with at_once.played(request, "test_sequence_behind_after_restart", in_a_lab(heals_after_restart), AT_ONCE) as outcomes:
        yield outcomes


@pytest.mark.parametrize("case", RESTARTS, ids=lambda case: f"{case[1]}-{case[0]}")
def test_sequence_behind_after_restart(restarts, case):
    """A master that restarted in a partition counts from 1 again, far below the other: it still heals."""
    restarts[case].result()


def test_everything_killed(lab):
    """No process of relevo is left: the kernel takes the address off, and the peer serves."""
    master, backup = lab.nodes
    master.start_relevo(config(101))
    backup.start_relevo(config(100))
    lab.until_owner(0, 9)
    time.sleep(1)
    master.kill_all()
    gone = lab.until(lambda: not master.owns(), 6, "the address is gone from the dead node")
    took = gone + lab.until_owner(1, 6)
    print(f"everything killed: address gone after {gone * 1000:.0f} ms, peer serves after {took * 1000:.0f} ms")
    assert gone <= 4.2 and took <= 6


def test_parent_killed(lab):
    """The parent dies without a word: the vrrp process gives the address up at once."""
    master, backup = lab.nodes
    master.start_relevo(config(101))
    backup.start_relevo(config(100))
    lab.until_owner(0, 9)
    master.process.kill()
    assert lab.until_owner(1, 3) <= 1


def test_vrrp_process_killed(lab):
    """Started again it goes on as MASTER: the address never leaves, the peer never takes over."""
    master, backup = lab.nodes
    master.start_relevo(config(101))
    lab.until_owner(0, 9)
    backup.start_keepalived(config(100))
    lab.until_says(1, "Entering BACKUP STATE")
    time.sleep(1)
    for _ in range(3):
        os.kill(master.vrrp_pid(), signal.SIGKILL)
        end = time.monotonic() + 4.5
        while time.monotonic() < end:
            assert lab.owners() == [0]
            time.sleep(0.005)
    assert "Entering MASTER" not in backup.text()
    assert master.text().count("vrrp process restarted") >= 3 or "driver" not in PROGRAM


@pytest.mark.parametrize("wins", [0, 1])
def test_frozen_vrrp_process(lab, wins):
    """SIGSTOP for longer than the peer's patience: it comes back without two owners that stay."""
    one, other = lab.nodes
    one.start_relevo(config(101))
    lab.until_owner(0, 9)
    other.start_keepalived(config(99 if wins == 0 else 102, extra="nopreempt"))
    lab.until_says(1, "Entering BACKUP STATE")
    time.sleep(1.5)
    pid = one.vrrp_pid()
    os.kill(pid, signal.SIGSTOP)
    lab.until_owner(1, 9)  # the lease ran out meanwhile
    time.sleep(1)
    os.kill(pid, signal.SIGCONT)
    took = lab.until_owner(wins, 1.5) if wins == 0 else 0
    time.sleep(2)
    assert lab.owners() == [wins]
    assert took < 1.5


def test_address_put_back(lab):
    node = lab.nodes[0]
    node.start_relevo(config(101))
    lab.until_owner(0, 9)
    node.run("ip", "addr", "del", f"{VIP}/32", "dev", "eth0")
    lab.until_owner(0, 1)


def test_link_down_is_fault(lab):
    master, backup = lab.nodes
    master.start_relevo(config(101))
    backup.start_keepalived(config(100))
    lab.until_owner(0, 9)
    master.run("ip", "link", "set", "eth0", "down")
    lab.until(lambda: not master.owns(), 1, "address removed")
    lab.until_owner(1, 5)
    lab.until_says(0, "Entering FAULT STATE: interface eth0 is down")
    master.run("ip", "link", "set", "eth0", "up")
    lab.until_owner(0, 9)


def test_interface_comes_and_goes(lab):
    """Deleted and made again, with a new index: the instance is up again."""
    node = lab.nodes[0]
    node.start_relevo(config(101))
    lab.until_owner(0, 9)
    node.run("ip", "link", "del", "eth0")
    lab.until(lambda: "there is no interface eth0" in node.text(), 2, "FAULT")
    lab.run("ip", "link", "add", "p0", "type", "veth", "peer", "name", "n0")
    lab.run("ip", "link", "set", "n0", "netns", f"/proc/{os.getpid()}/fd/{node.network}")
    lab.run("ip", "link", "set", "p0", "master", "br0", "up")
    node.run("ip", "link", "set", "n0", "name", "eth0")
    node.run("ip", "link", "set", "eth0", "up")
    lab.until(lambda: "interface eth0 has no IPv4 address" in node.text() or node.owns(), 2, "waits for an address")
    node.run("ip", "addr", "add", f"{IPS[0]}/24", "dev", "eth0")
    lab.until_owner(0, 9)


def test_tracked_interface(lab):
    node = lab.nodes[0]
    node.run("ip", "link", "add", "dummy0", "type", "veth", "peer", "name", "dummy1")
    node.run("ip", "link", "set", "dummy0", "up")
    node.run("ip", "link", "set", "dummy1", "up")
    node.start_relevo(config(101, extra="track_interface {\n        dummy0\n    }"))
    lab.until_owner(0, 9)
    node.run("ip", "link", "set", "dummy0", "down")
    lab.until(lambda: not node.owns(), 1, "address removed")
    lab.until_says(0, "tracked interface dummy0 is down")
    node.run("ip", "link", "set", "dummy0", "up")
    lab.until_owner(0, 9)


def test_leftover_removed_on_fresh_start(lab):
    """A node that starts anew while another is MASTER removes the address that an earlier one left."""
    master, other = lab.nodes
    master.start_keepalived(config(101))
    lab.until_owner(0, 9)
    other.run("ip", "addr", "add", f"{VIP}/32", "dev", "eth0")
    other.start_relevo(config(100))
    lab.until_says(1, "Entering BACKUP STATE")
    lab.until_owner(0, 2)
    lab.until(lambda: lab.wire.last_garp()[2] == master.mac, 3, "the master says where the address is")


def test_unicast(lab):
    master, backup = lab.nodes

    def peers(me, other):
        return f"unicast_src_ip {me}\n    unicast_peer {{\n        {other}\n    }}"
    master.start_relevo(config(101, extra=peers(*IPS)))
    lab.until_owner(0, 9)
    backup.start_keepalived(config(100, extra=peers(*reversed(IPS))))
    lab.until_says(1, "Entering BACKUP STATE")
    time.sleep(4.5)
    assert lab.owners() == [0]
    assert "Entering MASTER" not in backup.text()
    master.process.terminate()
    lab.until_owner(1, 2)
    master.process.wait(10)
    master.start_relevo(config(99, extra=peers(*IPS)))
    lab.until(lambda: master.text().count("Entering BACKUP STATE") == 2, 5, "it starts again")
    time.sleep(5)
    assert lab.owners() == [1]


def test_random_bytes(lab):
    """Noise at the VRRP socket, with our VRID in the right place: it stays MASTER and alive."""
    node, other = lab.nodes
    node.start_relevo(config(101))
    lab.until_owner(0, 9)
    pid = node.vrrp_pid()
    noise = namespaces.in_network(other.network, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 51))
    noise.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(IPS[1]))
    noise.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    start = time.monotonic()
    for n in range(20000):
        size = n % 200
        data = bytearray(os.urandom(size))
        if size > 25:
            data[25] = 51
            if n % 2:
                data[:8] = bytes([112, 4, 0, 0]) + socket.inet_aton(IPS[1])
                data[24] = 0x21
        noise.sendto(bytes(data), ("224.0.0.18", 0))
    noise.close()
    time.sleep(1)
    assert lab.owners() == [0]
    assert node.vrrp_pid() == pid
    assert node.text().count("ignored") < 20 + time.monotonic() - start  # a line a second
