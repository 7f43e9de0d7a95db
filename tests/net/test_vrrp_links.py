# SPDX-License-Identifier: Apache-2.0
"""How interfaces are judged, announced and named: delays, linkbeat, garp_extra_if, garp_group, tables of nftables.

Each node is alone in a network namespace; x0 and x1 are the other ends of its d0 and d1.
"""
import os
import socket
import struct
import time

import pytest

from lab import namespaces
from test_vrrp_kernel import Node, node  # noqa: F401  (node is a fixture)

INSTANCE = """
vrrp_instance VI_1 {
 interface d0
 virtual_router_id 51
 virtual_ipaddress {
  10.1.1.80/24
 }
"""


def set_outside(one, *words):
    namespaces.run(["ip", "link", "set", "x0", *words], one.outside)


def faults(one):
    return one.said().count("Entering FAULT STATE")


def has(one, address="10.1.1.80"):
    return address in one.ip("address", "show", "d0")


def test_a_short_loss_of_the_link_is_no_fault(node):
    one = node()
    one.start("relevo", "interface_up_down_delays {\n d0 1 1.5\n}\n" + INSTANCE + "}\n")
    one.master()
    set_outside(one, "down")
    time.sleep(0.4)
    set_outside(one, "up")
    time.sleep(1.2)
    assert has(one) and faults(one) == 0

    set_outside(one, "down")
    began = time.monotonic()
    one.until(lambda: faults(one) == 1, "FAULT")
    # The kernel tells of links once a second at most.
    assert 0.9 < time.monotonic() - began < 2.5
    assert "interface d0 is down" in one.said()
    set_outside(one, "up")
    began = time.monotonic()
    one.until(lambda: "Entering BACKUP STATE" in one.said().split("FAULT STATE")[-1], "BACKUP")
    assert 1.4 < time.monotonic() - began < 3


@pytest.mark.parametrize("lines", ["linkbeat_interfaces {\n d0 ETHTOOL\n}\n", "linkbeat_interfaces {\n d0\n}\n",
                                   "linkbeat_use_polling\n"])
def test_a_polled_link(node, lines):
    one = node()
    one.start("relevo", lines + INSTANCE + "}\n")
    one.master()
    time.sleep(1.2)
    assert has(one)
    set_outside(one, "down")
    one.until(lambda: faults(one) == 1, "FAULT")
    set_outside(one, "up")
    one.master()
