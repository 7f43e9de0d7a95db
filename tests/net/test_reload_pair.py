# SPDX-License-Identifier: Apache-2.0
"""Both files read anew on the master: the address stays, and no request is lost."""
import os
import signal
import time

from lab import article
from lab.wait import until


def test_reloads_cause_no_transition(pair):
    begin = time.monotonic_ns()
    node, address = pair.node1, article.NODES["node1"]
    parent = pair.software["node1"].parent()

    def said(text):
        return sum(text in line for line in pair.syslog.since(begin, address))
    for count in range(1, 6):
        os.kill(parent, signal.SIGHUP)
        until(lambda: said("reload: haproxy.cfg is in effect") == count
              and said("reload: keepalived.conf is in effect") == count, 10, f"{count} reloads", pair.report)
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            assert node.holds(article.VIP) and not pair.node2.holds(article.VIP)
    until(lambda: pair.prober.steady(0.5), 5, "all is well", pair.report)
    requests = pair.prober.ended_since(begin)
    assert len(requests) > 200
    assert not [one for one in requests if one.result != "ok"]
    for text in ("entering BACKUP", "entering FAULT", "Entering BACKUP", "Entering FAULT", "told to stop"):
        assert said(text) == 0, pair.report()
    assert not [line for line in pair.syslog.since(begin, article.NODES["node2"]) if "MASTER" in line]
