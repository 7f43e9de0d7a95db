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


class Ears:
    """What arrives at x0 and x1 about addresses of ours: (when, end, address)."""

    def __init__(self, one):
        self.sockets, self.heard = [], []
        for end in ("x0", "x1"):
            made = namespaces.in_network(one.outside, lambda: socket.socket(
                socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
            made.bind((end, 3))
            made.setblocking(False)
            self.sockets.append((end, made))

    def listen(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, ear in self.sockets:
                try:
                    self.take(name, ear.recv(2000))
                except BlockingIOError:
                    pass
            time.sleep(0.002)
        return self.heard

    def take(self, name, frame):
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind == 0x0806 and frame[28:32] == frame[38:42]:
            self.heard.append((time.monotonic(), name, socket.inet_ntoa(frame[28:32])))
        elif kind == 0x86dd and frame[20] == 58 and frame[54] == 136 and frame[38:40] == b"\xff\x02":
            self.heard.append((time.monotonic(), name, socket.inet_ntop(socket.AF_INET6, frame[62:78])))

    def at(self, name, *addresses):
        return [when for when, end, address in self.heard if end == name and (address in addresses or not addresses)]

    def close(self):
        for _, ear in self.sockets:
            ear.close()


def gaps(whens):
    return [b - a for a, b in zip(whens, whens[1:])]


def heard(one, text, seconds):
    ears = Ears(one)
    try:
        one.start("relevo", text)
        ears.listen(seconds)
    finally:
        ears.close()
    return ears


TWO_LINKS = INSTANCE.replace("  10.1.1.80/24\n", "  10.1.1.80/24\n  10.3.3.80/24 dev d1\n")


def test_min_garp_is_one_for_each_address(node):
    ears = heard(node(), "global_defs {\n vrrp_min_garp\n}\n" + TWO_LINKS + "}\n", 11)
    assert len(ears.at("x0", "10.1.1.80")) == 1 and len(ears.at("x1", "10.3.3.80")) == 1


@pytest.mark.parametrize("word,where,extra", [("vrrp_garp_extra_if all 1", "global_defs", True),
                                              ("garp_extra_if all 1", "instance", True),
                                              ("garp_extra_if 1", "instance", False),
                                              ("garp_extra_if all 0", "instance", False)])
def test_garp_extra_if(node, word, where, extra):
    """On the interface that has no adverts, and with `all` only: there is no VMAC."""
    defs = "global_defs {\n vrrp_min_garp\n" + (word if where == "global_defs" else "") + "\n}\n"
    text = defs + TWO_LINKS + (word if where == "instance" else "") + "\n}\n"
    ears = heard(node(), text, 9)
    assert len(ears.at("x0", "10.1.1.80")) == 1
    others = ears.at("x1", "10.3.3.80")
    if not extra:
        assert len(others) == 1
        return
    assert 4 <= len(others) <= 8
    assert all(0.9 < gap < 1.2 for gap in gaps(others))


def test_garp_extra_if_is_for_a_vmac_that_sends_no_adverts(node):
    text = ("global_defs {\n vrrp_min_garp\n}\n" + INSTANCE +
            " use_vmac\n vmac_xmit_base\n garp_extra_if 1\n}\n")
    whens = heard(node(), text, 9).at("x0", "10.1.1.80")
    assert 4 <= len(whens) <= 8 and all(0.9 < gap < 1.2 for gap in gaps(whens))


def test_garp_interval_is_of_an_interface_over_instances(node):
    text = ("global_defs {\n vrrp_garp_interval 0.1\n}\n" + INSTANCE + " garp_master_repeat 3\n}\n" +
            INSTANCE.replace("VI_1", "VI_2").replace("51", "52").replace("1.80", "1.81") + " garp_master_repeat 3\n}\n")
    whens = heard(node(), text, 6).at("x0", "10.1.1.80", "10.1.1.81")
    assert len(whens) == 6 and all(gap > 0.08 for gap in gaps(whens))


def test_a_garp_group_paces_its_interfaces_together(node):
    text = ("garp_group {\n interfaces {\n  d0 d1\n }\n garp_interval 0.2\n gna_interval 0.3\n}\n" +
            TWO_LINKS + " virtual_ipaddress_excluded {\n  2001:db8:1::80\n  2001:db8:1::81\n }\n"
            " garp_master_repeat 2\n garp_master_delay 0\n}\n")
    ears = heard(node(), text, 8)
    arps = sorted(ears.at("x0", "10.1.1.80") + ears.at("x1", "10.3.3.80"))
    advertisements = ears.at("x0", "2001:db8:1::80", "2001:db8:1::81")
    assert len(arps) == 4 and all(gap > 0.18 for gap in gaps(arps))
    assert len(advertisements) == 4 and all(gap > 0.28 for gap in gaps(advertisements))


def test_nftables_takes_the_names_given(node):
    one = node()
    one.start("relevo", "global_defs {\n nftables shield\n nftables_priority -7\n nftables_counters\n}\n" +
              INSTANCE + " no_accept\n}\n")
    one.master()
    rules = one.run("nft", "list", "table", "ip", "shield")
    assert "priority filter - 7" in rules or "priority -7" in rules
    assert "ip daddr @vips counter packets 0 bytes 0 drop" in rules and "10.1.1.80" in rules
    assert "relevo" not in one.run("nft", "list", "tables")


def test_an_interface_that_comes_later(node):
    one = node()
    text = INSTANCE.replace("d0", "d9") + "}\n"
    one.start("relevo", text)
    assert one.process.wait(10) != 0 and "no interface 'd9'" in one.said()
    one.process = None
    one.start("relevo", "global_defs {\n dynamic_interfaces\n}\n" + text)
    one.until(lambda: "there is no interface d9" in one.said(), "FAULT")
    one.ip("link", "add", "d9", "type", "veth", "peer", "name", "x9")
    one.ip("link", "set", "x9", "up")
    one.ip("link", "set", "d9", "up")
    one.ip("address", "add", "10.1.1.3/24", "dev", "d9")
    one.until(lambda: "10.1.1.80" in one.ip("address", "show", "d9"), "MASTER")


def test_files_of_dumps_umask_and_igmp(node, tmp_path):
    one = node()
    link = tmp_path / "keepalived"
    link.symlink_to(os.environ.get("RELEVO") or os.path.join(os.path.dirname(__file__), "../../build/relevo"))
    path = tmp_path / "files.conf"
    path.write_text("global_defs {\n state_dump_file " + str(tmp_path / "state") + "\n stats_dump_file " +
                    str(tmp_path / "stats") + "\n json_dump_file " + str(tmp_path / "json") +
                    "\n umask 077\n disable_local_igmp\n}\n" + INSTANCE + "}\n")
    one.log = open(tmp_path / "relevo.log", "ab")
    one.process = namespaces.start([str(link), "-n", "-f", str(path), "-p", str(tmp_path / "pid")], one.network,
                                   stdout=one.log, stderr=one.log)
    one.master()
    for number, name, word in ((10, "state", "VI_1"), (12, "stats", "VI_1"), (36, "json", '"iname"')):
        os.kill(one.process.pid, number)
        one.until(lambda: (tmp_path / name).exists() and word in (tmp_path / name).read_text(), name)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert one.shell("cat /proc/sys/net/ipv4/igmp_link_local_mcast_reports").strip() == "0"
