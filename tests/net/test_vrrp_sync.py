# SPDX-License-Identifier: Apache-2.0
"""Sync groups: instances that change state together, against relevo and a real Keepalived."""
import re

import pytest

from test_vrrp_interop import Lab, config

SECOND = """
vrrp_instance VI_2 {
    interface eth0
    state BACKUP
    priority %d
    virtual_router_id 52
    virtual_ipaddress {
        10.1.1.90
    }
    %s
}
vrrp_sync_group VG_1 {
    group {
        VI_1
        VI_2
    }
}
"""


def grouped(priority, extra=""):
    return config(priority, auth="none") + SECOND % (priority, extra)


@pytest.fixture
def lab():
    made = Lab()
    yield made
    made.close()


def has_both(lab, index):
    text = lab.nodes[index].run("ip", "-4", "addr", "show", "eth0")
    return [vip in text for vip in ("10.1.1.80/", "10.1.1.90/")]


@pytest.mark.parametrize("kind", ["relevo", "keepalived"])
def test_a_fault_of_one_is_everybodys(lab, kind):
    """The second instance tracks an interface of the first node: both addresses move, and both come back."""
    master, backup = lab.nodes
    master.run("ip", "link", "add", "d0", "type", "veth", "peer", "name", "d1")
    for name in ("d0", "d1"):
        master.run("ip", "link", "set", name, "up")
    master.start_relevo(grouped(101, "track_interface {\n d0\n }"))
    backup.start(kind, grouped(100))
    lab.until_owner(0, 9)
    lab.until(lambda: has_both(lab, 0) == [True, True], 2, "both on the first node")
    master.run("ip", "link", "set", "d0", "down")
    lab.until(lambda: has_both(lab, 1) == [True, True] and has_both(lab, 0) == [False, False], 3,
              "both on the second node")
    assert "(VI_1) Entering FAULT STATE: sync group VG_1: VI_2: tracked interface d0 is down" in master.text()
    assert "VRRP_Group(VG_1) Entering FAULT STATE" in master.text()
    master.run("ip", "link", "set", "d0", "up")
    lab.until(lambda: has_both(lab, 0) == [True, True] and has_both(lab, 1) == [False, False], 9,
              "both on the first node again")


def test_one_master_takes_the_others_along(lab):
    """The peer of one instance stops: this node becomes master of that one only when it may lead with both."""
    first, second = lab.nodes
    first.start_keepalived(grouped(101))
    lab.until_owner(0, 9)
    second.start_relevo(grouped(100))
    lab.until(lambda: "(VI_2) Entering BACKUP" in second.text(), 5, "the second node runs")
    first.process.kill()
    first.process.wait()
    lab.until(lambda: has_both(lab, 1) == [True, True], 6, "both on the second node")
    entered = re.findall(r"\((\w+)\) Entering MASTER STATE: ([^\n]*)", second.text())
    assert [name for name, _ in entered] == ["VI_1", "VI_2"] or [name for name, _ in entered] == ["VI_2", "VI_1"]
    assert "sync group VG_1: as VI_" in entered[1][1]
    assert second.text().count("VRRP_Group(VG_1) Entering MASTER STATE") == 1
