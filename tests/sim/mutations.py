#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Can the simulator fail? Each mutation of src/vrrp/machine.c or sync_group.c (in a scratch copy) must be caught.

	mutations.py BUILD [name]   BUILD is a build directory, for its libraries
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDS = "300000"

# (name, what is replaced, by what)
MUTATIONS = [
    ("a loser keeps the address", "ROW(MASTER, HEARD_BETTER, BACKUP, ACTION_DROP,", "ROW(MASTER, HEARD_BETTER, BACKUP,"),
    ("a master ignores a better one", "ROW(MASTER, HEARD_BETTER, BACKUP, ACTION_DROP, ACTION_CONCEDE, ACTION_QUIET, ACTION_WAIT),", ""),
    ("no skew", "return (256 - (uint64_t)machine->priority) * unit / 256;", "return unit * 0;"),
    ("skew the wrong way", "(256 - (uint64_t)machine->priority)", "((uint64_t)machine->priority)"),
    ("the address goes after the last advertisement", "ACTION_DROP, ACTION_CONCEDE,", "ACTION_CONCEDE, ACTION_DROP,"),
    ("no word to the successor", "if (!machine->owned || (machine->heard_least", "if (true || (machine->heard_least"),
    ("one word to the successor at most", "CONFESSIONS = 8", "CONFESSIONS = 1"),
    ("no gratuitous ARP of a winner", "case ACTION_GARP_CONFLICT: machine_garp_conflict(machine, now, steps, event); break;",
     "case ACTION_GARP_CONFLICT: break;"),
    ("no second ARP of a winner", "	machine_garp_later(machine, now, GARP_CONFLICT);\n}", "}"),
    ("no ARP of a new master", "case ACTION_GARP: machine_garp_master(machine, now, steps, event); break;",
     "case ACTION_GARP: break;"),
    ("FAULT keeps the address", "ACTION_DROP, ACTION_SEND_ZERO, ACTION_SEND_ZERO, ACTION_QUIET", "ACTION_SEND_ZERO, ACTION_QUIET"),
    ("FAULT is told before the address is gone", "ACTION_DROP, ACTION_SEND_ZERO, ACTION_SEND_ZERO, ACTION_QUIET",
     "ACTION_SEND_ZERO, ACTION_SEND_ZERO, ACTION_DROP, ACTION_QUIET"),
    ("silence is never the end", "ROW(BACKUP, DOWN_DUE, MASTER, ACTION_SEND, ACTION_TAKE, ACTION_GARP),",
     "ROW(BACKUP, DOWN_DUE, BACKUP, ACTION_WAIT),"),
    ("twice the master-down interval", "return machine->conf->down_timer_adverts * machine->interval_us",
     "return 2 * machine->conf->down_timer_adverts * machine->interval_us"),
    ("a yielding master learns no interval", "	if (event == MACHINE_HEARD_BETTER || event == MACHINE_HEARD_KEPT ||",
     "	if ((event == MACHINE_HEARD_BETTER && machine->state != PAGE_VRRP_MASTER) || event == MACHINE_HEARD_KEPT ||"),
    ("the interval is never learned", "		machine->interval_us = machine->heard_interval_us;", ""),
    ("a frozen master goes on", "return machine->state == PAGE_VRRP_MASTER &&\n	       moment_since(machine->advert_at, now) > machine_patience_us(machine);",
     "return false;"),
    ("what waited is answered first", "	if (machine_is_frozen(machine, now))\n		machine_event(machine, now, MACHINE_LATE, steps);", ""),
    ("a disturbed frozen master goes on", "	if (event == MACHINE_DISTURBED && machine_is_frozen(machine, now))\n		event = MACHINE_LATE;", ""),
    ("a stale master is not answered", "	ROW(MASTER, STALE_BETTER, MASTER, ACTION_SEND, ACTION_PAUSE),\n", ""),
    ("a stale worse master is not answered",
     "	ROW(MASTER, STALE_WORSE, MASTER, ACTION_JUMP, ACTION_SEND, ACTION_TAKE, ACTION_GARP_CONFLICT),\n", ""),
    ("equal masters: both stay", "ip_compare(&advert->source, &machine->source) > 0", "false"),
    ("equal masters: both yield", "return machine->state != PAGE_VRRP_MASTER || ip_compare(&advert->source, &machine->source) > 0;", "return true;"),
    ("the one asked does not take", "	ROW(BACKUP, ASKED, MASTER, ACTION_SEND, ACTION_TAKE, ACTION_GARP, ACTION_TAKEN),\n", ""),
    ("the one asked yields to what is under way", ", ACTION_GARP, ACTION_TAKEN),", ", ACTION_GARP),"),
    ("the one that asks gives up at once", "ROW(MASTER, HAND_OVER, MASTER, ACTION_ASK),", "ROW(MASTER, HAND_OVER, BACKUP, ACTION_ASK, ACTION_DROP, ACTION_QUIET, ACTION_WAIT),"),
    ("a confession ends a hand-over", "if (yields && !machine->heard_least)", "if (yields)"),
    ("one that handed over preempts", "case ACTION_YIELDED: machine->yielded = true; break;", "case ACTION_YIELDED: break;"),
    ("a confession of the own priority", "machine_confess(machine, now, steps, event, LEAST_PRIORITY);",
     "machine_confess(machine, now, steps, event, machine->priority);"),
    ("confessions are confessed to", "if (!machine->owned || (machine->heard_least && machine_is_heard(event)))", "if (!machine->owned)"),
    ("a held claim is for ever", "ROW(BACKUP, DOWN_HELD, BACKUP, ACTION_WAIT_INTERVAL),", "ROW(BACKUP, DOWN_HELD, BACKUP, ACTION_QUIET),"),
    ("a held claim is not held", "else if (machine->held)", "else if (false)"),
    ("a master is silent", "machine->advert_at = moment_after(now, machine->interval_us);", "machine->advert_at = moment_after(now, 9 * machine->interval_us);"),
    ("CLEAR waits for ever", "ROW(FAULT, CLEAR, BACKUP, ACTION_WAIT),", "ROW(FAULT, CLEAR, BACKUP, ACTION_QUIET),"),
]
GROUP_MUTATIONS = [
    ("a member claims alone", "group->members[i].state != PAGE_VRRP_MASTER && !group->members[i].wants", "0"),
    ("a member that follows still wants", "	group->members[member].wants = false;\n}", "}"),
    ("the others do not yield", "return group_has(group, PAGE_VRRP_MASTER) ? SYNC_YIELD : SYNC_NONE;", "return SYNC_NONE;"),
    ("the others do not lead", "return group_has(group, PAGE_VRRP_BACKUP) ? SYNC_LEAD : SYNC_NONE;", "return SYNC_NONE;"),
]
FILES = {"machine.c": MUTATIONS, "sync_group.c": GROUP_MUTATIONS}


def build(directory, build_directory, name, text):
    """The simulator with that text for one of its files."""
    mutated = directory / name
    mutated.write_text(text)
    rest = [ROOT / "src/vrrp" / other for other in (*FILES, "peers.c") if other != name]
    sources = [mutated, *rest, *sorted((ROOT / "tests/sim").glob("*.c"))]
    flags = shlex.split(os.environ.get("CFLAGS", "-O2"))
    subprocess.run([os.environ.get("CC", "gcc"), "-std=gnu17", "-D_GNU_SOURCE", "-w", *flags, f"-I{ROOT}/src", "-o", directory / "sim",
                    *sources, build_directory / "src/base/libbase.a"], check=True)


def mutate(text, name, old, new):
    if text.count(old) != 1:
        sys.exit(f"{name}: there is {text.count(old)} times: {old}")
    return text.replace(old, new)


def main():
    build_directory = pathlib.Path(sys.argv[1]).resolve()
    missed = []
    for file, name, old, new in [(file, *row) for file, rows in FILES.items() for row in rows]:
        if len(sys.argv) > 2 and sys.argv[2] != name:
            continue
        with tempfile.TemporaryDirectory(prefix="relevo-sim-") as made:
            directory = pathlib.Path(made)
            text = (ROOT / "src/vrrp" / file).read_text()
            build(directory, build_directory, file, mutate(text, name, old, new))
            only = ["--groups"] if file == "sync_group.c" else []
            ran = subprocess.run([directory / "sim", "--seeds", SEEDS, *only], capture_output=True, text=True)
        caught = re.search(r"^seed (\d+)[^:]*: (.*) \(make", ran.stdout, re.M)
        print(f"{name}: " + (f"seed {caught.group(1)}: {caught.group(2)}" if caught else
                             "stopped by an assertion" if ran.returncode < 0 else "NOT CAUGHT"), flush=True)
        if ran.returncode == 0:
            missed.append(name)
    if missed:
        sys.exit(f"{len(missed)} not caught: " + "; ".join(missed))


if __name__ == "__main__":
    main()
