# SPDX-License-Identifier: Apache-2.0
"""What keeps an instance from its addresses, or from starting: words of which none is about tracking."""
import time

import pytest

from lab.vrrp_lab import Lab
from test_vrrp_interop import config


@pytest.fixture
def lab():
    made = Lab()
    yield made
    made.close()


def test_track_src_ip(lab):
    node = lab.nodes[0]
    node.start_relevo(config(101, auth="none", extra="mcast_src_ip 10.1.1.55\n track_src_ip"))
    lab.until(lambda: "Entering FAULT STATE: this machine does not have the source address 10.1.1.55" in node.text(), 3,
              "FAULT without the address")
    node.run("ip", "addr", "add", "10.1.1.55/24", "dev", "eth0")
    lab.until_owner(0, 6)
    node.run("ip", "addr", "del", "10.1.1.55/24", "dev", "eth0")
    lab.until(lambda: not node.owns(), 1, "the addresses are given up")


def test_unicast_fault_no_peer(lab):
    node = lab.nodes[0]
    node.start_relevo(config(101, auth="none", extra="unicast_src_ip 10.1.1.20\n unicast_fault_no_peer"))
    lab.until(lambda: "Entering FAULT STATE: unicast_fault_no_peer: there is no peer" in node.text(), 3, "FAULT")
    time.sleep(4)
    assert lab.owners() == []


def test_startup_delay(lab):
    """Nothing is said and nothing is claimed before the time has come; then the usual wait."""
    node = lab.nodes[0]
    start = time.monotonic()
    node.start_relevo(config(101, auth="none", defs="vrrp_startup_delay 2.5"))
    took = lab.until_says(0, "Entering BACKUP STATE")
    assert time.monotonic() - start >= 2.4 and took <= 3.5
    lab.until_owner(0, 5)
    assert time.monotonic() - start >= 2.5 + 3.6
