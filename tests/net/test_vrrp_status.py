# SPDX-License-Identifier: Apache-2.0
"""relevo status, and the dumps that Keepalived writes on signals, beside a real Keepalived's."""
import json
import os
import re
import subprocess
import time

import pytest

from test_vrrp_interop import PROGRAM, config
from test_vrrp_peers import Peers, both


@pytest.fixture
def lab():
    made = Peers()
    yield made
    made.close()


def test_status(lab):
    both(lab, auth="PASS")
    text = ""

    def heard_just_now():
        nonlocal text
        text = lab.command(1, "status").stdout
        return re.search(r"  node lab \(10.1.1.20\): MASTER, priority 101, heard 0\.\d s ago\n", text)
    lab.until(heard_just_now, 5, "a hello within the last second")
    assert re.match(r"VI_1 is BACKUP, priority 100, since ", text), text
    assert "  virtual router 51 on eth0, version 2: 10.1.1.80, held by 10.1.1.20, which has priority 101\n" in text
    found = json.loads(lab.command(0, "status", "--json").stdout)
    master = found["instances"][0]
    assert (master["state"], master["vrid"], master["addresses"]) == ("MASTER", 51, "10.1.1.80")
    assert master["nodes"][0]["agrees"] and master["nodes"][0]["state"] == "BACKUP"
    assert any("Entering MASTER STATE" in event["text"] for event in found["events"])
    lab.nodes[0].kill_all()
    lab.until_owner(1, 6)
    taken = {}

    def master():
        taken.update(json.loads(lab.command(1, "status", "--json").stdout)["instances"][0])
        return taken["state"] == "MASTER"
    lab.until(master, 3, "its status says so")
    assert "no advertisement" in taken["cause"]
    assert 3000 < taken["outage_ms"] < 4500


def is_written(path, pids):
    """There is something in it, and none of these has it open any more."""
    if not path.exists() or not path.stat().st_size:
        return False
    for pid in pids:
        try:
            if any(os.path.samestat(os.stat(f"/proc/{pid}/fd/{fd}"), path.stat()) for fd in os.listdir(f"/proc/{pid}/fd")):
                return False
        except OSError:  # it changes while we look: once more
            return False
    return True


def dumps(lab, node, parent):
    """What DATA, STATS and JSON wrote."""
    texts = {}
    for word, name in (("DATA", "keepalived.data"), ("STATS", "keepalived.stats"), ("JSON", "keepalived.json")):
        number = int(subprocess.run([str(lab.directory / "keepalived"), f"--signum={word}"], capture_output=True,
                                    text=True).stdout)
        assert number == int(subprocess.run(["keepalived", f"--signum={word}"], capture_output=True, text=True).stdout)
        path = lab.directory / node / name
        os.kill(parent, number)
        lab.until(lambda: is_written(path, lab.nodes[int(node)].children()), 5, f"{path} is written")
        texts[word] = path.read_text()
    return texts


def test_dumps(lab):
    """The same file under relevo's keepalived and the real one: the same names at the same places."""
    os.symlink(PROGRAM, lab.directory / "keepalived")
    made = {}
    for node, argv in ((0, [str(lab.directory / "keepalived")]), (1, ["keepalived"])):
        directory = lab.directory / str(node)
        directory.mkdir()
        (directory / "k.conf").write_text(config(100 + node, auth="PASS"))
        pid = directory / "k.pid"
        shell = (f"mount --bind {directory} /tmp; exec " if node else f"TMPDIR={directory} exec ")
        control = ["--control", str(directory / "control")] if node == 0 else ["-r", "/tmp/v.pid"]
        start = argv + ["-n", "-f", str(directory / "k.conf") if not node else "/tmp/k.conf", "-p",
                        str(pid) if not node else "/tmp/k.pid"] + (control if node else [])
        lab.nodes[node]._start(["unshare", "-m", "sh", "-c", shell + " ".join(start)])
        lab.until(lambda: pid.exists() and pid.read_text().strip(), 5, "the pid file")
        made[node] = int(pid.read_text())
    lab.until_owner(1, 9)
    time.sleep(1)
    ours, real = dumps(lab, "0", made[0]), dumps(lab, "1", made[1])
    names = lambda text: re.sub(r"\d+", "N", text)
    assert names(ours["STATS"]) == names(real["STATS"])
    our_json, real_json = json.loads(ours["JSON"])[0], json.loads(real["JSON"])[0]
    assert our_json["stats"].keys() == real_json["stats"].keys()
    for name, value in our_json["data"].items():
        assert type(value) is type(real_json["data"][name]), name
    assert our_json["data"]["state"] == 1 and real_json["data"]["state"] == 2
    assert our_json["data"]["master_priority"] == 101
    # "Master ..." lines are those of a backup, which the real one is not here.
    for line in ours["DATA"].splitlines()[1:]:
        label = line.split("=")[0]
        assert label in real["DATA"] or "10.1.1.80" in line or "(" in label or "Master " in label, line
    start = time.monotonic()
    os.kill(made[0], int(subprocess.run(["keepalived", "--signum=STATS_CLEAR"], capture_output=True, text=True).stdout))
    time.sleep(0.3)
    (lab.directory / "0" / "keepalived.stats").unlink()
    cleared = dumps(lab, "0", made[0])["STATS"]
    # One each second since then.
    assert int(re.search(r"Received: (\d+)", cleared).group(1)) <= 1 + time.monotonic() - start
