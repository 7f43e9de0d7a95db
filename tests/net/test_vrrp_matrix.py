# SPDX-License-Identifier: Apache-2.0
"""Each form of VRRP against a real Keepalived, in both roles: who is elected, hand-over both ways, preemption and not.

A row is a form of the protocol. All rows run at once, each in network namespaces of its own, and each test says how
its row went. Needs root and keepalived.
"""
import os
import pathlib
import re
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import at_once
from lab.vrrp_lab import IPS, IPS6, VIP, VIP6, Lab

if os.geteuid() != 0:
    raise RuntimeError("network namespaces need root")

AT_ONCE = 12
KEYS = """auth_hmac {
        key 1 "the first key, of 32 bytes or more"
        key 2 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
        active_key %d
    }"""


def auth(kind):
    return f"""authentication {{
        auth_type {kind}
        auth_pass PASSWORD
    }}"""


def peers(addresses, extra=""):
    def lines(index):
        return f"""unicast_src_ip {addresses[index]}
    unicast_peer {{
        {addresses[1 - index]} {extra}
    }}"""
    return lines


BOTH_ROLES = (("relevo", "keepalived"), ("keepalived", "relevo"))


class Row:
    """`lines` are those of the instance, a text or a function of the node's index that makes one.

    `mac` is the one that announces the address, None for that of the node's interface; `more` is text behind the
    instance.
    """

    def __init__(self, interval, lines="", version=3, vips=(VIP,), kinds=BOTH_ROLES, mac=None, more="", held=()):
        self.interval, self.lines, self.version, self.vips, self.kinds = interval, lines, version, vips, kinds
        self.mac, self.more, self.held = mac and bytes.fromhex(mac.replace(":", "")), more, held or vips

    def config(self, index, extra=""):
        lines = self.lines(index) if callable(self.lines) else self.lines
        addresses = "\n        ".join(self.vips)
        return f"""global_defs {{
    router_id lab
}}
vrrp_instance VI_1 {{
    interface eth0
    state BACKUP
    version {self.version}
    priority {101 - index}
    advert_int {self.interval}
    virtual_router_id 51
    {lines}
    virtual_ipaddress {{
        {addresses}
    }}
    {extra}
}}
{self.more % {"priority": 101 - index, "extra": extra} if self.more else ""}"""

    @property
    def down(self):
        """The longest time that a backup waits for a master that is gone."""
        return 4 * self.interval


GROUPED = """vrrp_instance VI_6 {
    interface eth0
    state BACKUP
    version 3
    priority %(priority)d
    advert_int 0.2
    virtual_router_id 52
    virtual_ipaddress {
        2001:db8::80
    }
    %(extra)s
}
vrrp_sync_group VG_1 {
    group {
        VI_1
        VI_6
    }
}
"""
VMAC4, VMAC6 = "00:00:5e:00:01:33", "00:00:5e:00:02:33"
VMAC_BASE = "use_vmac\n    vmac_xmit_base"
OURS = (("relevo", "relevo"),)
ROWS = {
    "v2-none": Row(1, version=2),
    "v2-pass": Row(1, auth("PASS"), version=2),
    "v2-ah": Row(1, auth("AH"), version=2),
    "v2-pass-unicast": Row(1, lambda i: auth("PASS") + "\n    " + peers(IPS)(i), version=2),
    "v2-ah-unicast": Row(1, lambda i: auth("AH") + "\n    " + peers(IPS)(i), version=2),
    "v3-ipv4": Row(0.2),
    "v3-ipv4-unicast": Row(0.2, peers(IPS)),
    "v3-ipv4-unicast-ttl": Row(0.2, peers(IPS, "min_ttl 255 max_ttl 255")),
    "v3-ipv4-unicast-old-sum": Row(0.2, lambda i: "old_unicast_checksum\n    " + peers(IPS)(i)),
    "v3-ipv4-own-group": Row(0.2, "mcast_dst_ip 224.0.0.77"),
    "v3-ipv6": Row(0.2, vips=("fe80::80", VIP6)),
    "v3-ipv6-global-first": Row(0.2, vips=(VIP6, "fe80::80")),
    "v3-ipv6-unicast": Row(0.2, peers(IPS6), vips=(VIP6,)),
    "v3-ipv4-hmac": Row(0.2, lambda i: KEYS % (i + 1), kinds=OURS),
    "v3-ipv6-hmac": Row(0.2, lambda i: KEYS % (i + 1), vips=("fe80::80", VIP6), kinds=OURS),
    "v2-hmac": Row(1, lambda i: KEYS % (i + 1), version=2, kinds=OURS),
    "v2-vmac": Row(1, auth("PASS") + "\n    use_vmac", version=2, mac=VMAC4),
    "v3-ipv4-vmac": Row(0.2, "use_vmac", mac=VMAC4),
    "v3-ipv4-vmac-xmit-base": Row(0.2, VMAC_BASE, mac=VMAC4),
    "v3-ipv4-vmac-unicast": Row(0.2, lambda i: f"{VMAC_BASE}\n    {peers(IPS)(i)}", mac=VMAC4),
    "v3-ipv6-vmac": Row(0.2, "use_vmac", vips=("fe80::80", VIP6), mac=VMAC6),
    "v3-ipv6-vmac-xmit-base": Row(0.2, VMAC_BASE, vips=("fe80::80", VIP6), mac=VMAC6),
    "sync-group": Row(0.2, more=GROUPED, held=(VIP, VIP6)),
}
CASES = [(name, kinds) for name, row in ROWS.items() for kinds in row.kinds]

# What a Keepalived says that does not like what it hears, or cannot do what it is told.
COMPLAINT = re.compile(r"(?i)invalid|incorrect|wrong|bogus|mismatch|unexpected|not present|discard|unable|fail|drop"
                       r"|error|unknown|ignor|not match|different|expected|\bbad\b")
USUAL = re.compile(r"received lower priority \(\d+\) advert from \S+ - discarding")  # the one that starts to preempt


def complaints(node):
    """Lines of a log that tell of a packet or a word that was not liked; ours say `ignored` or `warning`."""
    pattern = COMPLAINT if node.kind == "keepalived" else re.compile(r"ignored|are not the ones here|warning:|error:")
    return [line for line in node.text().splitlines() if pattern.search(line) and not USUAL.search(line)]


def starts(row, lab, index, kinds, extra=""):
    lab.nodes[index].start(kinds[index], row.config(index, extra))


def announces(row, lab, index, since):
    mac = row.mac or lab.nodes[index].mac
    lab.until(lambda: lab.wire.last_garp()[2] == mac and lab.wire.last_garp()[0] > since, 1, "it announces the address")


def leads_to(lab, mac, index):
    """The switch sends what is for that MAC to the node, which both had: whoever sent from it last.

    Nobody may know that there were two, and so the winner need not announce the address: the loser's interface
    may be gone before its kernel has answered to the probe that came with the winner's first advertisement.
    """
    lab.until(lambda: re.search(rf"{mac.hex(':')} dev p{index} ", lab.run("bridge", "fdb", "show", "br", "br0")), 1,
              f"the switch has the virtual MAC at node {index}")


def stops(row, lab, index):
    """The other has the address after no more than the skew, and says so on the wire."""
    node = lab.nodes[index]
    start = time.monotonic()
    node.process.terminate()
    took = lab.until_owner(1 - index, row.down)
    announces(row, lab, 1 - index, start)
    node.process.wait(10)
    assert took <= row.interval + 0.35, f"a hand-over of {took:.3f} s"


def keeps(row, lab, index):
    """Nothing changes for longer than a backup waits."""
    end = time.monotonic() + row.down + row.interval
    while time.monotonic() < end:
        assert lab.owners() == [index]
        time.sleep(0.05)


def plays(name, kinds):
    row = ROWS[name]
    lab = Lab(*row.held, poll=0.01)
    try:
        for index in (1, 0):
            starts(row, lab, index, kinds)
        lab.until_owner(0, 3 * row.down + 3)
        keeps(row, lab, 0)
        stops(row, lab, 0)
        start = time.monotonic()
        starts(row, lab, 0, kinds)
        lab.until_owner(0, row.down + 3)  # it preempts
        announces(row, lab, 0, start)
        stops(row, lab, 0)
        starts(row, lab, 0, kinds, "nopreempt")
        keeps(row, lab, 1)
        stops(row, lab, 1)
        said = {node.kind: complaints(node) for node in lab.nodes}
        assert not any(said.values()), said
    finally:
        lab.close()


def heals(name, kinds):
    row = ROWS[name]
    lab = Lab(*row.held, poll=0.01)
    try:
        for index in (0, 1):
            starts(row, lab, index, kinds)
        lab.until_owner(0, 3 * row.down + 3)
        lab.part()
        lab.until(lambda: lab.owners() == [0, 1], row.down + 2, "both own it")
        time.sleep(2 * row.down)  # whatever they say at first has been said
        start = time.monotonic()
        lab.heal()
        lab.until_owner(0, 1.5)
        if row.mac:
            leads_to(lab, row.mac, 0)
        else:
            announces(row, lab, 0, start)
        keeps(row, lab, 0)
        if row.mac:
            leads_to(lab, row.mac, 0)
        else:  # the last word is the winner's
            assert lab.wire.last_garp()[2] == lab.nodes[0].mac
    finally:
        lab.close()


HEALING = ["v3-ipv4", "v3-ipv4-unicast", "v3-ipv4-vmac", "v3-ipv6", "v3-ipv6-unicast", "v3-ipv6-vmac", "sync-group"]
PARTITIONS = [(name, kinds) for name in HEALING for kinds in BOTH_ROLES + OURS]


def case_name(case):
    return f"{case[0]}-{case[1][0]}-{case[1][1]}"


@pytest.fixture(scope="module")
def matrix(request):
    with at_once.played(request, "test_against_keepalived", plays, AT_ONCE) as outcomes:
        yield outcomes


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_against_keepalived(matrix, case):
    matrix[case].result()


@pytest.fixture(scope="module")
def partitions(request):
    with at_once.played(request, "test_partition_heals", heals, AT_ONCE) as outcomes:
        yield outcomes


@pytest.mark.parametrize("case", PARTITIONS, ids=case_name)
def test_partition_heals(partitions, case):
    """Two owners while the wire is cut; then one, which says so last."""
    partitions[case].result()
