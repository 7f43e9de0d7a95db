# SPDX-License-Identifier: Apache-2.0
"""A hand-over that the console asks for: only with `stats handover`, the page's token, and not too often."""
import re

import pytest

from test_vrrp_interop import PROGRAM, config
from test_vrrp_peers import Peers

PROXY = """
defaults
    mode http
    log stderr local0
    timeout client 5s
    timeout server 5s
    timeout connect 1s
listen console
    bind 127.0.0.1:8404
    stats enable
    stats uri /
    stats admin if TRUE
    {extra}
"""
URL = "http://127.0.0.1:8404/"


class Consoles(Peers):
    """Nodes with a console each, reached within the node."""

    def start(self, index, text, extra=""):
        node = self.nodes[index]
        vrrp, proxy = self.directory / f"relevo{index}.conf", self.directory / f"haproxy{index}.cfg"
        vrrp.write_text(text)
        proxy.write_text(PROXY.format(extra=extra))
        node.kind = "relevo"
        node._start([PROGRAM, "-db", "-k", str(vrrp), "-f", str(proxy), "--control", self.control(index)])

    def curl(self, index, *words):
        return self.nodes[index].run("curl", "-s", "-i", "--max-time", "5", *words, URL)

    def token(self, index):
        return re.search("name=t value=([0-9A-F]{64})", self.curl(index))


@pytest.fixture
def lab():
    made = Consoles()
    yield made
    made.close()


def both(lab, extra):
    for index in range(2):
        lab.start(index, config(101 - index), extra)
    lab.until_owner(0, 9)
    for index, state in ((0, "BACKUP"), (1, "MASTER")):
        lab.until(lambda: lab.heard(index).get("state") == state, 8, f"hellos reach node {index}")


def test_handover_by_the_console(lab):
    both(lab, "stats handover")
    right = lab.token(0)[1]
    assert "Hand over" in lab.curl(0)
    for wrong in ("", "&t=" + "0" * 64):
        assert "st=DENY" in lab.curl(0, "-d", "action=handover" + wrong)
    assert "st=DENY" in lab.curl(0, "-H", "Origin: http://evil.example", "-d", f"action=handover&t={right}")
    assert lab.owners() == [0]
    # without a script it is asked for once more
    asked = lab.curl(0, "-d", f"action=handover&ask=1&t={right}")
    assert "HTTP/1.1 200 " in asked and "goes to another node" in asked and lab.owners() == [0]
    assert "st=ASKD" in lab.curl(0, "-d", f"action=handover&t={right}")
    lab.until_owner(1, 5)
    lab.until_says(0, "a hand-over was asked for on the console")
    lab.until_says(0, "A hand-over of the addresses is asked for on the statistics page of console by 127.0.0.1.")
    # the other one could pass them back at once, and then this one not again so soon
    lab.until(lambda: lab.heard(1).get("state") == "BACKUP", 8, "the other node knows")
    assert "st=ASKD" in lab.curl(1, "-d", f"action=handover&t={lab.token(1)[1]}")
    lab.until_owner(0, 5)
    lab.until(lambda: lab.heard(0).get("state") == "BACKUP", 8, "this node knows")
    assert "st=ASKD" in lab.curl(0, "-d", f"action=handover&t={right}")
    lab.until_says(0, "a hand-over asked for on the console is refused: one was a moment ago")
    assert lab.owners() == [0]


def test_nobody_hands_over_who_was_not_told_to(lab):
    both(lab, "")
    page = lab.curl(0)
    assert "Hand over" not in page
    # the token is on no page then but those with servers; a form without a right one is refused before
    assert "st=DENY" in lab.curl(0, "-d", "action=handover")
    lab.until_says(0, "is refused: there is no `stats handover`.")
    assert lab.owners() == [0]
