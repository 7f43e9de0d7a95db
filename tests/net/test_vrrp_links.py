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
from lab.sniffer import Sniffer
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


def loses_its_link(one, seconds):
    """For so long; for how long at most, by our clock."""
    began = time.monotonic()
    set_outside(one, "down")
    time.sleep(seconds)
    set_outside(one, "up")
    return time.monotonic() - began


def test_a_short_loss_of_the_link_is_no_fault(node):
    one = node()
    one.start("relevo", "interface_up_down_delays {\n d0 1 1.5\n}\n" + INSTANCE + "}\n")
    one.master()
    while loses_its_link(one, 0.4) > 0.9:  # the machine was busy, and the loss perhaps not short
        one.until(lambda: has(one), "MASTER again")
    before = faults(one)
    time.sleep(1.2)
    assert has(one) and faults(one) == before

    began = time.monotonic()
    set_outside(one, "down")
    took = one.until(lambda: faults(one) == before + 1, "FAULT")
    # The kernel tells of links once a second at most.
    assert 0.9 < time.monotonic() - began and took < 2.5
    assert "interface d0 is down" in one.said()
    began = time.monotonic()
    set_outside(one, "up")
    took = one.until(lambda: "Entering BACKUP STATE" in one.said().split("FAULT STATE")[-1], "BACKUP")
    assert 1.4 < time.monotonic() - began and took < 3


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
        self.ends, self.heard = {end: Sniffer(one.outside, end) for end in ("x0", "x1")}, []

    def listen(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.take_all()
            time.sleep(0.002)

    def take_all(self):
        for name, ear in self.ends.items():
            while found := ear.read(0):
                self.take(name, *found)

    def take(self, name, moment, frame):
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind == 0x0806 and frame[28:32] == frame[38:42]:
            self.heard.append((moment, name, socket.inet_ntoa(frame[28:32])))
        elif kind == 0x86dd and frame[20] == 58 and frame[54] == 136 and frame[38:40] == b"\xff\x02":
            self.heard.append((moment, name, socket.inet_ntop(socket.AF_INET6, frame[62:78])))

    def at(self, name, *addresses):
        return [when for when, end, address in self.heard if end == name and (address in addresses or not addresses)]

    def close(self):
        for ear in self.ends.values():
            ear.close()


def gaps(whens):
    return [b - a for a, b in zip(whens, whens[1:])]


def heard(one, text, seconds):
    """What is heard until so many seconds after the first announcement at each end."""
    ears = Ears(one)
    ends = ("x0", "x1") if "dev d1" in text else ("x0",)

    def announced():
        ears.take_all()
        return all(ears.at(end) for end in ends)
    try:
        one.start("relevo", text)
        one.until(announced, "the address is announced")
        ears.listen(seconds)
    finally:
        ears.close()
    return ears


TWO_LINKS = INSTANCE.replace("  10.1.1.80/24\n", "  10.1.1.80/24\n  10.3.3.80/24 dev d1\n")


def test_min_garp_is_one_for_each_address(node):
    ears = heard(node(), "global_defs {\n vrrp_min_garp\n}\n" + TWO_LINKS + "}\n", 7)
    assert len(ears.at("x0", "10.1.1.80")) == 1 and len(ears.at("x1", "10.3.3.80")) == 1


@pytest.mark.parametrize("word,where,extra", [("vrrp_garp_extra_if all 1", "global_defs", True),
                                              ("garp_extra_if all 1", "instance", True),
                                              ("garp_extra_if 1", "instance", False),
                                              ("garp_extra_if all 0", "instance", False)])
def test_garp_extra_if(node, word, where, extra):
    """On the interface that has no adverts, and with `all` only: there is no VMAC."""
    defs = "global_defs {\n vrrp_min_garp\n" + (word if where == "global_defs" else "") + "\n}\n"
    text = defs + TWO_LINKS + (word if where == "instance" else "") + "\n}\n"
    ears = heard(node(), text, 5.4)
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
    whens = heard(node(), text, 5.4).at("x0", "10.1.1.80")
    assert 4 <= len(whens) <= 8 and all(0.9 < gap < 1.2 for gap in gaps(whens))


def test_garp_interval_is_of_an_interface_over_instances(node):
    text = ("global_defs {\n vrrp_garp_interval 0.1\n}\n" + INSTANCE + " garp_master_repeat 3\n}\n" +
            INSTANCE.replace("VI_1", "VI_2").replace("51", "52").replace("1.80", "1.81") + " garp_master_repeat 3\n}\n")
    whens = heard(node(), text, 2.4).at("x0", "10.1.1.80", "10.1.1.81")
    assert len(whens) == 6 and all(gap > 0.08 for gap in gaps(whens))


def test_a_garp_group_paces_its_interfaces_together(node):
    text = ("garp_group {\n interfaces {\n  d0 d1\n }\n garp_interval 0.2\n gna_interval 0.3\n}\n" +
            TWO_LINKS + " virtual_ipaddress_excluded {\n  2001:db8:1::80\n  2001:db8:1::81\n }\n"
            " garp_master_repeat 2\n garp_master_delay 0\n}\n")
    ears = heard(node(), text, 4.4)
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
