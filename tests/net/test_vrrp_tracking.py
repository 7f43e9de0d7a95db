# SPDX-License-Identifier: Apache-2.0
"""Everything that is tracked, relevo beside a real Keepalived with the same file: the priority on the wire after
each event must be the same, and what each instance and sync group writes to a FIFO too.
"""
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import namespaces
from lab.sniffer import Sniffer
from lab.wait import until

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEVO = os.environ.get("RELEVO") or str(ROOT / "build/relevo")
BFD_DRIVER = pathlib.Path(RELEVO).parent / "tests/unit/vrrp/bfd_driver"
KEEPALIVED = shutil.which("keepalived")

BLOCKS = """global_defs {{
    router_id lab
    script_user root
    vrrp_notify_fifo {dir}/fifo
    vrrp_notify_priority_changes true
}}
track_file F {{
    file {dir}/F
    weight 1
}}
track_file G {{
    file {dir}/G
    weight 2 reverse
    init_file 6 overwrite
}}
track_file Z {{
    file {dir}/Z
    weight 0
}}
vrrp_script S {{
    script "/usr/bin/test -e {dir}/S"
    interval 1
    weight 7
}}
vrrp_script N {{
    script "/usr/bin/test -e {dir}/S"
    interval 1
    weight -9
}}
vrrp_script O {{
    script "/usr/bin/test -e {dir}/O"
    interval 1
}}
bfd_instance B {{
    neighbor_ip 10.9.1.9
    source_ip 10.9.1.1
    min_tx 50
    min_rx 50
    multiplier 4
}}
"""

TRACKS = {
    "FILE": "track_file {\n F\n}",
    "MINUS": "track_file {\n F weight -2\n G\n}",
    "ZERO": "track_file {\n Z\n F weight 3 reverse\n}",
    "LINK": "track_interface {\n t0 weight 13\n}",
    "DOWN": "track_interface {\n t0\n}",
    "BACK": "track_interface {\n t0 weight 5 reverse\n}",
    "RUN": "track_script {\n S\n N\n}",
    "TURN": "track_script {\n S weight 3 reverse\n N weight -4 reverse\n}",
    "MUST": "track_script {\n O\n}",
    "BFD": "track_bfd {\n B weight -10\n}",
    "VITAL": "track_bfd {\n B\n}",
    "OWNER": "priority 255\ntrack_file {\n F weight 1\n}",
    "GA": "",
    "GB": "",
}
IDS = {name: 51 + i for i, name in enumerate(TRACKS)}
GROUP = """vrrp_sync_group VG {
    group {
        GA
        GB
    }
    track_file {
        F weight 2
    }
    track_interface {
        t0 weight -4
    }
    track_script {
        O
    }
}
"""


def config(directory):
    text = BLOCKS.format(dir=directory)
    for name, tracks in TRACKS.items():
        text += f"""vrrp_instance {name} {{
    interface eth0
    virtual_router_id {IDS[name]}
    virtual_ipaddress {{
        10.9.2.{IDS[name]}/32
    }}
    {tracks}
}}
"""
    return text + GROUP


class Bench:
    """One node on a wire of its own, whose adverts are read; beside it a BFD neighbor."""

    def __init__(self, kind, directory):
        self.kind, self.directory = kind, directory
        directory.mkdir()
        self.wire, self.network, self.far = (namespaces.new_network() for _ in range(3))
        self.processes, self.lines, self.priorities = [], [], {}
        self.done = False
        self.run(self.wire, "ip link add br0 type bridge forward_delay 0 mcast_snooping 0")
        self.run(self.wire, "ip link set br0 up")
        for index, (network, address) in enumerate([(self.network, "10.9.1.1"), (self.far, "10.9.1.9")]):
            self.run(self.wire, f"ip link add p{index} type veth peer name n{index}")
            self.run(self.wire, f"ip link set n{index} netns /proc/{os.getpid()}/fd/{network}")
            self.run(self.wire, f"ip link set p{index} master br0 up")
            for words in (f"link set n{index} name eth0", "link set lo up", f"addr add {address}/24 dev eth0",
                          "link set eth0 up"):
                self.run(network, f"ip {words}")
        self.run(self.network, "ip link add t0 type veth peer name t1")
        self.run(self.network, "ip link set t0 up")
        self.run(self.network, "ip link set t1 up")
        self.sniffer = Sniffer(self.wire, "br0")
        self.threads = [threading.Thread(target=target, daemon=True) for target in (self._sniff, self._read_fifo)]

    @staticmethod
    def run(network, line):
        return namespaces.run(line.split(), network)

    def _sniff(self):
        while not self.done:
            moment, frame = self.sniffer.read() or (0, b"")
            if frame[12:14] == b"\x08\x00" and frame[23] == 112:
                self.priorities[frame[35]] = (moment, frame[36])

    def _read_fifo(self):
        path, text = self.directory / "fifo", b""
        while not path.exists():
            if self.done:
                return
            time.sleep(0.005)
        fifo = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        while not self.done:
            if select.select([fifo], [], [], 0.2)[0]:
                text += os.read(fifo, 4096)
                *lines, text = text.split(b"\n")
                self.lines += [line.decode() for line in lines]
        os.close(fifo)

    def start(self, argv, network, name):
        """At a real-time priority, so that 4 x 50 ms of BFD are no matter of the tests beside it."""
        output = open(self.directory / name, "ab")
        process = namespaces.start(["chrt", "--rr", "1", *argv], network, stdout=output, stderr=subprocess.STDOUT)
        self.processes.append(process)
        return process

    def start_product(self, text):
        path = self.directory / "keepalived.conf"
        path.write_text(text)
        for thread in self.threads:
            thread.start()
        if self.kind == "relevo":
            argv = [RELEVO, "-db", "-k", str(path)]
        else:
            pids = [word for flag in "prcb" for word in (f"-{flag}", str(self.directory / f"{flag}.pid"))]
            argv = ["unshare", "-m", "--", KEEPALIVED, "-n", "-l", "-D", "-f", str(path), *pids]
        self.product = self.start(argv, self.network, "log")

    def start_bfd(self):
        return self.start([str(BFD_DRIVER), "10.9.1.1", "10.9.1.9", "50", "50", "4", "0", "255"], self.far, "bfd")

    def seen(self):
        """The priority that each instance advertises now; None for one that is silent."""
        now = time.monotonic()
        return {name: self.priorities[vrid][1] if vrid in self.priorities and now - self.priorities[vrid][0] < 1.5 and
                self.priorities[vrid][1] != 0 else None for name, vrid in IDS.items()}

    def log(self):
        return (self.directory / "log").read_text(errors="replace")

    def until(self, condition, seconds, what):
        return until(condition, seconds, what, lambda: f"{self.lines} {self.priorities}\n{self.log()[-3000:]}", 0.02)

    def until_says(self, text, seconds=5):
        self.until(lambda: text in self.log(), seconds, f"the log says {text!r}")

    def close(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(8)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        time.sleep(0.3)
        self.done = True
        for thread in self.threads:
            if thread.is_alive():
                thread.join()
        self.sniffer.close()
        for fd in (self.wire, self.network, self.far):
            os.close(fd)


def write(bench, name, text):
    (bench.directory / name).write_text(text)


# (what, seconds in which all can settle, what is done to a bench, what relevo must advertise then)
EVENTS = [
    ("start", 5.5, None, {"FILE": 100, "MINUS": 88, "BFD": 90, "VITAL": None, "OWNER": 255}),
    ("BFD neighbor comes", 6.5, lambda b: setattr(b, "neighbor", b.start_bfd()), {"VITAL": 100, "BFD": 100}),
    ("F 7", 2.5, lambda b: write(b, "F", "7\n"), {"OWNER": None, "FILE": 107, "ZERO": 79, "GA": 114}),
    ("F -5", 2.5, lambda b: write(b, "F", "-5"), {}),
    ("script S succeeds", 4, lambda b: write(b, "S", ""), {"RUN": 107, "TURN": 97}),
    ("script O fails", 4, lambda b: (b.directory / "O").unlink(), {"MUST": None, "GB": None}),
    ("script O succeeds", 6.5, lambda b: write(b, "O", ""), {}),
    ("t0 down", 2.5, lambda b: b.run(b.network, "ip link set t1 down"), {"DOWN": None, "LINK": 100, "GB": 86}),
    ("t0 up", 5.5, lambda b: b.run(b.network, "ip link set t1 up"), {}),
    ("F 300", 5.5, lambda b: write(b, "F", "300"), {"FILE": 254, "MINUS": None}),
    ("F gone", 5.5, lambda b: (b.directory / "F").unlink(), {"OWNER": 255}),
    ("Z 1", 2.5, lambda b: write(b, "Z", "1"), {"ZERO": None}),
    ("Z 0", 5.5, lambda b: write(b, "Z", "0"), {"ZERO": 100}),
    ("G 0", 2.5, lambda b: write(b, "G", "0"), {}),
    ("BFD neighbor goes", 2.5, lambda b: (b.neighbor.kill(), b.neighbor.wait()), {"VITAL": None, "BFD": 90}),
]
PATIENCE = 8  # seconds on top, for a machine that has other work


def settled(benches, seconds, wanted):
    """{kind: priorities} when relevo has what is wanted and both are the same; as they are when that never comes."""
    time.sleep(seconds)
    end = time.monotonic() + PATIENCE
    while True:
        seen = {bench.kind: bench.seen() for bench in benches}
        if seen["relevo"] == seen["keepalived"] and wanted.items() <= seen["relevo"].items() or time.monotonic() > end:
            return seen
        time.sleep(0.05)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Both products live through the same events: {kind: (bench, [(event, priorities)])}."""
    directory = tmp_path_factory.mktemp("tracking")
    benches = [Bench(kind, directory / kind) for kind in ("relevo", "keepalived")]
    seen = {bench.kind: [] for bench in benches}
    try:
        for bench in benches:
            write(bench, "F", "0")
            write(bench, "O", "")
            bench.start_product(config(bench.directory))
        for what, seconds, act, wanted in EVENTS:
            for bench in benches:
                if act is not None:
                    act(bench)
            for kind, priorities in settled(benches, seconds, wanted).items():
                seen[kind].append((what, priorities))
    finally:
        for bench in benches:
            bench.close()
    yield {bench.kind: (bench, seen[bench.kind]) for bench in benches}


def test_priorities_are_the_same(story):
    """After each event every instance of both has the same priority on the wire, or is silent."""
    ours, theirs = story["relevo"][1], story["keepalived"][1]
    different = [(what, name, mine[name], other[name]) for (what, mine), (_, other) in zip(ours, theirs)
                 for name in TRACKS if mine[name] != other[name]]
    assert not different, f"(event, instance, relevo, keepalived): {different}\n{story['relevo'][0].log()[-3000:]}"


def test_priorities_are_those_of_the_file(story):
    """What no comparison shows: that the events did something."""
    seen = dict(story["relevo"][1])
    wrong = [(what, name, seen[what][name], priority) for what, _, _, wanted in EVENTS for name, priority in wanted.items()
             if seen[what][name] != priority]
    assert not wrong, f"(event, instance, advertised, wanted): {wrong}\n{story['relevo'][0].log()[-3000:]}"


def test_fifo_lines_are_the_same(story):
    """Each instance and group writes the same lines in the same order."""
    def by_subject(bench):
        told = {}
        for line in bench.lines:
            told.setdefault(" ".join(line.split(" ")[:2]), []).append(line)
        return told
    ours, theirs = by_subject(story["relevo"][0]), by_subject(story["keepalived"][0])
    assert ours.keys() == theirs.keys()
    different = {subject: (ours[subject], theirs[subject]) for subject in ours if ours[subject] != theirs[subject]}
    assert not different


def test_causes_are_told(story):
    """Each change of priority and each fault says why."""
    log = story["relevo"][0].log()
    for text in ("Changing effective priority from 100 to 107: file F: its value is 7",
                 "Entering FAULT STATE: script O fails", "Entering FAULT STATE: tracked interface t0 is down",
                 "Entering FAULT STATE: file Z: its value 1 is not 0", "Entering FAULT STATE: bfd B is down",
                 "file F: its value 300 times -2 is below -253"):
        assert text in log, text


PROCESSES = """vrrp_track_process P {{
    process {name}
    weight 11
}}
vrrp_track_process Q {{
    process {name} x y
    param_match partial
    weight -20
}}
vrrp_track_process R {{
    process {name}
    quorum_max 1
    weight 0
    terminate_delay 0.5
}}
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {{
        10.9.2.51/32
    }}
    track_process {{
        P
        Q
        R
    }}
}}
"""


def test_processes(tmp_path):
    """Processes as they come and go, with their parameters and more of them than may be.

    Keepalived hears of processes only in the machine's first network namespace, so it is not beside us here.
    """
    name = f"tp{os.getpid()}"
    helper = tmp_path / name
    helper.symlink_to(shutil.which("tail"))

    def process(*words):
        return subprocess.Popen([name, *words], executable=helper, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def advertises(priority):
        moment, last = bench.priorities.get(51, (0, None))
        return last == priority and (priority == 0 or time.monotonic() - moment < 1.1)

    def settles(priority):
        bench.until(lambda: advertises(priority), 8, f"priority {priority} is advertised")
    bench = Bench("relevo", tmp_path / "relevo")
    running = []
    try:
        running.append(process("-f", "/dev/null"))
        bench.start_product(PROCESSES.format(name=name))
        settles(91)  # P: +11, Q: -20
        running[0].kill()
        running[0].wait()
        settles(0)
        bench.until_says("Entering FAULT STATE: process R: 0 running, 1 to 1 wanted")
        running.append(process("-f", "/dev/null"))
        settles(91)
        running.append(process("-f", "/dev/null"))
        settles(0)
        bench.until_says("process R: 2 running, 1 to 1 wanted")
    finally:
        bench.close()
        for each in running:
            each.kill()
            each.wait()


RELOADED = """global_defs {{
    vrrp_notify_fifo {dir}/fifo
    {words}
}}
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {{
        10.9.2.51/32
    }}
}}
"""
GONE = """vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    virtual_ipaddress {
        10.9.2.52/32
    }
    notify_deleted
}
vrrp_sync_group VG {
    group {
        VI_1
    }
}
"""


def test_reload_tells_what_changed(tmp_path):
    """A reload says of what is gone, and nothing of what stays, unless FIFOs want to hear it again."""
    bench = Bench("relevo", tmp_path / "relevo")

    def hears(lines):
        bench.until(lambda: bench.lines == lines, 8, f"the FIFO says {lines}")

    def reload(words, more):
        (bench.directory / "keepalived.conf").write_text(RELOADED.format(dir=bench.directory, words=words) + more)
        os.kill(bench.product.pid, signal.SIGHUP)
    try:
        text = RELOADED.format(dir=bench.directory, words="") + GONE
        bench.start_product(text)
        first = ['GROUP "VG" BACKUP 0', 'INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_2" BACKUP 100',
                 'INSTANCE "VI_1" MASTER 100', 'GROUP "VG" MASTER 0', 'INSTANCE "VI_2" MASTER 100']
        bench.until(lambda: sorted(bench.lines) == sorted(first), 9, f"the FIFO says {first}")
        seen = list(bench.lines)
        reload("", GONE)
        bench.until_says("reload: keepalived.conf is in effect")
        time.sleep(2.5)
        assert bench.lines == seen
        reload("", GONE[GONE.index("vrrp_sync_group"):])
        hears([*seen, 'INSTANCE "VI_2" DELETED 100'])
        reload("fifo_write_vrrp_states_on_reload", "")
        hears([*seen, 'INSTANCE "VI_2" DELETED 100', 'INSTANCE "VI_1" MASTER 100'])
        assert (bench.directory / "fifo").is_fifo()
    finally:
        bench.close()
    assert not (bench.directory / "fifo").exists()


def test_own_proxy_is_a_process_named_haproxy(tmp_path):
    """`track_process haproxy` finds the proxy of this relevo, and loses it when it is killed."""
    bench = Bench("relevo", tmp_path / "relevo")
    proxy = bench.directory / "haproxy.cfg"
    proxy.write_text("defaults\n mode tcp\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n"
                     "listen l\n bind 127.0.0.1:8080\n server s 127.0.0.1:8081\n")
    text = """vrrp_track_process P {
    process haproxy
    weight 11
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        10.9.2.51/32
    }
    track_process {
        P
    }
}
"""
    (bench.directory / "keepalived.conf").write_text(text)
    try:
        for thread in bench.threads:
            thread.start()
        # A /proc of its own: there may be other programs of that name on this machine.
        outer = bench.start(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--", RELEVO, "-db", "-f",
                             str(proxy), "-k", str(bench.directory / "keepalived.conf")], bench.network, "log")
        bench.until(lambda: bench.priorities.get(51, (0, 0))[1] == 111, 8, "priority 111 is advertised")
        bench.until_says("Changing effective priority from 100 to 111: process P: 1 of 1 running")
        children = pathlib.Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        outer.wait(8)
    finally:
        bench.close()


def test_scripts_around_everything(tmp_path):
    """startup_script comes first and is ended when its time is up; shutdown_script comes last."""
    bench = Bench("relevo", tmp_path / "relevo")
    script = bench.directory / "script"
    script.write_text(f'#!/bin/sh\necho "$*" >>{bench.directory}/out\ntest "$1" != start || exec sleep 30\n')
    script.chmod(0o755)
    try:
        bench.start_product(f"""global_defs {{
    script_user root
    startup_script "{script} start x"
    startup_script_timeout 1
    shutdown_script "{script} stop"
}}
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {{
        10.9.2.51/32
    }}
    notify {script}
}}
""")
        told = ["start x", "INSTANCE VI_1 BACKUP 100", "INSTANCE VI_1 MASTER 100"]
        out = bench.directory / "out"
        bench.until(lambda: out.exists() and out.read_text().splitlines() == told, 12, f"the scripts tell {told}")
    finally:
        bench.close()
    told += ["INSTANCE VI_1 STOP 100", "stop"]
    bench.until(lambda: out.read_text().splitlines() == told, 5, f"the scripts tell {told}")
    assert "no end after 1 s" in bench.log()
