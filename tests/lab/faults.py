# SPDX-License-Identifier: Apache-2.0
"""What may happen to the pair, a row each, and how its outage is measured.

An outage is the longest time in which no request of the client succeeded, of those that ended after
the fault. The client opens a fresh connection each 5 ms and gives each one second.
"""
import collections
import dataclasses
import statistics
import time
import typing

from . import article

Measured = collections.namedtuple("Measured", "outage_ms refused failed held_lost both_ms count")
Measured.__doc__ = """Of one fault. outage_ms: None if it did not end; failed: all requests that did not
succeed, the refused ones too; both_ms: how long both nodes held the address, None: to the end."""


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str		  # for tests and the command line
    title: str		  # for tables
    inject: typing.Callable  # of the pair whose node1 is master
    restore: typing.Callable  # so that node1 becomes master again
    bound_ms: int	  # median of relevo's outages, from issue 2; 0: not one failed request
    real_ms: str	  # the real pair's median from baseline.md
    none_refused: bool = False
    observe: float = 2.0  # seconds to look on at least
    limit: float = 12.0	  # seconds to look on at most
    prepare: typing.Callable = None


def _recover(pair):
    pair.software["node1"].recover()


def _part_and_wait(pair):
    """Both are master of their half before it heals."""
    pair.part()
    if not pair.node2.wait_holds(article.VIP, True, 10):
        raise AssertionError("parted, and the second node does not take the address")
    time.sleep(2.5)


def _reboot(pair):
    """After kill_everything: the address may still be there, as the real pair's is."""
    pair.node1.flush()
    pair.node1.boot()
    pair.software["node1"].start()


FAULTS = {fault.name: fault for fault in (
    Fault("proxy-killed", "proxy killed", lambda pair: pair.software["node1"].kill_proxy(),
          _recover, 250, "4,348", none_refused=True),
    Fault("proxy-hung", "proxy hung (SIGSTOP)", lambda pair: pair.software["node1"].hang_proxy(),
          _recover, 1500, "never", observe=3.0),
    Fault("stopped", "stopped", lambda pair: pair.software["node1"].stop(),
          _recover, 650, "610 to 4,223"),
    Fault("machine-off", "machine off", lambda pair: pair.power_off(pair.node1),
          lambda pair: pair.power_on(pair.node1), 3500, "3,384", observe=4.5),
    Fault("partition-heals", "partition heals (AH)", lambda pair: pair.heal(),
          lambda pair: None, 1500, "45,600", prepare=_part_and_wait, observe=3.0, limit=70.0),
    Fault("all-killed", "every process killed", lambda pair: pair.kill_everything(pair.node1),
          _reboot, 6000, "never", observe=7.0, limit=15.0),
)}


def measure(pair, fault):
    """Once, from a settled pair to a settled pair. What was seen, even if it is bad."""
    pair.settle()
    if fault.prepare:
        fault.prepare(pair)
    begin = time.monotonic_ns()
    fault.inject(pair)
    _look_on(pair, fault, begin)
    count = pair.prober.count(begin)
    seen = Measured(pair.prober.outage_ms(begin), count["refused"],
                    sum(count.values()) - count["ok"], pair.prober.held_lost(begin),
                    both_held_ms(pair, begin), count)
    return seen


def restore(pair, fault):
    fault.restore(pair)
    pair.settle()


def _look_on(pair, fault, begin):
    """Until the client has been served for a second on end and one node has the address."""
    end = time.monotonic() + fault.limit
    time.sleep(fault.observe)
    while time.monotonic() < end:
        if pair.prober.steady(1.0) and pair.master():
            return
        time.sleep(0.05)


def both_held_ms(pair, begin):
    """How long after that moment both nodes held the address."""
    spans = [_spans(node, begin) for node in pair.nodes.values()]
    total = sum(max(0, min(a_end, b_end) - max(a_start, b_start))
                for a_start, a_end in spans[0] for b_start, b_end in spans[1])
    return total / 1e6


def _spans(node, begin):
    """(from, to) of each time the node held the address, cut at `begin` and now."""
    spans, since = [], None
    for ns, added in node.watch.changes(article.VIP):
        if added:
            since = ns
        elif since is not None:
            spans.append((max(since, begin), ns))
            since = None
    if since is not None:
        spans.append((max(since, begin), time.monotonic_ns()))
    return [(start, end) for start, end in spans if end > begin]


def middle(values):
    """(median, least, greatest), where None is for ever and greater than all."""
    ordered = sorted(float("inf") if v is None else v for v in values)
    return statistics.median(ordered), ordered[0], ordered[-1]


def in_ms(value):
    return "never" if value == float("inf") else f"{value:,.0f}"
