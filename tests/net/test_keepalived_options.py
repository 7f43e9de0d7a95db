# SPDX-License-Identifier: Apache-2.0
"""keepalived's command line under that name: what each option does, and what a real Keepalived does where it shows."""
import os
import re
import subprocess
import time

import pytest

from test_vrrp_interop import PROGRAM, config
from test_vrrp_peers import Peers

pytestmark = pytest.mark.skipif(PROGRAM.endswith("driver"), reason="the command line is the whole program's")


class Named(Peers):
    """Nodes whose relevo is called keepalived."""

    def __init__(self):
        super().__init__()
        self.program = self.directory / "keepalived"
        self.program.symlink_to(PROGRAM)
        self.directory.chmod(0o755)

    def begin(self, index, *options, text=None, foreground=True):
        path = self.directory / f"k{index}.conf"
        path.write_text(text or config(101 - index, auth="PASS"))
        own = [] if "-p" in options else ["-p", str(self.pid(index)), "-r", str(self.directory / f"v{index}.pid")]
        self.nodes[index]._start([str(self.program), *(["-n"] if foreground else []), "-f", str(path), *own, *options])

    def pid(self, index):
        return self.directory / f"p{index}.pid"

    def check(self, *options, text=None):
        path = self.directory / "check.conf"
        path.write_text(text or config(101, auth="PASS"))
        node = self.nodes[0]
        return subprocess.run(["nsenter", f"--net=/proc/{os.getpid()}/fd/{node.network}", str(self.program), "-t", "-f",
                               str(path), *options], capture_output=True, text=True, timeout=20)


@pytest.fixture
def lab():
    made = Named()
    yield made
    made.close()


def address_line(node):
    found = re.search(r"inet 10\.1\.1\.80/32.*\n.*", node.run("ip", "addr", "show", "eth0"))
    return found.group(0) if found else ""


def test_dont_release(lab):
    """-V: the end says nothing, the address stays for good, and the next start goes on with it."""
    lab.begin(0, "-V")
    lab.until_owner(0, 12)
    lab.begin(1)
    lab.until(lambda: "Entering BACKUP" in lab.nodes[1].text(), 10, "a backup")
    adverts = len([frame for frame in lab.wire.frames if frame[1] == "advert" and frame[3][14 + 20 + 2] == 0])
    lab.nodes[0].process.terminate()
    lab.nodes[0].process.wait(10)
    assert "forever" in address_line(lab.nodes[0])
    assert len([frame for frame in lab.wire.frames if frame[1] == "advert" and frame[3][14 + 20 + 2] == 0]) == adverts
    time.sleep(4.5)  # longer than a lease
    assert "forever" in address_line(lab.nodes[0])
    lab.nodes[0].run("ip", "addr", "del", "10.1.1.80/32", "dev", "eth0")


def test_release(lab):
    """Without it priority 0 is the last word, after the address is gone."""
    lab.begin(0)
    lab.until_owner(0, 12)
    lab.nodes[0].process.terminate()
    lab.nodes[0].process.wait(10)
    assert not address_line(lab.nodes[0])
    last = [frame for frame in lab.wire.frames if frame[1] == "advert"][-1]
    assert last[3][14 + 20 + 2] == 0
    assert not lab.pid(0).exists() and not (lab.directory / "v0.pid").exists()


def test_dont_respawn(lab):
    lab.begin(0, "-R")
    lab.until_owner(0, 12)
    os.kill(int((lab.directory / "v0.pid").read_text()), 9)
    assert lab.nodes[0].process.wait(10) == 1
    assert "the vrrp process died (signal 9, Killed): stopping, as -R asks" in lab.nodes[0].text()


def test_logs(lab):
    """-g writes the parent's and the vrrp process's events, -d the data, -a addresses that come and go."""
    lab.begin(0, "-G", "-d", "-a", "-g", str(lab.directory / "log.of.txt"))
    lab.until_owner(0, 12)
    lab.nodes[0].run("ip", "addr", "add", "10.5.5.5/32", "dev", "eth0")
    lab.nodes[0].run("ip", "addr", "del", "10.5.5.5/32", "dev", "eth0")
    parent, vrrp = lab.directory / "log.of.txt", lab.directory / "log.of_vrrp.txt"
    lab.until(lambda: "address 10.5.5.5 removed from eth0" in vrrp.read_text(), 5, "the removal is logged")
    text = vrrp.read_text()
    assert "address 10.5.5.5 added to eth0" in text and "(VI_1) address 10.1.1.80 added" in text
    assert text.count("10.1.1.80 added") == 1 and "Entering MASTER STATE" in text
    assert "VRRP Instance = VI_1" in parent.read_text() and "Entering MASTER STATE" not in parent.read_text()
    lab.nodes[0].stop()
    assert "address 10.1.1.80 removed from eth0" in vrrp.read_text() or "stopping" in vrrp.read_text()


def test_umask_and_cores(lab):
    lab.begin(0, "-m", "-u", "027")
    lab.until_owner(0, 12)
    vrrp = int((lab.directory / "v0.pid").read_text())
    limits = open(f"/proc/{vrrp}/limits").read()
    assert re.search(r"Max core file size\s+unlimited\s+unlimited", limits), limits
    assert "Umask:\t0027" in open(f"/proc/{vrrp}/status").read()


def test_pid_files(lab):
    """The default places, with and without the words that change them; -s as net_namespace."""
    wanted = {"": ["keepalived.pid", "vrrp.pid"], "use_pid_dir\n": ["keepalived/keepalived.pid", "keepalived/vrrp.pid"],
              "instance blue\n": ["keepalived/keepalived_blue.pid", "keepalived/vrrp_blue.pid"]}
    for words, files in wanted.items():
        run = lab.directory / "run"
        run.mkdir(exist_ok=True)
        path = lab.directory / "k.conf"
        path.write_text(words + config(101, auth="PASS"))
        lab.nodes[0]._start(["unshare", "-m", "sh", "-c",
                             f"mount --bind {run} /run; exec {lab.program} -n -f {path}"])
        lab.until(lambda: all((run / name).exists() and (run / name).read_text().strip() for name in files), 10,
                  f"{files} are there")
        vrrp = int((run / files[1]).read_text())
        lab.until(lambda: b"vrrp" in open(f"/proc/{vrrp}/cmdline", "rb").read(), 5, "it is the vrrp process's")
        lab.nodes[0].stop()
        lab.until(lambda: not any((run / name).exists() for name in files), 5, f"{files} are removed")


def test_check(lab):
    """-t: exit statuses, its file, -e and -P."""
    good = lab.check()
    assert good.returncode == 0, good.stderr
    assert lab.check(text="vrrp_instance V {\n}\n").returncode == 3
    out = lab.directory / "said.txt"
    path = lab.directory / "wrong.conf"
    path.write_text("vrrp_instance V {\n}\n")
    done = subprocess.run([str(lab.program), f"--config-test={out}", "-f", str(path)], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 3 and not done.stderr and "has no interface" in out.read_text()
    missing = f"include {lab.directory}/nosuch.conf\n" + config(101, auth="PASS")
    assert lab.check(text=missing).returncode == 0
    assert lab.check("-e", text=missing).returncode == 3


SERVER = """virtual_server 10.1.1.99 80 {
    protocol TCP
    lvs_sched rr
    lvs_method NAT
    real_server 10.1.1.98 80 {
    }
}
"""


def test_vrrp_only(lab):
    """A file with virtual servers is refused, unless -P says that they do not matter."""
    lab.begin(0, text=SERVER + config(101, auth="PASS"))
    assert lab.nodes[0].process.wait(10) == 1
    lab.begin(0, "-P", text=SERVER + config(101, auth="PASS"))
    lab.until_owner(0, 12)


@pytest.mark.parametrize("option,why", [("-x", "There is no SNMP"), ("-C", "There are no checkers"),
                                        ("--genhash", "There are no checks of pages"), ("--perf", "Nothing is recorded")])
def test_refused(lab, option, why):
    done = subprocess.run([str(lab.program), "-n", option], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and f"is refused: {why}" in done.stderr
