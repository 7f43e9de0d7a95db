#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows the pair at work on one machine: kills, hangs and powers off what carries the traffic.

	demo.py          about a minute; status 0 if all went as promised
	demo.py --stay   leaves the pair running, takes commands, and opens its statistics to a browser
	demo.py --real   the same with HAProxy and Keepalived, to compare

The machine's own network is not touched: everything lives in network namespaces that go away with
this program. Without root it uses a user namespace of its own.
"""
import argparse
import pathlib
import re
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from lab import article, namespaces
from lab.faults import FAULTS, measure, restore
from lab.namespaces import LabError
from lab.pair import CLIENTS, Pair
from lab.relay import Relay
from lab.software import RealPair, Relevo

STEPS = (
    ("proxy-killed", "kill -9 the proxy of node1", "look again at node1"),
    ("proxy-hung", "hang the proxy of node1 (SIGSTOP)", "let it go on (SIGCONT)"),
    ("machine-off", "power node1 off", "power node1 on"),
)
COLOURS = {"good": "32", "bad": "31", "dim": "2", "strong": "1"}


def paint(text, colour):
    return f"\033[{COLOURS[colour]}m{text}\033[0m" if sys.stdout.isatty() else text


def say(text):
    print(text, flush=True)


class Ticker:
    """A line each second: who is master, what the client sees."""

    def __init__(self, pair):
        self._pair = pair
        self._begin = self._last = time.monotonic_ns()
        self._quiet = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._quiet.wait(1.0 - (time.monotonic_ns() - self._begin) / 1e9 % 1.0):
            say(self._line())

    def _line(self):
        now = time.monotonic_ns()
        requests = [r for r in self._pair.prober.ended_since(self._last) if r.end < now]
        self._last = now
        states = "   ".join(f"{node.name} {self._state(node)}" for node in self._pair.nodes.values())
        return f"{(now - self._begin) / 1e9:5.0f} s   {states}   client: {self._client(requests)}"

    def _state(self, node):
        if node.init is None:
            return paint("off   ", "bad")
        if node.holds(article.VIP):
            return paint("MASTER", "good")
        return paint("BACKUP", "dim")

    @staticmethod
    def _client(requests):
        good = [r for r in requests if r.result == "ok"]
        bad = {}
        for request in requests:
            if request.result != "ok":
                bad[request.result] = bad.get(request.result, 0) + 1
        said = f"{len(good):3} served"
        if good:
            wait = max(r.end - r.start for r in good) / 1e6
            said += paint(f" by {', '.join(sorted({r.server for r in good}))}, slowest {wait:.0f} ms", "dim")
        if bad:
            said += paint("".join(f", {count} {result}" for result, count in bad.items()), "bad")
        return said

    def close(self):
        self._quiet.set()
        self._thread.join(2)


def show_steps(pair):
    """Returns the rows of the table: (fault, what was measured)."""
    seen = []
    for name, doing, undoing in STEPS:
        fault = FAULTS[name]
        say(paint(f"        ── {doing} ──", "strong"))
        seen.append((fault, measure(pair, fault, 0.5)))
        say(paint(f"        ── {undoing} ──", "strong"))
        restore(pair, fault)
    return seen


def show_table(seen, program):
    say("")
    say(f"  {'time without service':24}{program:>14}{'promised':>14}{'real pair':>14}")
    good = True
    for fault, measured in seen:
        within = measured.outage_ms is not None and measured.outage_ms <= fault.bound_ms
        within = within and not (fault.none_refused and measured.refused)
        good = good and within
        outage = "no end" if measured.outage_ms is None else f"{measured.outage_ms:,.0f} ms"
        real = fault.real_ms if fault.real_ms == "never" else f"{fault.real_ms} ms"
        if real == "never":
            real = "no end"
        say(f"  {fault.title:24}" + paint(f"{outage:>14}", "good" if within else "bad")
            + f"{fault.bound_ms:>11,} ms{real:>14}")
    say(paint("\n  real pair: HAProxy 2.6 and Keepalived 2.2 with the same files, median of 10", "dim"))
    return good


def show_syslog(pair):
    """The transitions and their causes, the newest last."""
    names = {address: name for name, address in article.NODES.items()}
    lines = [(host, re.sub(r"^<\d+>", "", text).strip()) for _, host, text in pair.syslog.lines
             if "VI_1" in text]
    say("\n  what the pair told its syslog" + (":" if lines else ": nothing"))
    for host, text in lines[-12:]:
        say(f"    {names.get(host, host)}  " + paint(text[:150], "dim"))
    subjects = pair.mail.subjects()
    if subjects:
        say(f"  and by mail: {len(subjects)}, the last “{subjects[-1]}”")


def stay(pair):
    """Until the user has seen enough. Commands from standard input, if somebody types there."""
    relays = [Relay(port, pair.client, (address, 80)) for port, address in
              ((8404, article.NODES["node1"]), (8405, article.NODES["node2"]), (8480, article.VIP))]
    first, second, site = (f"http://127.0.0.1:{relay.port}/" for relay in relays)
    user, password = article.STATS_USER.split(":")
    say(f"""
  statistics of node1   {first}stats   (user {user}, password {password})
  statistics of node2   {second}stats
  the site itself       {site}
  files and logs        {pair.directory}

  commands: kill, hang, resume, off, on, part, heal, state, quit (or Ctrl-C)
""")
    try:
        listen_to_user(pair)
    finally:
        for relay in relays:
            relay.close()


def listen_to_user(pair):
    software, node = pair.software["node1"], pair.node1
    commands = {
        "kill": software.kill_proxy, "hang": software.hang_proxy, "resume": software.resume,
        "off": lambda: pair.power_off(node), "on": lambda: pair.power_on(node),
        "part": pair.part, "heal": pair.heal,
        "state": lambda: say(Ticker._line(ticker)),
    }
    ticker = Ticker(pair)
    ticker.close()
    for line in sys.stdin:
        word = line.strip()
        if word == "quit":
            return
        try:
            if word in commands:
                commands[word]()
            elif word:
                say(f"  no command {word!r}; there are: {', '.join(commands)}, quit")
        except LabError as error:
            say(f"  {error}")
    while True:  # nobody types: until a signal
        signal.pause()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stay", action="store_true", help="keep the pair running until Ctrl-C")
    parser.add_argument("--real", action="store_true", help="HAProxy and Keepalived in place of relevo")
    return parser.parse_args()


def run(chosen):
    namespaces.become_root()
    if not namespaces.has_many_users():
        say("  Not root: the article's lines `user` and `group` are left out, since this user\n"
            "  namespace has no second user.")
    kind = RealPair if chosen.real else Relevo
    with Pair(kind, sources=CLIENTS) as pair:
        say(f"  Two nodes of {kind.name} with the article's files; a client opens a new connection\n"
            f"  to {article.VIP} each {pair.prober.interval_ms:.0f} ms.\n")
        ticker = Ticker(pair)
        try:
            pair.start()
            pair.settle()
            seen = [] if chosen.stay else show_steps(pair)
        finally:
            ticker.close()
        if chosen.stay:
            stay(pair)
            return True
        good = show_table(seen, kind.name if kind is Relevo else "this run")
        show_syslog(pair)
        return good or chosen.real


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    chosen = arguments()
    signal.signal(signal.SIGTERM, interrupted)
    try:
        return 0 if run(chosen) else 1
    except KeyboardInterrupt:
        return 0 if chosen.stay else 130
    except LabError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


sys.exit(main())
