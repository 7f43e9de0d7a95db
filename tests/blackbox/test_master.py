# SPDX-License-Identifier: Apache-2.0
"""The master CLI (-S): commands to the parent and to each proxy process, in HAProxy's words."""
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from lab.software import relevo_binary, wait_for
from programs import Program, haproxy_binary
from reload_lab import Load, Reloaded, children, exchange, free_port
from streams import Server, connect, echo, read_all, wait_bound


def say(path, text, end=True):
    """All that comes until the end of the connection."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        sock.connect(str(path))
        sock.sendall(text.encode())
        if end:
            sock.shutdown(socket.SHUT_WR)
        return read_all(sock).decode()


class Site:
    def __init__(self, start_relevo, directory, options="", **words):
        self.server, self.port, self.path = Server(echo), free_port(), directory / "master.sock"
        relevo = start_relevo(self.cfg(**words), "-W", "-S", str(self.path) + options)
        self.running = Reloaded(wait_bound(relevo, self.port))
        wait_for("a proxy", 20, lambda: self.running.proxies()[0] is not None)

    def cfg(self, more="", words=""):
        return f"""
global
    nbthread 2
    {words}
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen l
    bind 127.0.0.1:{self.port}
    server s1 127.0.0.1:{self.server.port}
{more}
"""

    def say(self, text, end=True):
        return say(self.path, text, end)


@pytest.fixture
def site(start_relevo, tmp_path):
    made = []

    def make(*options, **words):
        made.append(Site(start_relevo, tmp_path, *options, **words))
        return made[-1]
    yield make
    for one in made:
        one.server.close()


def serves(path):
    try:
        return "Pid: " in say(path, "@1 show info\n")
    except OSError:
        return False


SAME = ["show proc\n", "show version\n", "@1 show version\n", "@1 show cli level;@ show cli level\n", "@ show proc\n",
        "@master show version\n", "@2 show info\n", "@!99999999 show info\n", "@abc show info\n", "@0 show version\n", "@!\n",
        "prompt\n@1\nshow version\n@\nshow proc\nquit\n", "@1;show version;@;show version\n", "user\n", "operator\n",
        "prompt\nuser\nreload\nshow cli level\n", "@1 set weight l/s1 3\n", "@1 get weight l/s1\n", "expert-mode on\n",
        "prompt\nexpert-mode on\nexperimental-mode on\nexpert-mode\nexpert-mode off\nquit\n", "@1\n",
        "show version;show proc\n", "@1 add map x <<\na b\n\n", "show  cli   level\n",
        "prompt\n@1\nuser\n@1 set weight l/s1 3\nquit\nshow version\n", "user;@1 disable server l/s1\n"]


@pytest.mark.parametrize("level", ["", ",level,operator", ",level,user"])
def test_as_haproxy(site, tmp_path, level):
    ours = site(level)
    path = tmp_path / "haproxy.sock"
    other = Program(haproxy_binary(), tmp_path / "haproxy", ours.cfg().replace(str(ours.port), str(free_port())), "-W", "-S",
                    str(path) + level)
    try:
        wait_for("HAProxy's master", 20, lambda: serves(path))

        def plain(text):
            text = re.sub(r"2\.6\.12-[^ \n]+", "VERSION", text)
            text = re.sub(r"\b\d+(?= +(master|worker) )|(?<=> )\d+|\d+(?=\(?[xe]*\)?> )", "PID", text)
            return re.sub(r"  +| +(?=\n)|\d+d\d\dh\d\dm\d\ds", " ", text).replace(" \n", "\n").replace("denied!", "denied\n")
        different = {}
        for text in SAME:
            if level and "expert-mode" in text:
                continue  # HAProxy's refusal has a form of its own
            theirs, us = plain(say(path, text)), plain(ours.say(text))
            if theirs != us:
                different[text] = (theirs, us)
        assert not different, "\n".join(f"{text!r}\n {a!r}\n {b!r}" for text, (a, b) in different.items())
    finally:
        other.stop()


def test_reload_says_what_came_of_it(site):
    running = site()
    was = running.running.proxies()[0]
    assert running.say("reload\n") == "Success=1\n--\n\n"
    assert running.running.proxies()[0] not in (was, None)
    running.running.write(running.cfg(more="listen x\n    bind 127.0.0.1:1x\n"))
    said = running.say("reload\n", end=False)
    assert said.startswith("Success=0\n--\n") and ":14:10: error" in said and said.endswith("\n\n")
    assert ":14:10: error" in running.say("show startup-logs\n")
    assert running.say("prompt\n").startswith("master[ReloadFailed]> ")
    assert re.search(r"^\d+ +master +1 \[failed: 1\] ", running.say("show proc\n"), re.M)
    running.running.write(running.cfg(words="ulimit-n 5000"))
    assert running.say("prompt\nreload\nshow version\nquit\n").startswith("master[ReloadFailed]> Success=1\n--\n")
    assert running.say("show startup-logs\n") == "\n" and running.say("prompt\n").startswith("master> ")


def test_those_that_drain_are_reached(site):
    running = site()
    with connect(running.port) as old:
        exchange(old)
        before = running.running.proxies()[0]
        assert running.say("reload\n").startswith("Success=1")
        said = running.say("show proc\n")
        assert re.search(rf"^# old workers\n{before} +worker +1 ", said, re.M), said
        assert f"Pid: {before}\n" in running.say(f"@!{before} show info\n")
        assert f"Pid: {running.running.proxies()[0]}\n" in running.say("@1 show info\n")
        exchange(old)
    running.running.wait_drained()
    assert running.say(f"@!{before} show info\n") == f"Can't find the target PID matching the prefix '@!{before}'\n"


def test_rights_go_along(site):
    running = site(",level,operator,mode,600")
    assert os.stat(running.path).st_mode & 0o777 == 0o600
    assert running.say("@1 show cli level\n") == "operator\n\n"
    assert running.say("@1 disable server l/s1\n") == "Permission denied\n\n"
    assert running.say("user;@1 show cli level\n") == "user\n\n"
    assert running.say("user;reload\n") == "Permission denied\n\n"


def test_programs_are_the_other_processes(site):
    running = site(words="external-check", more="backend c\n    option external-check\n    external-check command /bin/true\n "
                   "   server s 127.0.0.1:1 check\n")
    assert re.search(r"^# programs\n\d+ +checker +0 ", running.say("show proc\n"), re.M)


def test_a_long_answer_and_many_clients(site):
    """More than fits any buffer; and a client that does not read does not hold up the others."""
    more = "".join(f"backend b{i}\n    server s 127.0.0.1:{i % 60000 + 1}\n" for i in range(3000))
    running = site(more=more)
    with socket.socket(socket.AF_UNIX) as lazy:
        lazy.connect(str(running.path))
        lazy.sendall(b"@1 show stat;@1 show stat;@1 show stat;@1 show stat\n")
        said = running.say("@1 show stat;show proc\n")
        assert said.count("\nb") >= 6000 and said.endswith("# programs\n\n")
        assert running.say("show version\n").startswith("2.6.12-relevo")
        lazy.settimeout(20)
        assert read_all(lazy).count(b"\nb2999,BACKEND") == 4
    time.sleep(0.1)
    idle = []
    for _ in range(40):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(running.path))
        idle.append(sock)
    wait_for("those over the limit are closed", 5, lambda: _closed(idle[-1]))
    for sock in idle:
        sock.close()
    wait_for("there is room again", 5, lambda: running.say("show version\n") != "")


def _closed(sock):
    sock.settimeout(0.05)
    try:
        return sock.recv(1) == b""
    except TimeoutError:
        return False


def test_clients_that_go_away(site):
    """In the middle of a reload, of an answer, of a line: nobody else notices, and no descriptor stays."""
    running = site()
    assert running.say("reload\n").startswith("Success=1")
    running.running.wait_drained()
    wait_for("the end of those that drain", 10, lambda: "# old workers" not in running.say("show proc\n"))
    before = len(os.listdir(f"/proc/{running.running.pid}/fd"))
    load = Load(running.port, rate=100, long_lived=3)
    for text in (b"reload\n", b"@1 show stat\n", b"show pro", b"prompt\n@1\n", b"@1 show info;reload\n", b"x" * 70000) * 5:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(running.path))
            try:
                sock.sendall(text)
            except OSError:
                assert len(text) > 60000
    wait_for("all is answered", 20, lambda: running.say("show version\n") != "")
    load.stop()
    running.running.wait_drained()
    assert running.say("reload\n").startswith("Success=1")
    wait_for("the descriptors there were", 20, lambda: len(os.listdir(f"/proc/{running.running.pid}/fd")) == before)


def test_proxy_that_dies(site):
    running = site()
    running.running.good()  # answered when it has started: one that dies before is no accident
    os.kill(running.running.proxies()[0], signal.SIGKILL)
    wait_for("another one", 10, lambda: "Pid: " in running.say("@1 show info\n"))


def test_no_child_keeps_a_connection(site):
    """Its end is seen at once, whatever process has been started meanwhile."""
    running = site()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(running.path))
        sock.sendall(b"prompt\nreload\n")
        said = b""
        while said.count(b"master> ") < 2:
            said += sock.recv(4096)
        sock.sendall(b"quit\n")
        assert read_all(sock) == b"master> "  # to its end, which a copy of it would put off
    assert children(running.running.pid)


@pytest.mark.parametrize("value, said", [("/tmp/x.sock,levle,user", "unknown bind option 'levle'"), ("nonsense", "nonsense"),
                                         ("/nowhere/x.sock", "No such file")])
def test_wrong_addresses(tmp_path, value, said):
    (tmp_path / "h.cfg").write_text("defaults\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n"
                                    f"listen l\n bind 127.0.0.1:{free_port()}\n server s 127.0.0.1:1\n")
    done = subprocess.run([relevo_binary(), "-db", "-f", tmp_path / "h.cfg", "-W", "-S", value], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 1 and said in done.stderr, done.stderr
