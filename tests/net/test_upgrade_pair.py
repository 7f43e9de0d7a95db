# SPDX-License-Identifier: Apache-2.0
"""A new relevo with both files takes the master's place: the address stays, and no request is lost."""
import pathlib
import time

import pytest

from lab import article
from lab.software import relevo_binary
from lab.wait import until


def replace(pair, *options):
    """Another relevo on the first node, told of the one whose vrrp process runs there."""
    node = pair.node1
    old = next(process.parent for process in node.processes() if process.argv.startswith("relevo: vrrp"))
    files = [f"{node.directory}/{node.name}-{name}" for name in ("haproxy.cfg", "keepalived.conf")]
    node.start([relevo_binary(), "-f", files[0], "-k", files[1], *options, "-sf", on_the_node(old)], "relevo-next")


def on_the_node(pid):
    """The process id in the node's own namespace."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[-1] for line in lines if line.startswith("NSpid:"))


@pytest.mark.parametrize("take", [False, True], ids=["beside", "taken"])
def test_upgrades_cause_no_transition(pair, take):
    begin = time.monotonic_ns()
    node, address = pair.node1, article.NODES["node1"]
    stats = f"{node.directory}/upgrade.sock"
    file = pathlib.Path(f"{node.directory}/{node.name}-haproxy.cfg")
    was = file.read_text()
    if take:
        file.write_text(was.replace("global\n", f"global\n stats socket {stats} level admin expose-fd listeners\n", 1))

    def said(text):
        return sum(text in line for line in pair.syslog.since(begin, address))
    for count in range(1, 5):
        replace(pair, *(("-x", stats) if take and count > 1 else ()))
        until(lambda: said("vrrp process restarted, it goes on") >= count, 15, f"{count} upgrades", pair.report)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            assert node.holds(article.VIP) and not pair.node2.holds(article.VIP)
    until(lambda: pair.prober.steady(0.5), 5, "all is well", pair.report)
    requests = pair.prober.ended_since(begin)
    file.write_text(was)
    assert len(requests) > 200
    assert not [one for one in requests if one.result != "ok"]
    for text in ("entering BACKUP", "entering FAULT", "Entering BACKUP", "Entering FAULT", "told to stop"):
        assert said(text) == 0, pair.report()
    assert not [line for line in pair.syslog.since(begin, article.NODES["node2"]) if "MASTER" in line]
