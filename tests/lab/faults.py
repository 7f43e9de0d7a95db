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

Measured = collections.namedtuple("Measured", "outage_ms refused failed held_lost both_ms alone_ms count")
Measured.__doc__ = """Of one fault. outage_ms: None if it did not end; failed: all requests that did not
succeed, the refused ones too; both_ms: how long both nodes held the address; alone_ms: after how
long only one did and it stayed so, None: to the end both."""


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
    """Both are master before it heals, and long enough for the client to be sure of the second.

    That is when its neighbour entry is confirmed and both bursts of gratuitous ARP are over.
    """
    pair.part()
    if not pair.node2.wait_holds(article.VIP, True, 10):
        raise AssertionError("parted, and the second node does not take the address")
    time.sleep(7)


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
    Fault("vrrp-killed", "VRRP process killed", lambda pair: pair.software["node1"].kill_vrrp(),
          _recover, 100, "0, held by both", none_refused=True, observe=5.0),
    Fault("parent-killed", "parent process killed", lambda pair: pair.software["node1"].kill_parent(),
          _recover, 1500, "no such process"),
    Fault("machine-off", "machine off", lambda pair: pair.power_off(pair.node1),
          lambda pair: pair.power_on(pair.node1), 3500, "3,384", observe=4.5),
    Fault("partition-heals", "partition heals (AH)", lambda pair: pair.heal(),
          lambda pair: None, 1500, "45,600", prepare=_part_and_wait, observe=3.0, limit=70.0),
    Fault("all-killed", "every process killed", lambda pair: pair.kill_everything(pair.node1),
          _reboot, 6000, "never", observe=7.0, limit=15.0),
)}


def measure(pair, fault, phase=0.0):
    """Once, on a settled pair. What was seen, even if it is bad.

    phase: seconds, 0 to 1, to wait before, since a pair settles in step with its adverts.
    """
    pair.settle()
    time.sleep(phase)
    if fault.prepare:
        fault.prepare(pair)
    begin = time.monotonic_ns()
    fault.inject(pair)
    _look_on(pair, fault, begin)
    count = pair.prober.count(begin)
    both_ms, alone_ms = conflict(pair, begin)
    return Measured(pair.prober.outage_ms(begin), count["refused"],
                    sum(count.values()) - count["ok"], pair.prober.held_lost(begin),
                    both_ms, alone_ms, count)


def restore(pair, fault):
    fault.restore(pair)
    pair.settle()


def measure_times(pair, fault, times):
    """That often, at phases spread evenly over the second between two adverts."""
    for i in range(times):
        yield measure(pair, fault, (i + 0.5) / times)
        restore(pair, fault)


def _look_on(pair, fault, begin):
    """Until the client is served and one node alone has the address, for a second and a half on end."""
    end = time.monotonic() + fault.limit
    time.sleep(fault.observe)
    while time.monotonic() < end:
        last_change = max((ns for node in pair.nodes.values()
                           for ns, _ in node.watch.changes(article.VIP)), default=0)
        if pair.master() and time.monotonic_ns() - last_change > 1.5e9 and pair.prober.steady(1.5):
            return
        time.sleep(0.05)


def conflict(pair, begin):
    """(both_ms, alone_ms) of Measured, after that moment."""
    now = time.monotonic_ns()
    mine, other = [_spans(node, begin, now) for node in pair.nodes.values()]
    overlaps = [(max(a[0], b[0]), min(a[1], b[1])) for a in mine for b in other]
    overlaps = [(start, end) for start, end in overlaps if start < end]
    both_ms = sum(end - start for start, end in overlaps) / 1e6
    last = max((end for _, end in overlaps), default=begin)
    return both_ms, None if last == now else (last - begin) / 1e6


def _spans(node, begin, now):
    """(from, to) of each time the node held the address, cut at `begin` and `now`."""
    spans, since = [], None
    for ns, added in node.watch.changes(article.VIP):
        if added:
            since = ns
        elif since is not None:
            spans.append((max(since, begin), ns))
            since = None
    if since is not None:
        spans.append((max(since, begin), now))
    return [(start, end) for start, end in spans if end > begin]


def middle(values):
    """(median, least, greatest), where None is for ever and greater than all."""
    ordered = sorted(float("inf") if v is None else v for v in values)
    return statistics.median(ordered), ordered[0], ordered[-1]


def in_ms(value):
    return "never" if value == float("inf") else f"{value:,.0f}"
