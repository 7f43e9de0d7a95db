#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""chaos.py N [SEED]: N random faults on pairs of real nodes, JOBS (4) pairs at a time, invariants checked after each.

After each fault: it is healed, and within node.BOUND exactly one node has the address, the client is served by it and
has its MAC, all processes of both nodes run, none crashed or holds ever more descriptors, `relevo why` names causes.
Seeds are printed; a failure keeps the logs and names their directory. RELEVO names the program.
"""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
JOBS = int(os.environ.get("JOBS", "4"))


def keep(pair, seed):
    kept = pathlib.Path(tempfile.mkdtemp(prefix=f"relevo-chaos-{seed}-"))
    for i, disk in enumerate(pair.disks):
        shutil.copytree(disk, kept / f"node{i}", ignore=lambda d, names: [n for n in names if n.startswith("control")
                                                                         or n == "filler"])
    return kept


def one(pair, dice):
    """One fault and its heal; its name and how long all took to be well again."""
    import faults
    from node import Broken
    name, heal = dice.choice(faults.FAULTS)(pair, dice)
    print(f"    {name}", flush=True)
    if heal is None:
        raise Broken(name)
    heal()
    took = pair.settle()
    pair.check_processes()
    pair.check_why()
    return name, took


def worker(seed, count):
    from node import Broken, Chaos
    dice = random.Random(seed)
    pair = Chaos()
    done = []
    try:
        for i in range(2):
            pair.start(i)
        pair.settle()
        for n in range(count):
            name, took = one(pair, dice)
            done.append((took, name))
            print(f"seed {seed} fault {n}: {name}: well after {took:.2f} s", flush=True)
    except Exception as error:  # whatever it is, the logs tell more
        print(f"FAILED seed {seed} fault {len(done)}: {type(error).__name__}: {error}\n  logs: {keep(pair, seed)}", flush=True)
        return 1
    finally:
        pair.close()
    slowest = max(done)
    print(f"seed {seed}: {count} faults, the slowest {slowest[0]:.2f} s ({slowest[1]})", flush=True)
    return 0


def main():
    if sys.argv[1] == "--worker":
        return worker(int(sys.argv[2]), int(sys.argv[3]))
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    jobs = min(JOBS, count)
    start = time.monotonic()
    print(f"make chaos N={count} SEED={seed}", flush=True)
    shares = [count // jobs + (i < count % jobs) for i in range(jobs)]
    # A mount namespace each: the small disks go with it.
    workers = [subprocess.Popen(["unshare", "-m", "--", sys.executable, __file__, "--worker", str(seed + i), str(share)])
               for i, share in enumerate(shares)]
    failed = sum(process.wait() != 0 for process in workers)
    print(f"{count} faults on {jobs} pairs in {time.monotonic() - start:.0f} s, {failed} pairs failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
