#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts relevo's instructions per operation in user space, and compares them with the recorded ones.

	bench/instructions.py [--record] [--against PROGRAM] [--only WORD] [--profile DIRECTORY]

A fixed replay (replay.py) under callgrind gives the same figures on a busy machine as on an idle one, to
a fraction of a percent. bench/figures.tsv has what the last commit's program took; a commit that changes
it on purpose records it anew, so that its history is told by `git log -p bench/figures.tsv`. More than 3%
above it is an error.

The figures depend on compiler and C library, which the file names; with others the comparison is with
--against, a program that was built by the same ones. RELEVO=/path names the program that is counted.
"""
import argparse
import os
import pathlib
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
sys.path.insert(0, str(HERE))

import replay
from lab import namespaces
from lab.namespaces import LabError
from lab.software import relevo_binary, wait_for

FIGURES = HERE / "figures.tsv"
LIMIT = 0.03
RUNS = 3  # the least counts: a machine that hesitates costs turns, and never saves one
# So that memcpy and its kin are the same whatever the processor has.
PLAIN_PROCESSOR = "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-SSE4_2,-SSSE3,-BMI2"


class Counted:
    """relevo under callgrind."""

    def __init__(self, program, directory):
        self._directory = directory
        self._dumps = 0
        environment = {**os.environ, "LD_PRELOAD": f"{directory}/unconfined.so",
                       "GLIBC_TUNABLES": PLAIN_PROCESSOR}
        self._output = open(f"{directory}/output", "w+", encoding="utf-8")
        self._process = namespaces.start(
            ["valgrind", "--tool=callgrind", "--trace-children=yes", "--vgdb-poll=100",
             f"--vgdb-prefix={directory}/vgdb", f"--callgrind-out-file={directory}/profile.%p",
             program, "-db", "-f", str(HERE / "replay.cfg")],
            env=environment, stdout=self._output, stderr=subprocess.STDOUT)
        wait_for("relevo under valgrind to listen", 60, self._listens)
        wait_for("its proxy", 60, self._children)
        self.pid = int(self._children()[0])

    def _listens(self):
        if self._process.poll() is not None:
            self._output.seek(0)
            raise LabError(f"relevo ended under valgrind: {self._output.read()[-500:]}")
        try:
            socket.create_connection(("127.0.0.1", 7001), 1).close()
        except OSError:
            return False
        return True

    def _children(self):
        with open(f"/proc/{self._process.pid}/task/{self._process.pid}/children", encoding="ascii") as f:
            return f.read().split()

    def _tell(self, word):
        namespaces.run(["vgdb", f"--vgdb-prefix={self._directory}/vgdb", f"--pid={self.pid}", word])

    def zero(self):
        self._tell("zero")

    def dump(self):
        self._tell("dump")
        self._dumps += 1

    def close(self):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def dumped(self):
        """The newest file."""
        return pathlib.Path(f"{self._directory}/profile.{self.pid}.{self._dumps}")


def total_of(path):
    """All instructions of a callgrind file."""
    found = re.search(r"^totals: (\d+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise LabError(f"{path}: no totals")
    return int(found.group(1))


def chosen_workloads(only):
    return [row for row in replay.WORKLOADS if not only or only in row[0]]


def one_run(counted, replayed, play, port, more, times):
    replayed.settle()
    counted.zero()
    operations = play(replayed, port, times, **more)
    replayed.settle()
    counted.dump()
    return total_of(counted.dumped()) / operations


def count(program, only, profiles):
    """{workload: instructions per operation}"""
    figures = {}
    with tempfile.TemporaryDirectory(prefix="relevo-count-") as directory:
        compiler = os.environ.get("CC") or next(filter(shutil.which, ("cc", "gcc", "clang")), "cc")
        namespaces.run([*compiler.split(), "-shared", "-fPIC", "-o", f"{directory}/unconfined.so",
                        str(HERE / "unconfined.c")])
        counted = Counted(program, directory)
        replayed = replay.Replay(counted.pid)
        try:
            for name, _, play, port, more, times in chosen_workloads(only):
                play(replayed, port, 3, **more)
                runs = [one_run(counted, replayed, play, port, more, times) for _ in range(RUNS)]
                figures[name] = min(runs)
                if profiles:
                    shutil.copy(counted.dumped(), pathlib.Path(profiles) / f"{name.replace(' ', '-')}.callgrind")
        finally:
            counted.close()
            replayed.close()
    return figures


def toolchain():
    compiler = subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=False)
    return f"gcc {compiler.stdout.strip()}, {' '.join(platform.libc_ver())}, {platform.machine()}"


def recorded():
    """The toolchain and {workload: instructions per operation} of the file."""
    lines = FIGURES.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    made_by = next(line[len("# made by "):] for line in lines if line.startswith("# made by "))
    return made_by, {name: float(figure) for name, figure, *_ in rows}


def record(figures):
    lines = ["# Instructions in user space per operation: written by `bench/instructions.py --record`.",
             f"# made by {toolchain()}"]
    lines += [f"{name}\t{figures[name]:.0f}\tper {unit}" for name, unit, *_ in replay.WORKLOADS]
    FIGURES.write_text("\n".join(lines) + "\n", encoding="utf-8")


def compare(figures, before):
    """Prints a table; the names of those that have become too dear."""
    worse = []
    print(f"| {'instructions per':<26} | before | now | change |\n|---|---|---|---|")
    for name, unit, *_ in replay.WORKLOADS:
        if name not in figures or name not in before:
            continue
        change = figures[name] / before[name] - 1
        if change > LIMIT:
            worse.append(name)
        print(f"| {unit + ', ' + name:<26} | {before[name]:,.0f} | {figures[name]:,.0f} | {change:+.1%} |")
    return worse


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="write bench/figures.tsv")
    parser.add_argument("--against", metavar="PROGRAM", help="compare with it in place of the file")
    parser.add_argument("--only", metavar="WORD", help="the workloads with that word in their name")
    parser.add_argument("--profile", metavar="DIRECTORY", help="where to leave callgrind's files")
    return parser.parse_args()


def base(chosen):
    """What the figures are compared with."""
    if chosen.against:
        return count(chosen.against, chosen.only, None)
    made_by, before = recorded()
    if made_by != toolchain():
        raise LabError(f"{FIGURES} was made by {made_by}, this is {toolchain()}: give --against a program "
                       "that was built here")
    if set(before) != {row[0] for row in replay.WORKLOADS}:
        raise LabError(f"{FIGURES} is of other workloads: record it anew with --record")
    return before


def main():
    chosen = arguments()
    began = time.monotonic()
    try:
        if not shutil.which("valgrind"):
            raise LabError("valgrind is not installed: apt-get install valgrind")
        namespaces.become_root()
        namespaces.private_network()
        figures = count(relevo_binary(), chosen.only, chosen.profile)
        if chosen.record:
            record(figures)
            return 0
        worse = compare(figures, base(chosen))
    except (LabError, replay.ReplayError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - began:.0f} s")
    for name in worse:
        print(f"more than {LIMIT:.0%} dearer: {name}. Find out why (--profile, callgrind_annotate); "
              "if it must be, record it: bench/instructions.py --record")
    return 1 if worse else 0


sys.exit(main())
