#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how long a client is without service, fault by fault, and prints a Markdown table.

	measure.py [-n TIMES] [--real | --mixed] [FAULT...]
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import namespaces
from lab.faults import FAULTS, in_ms, measure_times, middle
from lab.pair import Pair
from lab.software import RealPair, Relevo


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=10, metavar="TIMES")
    parser.add_argument("--real", action="store_true", help="HAProxy and Keepalived on both nodes")
    parser.add_argument("--mixed", action="store_true", help="relevo first, HAProxy and Keepalived second")
    parser.add_argument("fault", nargs="*", help=f"of: {' '.join(FAULTS)} (default: all)")
    chosen = parser.parse_args()
    for name in chosen.fault:
        if name not in FAULTS:
            parser.error(f"no fault is named {name!r}")
    return chosen


def measure_all(pair, fault, times):
    seen = []
    for one in measure_times(pair, fault, times):
        seen.append(one)
        print(f"{fault.name}: {one}", file=sys.stderr, flush=True)
    return seen


def row(fault, seen):
    outage = " / ".join(in_ms(v) for v in middle([s.outage_ms for s in seen]))
    alone = in_ms(middle([s.alone_ms for s in seen])[0])
    refused = in_ms(middle([s.refused for s in seen])[0])
    bound = f"{fault.bound_ms:,}"
    return f"| {fault.title} | {outage} | {bound} | {fault.real_ms} | {refused} | {alone} |"


def main():
    chosen = arguments()
    namespaces.become_root()
    with Pair(RealPair if chosen.real else Relevo,
              RealPair if chosen.real or chosen.mixed else Relevo) as pair:
        pair.start()
        rows = [row(fault, measure_all(pair, fault, chosen.n)) for fault in FAULTS.values()
                if not chosen.fault or fault.name in chosen.fault]
    print(f"| fault (n = {chosen.n}) | outage, ms: median / least / most | bound | real pair | refused "
          "| one holder after, ms |\n|---|---|---|---|---|---|")
    print("\n".join(rows))


main()
