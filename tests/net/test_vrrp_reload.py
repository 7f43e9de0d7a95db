# SPDX-License-Identifier: Apache-2.0
"""keepalived.conf read anew: masters stay masters, what is gone is removed, and a bad file changes nothing."""
import collections
import os
import re
import signal
import time

import pytest

from test_vrrp_interop import config
from test_vrrp_peers import Peers

SANITIZED = "RELEVO_SANITIZED" in os.environ

MORE = """
vrrp_instance VI_2 {
    interface eth0
    priority 101
    virtual_router_id 52
    virtual_ipaddress {
        10.1.1.90
    }
}
"""


@pytest.fixture
def lab():
    made = Peers()
    yield made
    made.close()


def addresses(node):
    return {vip for vip in ("10.1.1.80", "10.1.1.81", "10.1.1.90") if f" {vip}/" in node.run("ip", "addr", "show", "eth0")}


def write(lab, text):
    (lab.directory / "relevo0.conf").write_text(text)


def test_reload(lab):
    master, backup = lab.nodes
    lab.start(0, config(101, auth="PASS") + MORE)
    lab.until(lambda: addresses(master) == {"10.1.1.80", "10.1.1.90"}, 9, "both addresses on the first node")
    backup.start_keepalived(config(100, auth="PASS") + MORE.replace("priority 101", "priority 100"))
    lab.until(lambda: backup.text().count("Entering BACKUP STATE") == 2, 9, "the peer follows")
    # Nothing changed: nobody notices.
    lost = 0
    for done, sent in enumerate((signal.SIGHUP, signal.SIGUSR2), 1):
        os.kill(master.process.pid, sent)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            lost += not master.owns()
            time.sleep(0.002)
        lab.until(lambda: master.text().count("vrrp process restarted, it goes on") == 2 * done, 8, "the reload")
    assert lost == 0
    assert "Entering MASTER" not in backup.text()
    assert master.text().count("reload: keepalived.conf is in effect") == 2
    assert master.text().count("vrrp process restarted, it goes on") == 4  # two instances, twice
    # An instance and an address go, another address comes.
    write(lab, config(101, auth="PASS").replace("10.1.1.80\n", "10.1.1.80\n 10.1.1.81\n"))
    assert lab.command(0, "reload").returncode == 0
    lab.until(lambda: addresses(master) == {"10.1.1.80", "10.1.1.81"}, 2, "the addresses of the new file")
    lab.until(lambda: addresses(backup) == {"10.1.1.90"}, 2, "the peer takes what this node no longer wants")
    write(lab, config(101, auth="PASS"))
    assert lab.command(0, "reload").returncode == 0
    lab.until(lambda: addresses(master) == {"10.1.1.80"}, 1, "the second address is removed at once")
    # A priority that changed is in effect; a bad file is refused, with what is wrong and where.
    write(lab, config(101, auth="PASS").replace("virtual_router_id 51", "virtual_router_id 5x"))
    refused = lab.command(0, "reload")
    assert refused.returncode == 1 and ":9:23: error" in refused.stderr and "5x" in refused.stderr
    lab.until_says(0, "reload refused: ")
    assert lab.owners() == [0]
    write(lab, config(90, auth="PASS"))
    assert lab.command(0, "reload").returncode == 0
    lab.until_owner(1, 5)


def test_backup_stays_backup(lab):
    """`state MASTER` in the file of a node that follows another is no reason to claim after a reload."""
    lab.nodes[1].start_keepalived(config(110, auth="none"))
    lab.until_owner(1, 9)
    lab.start(0, config(100, auth="none", state="MASTER"))
    lab.until(lambda: re.findall(r"Entering (\w+) STATE", lab.nodes[0].text())[-1:] == ["BACKUP"], 8, "it follows")
    lab.until_owner(1, 5)
    time.sleep(1)
    before = lab.nodes[0].text().count("Entering MASTER")
    for done in (1, 2, 3):
        os.kill(lab.nodes[0].process.pid, signal.SIGHUP)
        lab.until(lambda: lab.nodes[0].text().count("reload: keepalived.conf is in effect") == done, 8, "the reload")
        time.sleep(1)
    assert lab.nodes[0].text().count("Entering MASTER") == before
    assert lab.owners() == [1]


INSTANCE = """
vrrp_instance MANY_{0} {{
    interface eth0
    priority 90
    virtual_router_id {1}
    virtual_ipaddress {{
        {2}
    }}
}}
"""
MANY = "".join(INSTANCE.format(i, 100 + i, "\n        ".join(f"10.1.{i + 2}.{j}" for j in range(1, 61)))
               for i in range(20))


def anonymous_kb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))


def descriptors(pid):
    """How many of each kind, by what they name."""
    while True:
        try:
            kinds = [re.sub(r"[0-9]+", "N", os.readlink(f"/proc/{pid}/fd/{fd}")) for fd in os.listdir(f"/proc/{pid}/fd")]
            return collections.Counter(kinds)
        except FileNotFoundError:  # closed while we looked
            continue


def test_reloads_leave_nothing_behind(lab):
    """Fifty reloads, each second after one that is refused, of a file whose leak would show: as much memory in the
    parent, as many descriptors and processes, after them as before."""
    node = lab.nodes[0]
    good = config(101, auth="PASS") + MANY
    lab.start(0, good)
    lab.until(lambda: addresses(node), 9, "the address of the first instance")
    done = 0

    def reload(text):
        nonlocal done
        write(lab, text)
        answer = lab.command(0, "reload")
        if answer.returncode == 0:
            done += 1
            lab.until(lambda: node.text().count("reload: keepalived.conf is in effect") == done, 9, "the reload")
        return answer

    def reloads(count):
        for i in range(count):
            if i % 2:
                assert ": error" in reload(good + "vrrp_instance VI_3 {\n interface eth0\n priority x\n}\n").stderr
            lab.until(lambda: reload(good).returncode == 0, 9, "a reload that is accepted")
        lab.until(lambda: len(node.children()) == 3, 9, "the parent, its vrrp and its scripts process alone")

    reloads(10)
    parent = node.children()[0]
    fds, vrrp_fds, memory = descriptors(parent), descriptors(node.vrrp_pid()), anonymous_kb(parent)
    reloads(50)
    print(f"parent {memory} kB before 50 reloads, {anonymous_kb(parent)} kB after; {sum(fds.values())} descriptors")
    lab.until(lambda: descriptors(parent) == fds, 5, "the parent has what it had before")
    lab.until(lambda: descriptors(node.vrrp_pid()) == vrrp_fds, 5, "the vrrp process has what it had before")
    assert lab.owners() == [0]
    if not SANITIZED:  # there what is freed stays mapped for a while
        assert anonymous_kb(parent) - memory <= 128
