# SPDX-License-Identifier: Apache-2.0
"""haproxy.cfg read anew while clients come: nothing is lost, and what is wrong changes nothing."""
import os
import resource
import signal
import time

import cli_client
import pytest
from reload_lab import (Load, Reloaded, children, exchange, free_port, inode, one_echo, proportional_kb, refused,
                        wait_for, waits_to_read)
from streams import Server, connect, echo, named, read_all, wait_bound

SANITIZED = "RELEVO_SANITIZED" in os.environ


class Site:
    """One relevo with one echo server behind it."""

    def __init__(self, start_relevo, directory, options=(), **words):
        self.server = Server(echo)
        self.port = free_port()
        self.directory = directory
        self.stats = directory / "stats.sock"
        relevo = start_relevo(self.cfg(**words), *options)
        self.running = Reloaded(wait_bound(relevo, self.port))
        wait_for("a proxy", 20, lambda: self.running.proxies()[0] is not None)

    def cfg(self, more="", threads=2, words="", bind=""):
        return f"""
global
    nbthread {threads}
    stats socket {self.stats} level admin
    {words}
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen l
    bind 127.0.0.1:{self.port} {bind}
    server s1 127.0.0.1:{self.server.port}
{more}
"""

    def ask(self, command):
        return cli_client.answer(self.stats, command)


@pytest.fixture
def site(start_relevo, tmp_path):
    made = []

    def make(*options, **words):
        made.append(Site(start_relevo, tmp_path, options, **words))
        return made[-1]
    yield make
    for one in made:
        one.server.close()


def reload_often(site, seconds, times, at_least, memory=lambda: None):
    """Reloads all the time, with more and fewer threads. Clients, `at_least` so many a second, must not notice."""
    load = Load(site.port)
    begun = time.monotonic()
    for i in range(times):
        site.running.good(site.cfg(threads=(1, 3, 2)[i % 3]))
        memory()
        time.sleep(max(0, begun + (i + 1) * seconds / times - time.monotonic()))
    made = load.stop()
    assert made > seconds * at_least
    site.running.wait_drained()
    return made


def test_reloads_under_load(site):
    running = site()
    reload_often(running, 10, 8, 10)
    assert running.running.proxies()[0] is not None
    one_echo(running.port)


@pytest.mark.figures
@pytest.mark.coarse
@pytest.mark.skipif(SANITIZED, reason="a minute of figures says nothing with a sanitizer; ten seconds above do")
def test_fifty_reloads_in_a_minute(site):
    """Nothing failed, nothing lost, and as much memory as before."""
    running = site()

    def memory():
        return proportional_kb(running.running.pid) + sum(map(proportional_kb, children(running.running.pid)))
    reload_often(running, 12, 11, 100)  # as many threads at the end as after 50
    before, descriptors = memory(), len(os.listdir(f"/proc/{running.running.pid}/fd"))
    made = reload_often(running, 60, 50, 250)
    print(f"{made} connections; {before} kB before 50 reloads, {memory()} kB after")
    # The last of those that drain may not have ended yet.
    wait_for("the memory there was before", 15, lambda: memory() < before * 1.02 + 200)
    wait_for("the descriptors there were before", 15,
             lambda: len(os.listdir(f"/proc/{running.running.pid}/fd")) == descriptors)


def test_whoever_asks_while_it_cannot_be_waits(start_relevo, site):
    """While relevo starts, or reloads for another: nobody is turned away, and each sees the file as it is then."""
    running = site().running
    asking = [running.ask() for _ in range(5)]
    assert [one.wait(30) for one in asking] == [0] * 5
    assert 1 <= running.relevo.said().count("reload: haproxy.cfg is in effect") <= 5
    starting = Reloaded(start_relevo(running.file.read_text(encoding="ascii").replace("127.0.0.1:", "127.0.0.2:")))
    starting.good()


def test_whoever_waits_is_told_of_a_stop(site):
    """Both ask, and the stop comes, while the parent sleeps; a proxy that sleeps gives it time to answer."""
    running = site().running
    os.kill(running.proxies()[0], signal.SIGSTOP)
    running.kill(signal.SIGSTOP)
    asking = [running.ask() for _ in range(2)]
    for one in asking:
        wait_for("a question", 10, lambda: waits_to_read(one.pid))
    running.kill(signal.SIGTERM)
    running.kill(signal.SIGCONT)
    for one in asking:
        assert one.wait(30) == 1 and "relevo is stopping" in one.stderr.read()


def test_a_wrong_file_changes_nothing(site):
    running = site()
    was = running.running.proxies()
    done = running.running.reload(running.cfg(more="listen x\n    bind 127.0.0.1:1x\n"))
    assert done.returncode == 1
    assert "haproxy.cfg:15:10: error" in done.stderr and "1x" in done.stderr and done.stdout == ""
    assert "reload refused: " in running.running.relevo.said()
    assert running.running.proxies() == was
    one_echo(running.port)
    running.running.good(running.cfg())
    assert running.running.proxies()[0] != was[0]


def test_an_address_in_use_is_refused(site):
    running, other = site(), Server(echo)
    done = running.running.reload(running.cfg(more=f"listen x\n    bind 127.0.0.1:{other.port}\n    server s1 127.0.0.1:1\n"))
    other.close()
    assert done.returncode == 1 and ":15:10: error: cannot bind" in done.stderr
    one_echo(running.port)


def test_a_process_that_cannot_start_is_refused(site):
    """The old one goes on as if nothing had happened, under load too."""
    running = site(threads=1)
    was = running.running.proxies()
    load = Load(running.port, rate=100, long_lived=3)
    with open(f"/proc/{running.running.pid}/statm", encoding="ascii") as f:
        size = int(f.read().split()[0]) * resource.getpagesize()
    # Too little for what its threads need before they start (a sanitizer dies of that), then for their stacks.
    rooms = (64 << 20,) if SANITIZED else (2 << 20, 64 << 20)
    for limit in (*(size + room for room in rooms), resource.RLIM_INFINITY):
        resource.prlimit(running.running.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        done = running.running.reload(running.cfg(threads=60))
        assert (done.returncode == 1) == (limit != resource.RLIM_INFINITY), done.stderr
        if limit != resource.RLIM_INFINITY:
            assert "the new proxy process ended while starting (exit status 1): proxy: " in done.stderr
            assert running.running.proxies() == was
    load.stop()
    running.running.good(running.cfg())


@pytest.mark.parametrize("number", [signal.SIGUSR2, signal.SIGHUP])
def test_signals_reload(site, number):
    running = site()
    was = running.running.proxies()[0]
    said = running.running.relevo.said
    for count in (1, 2):
        running.running.kill(number)
        wait_for("a reload", 10, lambda: said().count("reload: haproxy.cfg is in effect") == count)
    assert running.running.proxies()[0] not in (was, None)
    one_echo(running.port)


def test_streams_go_on_and_new_ones_see_the_new_file(site):
    running = site()
    other = Server(named(b"new"))
    with connect(running.port) as old:
        exchange(old)
        running.running.good(running.cfg().replace(str(running.server.port), str(other.port)))
        with connect(running.port) as new:
            new.sendall(b"?")
            assert read_all(new) == b"new"
        exchange(old)
        running.running.wait_drains()
    running.running.wait_drained()
    other.close()


def test_a_bind_comes_and_goes(site):
    running = site()
    port = free_port()
    more = f"listen more\n    bind 127.0.0.1:{port}\n    server s1 127.0.0.1:{running.server.port}\n"
    assert refused(port)
    running.running.good(running.cfg(more=more))
    with connect(port) as sock:
        exchange(sock)
        load = Load(running.port, rate=100, long_lived=3)
        running.running.good(running.cfg())
        wait_for("the address refuses", 5, lambda: refused(port))
        exchange(sock)  # its stream goes on
        load.stop()
    running.running.good(running.cfg(more=more))
    one_echo(port)


def test_what_waits_in_the_kernel_is_served(site):
    """Connections over the limit wait in the queues of sockets; the next process takes them."""
    running = site(words="maxconn 1", threads=3, bind="backlog 100")
    with connect(running.port) as first:
        exchange(first)
        waiting = [connect(running.port) for _ in range(20)]
        for sock in waiting:
            sock.sendall(b"y")
        running.running.good(running.cfg(threads=1))
        for sock in waiting:
            assert sock.recv(1) == b"y"
            sock.close()
        exchange(first)


def test_paths_are_not_bound_anew(site, tmp_path):
    """A Unix socket of a line that is unchanged stays the file it is; its mode follows the new line."""
    path = tmp_path / "l.sock"
    running = site()
    more = f"listen u\n    bind unix@{path}{{}}\n    server s1 127.0.0.1:{running.server.port}\n"
    running.running.good(running.cfg(more=more.format("")))
    was = inode(path), inode(running.stats)
    running.running.good(running.cfg(more=more.format(" mode 600")))
    assert (inode(path), inode(running.stats)) == was
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert f"Pid: {running.running.proxies()[0]}\n" in running.ask("show info")


def test_hard_stop_after(site):
    running = site(words="hard-stop-after 1s")
    with connect(running.port) as old:
        exchange(old)
        running.running.good(running.cfg())
        running.running.wait_drains()
        assert read_all(old) == b""
    running.running.wait_drained(3)


def test_mworker_max_reloads(site):
    running = site(words="mworker-max-reloads 2")
    words = running.cfg(words="mworker-max-reloads 2")
    with connect(running.port) as old:
        exchange(old)
        for _ in range(2):
            running.running.good(words)
            exchange(old)
        running.running.good(words)
        assert read_all(old) == b""
    assert "has lived through 3 reloads: stopped" in running.running.relevo.said()


def test_stopping_ends_those_that_drain(site):
    running = site()
    with connect(running.port) as old:
        exchange(old)
        running.running.good()
        everyone = children(running.running.pid)
        assert running.running.relevo.stop() == 0
        assert read_all(old) == b""
    assert not [pid for pid in everyone if os.path.exists(f"/proc/{pid}")]


def test_soft_stop_waits_for_those_that_drain(site):
    running = site()
    with connect(running.port) as old:
        exchange(old)
        running.running.good()
        running.running.kill(signal.SIGUSR1)
        wait_for("nobody listens", 5, lambda: refused(running.port))
        time.sleep(0.3)
        exchange(old)
        assert running.running.relevo.process.poll() is None
    assert running.running.relevo.process.wait(5) == 0


def test_death_of_either_process(site):
    """One that drains is mourned, one that serves is started again from the new file."""
    running = site()
    with connect(running.port) as old:
        exchange(old)
        running.running.good()
        serving, draining = running.running.wait_drains()
        os.kill(draining[0], signal.SIGKILL)
        assert read_all(old) == b""
        one_echo(running.port)
        os.kill(serving, signal.SIGKILL)
        wait_for("another one", 5, lambda: running.running.proxies()[0] not in (None, serving))
        one_echo(running.port)
        running.running.good()
        one_echo(running.port)


def test_environment_does_not_leak(site):
    running = site(words="presetenv NAME first")
    fmt = "listen v\n    bind 127.0.0.1:{}\n    mode http\n    http-request return status 200 hdr v \"%[env(NAME)]${{NAME}}\"\n"
    port = free_port()
    running.running.good(running.cfg(words="presetenv NAME second", more=fmt.format(port)))
    with connect(port) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        assert b"v: secondsecond\r\n" in read_all(sock)


def test_keep_alive_ends_with_the_next_answer(site):
    """An idle connection is closed at once, one within a request when that is answered."""
    def answers(connection):
        while connection.recv(1000).endswith((b"\r\n\r\n", b"2")) or connection.recv(1):
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    running, server = site(), Server(answers)
    port = free_port()
    more = (f"frontend h\n    bind 127.0.0.1:{port}\n    mode http\n    timeout http-keep-alive 20s\n"
            f"    default_backend b\nbackend b\n    mode http\n    server s1 127.0.0.1:{server.port}\n")
    running.running.good(running.cfg(more=more))
    with connect(port) as idle, connect(port) as busy:
        for sock in (idle, busy):
            sock.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            first = sock.recv(1000)
            assert first.startswith(b"HTTP/1.1 200") and b"close" not in first
        busy.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n1")
        time.sleep(0.2)
        running.running.good()
        assert read_all(idle) == b""
        busy.sendall(b"2")
        last = read_all(busy)
        assert last.startswith(b"HTTP/1.1 200") and b"connection: close" in last.lower()
    server.close()
    running.running.wait_drained()
