# SPDX-License-Identifier: Apache-2.0
"""Rarer words of keepalived.conf at work: no interface, VRF, namespaces, reloads at a time, groups, tracks."""
import json
import os
import pathlib
import re
import subprocess
import time

import pytest

from test_vrrp_interop import PROGRAM, config
from test_vrrp_peers import Peers

pytestmark = pytest.mark.skipif(PROGRAM.endswith("driver"), reason="the words are the whole program's")


@pytest.fixture
def lab():
    made = Peers()
    yield made
    made.close()


def routed(index, extra=""):
    """An instance without interface; its address is on the default one, or where it says."""
    return f"""vrrp_instance VI_1 {{
    state BACKUP
    priority {101 - index}
    virtual_router_id 51
    unicast_peer {{
        10.1.1.{21 - index}
    }}
    virtual_ipaddress {{
        10.1.1.80
    }}
    {extra}
}}
"""


def unicast(index):
    """The same with its interface, which Keepalived 2.2.7 insists on."""
    return routed(index, "interface eth0")


def state(lab, index):
    """Of its first instance; of none while relevo starts."""
    asked = lab.command(index, "status", "--json")
    instances = json.loads(asked.stdout)["instances"] if asked.returncode == 0 else []
    return instances[0] if instances else {"state": "", "tracks": []}


@pytest.mark.parametrize("extra", ["", "unicast_src_ip 10.1.1.2{index}", "vrf eth0"])
def test_no_interface(lab, extra):
    """Elected, taken over, preempted; a plain interface stands for the VRF, which this kernel may not have."""
    for index in (0, 1):
        lab.start(index, routed(index, extra.format(index=index)))
    lab.until_owner(0, 12)
    lab.until(lambda: state(lab, 1)["master"] == "10.1.1.20", 5, "the backup follows the master")
    assert "virtual router 51 as routed, version 2: 10.1.1.80, held here" in lab.command(0, "status").stdout
    lab.nodes[0].kill_all()
    lab.until_owner(1, 12)
    lab.start(0, routed(0, extra.format(index=0)))
    lab.until_owner(0, 12)


@pytest.mark.parametrize("ours", [0, 1])
def test_no_interface_beside_keepalived(lab, ours):
    lab.start(ours, routed(ours))
    lab.nodes[1 - ours].start_keepalived(unicast(1 - ours))
    lab.until_owner(0, 12)
    lab.nodes[0].kill_all()
    if ours == 1:  # a real one leaves the address behind
        lab.nodes[0].run("ip", "addr", "del", "10.1.1.80/32", "dev", "eth0")
    lab.until_owner(1, 12)


def test_no_route(lab):
    """FAULT with its reason, and out of it when there is a way."""
    lab.start(0, routed(0).replace("10.1.1.21", "10.9.9.9"))
    lab.until(lambda: state(lab, 0)["state"] == "FAULT", 5, "FAULT without a route")
    assert "there is no route to 10.9.9.9" in state(lab, 0)["cause"]
    lab.nodes[0].run("ip", "route", "add", "10.9.9.0/24", "dev", "eth0")
    lab.nodes[0].run("ip", "addr", "add", "10.1.7.7/24", "dev", "eth0")
    lab.until_owner(0, 12)


def test_no_vrf(lab):
    """A VRF that goes is FAULT, one that comes ends it."""
    node = lab.nodes[0]
    node.run("ip", "link", "add", "blue", "type", "veth", "peer", "name", "green")
    node.run("ip", "link", "set", "green", "up")
    node.run("ip", "link", "set", "blue", "up")
    node.run("ip", "addr", "add", "10.1.1.33/24", "dev", "blue")
    lab.start(0, routed(0, "vrf blue").replace("10.1.1.80", "10.1.1.80 dev eth0"))
    lab.until_owner(0, 12)
    node.run("ip", "link", "del", "blue")
    lab.until(lambda: state(lab, 0)["state"] == "FAULT", 5, "FAULT without the VRF")
    assert "there is no VRF blue" in state(lab, 0)["cause"]
    node.run("ip", "link", "add", "blue", "type", "veth", "peer", "name", "green")
    node.run("ip", "link", "set", "green", "up")
    node.run("ip", "link", "set", "blue", "up")
    node.run("ip", "addr", "add", "10.1.1.33/24", "dev", "blue")
    lab.until_owner(0, 12)


def reloads(lab):
    return lab.nodes[0].text().count("reload: keepalived.conf is in effect")


@pytest.mark.parametrize("form,utc", [("%H:%M:%S", False), ("%Y-%m-%d %H:%M:%SZ", True)])
def test_reload_time_file(lab, form, utc):
    path = lab.directory / "reload"
    defs = f"reload_time_file {path}"
    lab.start(0, config(101, auth="PASS", defs=defs))
    lab.until_owner(0, 12)

    def ask(seconds):
        when = time.time() + seconds
        path.write_text(time.strftime(form, time.gmtime(when) if utc else time.localtime(when)) + "\n")
        return when

    ask(3600)
    lab.until(lambda: f"{path}: reload at " in lab.nodes[0].text(), 5, "the time is read")
    path.unlink()
    lab.until(lambda: "the reload is called off" in lab.nodes[0].text(), 5, "it is called off")
    path.write_text("garbage\n")
    lab.until(lambda: "this is no time of a reload: garbage" in lab.nodes[0].text(), 5, "nonsense is told of")
    when = ask(4)
    lab.until(lambda: reloads(lab) == 1, 15, "the reload")
    assert time.time() >= int(when)
    lab.until(lambda: not path.exists(), 5, "the file is removed")
    # The file that was read by the reload is the next one's, too.
    ask(3)
    lab.until(lambda: reloads(lab) == 2, 15, "another reload")
    assert lab.nodes[0].owns()


def test_reload_repeat(lab):
    path = lab.directory / "reload"
    path.write_text(time.strftime("%H:%M:%S", time.localtime(time.time() + 6)))
    lab.start(0, config(101, auth="PASS", defs=f"reload_time_file {path}\n reload_repeat"))
    lab.until(lambda: reloads(lab) == 1, 20, "the reload")
    assert path.exists()
    tomorrow = time.strftime("%Y-%m-%d", time.localtime(time.time() + 86400))
    lab.until(lambda: f"{path}: reload at {tomorrow}" in lab.nodes[0].text(), 5, "the same time tomorrow")


def test_reload_file(lab):
    """It is emptied before the file is read, and gone after."""
    path = lab.directory / "reading"
    lab.start(0, config(101, auth="PASS", defs=f"reload_file {path}"))
    lab.until_owner(0, 12)
    path.write_text("not empty")
    with open(path) as held:
        assert lab.command(0, "reload").returncode == 0
        lab.until(lambda: reloads(lab) == 1, 10, "the reload")
        lab.until(lambda: not path.exists(), 5, "it is removed")
        assert os.fstat(held.fileno()).st_size == 0


def test_namespace(lab):
    """Started here, it is at work there; -s and net_namespace, and a reload cannot change it."""
    name = f"relevo{os.getpid()}"
    there = lab.nodes[0]
    os.makedirs("/run/netns", exist_ok=True)
    link = pathlib.Path("/run/netns") / name
    link.write_text("")
    subprocess.run(["mount", "--bind", f"/proc/{os.getpid()}/fd/{there.network}", str(link)], check=True)
    try:
        path = lab.directory / "here.conf"
        path.write_text(f"net_namespace {name}\n" + config(101, auth="PASS"))
        control = ["--control", lab.control(0)]
        lab.nodes[1]._start([PROGRAM, "-db", "-k", str(path), *control])
        lab.until(lambda: there.owns(), 12, "the address is there")
        assert not lab.nodes[1].owns()
        path.write_text(config(101, auth="PASS"))
        refused = lab.command(0, "reload")
        assert refused.returncode == 1 and "'net_namespace' cannot be changed by a reload" in refused.stderr + refused.stdout
        lab.nodes[1].stop()
        missing = subprocess.run([PROGRAM, "-db", "-k", "/dev/stdin"], input="net_namespace nosuchns\n", text=True,
                                 capture_output=True, timeout=20)
        assert missing.returncode == 1
        assert "cannot enter the network namespace 'nosuchns': No such file" in missing.stderr
    finally:
        subprocess.run(["umount", str(link)], check=True)
        link.unlink()


SCRIPT = """vrrp_script groups {{
    script "/bin/sh -c 'id -G > {path}'"
    interval 1
    user daemon{group}
}}
"""


@pytest.mark.parametrize("group,defs", [("", ""), (" :", ""), (" :tty", ""), ("", "set_supplementary_groups")])
def test_groups(lab, group, defs):
    path = lab.directory / "groups"
    path.write_text("")
    path.chmod(0o666)
    lab.directory.chmod(0o755)
    text = SCRIPT.format(path=path, group=group)
    lab.start(0, text + config(101, auth="PASS", extra="track_script {\n groups\n }", defs=defs))
    said = []

    def ran():  # it writes the file anew each second
        said[:] = path.read_text().split()
        return said and path.read_text().split() == said
    lab.until(ran, 10, "the script ran")
    first = subprocess.run(["id", "-g", "daemon"], capture_output=True, text=True, check=True).stdout.strip()
    every = subprocess.run(["id", "-G", "daemon"], capture_output=True, text=True, check=True).stdout.split()
    tty = subprocess.run(["getent", "group", "tty"], capture_output=True, text=True, check=True).stdout.split(":")[2]
    wanted = {first} if not group and not defs else set(every) | ({tty} if "tty" in group else set())
    if "tty" in group:
        wanted -= {first}  # its own group is the one that is named
    assert set(said) - {first} == wanted - {first}
    assert (said[0] == tty) == ("tty" in group)


TRACKS = """vrrp_script good {{
    script /bin/true
    interval 1
    weight 20
}}
vrrp_script bad {{
    script /bin/false
    interval 1
    weight -5
}}
track_file number {{
    file {path}
    weight 2
}}
vrrp_track_process sleeper {{
    process {name}
    weight 0
}}
bfd_instance near {{
    neighbor_ip 10.1.1.21
    source_ip 10.1.1.20
    min_rx 50
    min_tx 50
    multihop
    max_hops 1
    weight 3
}}
"""
LINES = """track_script {
 good
 bad
 }
 track_file {
 number
 }
 track_process {
 sleeper
 }
 track_interface {
 eth0 weight 1
 }
 track_bfd {
 near
 }"""
FAR = """bfd_instance near {
    neighbor_ip 10.1.1.20
    source_ip 10.1.1.21
    min_rx 50
    min_tx 50
    multihop
    max_hops 1
}
"""


def test_tracks(lab):
    """Each thing that is tracked, with its state, weight, and since when; BFD on its port for several hops."""
    path = lab.directory / "number"
    path.write_text("4\n")
    name = "tracked-one"
    sleeper = lab.directory / name
    sleeper.symlink_to("/bin/sleep")
    running = subprocess.Popen([str(sleeper), "600"])
    text = TRACKS.format(path=path, name=name) + config(60, auth="PASS", extra=LINES, defs="json_version 2")
    try:
        lab.start(1, FAR + config(50, auth="PASS"))
        lab.start(0, text)
        # 60, 20 for the script, -5, 2 x 4, 1 for the interface, 3 for BFD
        lab.until(lambda: state(lab, 0).get("priority") == 87, 20, "every weight counts")
        found = {track["name"]: track for track in state(lab, 0)["tracks"]}
        assert [(found[n]["kind"], found[n]["state"], found[n]["weight"], found[n]["adds"]) for n in
                ("good", "bad", "number", "sleeper", "eth0", "near")] == [
                    ("script", "up", 20, 20), ("script", "down", -5, -5), ("file", "up", 2, 8),
                    ("process", "up", 0, 0), ("interface", "up", 1, 1), ("bfd", "up", 3, 3)]
        assert found["number"]["value"] == 4 and found["sleeper"]["value"] == 1
        assert not any(track["fault"] or track["of_group"] for track in found.values())
        text = lab.command(0, "status").stdout
        assert re.search(r"\n  tracks script good: up, since \d{4}-.*\(\d+ s\), weight 20: \+20\n", text), text
        assert re.search(r"\n  tracks file number: up, since .*, value 4, weight 2: \+8\n", text), text
        since = found["good"]["since"]
        running.terminate()
        running.wait()
        lab.until(lambda: state(lab, 0)["state"] == "FAULT", 10, "FAULT without the process")
        found = {track["name"]: track for track in state(lab, 0)["tracks"]}
        assert found["sleeper"]["fault"] and found["sleeper"]["state"] == "down"
        assert found["good"]["since"] == since < found["sleeper"]["since"]
        assert re.search(r"\n  tracks process sleeper: down, .* 0 running: FAULT\n", lab.command(0, "status").stdout)
        # What did not change keeps its moment over a reload.
        assert lab.command(0, "reload").returncode == 0
        lab.until(lambda: len(state(lab, 0)["tracks"]) == 6 and state(lab, 0)["state"] == "FAULT", 10, "after the reload")
        again = {track["name"]: track for track in state(lab, 0)["tracks"]}
        assert again["sleeper"]["since"] == found["sleeper"]["since"]
    finally:
        running.kill()
        running.wait()


def test_json_version(lab):
    """The dump as Keepalived 2.3 writes it when asked for version 2."""
    os.symlink(PROGRAM, lab.directory / "keepalived")
    lab.directory.chmod(0o755)
    path, out = lab.directory / "k.conf", lab.directory / "out.json"
    extra = "track_process {\n sleeper\n }"
    path.write_text("vrrp_track_process sleeper {\n process nosuchprocess\n weight 1\n}\n" + config(
        101, auth="PASS", extra=extra, defs=f"json_version 2\n json_dump_file {out}"))
    node = lab.nodes[0]
    node._start([str(lab.directory / "keepalived"), "-n", "-f", str(path), "-p", str(lab.directory / "pid"),
                 "-r", str(lab.directory / "vrrp.pid")])
    lab.until_owner(0, 12)
    number = subprocess.run([str(lab.directory / "keepalived"), "--signum=JSON"], capture_output=True, text=True)
    os.kill(int((lab.directory / "pid").read_text()), int(number.stdout))
    lab.until(lambda: out.exists() and out.read_text().endswith("}\n"), 5, "the dump")
    dump = json.loads(out.read_text())
    assert [one["data"]["iname"] for one in dump["vrrp"]] == ["VI_1"]
    assert dump["track_process"] == [{"name": "sleeper", "running": 0, "up": False}]
