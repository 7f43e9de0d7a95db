#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prices relevo beside HAProxy: the proxy's CPU time per operation, in the same run.

	bench/run.py [--quick] [--rounds N] [--json FILE] [--only WORKLOAD] [--check]

Each round gives every proxy a short turn on every workload, so that a machine that is slow for a
minute is slow for both. `ratio` is that of the medians over all rounds, which is what is bounded;
`paired` is the median of the rounds' own ratios. The proxy has the first core, the load and the
server behind it the second. Every answer is checked (load.c).

HAPROXY=/path/to/haproxy adds a third proxy; RELEVO=/path names another relevo. All read
bench/haproxy.cfg. Everything runs in a network namespace of its own.
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from lab import namespaces
from lab.namespaces import LabError
from lab.software import relevo_binary, wait_for

BACKEND_PORTS = ("9001", "9002", "9003", "9004", "9005")
HELD_FIRST = 200
HELD = 5000

# name, kind of load, listener, connections, unit of the price, most that relevo's ratio may be
WORKLOADS = (
    ("short connection, 100 bytes", "short", "short", 64, "us", 1.00),
    ("64-byte round trip, 64 connections", "pong", "pong", 64, "us", 0.95),
    ("bulk, 1 stream", "bulk", "bulk", 1, "s/GB", 0.75),
    ("bulk, 16 streams", "bulk", "bulk", 16, "s/GB", 0.75),
    ("HTTP request, logged, 64 connections", "http", "http_logged", 64, "us", 0.85),
    ("HTTP request, logged, 256 connections", "http", "http_logged", 256, "us", 0.75),
    ("HTTP request, 64 connections", "http", "http_plain", 64, "us", 0.85),
    ("HTTP request, 256 connections", "http", "http_plain", 256, "us", 0.75),
)
# name, kind of load, listener, most bytes that relevo may take
IDLE = (
    ("idle pair of connections", "hold", "pong", 512),
    ("idle HTTP connection", "hold_http", "http_plain", 1024),
)
LISTENERS = ("short", "pong", "bulk", "http_logged", "http_plain")


class Proxy:
    """One of those that are compared, running."""

    def __init__(self, name, program, base_port, cores):
        self.name = name
        self.ports = dict(zip(LISTENERS, range(base_port, base_port + len(LISTENERS))))
        self._argv = pinned(cores[0], [program, "-db", "-f", str(HERE / "haproxy.cfg")])
        self.start()

    def start(self):
        environment = {**os.environ, **{f"PORT_{kind.upper()}": str(port)
                                        for kind, port in self.ports.items()}}
        self._process = namespaces.start(self._argv, env=environment)
        wait_for(f"{self.name} to listen", 10, self._listens)

    def _listens(self):
        if self._process.poll() is not None:
            raise LabError(f"{self.name} ended with status {self._process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", self.ports["bulk"]), 1).close()
        except OSError:
            return False
        return True

    def pids(self):
        """The process and all its descendants."""
        found = [self._process.pid]
        for pid in found:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as f:
                    found += [int(child) for child in f.read().split()]
        return found

    def pss_bytes(self):
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup") as f:
                total += sum(int(line.split()[1]) * 1024 for line in f if line.startswith("Pss:"))
        return total

    def close(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Backend:
    """The server behind the proxies, and the receiver of their log lines."""

    def __init__(self, directory, core):
        self._process = namespaces.start(pinned(core, [f"{directory}/backend", "127.0.0.1", *BACKEND_PORTS]),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._process.stdout.readline()

    def logged(self):
        """Log lines that have come so far."""
        self._process.stdin.write("?\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline().split()[1])

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


def pinned(core, argv):
    return argv if core is None else ["taskset", "-c", str(core), *argv]


def two_cores():
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("bench: one core only: proxy and load disturb each other", file=sys.stderr)
        return None, None
    return cores[0], cores[1]


def build(directory):
    compiler = os.environ.get("CC") or next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    if compiler is None:
        raise LabError("no C compiler: install gcc or clang")
    for name in ("load", "backend"):
        namespaces.run([*compiler.split(), "-O2", "-std=gnu17", "-o", f"{directory}/{name}",
                        str(HERE / f"{name}.c")])


def prepare_network(congestion):
    """Loopback of our own, with ports enough for ten thousands of connections."""
    namespaces.become_root()
    namespaces.private_network()
    settings = [("ip_local_port_range", "10240 65535"), ("tcp_tw_reuse", "1")]
    if congestion:
        settings.append(("tcp_congestion_control", congestion))
    for name, value in settings:
        with open(f"/proc/sys/net/ipv4/{name}", "w") as f:
            f.write(value)


def one_run(directory, core, port, proxy, kind, count, milliseconds):
    output = namespaces.run(pinned(core, [
        f"{directory}/load", kind, "127.0.0.1", str(port), str(count),
        str(milliseconds // 4), str(milliseconds), ",".join(map(str, proxy.pids()))]))
    return json.loads(output)


def price(run, unit):
    """CPU time per operation in microseconds, or in seconds per GB."""
    if unit == "s/GB":
        return run["cpu_ns"] / run["bytes"]
    return run["cpu_ns"] / run["operations"] / 1000


def compare(proxies, backend, directory, core, rounds, milliseconds, only):
    """{workload: {proxy: [run, ...]}}"""
    seen = {}
    for number in range(rounds):
        turn = number % len(proxies)
        for name, kind, listener, count, unit, _ in WORKLOADS:
            if only and only not in name:
                continue
            for proxy in proxies[turn:] + proxies[:turn]:
                logged = backend.logged()
                run = one_run(directory, core, proxy.ports[listener], proxy, kind, count, milliseconds)
                run["logged"] = backend.logged() - logged
                if listener == "http_logged" and run["logged"] < 0.95 * run["operations"]:
                    raise LabError(f"{proxy.name}: {run['logged']} log lines of {run['operations']} requests")
                run["price"] = price(run, unit)
                seen.setdefault(name, {}).setdefault(proxy.name, []).append(run)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return seen


def held_bytes(directory, core, proxy, kind, listener, count):
    """User-space memory of the proxy, started anew, per idle connection, of the last `count`."""
    proxy.close()
    proxy.start()
    load = namespaces.start(pinned(core, [f"{directory}/load", kind, "127.0.0.1",
                                          str(proxy.ports[listener]), str(HELD_FIRST), str(count)]),
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        sizes = []
        for _ in range(2):
            if load.stdout.readline() != "held\n":
                raise LabError(f"{proxy.name}: {HELD_FIRST + count} connections could not be held")
            time.sleep(1)
            sizes.append(proxy.pss_bytes())
            load.stdin.write("\n")
            load.stdin.flush()
    finally:
        load.stdin.close()
        load.wait()
        load.stdout.close()
    return (sizes[1] - sizes[0]) / count


def summarise(seen, proxies):
    """One row per workload and proxy: medians, and the ratios to the second proxy."""
    rows = []
    for name, _, _, _, unit, bound in WORKLOADS:
        if name not in seen:
            continue
        reference = seen[name][proxies[1].name]
        for proxy in proxies:
            runs = seen[name][proxy.name]
            ratios = [run["price"] / other["price"] for run, other in zip(runs, reference)]
            rate = [run["bytes"] / run["seconds"] / 1e9 if unit == "s/GB"
                    else run["operations"] / run["seconds"] for run in runs]
            cpu = statistics.median(run["price"] for run in runs)
            rows.append({
                "workload": name, "proxy": proxy.name, "unit": unit, "cpu": cpu,
                "ratio": cpu / statistics.median(run["price"] for run in reference),
                "paired": statistics.median(ratios), "least": min(ratios), "greatest": max(ratios),
                "bound": bound if proxy is proxies[0] else None,
                "rate": statistics.median(rate), "rate_unit": "GB/s" if unit == "s/GB" else "/s",
                "p50_us": statistics.median(run["p50_us"] for run in runs),
                "p99_us": statistics.median(run["p99_us"] for run in runs)})
    return rows


def show(rows, held, reference):
    print(f"\n| workload | proxy | CPU | ratio to {reference} | bound | paired: median, least, greatest "
          "| throughput | latency p50, p99 |\n|---|---|---|---|---|---|---|---|")
    for row in rows:
        bound = f"{row['bound']:.2f}" if row["bound"] else ""
        rate = f"{row['rate']:.2f} GB/s" if row["rate_unit"] == "GB/s" else f"{row['rate']:,.0f}/s"
        latency = "" if row["unit"] == "s/GB" else f"{row['p50_us']:,.0f}, {row['p99_us']:,.0f} us"
        digits = 3 if row["unit"] == "s/GB" else 2
        print(f"| {row['workload']} | {row['proxy']} | {row['cpu']:.{digits}f} {row['unit']} "
              f"| {row['ratio']:.2f} | {bound} "
              f"| {row['paired']:.2f}, {row['least']:.2f}, {row['greatest']:.2f} | {rate} | {latency} |")
    for what, _, _, bound in IDLE:
        for name, size in held.get(what, {}).items():
            print(f"| {what} | {name} | {size:,.0f} bytes | | {bound if name == 'relevo' else ''} | | | |")


def missed(rows, held):
    """What the issue bounds and this run does not keep, in words."""
    found = [f"{row['workload']}: {row['ratio']:.2f} of {row['bound']:.2f}" for row in rows
             if row["bound"] and row["ratio"] > row["bound"]]
    return found + [f"{what}: {held[what]['relevo']:.0f} bytes of {bound}" for what, _, _, bound in IDLE
                    if what in held and held[what]["relevo"] > bound]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less than a minute")
    parser.add_argument("--rounds", type=int, help="default 9, quick 3")
    parser.add_argument("--json", default=str(HERE.parent / "build" / "bench.json"), metavar="FILE")
    parser.add_argument("--only", metavar="WORD", help="the workloads with that word in their name")
    parser.add_argument("--congestion", metavar="NAME", help="of all sockets, in place of the machine's own")
    parser.add_argument("--check", action="store_true", help="status 1 if a bound is missed")
    return parser.parse_args()


def programs():
    """(name, program) of each proxy; the second is what ratios refer to."""
    haproxy = shutil.which("haproxy") or "/usr/sbin/haproxy"
    if not os.access(haproxy, os.X_OK):
        raise LabError("haproxy is not installed: apt-get install haproxy")
    found = [("relevo", relevo_binary()), ("haproxy", haproxy)]
    if os.environ.get("HAPROXY"):
        found.append((os.environ["HAPROXY"], os.environ["HAPROXY"]))
    return found


def run(chosen, directory):
    cores = two_cores()
    build(directory)
    chosen_programs = programs()
    prepare_network(chosen.congestion)
    started = []
    backend = Backend(directory, cores[1])
    try:
        for number, (name, program) in enumerate(chosen_programs):
            started.append(Proxy(name, program, 8001 + 10 * number, cores))
        rounds = chosen.rounds or (3 if chosen.quick else 9)
        seen = compare(started, backend, directory, cores[1], rounds, 600 if chosen.quick else 1200, chosen.only)
        held = {what: {proxy.name: held_bytes(directory, cores[1], proxy, kind, listener, HELD) for proxy in started}
                for what, kind, listener, _ in IDLE if not chosen.only or chosen.only in what}
        return seen, summarise(seen, started), held, started[1].name
    finally:
        for proxy in started:
            proxy.close()
        backend.close()


def main():
    chosen = arguments()
    try:
        with tempfile.TemporaryDirectory(prefix="relevo-bench-") as directory:
            os.chmod(directory, 0o755)
            seen, rows, held, reference = run(chosen, directory)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    show(rows, held, reference)
    pathlib.Path(chosen.json).write_text(json.dumps({"rows": rows, "held_bytes": held, "runs": seen}, indent=1))
    misses = missed(rows, held)
    for text in misses:
        print(f"over its bound: {text}")
    return 1 if chosen.check and misses else 0


sys.exit(main())
