# SPDX-License-Identifier: Apache-2.0
"""A new process takes the place of an old one (-sf, -st, -x) while clients come: relevo's, and HAProxy's."""
import os
import signal
import subprocess
import time

import cli_client
import pytest
from programs import Program, haproxy_binary
from lab.local import free_port
from lab.software import relevo_binary, wait_for
from reload_lab import Load, exchange, inode, one_echo, refused
from streams import Server, connect, echo, read_all


class Chain:
    """One program after the other on the same addresses."""

    def __init__(self, directory):
        self.directory = directory
        self.server = Server(echo)
        self.port = free_port()
        self.stats = directory / "stats.sock"
        self.control = directory / "control.sock"
        self.started = []

    def cfg(self, threads=2, words="", expose=" expose-fd listeners", more=""):
        return f"""
global
    nbthread {threads}
    stats socket {self.stats} level admin{expose}
    {words}
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen l
    bind 127.0.0.1:{self.port}
    server s1 127.0.0.1:{self.server.port}
{more}
"""

    def start(self, name, cfg, *options):
        binary = haproxy_binary() if name == "haproxy" else relevo_binary()
        if name == "relevo":
            options += ("--control", str(self.control))
        self.started.append(Program(binary, self.directory / f"{name}{len(self.started)}", cfg, *options))
        return self.started[-1]

    def first(self, name, **words):
        program = self.start(name, self.cfg(**words))
        self.serves(program)
        return program

    def serves(self, program):
        """Its own answer on the stats socket: the path is one program's after the other."""
        def who():
            assert program.process.poll() is None, program.said()
            try:
                text = cli_client.answer(self.stats, "show info")
            except (OSError, AssertionError):  # an old one that ends breaks off what it has begun to answer
                return False
            pids = [int(line.split()[1]) for line in text.splitlines() if line.startswith("Pid: ")]
            return bool(pids) and (pids[0] == program.process.pid or parent(pids[0]) == program.process.pid)
        wait_for(f"{program.process.args[0]} serves", 20, who)

    def next(self, name, how="-sf", take=True, **words):
        """The one after the last, which serves; the last one has been told."""
        old = self.started[-1]
        options = ("-x", str(self.stats)) if take else ()
        new = self.start(name, self.cfg(**words), *options, how, str(old.process.pid))
        self.serves(new)
        return old, new

    def close(self):
        for program in self.started:
            if program.process.poll() is None:
                program.process.kill()
                program.process.wait()
        self.server.close()


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return int(f.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.fixture
def chain(tmp_path):
    made = Chain(tmp_path)
    yield made
    made.close()


def test_five_upgrades_under_load(chain):
    """300 new connections a second and 50 long-lived ones: nothing fails, and each old one ends when its last has."""
    chain.first("relevo")
    load = Load(chain.port, rate=300, long_lived=50)
    for i in range(5):
        time.sleep(1)
        old, _ = chain.next("relevo", threads=(1, 3, 2, 4, 2)[i])
        if i > 0:  # the first one has the long-lived ones
            assert old.process.wait(20) == 0, old.said()
    time.sleep(1)
    assert chain.started[0].process.poll() is None
    made = load.stop()
    assert made > 5 * 60
    assert chain.started[0].process.wait(20) == 0
    one_echo(chain.port)


@pytest.mark.parametrize("before, after", [("haproxy", "relevo"), ("relevo", "haproxy"), ("relevo", "relevo")])
@pytest.mark.parametrize("take", [True, False], ids=["taken", "beside"])
def test_upgrade_between_programs(chain, before, after, take):
    """The sockets are taken over from the other program, or bound beside it; its streams go on."""
    chain.first(before)
    load = Load(chain.port, rate=60, long_lived=5) if take else None
    with connect(chain.port) as stream:
        exchange(stream)
        old, _ = chain.next(after, take=take, threads=1)
        if load:
            time.sleep(0.5)
            load.stop()
        for _ in range(20):
            one_echo(chain.port)
        exchange(stream)
        assert old.process.poll() is None
    assert old.process.wait(20) == 0, old.said()
    for _ in range(20):
        one_echo(chain.port)


def test_path_stays_the_file_it_is(chain):
    for before, after in (("haproxy", "relevo"), ("relevo", "haproxy")):
        chain.first(before)
        was = inode(chain.stats)
        _, new = chain.next(after)
        assert inode(chain.stats) == was
        new.process.kill()
        new.process.wait()
        wait_for("its processes end with it", 10, lambda: refused(chain.port))


def test_hard_stop(chain):
    """-st: who is connected to the old one loses the connection, and nobody is refused."""
    chain.first("relevo")
    with connect(chain.port) as stream:
        exchange(stream)
        old, _ = chain.next("relevo", how="-st")
        assert read_all(stream) == b""
        assert old.process.wait(10) in (0, -signal.SIGTERM)
    one_echo(chain.port)


def test_hard_stop_after_bounds_the_old_one(chain):
    chain.first("relevo", words="hard-stop-after 1s")
    with connect(chain.port) as stream:
        exchange(stream)
        old, _ = chain.next("relevo")
        assert read_all(stream) == b""
        assert old.process.wait(10) == 0
    one_echo(chain.port)


def test_what_cannot_start_changes_nothing(chain):
    """The new one is refused its configuration, or dies: the old one goes on."""
    chain.first("relevo")
    other = Server(echo)
    wrong = [chain.cfg(more="listen x\n    bind 127.0.0.1:1x\n"),
             chain.cfg(words="user nobody-of-this-name"),
             chain.cfg(more=f"listen x\n    bind 127.0.0.1:{other.port}\n    server s 127.0.0.1:1\n")]
    old = chain.started[0]
    for cfg in wrong:
        new = chain.start("relevo", cfg, "-x", str(chain.stats), "-sf", str(old.process.pid))
        assert new.process.wait(20) == 1, new.said()
        for _ in range(5):
            one_echo(chain.port)
    other.close()
    assert old.process.poll() is None
    chain.started.append(old)
    chain.next("relevo")
    one_echo(chain.port)


def test_address_that_is_gone_refuses(chain):
    port = free_port()
    chain.first("relevo", more=f"listen x\n    bind 127.0.0.1:{port}\n    server s1 127.0.0.1:{chain.server.port}\n")
    with connect(port) as stream:
        exchange(stream)
        chain.next("relevo")
        wait_for("the address refuses", 10, lambda: refused(port))
        exchange(stream)
    one_echo(chain.port)


def test_sockets_that_are_not_exposed(chain):
    chain.first("relevo", expose="")
    new = chain.start("relevo", chain.cfg(), "-x", str(chain.stats))
    assert new.process.wait(20) == 1
    assert f"-x {chain.stats}: cannot take the listening sockets" in new.said()
    nobody = chain.start("relevo", chain.cfg(), "-x", str(chain.directory / "none.sock"))
    assert nobody.process.wait(20) == 1 and "No such file" in nobody.said()


def test_words(tmp_path):
    (tmp_path / "h.cfg").write_text(f"defaults\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n"
                                    f"listen l\n bind 127.0.0.1:{free_port()}\n server s 127.0.0.1:1\n")

    def check(*options):
        return subprocess.run([relevo_binary(), "-f", tmp_path / "h.cfg", *options, "-c"], capture_output=True,
                              text=True, timeout=20, check=False)
    for good in (("-sf",), ("-sf", "12", "13"), ("-st", "12"), ("-sf", "12 \n"), ("-x", "/dev/null"), ("-x", "/none")):
        assert check(*good).returncode == 0, good
    for bad in ("x", "12x", "0", "1" * 20, ""):
        done = check("-sf", bad)
        assert done.returncode == 1 and f"-sf: '{bad}' is no process id" in done.stderr, done.stderr


def test_control_socket_follows(chain):
    chain.first("relevo")
    old, new = chain.next("relevo")
    assert old.process.wait(20) == 0
    done = subprocess.run([relevo_binary(), "reload", "--control", str(chain.control)], capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "haproxy.cfg is in effect" in new.said()
    assert os.path.exists(chain.control)
