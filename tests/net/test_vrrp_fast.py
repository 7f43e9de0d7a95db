# SPDX-License-Identifier: Apache-2.0
"""VRRPv3 with advertisements each 10 ms: how soon the other node has the address, and that it stays where it is."""
import fcntl
import os
import socket
import statistics
import struct
import subprocess
import time

import pytest

from lab import namespaces
from test_vrrp_interop import VIP
from test_vrrp_peers import Peers

pytestmark = pytest.mark.figures

N = int(os.environ.get("RELEVO_N", 3))


def fast(priority, extra=""):
    return f"""global_defs {{
    router_id lab
}}
vrrp_instance VI_1 {{
    interface eth0
    version 3
    advert_int 0.01
    priority {priority}
    virtual_router_id 51
    virtual_ipaddress {{
        {VIP}
    }}
    {extra}
}}
"""


@pytest.fixture
def lab():
    made = Peers()
    yield made
    made.close()


def both(lab):
    for index in (0, 1):
        lab.start(index, fast(101 - index))
    lab.until_owner(0, 5)
    time.sleep(1)


def set_port(lab, index, up):
    """By ioctl: a command would take longer than what is measured."""
    with namespaces.in_network(lab.bridge, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as control:
        name = f"p{index}".encode()
        flags = struct.unpack("16sh", fcntl.ioctl(control, 0x8913, struct.pack("16sh", name, 0)))[1]
        fcntl.ioctl(control, 0x8914, struct.pack("16sh", name, flags | 1 if up else flags & ~1))


def off(lab, index):
    """The machine is gone at one moment: its cable, so that nothing more comes from it."""
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))  # we, too, look when it is time to
    try:
        start = time.monotonic()
        set_port(lab, index, False)
        lab.until(lab.nodes[1 - index].owns, 2, "the other node has the address")
        return time.monotonic() - start
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def test_machine_off(lab):
    """Median of at most 45 ms from the cut to the address on the other node."""
    both(lab)
    took = []
    for _ in range(max(N, 5)):
        took.append(off(lab, 0))
        set_port(lab, 0, True)
        lab.until_owner(0, 5)
        time.sleep(0.5)
    print("machine off:", [round(t * 1000, 1) for t in took])
    assert statistics.median(took) <= 0.045


def test_partition_heals(lab):
    """One owner, and its word the last, within 300 ms of the heal."""
    both(lab)
    took = []
    for _ in range(max(N, 5)):
        lab.part()
        lab.until(lambda: lab.owners() == [0, 1], 2, "both own it")
        time.sleep(0.3)
        start = time.monotonic()
        lab.heal()
        lab.until_owner(0, 2)
        took.append(time.monotonic() - start)
        time.sleep(0.3)
        assert lab.owners() == [0]
        lab.until(lambda: lab.wire.last_garp()[2] == lab.nodes[0].mac, 1, "its word is the last")
    print("heal:", [round(t * 1000, 1) for t in took])
    assert statistics.median(took) <= 0.3


def test_no_flap_under_load(lab):
    """Every core busy for a while (RELEVO_LOAD_S: 600 for the figure in the docs): nobody changes state."""
    both(lab)
    seconds = int(os.environ.get("RELEVO_LOAD_S", 20))
    before = [node.text().count("Entering") for node in lab.nodes]
    burners = [subprocess.Popen(["nice", "sh", "-c", "while :; do :; done"]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(1)
            assert lab.owners() == [0]
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    after = [node.text().count("Entering") for node in lab.nodes]
    assert after == before, "\n".join(node.text()[-3000:] for node in lab.nodes)
