# SPDX-License-Identifier: Apache-2.0
"""The article's two files, from examples/pair/, as each node and program needs them.

relevo takes them as printed. On the second node two things differ, as the article's own comments
say: `state BACKUP`, `priority 100`, and the address of the statistics. Today's HAProxy and Keepalived
need the edits of for_haproxy() and for_keepalived().
"""
import pathlib
import re

PAIR = pathlib.Path(__file__).resolve().parents[2] / "examples" / "pair"
VIP = "10.1.1.80"
NODES = {"node1": "10.1.1.20", "node2": "10.1.1.21"}
STATS_USER = "admin:PASSWORD"


def _replace(text, *edits):
    for pattern, new in edits:
        text, count = re.subn(pattern, new, text, flags=re.M)
        if not count:
            raise ValueError(f"examples/pair: nothing matches {pattern!r}")
    return text


def haproxy_cfg(node):
    text = (PAIR / "haproxy.cfg").read_text()
    if node == "node2":
        text = _replace(text, (r"^listen stats 10\.1\.1\.20:80", "listen stats 10.1.1.21:80"))
    return text


def keepalived_conf(node):
    text = (PAIR / "keepalived.conf").read_text()
    if node == "node2":
        text = _replace(text, (r"state MASTER", "state BACKUP"), (r"priority 101", "priority 100"))
    return text


def for_haproxy(text):
    """What HAProxy 2.6 refuses, in its own words (baseline.md)."""
    return _replace(
        text, (r"\bclitimeout\b", "timeout client"), (r"\bsrvtimeout\b", "timeout server"),
        (r"\bcontimeout\b", "timeout connect"), (r"maxconn 20000", "maxconn 9000"),
        (r"^listen (\S+) (\d\S+)", r"listen \1\n     bind \2"))


def for_keepalived(text):
    """Nothing must change: it warns about `state MASTER` with AH and goes on."""
    return text


def without_users(text):
    """For a user namespace that has one id only, where nobody else can be become."""
    return _replace(text, (r"^\s*user haproxy\n", ""), (r"^\s*group haproxy\n", ""))
