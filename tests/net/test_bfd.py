# SPDX-License-Identifier: Apache-2.0
"""BFD sessions of relevo with each other and with a real Keepalived, over a wire that can be cut.

Ours is build/tests/unit/vrrp/bfd_driver: the sessions of the vrrp process without the rest.
"""
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import namespaces
from lab.wait import until

pytestmark = pytest.mark.figures

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEVO = pathlib.Path(os.environ.get("RELEVO") or ROOT / "build/relevo")
DRIVER = RELEVO.parent / "tests/unit/vrrp/bfd_driver"
KEEPALIVED = shutil.which("keepalived")
IPS = {4: ["10.9.1.1", "10.9.1.2"], 6: ["fd09::1", "fd09::2"]}


class Speaker:
    """One end. Its changes of state are in its output, with their moments on the monotonic clock."""

    def __init__(self, wire, index):
        self.wire, self.index = wire, index
        self.network = namespaces.new_network()
        self.log = wire.directory / f"end{index}.log"
        self.process = None

    def start(self, kind, family, interval_ms=50, multiplier=4, hops=0, ttl=255):
        mine, other = IPS[family][self.index], IPS[family][1 - self.index]
        self.kind = kind
        if kind == "relevo":
            argv = [str(DRIVER), other, mine, str(interval_ms), str(interval_ms), str(multiplier), str(hops), str(ttl)]
        else:
            path = self.wire.directory / f"k{self.index}.conf"
            path.write_text(f"""bfd_instance B1 {{
    neighbor_ip {other}
    source_ip {mine}
    min_tx {interval_ms}
    min_rx {interval_ms}
    multiplier {multiplier}
    max_hops {hops}
    {"ttl" if family == 4 else "hoplimit"} {ttl}
}}
""")
            pids = [word for i, flag in enumerate("prcb") for word in
                    (f"-{flag}", str(self.wire.directory / f"{self.index}.{flag}"))]
            argv = ["unshare", "-m", "--", KEEPALIVED, "-n", "-l", "-D", "-f", str(path), *pids]
        self.output = open(self.log, "wb")
        # As the vrrp process runs, which has the sessions of the product.
        self.process = namespaces.start(["chrt", "--rr", "10", *argv], self.network, stdout=self.output,
                                        stderr=subprocess.STDOUT)

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def is_up(self):
        if self.kind == "relevo":
            changes = re.findall(r"^[\d.]+ (up|down) ", self.text(), re.M)
            return changes[-1:] == ["up"]
        changes = re.findall(r"\(B1\) Entering (\w+) state", self.text())
        return changes[-1:] == ["Up"]

    def moments(self, word):
        return [float(m) for m in re.findall(rf"^([\d.]+) {word} ", self.text(), re.M)]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Wire:
    def __init__(self, directory):
        self.directory = directory
        self.bridge = namespaces.new_network()
        self.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
        self.run("ip", "link", "set", "br0", "up")
        self.ends = [Speaker(self, i) for i in range(2)]
        for i, end in enumerate(self.ends):
            self.run("ip", "link", "add", f"p{i}", "type", "veth", "peer", "name", f"n{i}")
            self.run("ip", "link", "set", f"n{i}", "netns", f"/proc/{os.getpid()}/fd/{end.network}")
            self.run("ip", "link", "set", f"p{i}", "master", "br0", "up")
            for words in (f"link set n{i} name eth0", f"addr add {IPS[4][i]}/24 dev eth0",
                          f"addr add {IPS[6][i]}/64 dev eth0 nodad", "link set eth0 up"):
                namespaces.run(["ip", *words.split()], end.network)

    def run(self, *argv):
        return namespaces.run(list(argv), self.bridge)

    def cut(self):
        self.run("nft", "add table bridge cut; add chain bridge cut f { type filter hook forward priority 0; policy drop; }")
        return time.monotonic()

    def heal(self):
        self.run("nft", "delete table bridge cut")

    def until(self, condition, seconds, what):
        return until(condition, seconds, what,
                     lambda: "\n".join(f"--- end {e.index}\n{e.text()[-1500:]}" for e in self.ends), 0.005)

    def cut_and_heal(self):
        """Seconds after the cut at which each end of ours says that it is down."""
        cut = self.cut()
        self.until(lambda: not any(end.is_up() for end in self.ends), 2, "both ends are down")
        took = [end.moments("down")[-1] - cut for end in self.ends if end.kind == "relevo"]
        time.sleep(1)
        self.heal()
        print(f"down after {took} s, up again after {self.until_up(4):.3f} s")
        return took

    def until_up(self, seconds):
        return self.until(lambda: all(end.is_up() for end in self.ends), seconds, "both ends are up")

    def close(self):
        for end in self.ends:
            end.stop()
        for fd in [self.bridge] + [end.network for end in self.ends]:
            os.close(fd)


@pytest.fixture
def wire(tmp_path):
    made = Wire(tmp_path)
    yield made
    made.close()


PAIRS = [("relevo", "relevo"), ("relevo", "keepalived"), ("keepalived", "relevo")]


@pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
def test_up_and_down(wire, kinds, family):
    """Up within a second of the second end's start (a real one waits up to one more); Down when the wire is cut."""
    one, other = wire.ends
    one.start(kinds[0], family)
    time.sleep(1.5)
    other.start(kinds[1], family)
    took = wire.until_up(3)
    print(f"{kinds} up after {took * 1000:.0f} ms")
    assert took < (0.3 if kinds == ("relevo", "relevo") else 2.2)
    time.sleep(1.0)
    assert all(end.is_up() for end in wire.ends)
    assert all(len(end.moments("up")) == 1 for end in wire.ends if end.kind == "relevo")  # and stays
    downs = [wire.cut_and_heal() for _ in range(3)]
    # 4 x 50 ms after the last packet, which came up to 50 ms before; a median, for one sample may be the machine's.
    assert all(0.100 <= statistics.median(down) <= 0.230 for down in zip(*downs)), downs


def test_orderly_end(wire):
    """SIGTERM says AdminDown: the other end does not wait for its detection time."""
    one, other = wire.ends
    one.start("relevo", 4, interval_ms=500)
    took = []
    for _ in range(3):
        other.start("relevo", 4, interval_ms=500)
        wire.until_up(4)
        start = time.monotonic()
        other.stop()
        wire.until(lambda: not one.is_up(), 0.4, "the other end is down")
        took.append(one.moments("down")[-1] - start)
    assert statistics.median(took) < 0.1, took  # of 2 s
    assert "the neighbor says AdminDown (administratively down)" in one.text()


def test_hops(wire):
    """A packet with a hop less than 255 did not come from a neighbor, unless max_hops allows it."""
    one, other = wire.ends
    other.start("relevo", 4, ttl=254, hops=0)
    one.start("relevo", 4, hops=0)
    time.sleep(1.5)
    assert not one.is_up()
    assert one.text().count("more hops than max_hops allows") == 1
    one.stop()
    one.start("relevo", 4, hops=1)
    wire.until_up(2)


@pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])
def test_fast(wire, family):
    """10 ms intervals hold for five seconds, and a cut is seen within 50 ms."""
    for end in wire.ends:
        end.start("relevo", family, interval_ms=10, multiplier=5)
    wire.until_up(2)
    time.sleep(5)
    assert all(len(end.moments("up")) == 1 for end in wire.ends)
    downs = [wire.cut_and_heal() for _ in range(3)]
    # 5 x 10 ms, and what the cut itself takes
    assert all(statistics.median(down) < 0.08 for down in zip(*downs)), downs
