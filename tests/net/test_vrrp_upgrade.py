# SPDX-License-Identifier: Apache-2.0
"""A new relevo takes the place of an old one (-sf, -st) on a node: the address stays, and is never on two."""
import pathlib
import socket
import time

import pytest

from test_vrrp_interop import config
from test_vrrp_peers import Peers


@pytest.fixture
def lab():
    made = Peers()
    yield made
    made.close()


def pair(lab, **words):
    lab.start(0, config(101, **words))
    lab.until_owner(0, 9)  # before there is a peer, which would be the master for a moment
    lab.nodes[1].start_keepalived(config(100, **words))
    lab.until(lambda: "Entering BACKUP STATE" in lab.nodes[1].text(), 9, "the peer follows")
    return lab.nodes


def upgrade(lab, how, text):
    """The next relevo of node 0: the old one's process, which it has been told of."""
    old = lab.nodes[0].process
    lab.start(0, text, how, str(old.pid))
    return old


@pytest.mark.parametrize("how", ["-sf", "-st"])
@pytest.mark.parametrize("auth", ["PASS", "AH"])
def test_address_stays(lab, how, auth):
    node, peer = pair(lab, auth=auth)
    lost = 0
    for count in range(1, 4):
        old = upgrade(lab, how, config(101, auth=auth))
        end = time.monotonic() + 10
        while old.poll() is None and time.monotonic() < end:
            lost += not node.owns()
            time.sleep(0.002)
        assert old.poll() == 0, lab.logs()
        lab.until(lambda: node.text().count("vrrp process restarted, it goes on") == count, 5, "the new one goes on")
        assert node.owns()
    time.sleep(4)  # longer than the peer waits for a master
    assert lost == 0 and lab.owners() == [0]
    assert "Entering MASTER" not in peer.text()
    assert node.text().count("goes on from the vrrp process of another relevo") == 3
    assert lab.command(0, "status").returncode == 0  # the control socket is the new one's
    # And it is a master like any other: who is told to stop gives the address up.
    node.process.terminate()
    lab.until_owner(1, 5)


def test_new_one_that_dies(lab):
    """Between the hand-over and its READY: the old one goes on where it was."""
    node, peer = pair(lab)
    with socket.socket(socket.AF_UNIX) as new:
        new.settimeout(10)
        new.connect(lab.control(0))
        new.sendall(b"yield\n")
        answer = new.recv(4096).decode()
        assert answer.startswith("ok\nMASTER 101 ") and answer.endswith(" VI_1\n"), answer
        vrrp = [pid for pid in node.children()[1:] if b"vrrp" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert not vrrp and node.owns(), lab.logs()
    lab.until_says(0, "our vrrp process starts again")
    lab.until_says(0, "vrrp process restarted, it goes on")
    time.sleep(4)
    assert lab.owners() == [0] and "Entering MASTER" not in peer.text(), lab.logs()


def test_master_that_the_new_file_has_not(lab):
    """There is nobody to go on with it: the old one gives it up, and the peer takes it."""
    node, _ = pair(lab)
    old = upgrade(lab, "-sf", config(101).replace("VI_1", "VI_OTHER").replace("virtual_router_id 51", "virtual_router_id 77"))
    old.wait(15)
    lab.until(lambda: lab.nodes[1].owns(), 9, "the peer has it")
