# SPDX-License-Identifier: Apache-2.0
"""What relevo makes of bytes that no Keepalived sends: rivals, forgeries, repeated and foreign advertisements.

Node 1 is the test itself, with raw sockets. Needs root.
"""
import contextlib
import os
import pathlib
import socket
import struct
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import namespaces
from lab.vrrp_lab import IPS, IPS6, VIP, VIP6, Lab, packed

if os.geteuid() != 0:
    raise RuntimeError("network namespaces need root")

GROUP = "224.0.0.18"
HMAC = """auth_hmac {
        mode %s
        key 1 "a key of 32 bytes at the least, or"
        active_key 1
    }"""


def config(vips=(VIP,), lines="", priority=101, interval=0.2, version=3, defs=""):
    addresses = "\n        ".join(vips)
    return f"""global_defs {{
    router_id lab
    {defs}
}}
vrrp_instance VI_1 {{
    interface eth0
    version {version}
    priority {priority}
    advert_int {interval}
    virtual_router_id 51
    {lines}
    virtual_ipaddress {{
        {addresses}
    }}
}}
"""


@contextlib.contextmanager
def master(text, vip=VIP):
    with contextlib.closing(Lab(vip, poll=0.01)) as lab:
        lab.nodes[0].start_relevo(text)
        lab.until_owner(0, 6)
        yield lab


def says(lab, what, seconds=3):
    lab.until_says(0, what, seconds)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def advertisement(priority, vips=(VIP,), vrid=51, centiseconds=20):
    """Version 3 over IPv4, as node 1 would send it."""
    body = b"".join(map(packed, vips))
    head = struct.pack("!BBBBH", 0x31, vrid, priority, len(vips), centiseconds)
    pseudo = packed(IPS[1]) + packed(GROUP) + struct.pack("!HH", 112, 8 + len(body))
    return head + struct.pack("!H", checksum(pseudo + head + b"\0\0" + body)) + body


class Sender:
    """Node 1 as a speaker of VRRP."""

    def __init__(self, lab):
        self.socket = namespaces.in_network(
            lab.nodes[1].network, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 112))
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, packed(IPS[1]))
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)

    def send(self, data, seconds=0):
        end = time.monotonic() + seconds
        while True:
            self.socket.sendto(data, (GROUP, 0))
            if time.monotonic() >= end:
                return
            time.sleep(0.1)

    def close(self):
        self.socket.close()


@pytest.mark.parametrize("vip", [VIP, VIP6], ids=["IPv4", "IPv6"])
def test_rival_is_reported_with_its_mac(vip):
    """A machine that just takes the address, with no VRRP: seen within an interval, and the address announced again."""
    with master(config((vip,)), vip) as lab:
        rival = lab.nodes[1]
        time.sleep(0.5)
        start = time.monotonic()
        v6 = ":" in vip
        rival.run("ip", "addr", "add", f"{vip}/{64 if v6 else 24}", "dev", "eth0", *(["nodad"] if v6 else []))
        says(lab, f"{vip} is also at {rival.mac.hex(':')}: announced again", 1)
        mac = lab.nodes[0].mac
        lab.until(lambda: lab.wire.last_garp()[0] > start and lab.wire.last_garp()[2] == mac, 1, "announced again")


@pytest.mark.parametrize("answer", ["report", "fault"])
def test_duplicate_address_is_answered_as_configured(answer):
    """An alien takes the address and stays: only reported, or the addresses are given up for a while."""
    # No second round of announcements, which would come five seconds after the first.
    with master(config(lines="garp_master_delay 0", defs=f"duplicate_address {answer}")) as lab:
        rival = lab.nodes[1]
        time.sleep(0.5)
        rival.run("ip", "addr", "add", f"{VIP}/24", "dev", "eth0")
        says(lab, f"{VIP} is also at {rival.mac.hex(':')}" + ("\n" if answer == "report" else ": announced again"), 1)
        garps = sum(frame[1] == "garp" for frame in lab.wire.frames)
        if answer == "report":
            time.sleep(2)
            assert lab.nodes[0].owns()
            assert sum(frame[1] == "garp" for frame in lab.wire.frames) == garps
            return
        says(lab, f"Entering FAULT STATE: {VIP} is also at {rival.mac.hex(':')}, which is no peer", 2)
        lab.until(lambda: not lab.nodes[0].owns(), 1, "the addresses are given up")
        rival.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0")
        lab.until_owner(0, 13)


def test_rival_with_the_same_vmac_is_reported():
    """Both machines have the MAC of the virtual router: the interface below asks, and is answered."""
    with master(config(lines="use_vmac")) as lab:
        rival = lab.nodes[1]
        mac = "00:00:5e:00:01:33"
        rival.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/eth0/arp_ignore")
        rival.run("ip", "link", "add", "v0", "link", "eth0", "address", mac, "type", "macvlan", "mode", "private")
        rival.run("ip", "link", "set", "v0", "up")
        rival.run("ip", "addr", "add", f"{VIP}/24", "dev", "v0")
        says(lab, f"{VIP} is also at {mac}: announced again")


@pytest.mark.parametrize("vip", [VIP, VIP6], ids=["IPv4", "IPv6"])
def test_probe_is_reported_with_its_mac(vip):
    """A machine asks before it takes the address: the kernel answers, and it is said, once."""
    with master(config((vip,)), vip) as lab:
        asker = lab.nodes[1]
        said = f"{asker.mac.hex(':')} asks whether {vip} is free (a probe): it is not"
        if vip == VIP6:  # the kernel's own duplicate address detection
            asker.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/eth0/accept_dad")
            asker.run("ip", "addr", "add", f"{vip}/64", "dev", "eth0")
            says(lab, said)
            lab.until(lambda: "dadfailed" in asker.run("ip", "addr", "show", "dev", "eth0"), 2, "it is refused")
            asker.run("ip", "addr", "del", f"{vip}/64", "dev", "eth0")
        else:
            for _ in range(3):
                send_arp_probe(asker, vip)
                time.sleep(0.3)
            says(lab, said)
        time.sleep(0.5)
        assert lab.nodes[0].text().count("asks whether") == 1
        assert lab.nodes[0].owns()


def send_arp_probe(node, address):
    """RFC 5227, 2.1.1."""
    with namespaces.in_network(node.network, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)) as probe:
        probe.bind(("eth0", 0x0806))
        probe.send(b"\xff" * 6 + node.mac + bytes.fromhex("08060001080006040001") + node.mac + bytes(4) + bytes(6)
                   + packed(address))


def test_probe_of_ipv6_turns_nobody_to_the_rival():
    """The answer to it is for us alone: sent to all nodes it would take the address away."""
    with master(config((VIP6,)), VIP6) as lab:
        rival = lab.nodes[1]
        rival.run("ip", "addr", "add", f"{VIP6}/64", "dev", "eth0", "nodad")
        says(lab, f"{VIP6} is also at")
        time.sleep(0.5)
        assert not [frame for frame in lab.wire.frames if frame[1] == "garp" and frame[2] == rival.mac]


@pytest.mark.parametrize("forwards", [0, 1])
def test_router_flag(forwards):
    """RFC 4861, 4.4: a neighbour advertisement says whether its sender is a router."""
    with contextlib.closing(Lab(VIP6, poll=0.01)) as lab:
        node = lab.nodes[0]
        node.run("sh", "-c", f"echo {forwards} > /proc/sys/net/ipv6/conf/eth0/forwarding")
        node.start_relevo(config((VIP6,)))
        lab.until_owner(0, 6)
        lab.until(lambda: lab.wire.last_garp()[3], 1, "announced")
        assert lab.wire.last_garp()[3][58] == (0xa0 if forwards else 0x20)


def hears(node, protocol):
    """A packet socket on the node: a bridge does not hear what goes from port to port."""
    ear = namespaces.in_network(
        node.network, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol)))
    ear.bind(("eth0", protocol))
    ear.settimeout(3)
    return ear


@pytest.mark.parametrize("vip, addresses", [(VIP, IPS), (VIP6, IPS6)], ids=["IPv4", "IPv6"])
def test_ttl_and_class_of_unicast(vip, addresses):
    lines = f"unicast_src_ip {addresses[0]}\n    unicast_ttl 7\n    unicast_peer {{\n        {addresses[1]}\n    }}"
    protocol, offset = (0x86dd, 20) if vip == VIP6 else (0x0800, 23)
    with master(config((vip,), lines), vip) as lab, hears(lab.nodes[1], protocol) as ear:
        frame = b""
        while frame[offset:offset + 1] != b"\x70":
            frame = ear.recv(2048)
        assert frame[:6] == lab.nodes[1].mac
        if vip == VIP6:
            assert (frame[21], (frame[14] & 15) << 4 | frame[15] >> 4) == (7, 0xc0)
            assert (frame[22:38], frame[38:54]) == (packed(IPS6[0]), packed(IPS6[1]))
        else:
            assert (frame[22], frame[15]) == (7, 0xc0)
            assert (frame[26:30], frame[30:34]) == (packed(IPS[0]), packed(IPS[1]))


def test_interval_of_the_master_is_learned():
    """RFC 5798, 6.4.2: a backup with 1 s in its file waits for 3 of the master's 0.2 s."""
    with contextlib.closing(Lab(poll=0.01)) as lab:
        lab.nodes[0].start_keepalived(config(interval=0.2))
        lab.until_owner(0, 6)
        lab.nodes[1].start_relevo(config(priority=100, interval=1))
        lab.until_says(1, "Entering BACKUP STATE")
        time.sleep(1)
        start = time.monotonic()
        lab.nodes[0].kill_all()
        lab.until(lambda: 1 in lab.owners(), 1.2, "the backup has taken over")
        assert time.monotonic() - start >= 0.4


def test_old_sums_are_followed():
    """A Keepalived that sums as its old versions did hears us, too, though nobody told us."""
    def unicast(index):
        return f"unicast_src_ip {IPS[index]}\n    unicast_peer {{\n        {IPS[1 - index]}\n    }}"
    with contextlib.closing(Lab(poll=0.01)) as lab:
        lab.nodes[1].start_keepalived(config(lines="old_unicast_checksum\n    " + unicast(1), priority=100))
        lab.until_owner(1, 6)
        lab.nodes[0].start_relevo(config(lines=unicast(0)))
        lab.until_owner(0, 6)
        says(lab, f"{IPS[1]} sums as old versions do: so do we (old_unicast_checksum)")
        lab.until(lambda: lab.nodes[1].text().count("Entering BACKUP STATE") == 2, 3, "it gives way")
        time.sleep(0.5)  # and says what it removes
        heard = len(lab.nodes[1].text().splitlines())
        time.sleep(2)
        assert lab.owners() == [0]
        assert len(lab.nodes[1].text().splitlines()) == heard  # it has no complaint


def test_forgeries_are_ignored():
    """With auth_hmac enforced, an unsigned advertisement of the highest priority changes nothing."""
    with master(config(lines=HMAC % "enforce")) as lab, contextlib.closing(Sender(lab)) as sender:
        sender.send(advertisement(254), 1)
        says(lab, f"advertisement from {IPS[1]} ignored: it is not signed (auth_hmac)")
        assert lab.owners() == [0]


def test_repeated_advertisement_is_ignored():
    """A signed one of a better master that has gone, sent again by somebody else."""
    with contextlib.closing(Lab(poll=0.01)) as lab:
        better, node = lab.nodes[1], lab.nodes[0]
        better.start_relevo(config(lines=HMAC % "enforce", priority=200))
        lab.until_owner(1, 6)
        node.start_relevo(config(lines=HMAC % "enforce"))
        time.sleep(0.6)
        assert lab.owners() == [1]
        better.process.terminate()
        lab.until_owner(0, 3)
        better.process.wait(10)
        signed = [frame[34:] for _, kind, mac, frame in lab.wire.frames
                  if kind == "advert" and mac == better.mac and frame[36] == 200]
        with contextlib.closing(Sender(lab)) as sender:
            sender.send(signed[-1], 1)
        says(lab, f"advertisement from {IPS[1]} ignored: it was sent before (auth_hmac anti_replay)")
        assert lab.owners() == [0]


def gives_way(lab, sender, data):
    """To a master that goes on to send: when it stops, the address is taken again."""
    def sent():
        sender.send(data)
        return lab.owners() == []
    lab.until(sent, 1, "it gives way")


def test_other_addresses_are_reported():
    """A worse master with another list: said once, and the election goes on."""
    with master(config()) as lab, contextlib.closing(Sender(lab)) as sender:
        sender.send(advertisement(50, ("10.1.1.81",)), 0.5)
        says(lab, f"the virtual addresses of {IPS[1]} are not the ones here")
        assert lab.nodes[0].text().count("are not the ones here") == 1
        gives_way(lab, sender, advertisement(200, ("10.1.1.81",)))


def test_other_addresses_in_strict_mode():
    """RFC 5798, 7.1: such a sender is ignored, unless it owns the addresses."""
    with master(config(lines="strict_mode\n    accept")) as lab, contextlib.closing(Sender(lab)) as sender:
        sender.send(advertisement(200, ("10.1.1.81",)), 0.5)
        says(lab, f"the virtual addresses of {IPS[1]} are not the ones here: ignored (strict_mode)")
        assert lab.owners() == [0]
        gives_way(lab, sender, advertisement(255, ("10.1.1.81",)))


@pytest.mark.parametrize("logged", [True, False])
def test_unknown_router_ids(logged):
    with master(config(defs="log_unknown_vrids" if logged else "")) as lab, contextlib.closing(Sender(lab)) as sender:
        sender.send(advertisement(200, vrid=77), 0.5)
        if logged:
            says(lab, f"advertisement from {IPS[1]} of virtual_router_id 77")
        assert lab.owners() == [0]
        assert ("virtual_router_id 77" in lab.nodes[0].text()) == logged
