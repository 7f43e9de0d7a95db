#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prices relevo beside other proxies: the proxy's CPU time per operation, in the same run.

	bench/run.py [--quick] [--rounds N] [--only WORD] [--check] [--json FILE] [--markdown FILE] [--svg FILE]

Each round gives every proxy a short turn on every workload, so that a machine that is slow for a minute is
slow for all. Ratios are those of the rounds, of which the median is told. The proxy has the first core, the
load and the server behind it the second. Every answer is checked (load.c).

Compared are Debian's HAProxy, also tuned for bulk, nginx, a proxy that does nothing else (null.c; null_uring.c does it with io_uring), and the
HAProxy that HAPROXY=/path names; RELEVO=/path names another relevo. Everything runs in a network namespace
of its own.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
sys.path.insert(0, str(HERE))

import configs
import proxies
import report
from lab import namespaces
from lab.namespaces import LabError
from lab.software import relevo_binary
from workloads import HAPROXY, IDLE, NULL, NULL_RING, TUNED, WORKLOADS

HELD_FIRST, HELD = 200, 5000
MANY_SERVERS = 10000
PROGRAMS = {"load": ("load.c", "load_http.c"), "backend": ("backend.c", "backend_http.c"), "null": ("null.c",),
            "null_uring": ("null_uring.c",)}
LIBRARIES = {"null_uring": ("-luring",)}


def two_cores():
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("bench: one core only: proxy and load disturb each other", file=sys.stderr)
        return None, None
    return cores[:1], cores[1:2]


def build(directory):
    compiler = os.environ.get("CC") or next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    if compiler is None:
        raise LabError("no C compiler: install gcc or clang")
    for program, sources in PROGRAMS.items():
        namespaces.run([*compiler.split(), "-O2", "-std=gnu17", "-o", f"{directory}/{program}",
                        *(str(HERE / source) for source in sources), *LIBRARIES.get(program, ())])


def prepare_network(congestion):
    """Loopback of our own, with ports enough for ten thousands of connections."""
    namespaces.become_root()
    namespaces.private_network()
    settings = [("ip_local_port_range", "20000 65535"), ("tcp_tw_reuse", "1")]
    if congestion:
        settings.append(("tcp_congestion_control", congestion))
    for name, value in settings:
        with open(f"/proc/sys/net/ipv4/{name}", "w", encoding="ascii") as f:
            f.write(value)


class Bench:
    """The programs of one run."""

    def __init__(self, directory, chosen):
        self.directory = directory
        self.cores = two_cores()
        self.milliseconds = 500 if chosen.quick else 1000
        self.chosen = [row for row in WORKLOADS if not chosen.only or chosen.only in row.name]
        self.backend = proxies.Backend(f"{directory}/backend", self.cores[1])
        self.proxies = []
        try:
            self._start(chosen)
        except BaseException:
            self.close()
            raise

    def _add(self, kind, name, program, threads=1):
        cores = self.cores[0] if threads == 1 or self.cores[0] is None else self.cores[0] + self.cores[1]
        self.proxies.append(kind(name, program, 8001 + 20 * len(self.proxies), cores, self.directory, threads))

    def _start(self, chosen):
        haproxy = shutil.which("haproxy") or "/usr/sbin/haproxy"
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        if not os.access(haproxy, os.X_OK):
            raise LabError("haproxy is not installed: apt-get install haproxy")
        for threads in sorted({row.threads for row in self.chosen} | {1}):
            self._add(proxies.Proxy, "relevo", relevo_binary(), threads)
            self._add(proxies.Proxy, HAPROXY, haproxy, threads)
            if os.environ.get("HAPROXY"):
                self._add(proxies.Proxy, os.environ["HAPROXY"], os.environ["HAPROXY"], threads)
        self._add(proxies.Tuned, TUNED, haproxy)
        if os.access(nginx, os.X_OK):
            self._add(proxies.Nginx, "nginx", nginx)
        self._add(proxies.Null, NULL, f"{self.directory}/null")
        self._add(proxies.NullRing, NULL_RING, f"{self.directory}/null_uring")
        self.names = list(dict.fromkeys(proxy.name for proxy in self.proxies))

    def serving(self, row):
        return [proxy for proxy in self.proxies if proxy.serves(row)]

    def close(self):
        for proxy in self.proxies:
            proxy.close()
        self.backend.close()

    def load(self, row, proxy, warm, milliseconds, before=()):
        return namespaces.run([*before, *proxies.pinned(self.cores[1], [
            f"{self.directory}/load", row.kind, "127.0.0.1", str(proxy.ports[row.listener]),
            str(row.connections), str(warm), str(milliseconds), str(self.backend.pid),
            ",".join(map(str, proxy.pids()))])])

    def one_run(self, row, proxy):
        logged = self.backend.logged()
        run = json.loads(self.load(row, proxy, self.milliseconds // 4, self.milliseconds))
        logged = self.backend.logged() - logged
        if row.listener == "http_logged" and logged < 0.95 * run["operations"]:
            raise LabError(f"{proxy.name}: {logged} log lines of {run['operations']} requests")
        run["price"] = run["cpu_ns"] / run["bytes"] if row.unit == "s/GB" else \
            run["cpu_ns"] / run["operations"] / 1000
        return run

    def compare(self, rounds):
        """{workload: {proxy: [run, ...]}}"""
        seen = {}
        for number in range(rounds):
            for row in self.chosen:
                serving = self.serving(row)
                turn = number % len(serving)
                for proxy in serving[turn:] + serving[:turn]:
                    run = self.one_run(row, proxy)
                    seen.setdefault(row.name, {}).setdefault(proxy.name, []).append(run)
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        return seen

    def system_calls(self):
        """{workload: {proxy: per operation, or per MB}}; empty where perf cannot count them."""
        found = {}
        for row in self.chosen:
            for proxy in self.serving(row):
                counted = ["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-p",
                           ",".join(map(str, proxy.pids())), "--"]
                try:
                    output = self.load(row, proxy, 0, 300, counted)
                except (LabError, OSError):
                    return {}
                run = json.loads(next(line for line in output.splitlines() if line.startswith("{")))
                calls = re.search(r"^(\d+),,raw_syscalls", output, re.MULTILINE)
                if not calls:
                    return {}
                per = run["bytes"] / 1e6 if row.unit == "s/GB" else run["operations"]
                found.setdefault(row.name, {})[proxy.name] = int(calls.group(1)) / per
        return found

    def profile(self, row, proxy):
        """(share of user space, its us per operation, [(share, symbol), ...]) of the proxy's time, by perf's clock."""
        data = f"{self.directory}/perf.data"
        record = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "2500", "-o", data, "-p",
                  ",".join(map(str, proxy.pids())), "--"]
        output = self.load(row, proxy, 0, 1500, record)
        run = json.loads(next(line for line in output.splitlines() if line.startswith("{")))
        output = namespaces.run(["perf", "report", "-i", data, "--stdio", "-q", "--no-children", "--sort", "sym"])
        found = re.findall(r"^\s*([\d.]+)%\s+\[([.k])\] (\S+)", output, re.MULTILINE)
        user = sum(float(share) for share, where, _ in found if where == ".")
        each = None if row.unit == "s/GB" else user / 100 * run["cpu_ns"] / run["operations"] / 1000
        return user, each, [(float(share), symbol) for share, _, symbol in found[:8]]

    def profiles(self):
        """{workload: profile} of relevo."""
        return {row.name: self.profile(row, self.serving(row)[0]) for row in self.chosen}

    def held_bytes(self, idle, proxy):
        """User-space memory of the proxy, started anew, per idle connection, of the last `HELD`."""
        proxy.close()
        proxy.start()
        load = namespaces.start(proxies.pinned(self.cores[1], [
            f"{self.directory}/load", idle.kind, "127.0.0.1", str(proxy.ports[idle.listener]), str(HELD_FIRST),
            str(HELD)]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            sizes = []
            for _ in range(2):
                if load.stdout.readline() != "held\n":
                    raise LabError(f"{proxy.name}: {HELD_FIRST + HELD} connections could not be held")
                time.sleep(1)
                sizes.append(proxy.pss_bytes())
                load.stdin.write("\n")
                load.stdin.flush()
        finally:
            load.stdin.close()
            load.wait()
            load.stdout.close()
        return (sizes[1] - sizes[0]) / HELD

    def held(self, only):
        return {idle.name: {proxy.name: self.held_bytes(idle, proxy) for proxy in self.proxies
                            if proxy.threads == 1 and idle.listener in proxy.listeners}
                for idle in IDLE if not only or only in idle.name}

    def reading(self):
        """CPU seconds that each takes to read a file of many servers."""
        path = pathlib.Path(self.directory) / "many.cfg"
        path.write_text(configs.many_servers(MANY_SERVERS), encoding="utf-8")
        found = {}
        for name, program in (("relevo", relevo_binary()), (HAPROXY, shutil.which("haproxy") or "/usr/sbin/haproxy")):
            times = []
            for _ in range(5):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run([program, "-c", "-f", str(path)], check=True, capture_output=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            found[name] = min(times)
        return found


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three short rounds")
    parser.add_argument("--rounds", type=int, help="default 9, quick 3")
    parser.add_argument("--only", metavar="WORD", help="the workloads with that word in their name")
    parser.add_argument("--congestion", metavar="NAME", help="of all sockets, in place of the machine's own")
    parser.add_argument("--profile", action="store_true", help="where relevo's time goes, by perf; nothing else")
    parser.add_argument("--check", action="store_true", help="status 1 if a bound is missed")
    parser.add_argument("--json", default=str(HERE.parent / "build" / "bench.json"), metavar="FILE")
    parser.add_argument("--markdown", metavar="FILE", help="the table, in place of standard output")
    parser.add_argument("--svg", metavar="FILE", help="a picture of it")
    return parser.parse_args()


def measure(chosen, directory):
    build(directory)
    prepare_network(chosen.congestion)
    bench = Bench(directory, chosen)
    try:
        if chosen.profile:
            return {"profiles": bench.profiles()}
        seen = bench.compare(chosen.rounds or (3 if chosen.quick else 9))
        return {
            "machine": report.machine(), "versions": {proxy.name: proxy.version() for proxy in bench.proxies},
            "load_average": os.getloadavg()[1], "peers": bench.names, "runs": seen,
            "system_calls": bench.system_calls() if shutil.which("perf") else {},
            "held_bytes": bench.held(chosen.only), "reading": {} if chosen.only else bench.reading(),
        }
    finally:
        bench.close()


def main():
    chosen = arguments()
    try:
        with tempfile.TemporaryDirectory(prefix="relevo-bench-") as directory:
            os.chmod(directory, 0o755)
            results = measure(chosen, directory)
    except (LabError, subprocess.CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if chosen.profile:
        print(report.profiles(results["profiles"]))
        return 0
    rows = report.summarise(results)
    pathlib.Path(chosen.json).write_text(json.dumps({"rows": rows, **results}, indent=1), encoding="utf-8")
    text = report.markdown(rows, results)
    if chosen.markdown:
        pathlib.Path(chosen.markdown).write_text(text, encoding="utf-8")
    else:
        print(text)
    if chosen.svg:
        pathlib.Path(chosen.svg).write_text(report.svg(rows, results), encoding="utf-8")
    misses = report.missed(rows, results)
    for miss in misses:
        print(f"over its bound: {miss}")
    return 1 if chosen.check and misses else 0


sys.exit(main())
