#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What health checks cost: CPU of HAProxy and relevo that check many servers, in turns; the ratio of medians.

bench/checks.py RELEVO [--servers N] [--inter MS] [--seconds S] [--rounds N]

The servers are one listening socket on loopback, so both ends of each connection are paid by who checks. One
thread each, plain TCP checks; ten servers a backend. With one round a check of the script, not a measurement.
"""
import argparse
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
WARM_UP = 3.5


def serve():
    sink = socket.create_server(("127.0.0.1", 0), backlog=4096)

    def accept():
        while True:
            sink.accept()[0].close()
    threading.Thread(target=accept, daemon=True).start()
    return sink.getsockname()[1]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def config(port, servers, inter):
    text = ("global\n  nbthread 1\ndefaults\n  mode tcp\n  timeout connect 1s\n  timeout client 5s\n"
            f"  timeout server 5s\nlisten web\n  bind 127.0.0.1:{free_port()}\n")
    for backend in range(servers // 10):
        text += f"backend b{backend}\n" + "".join(
            f"  server s{number} 127.0.0.1:{port} check inter {inter}\n" for number in range(10))
    return text


def family(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


def cpu_seconds(pid):
    total = 0
    for member in family(pid):
        words = pathlib.Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(words[11]) + int(words[12])
    return total / TICKS


def share_of_cpu(command, seconds):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(WARM_UP)
        before = cpu_seconds(process.pid)
        time.sleep(seconds)
        return (cpu_seconds(process.pid) - before) / seconds
    finally:
        process.terminate()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("relevo")
    parser.add_argument("--servers", type=int, default=10000)
    parser.add_argument("--inter", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/haproxy.cfg"
        pathlib.Path(path).write_text(config(serve(), args.servers, args.inter))
        commands = {"haproxy": ["haproxy", "-db", "-f", path],
                    "relevo": [args.relevo, "-db", "-f", path, "--control", f"{directory}/control.sock"]}
        shares = {name: [] for name in commands}
        for _ in range(args.rounds):
            for name, command in commands.items():
                shares[name].append(share_of_cpu(command, args.seconds))
            print("  ".join(f"{name} {100 * found[-1]:.1f} %" for name, found in shares.items()), flush=True)
    haproxy, relevo = (statistics.median(shares[name]) for name in ("haproxy", "relevo"))
    print(f"{args.servers} servers each {args.inter} ms: HAProxy {100 * haproxy:.1f} %, relevo {100 * relevo:.1f} % "
          f"of a CPU, ratio {relevo / haproxy:.2f}")


if __name__ == "__main__":
    main()
