# SPDX-License-Identifier: Apache-2.0
"""The rest of HAProxy's commands: wait, show libs, show stat domain, show sess all; and those that relevo has not."""
import re
import socket
import time

import pytest

from cli_client import answer, ask, connect, read_all, started
from lab.local import free_port
from lab.software import wait_for
from programs import programs


def config(directory, port, raw, origin):
    return f"""
global
    stats socket {directory}/admin.sock level admin
    stats socket {directory}/operator.sock level operator
    stats socket {directory}/user.sock level user
    stats timeout 2s
    nbthread 2
resolvers dns
    nameserver n1 127.0.0.1:{free_port()}
    nameserver n2 127.0.0.1:{free_port()}
defaults
    mode http
    log global
    option httplog
    timeout client 5s
    timeout server 5s
    timeout connect 1s
frontend fe
    bind 127.0.0.1:{port}
    log 127.0.0.1:9 local0
    default_backend web
backend web
    server w1 127.0.0.1:{origin}
backend be
    balance roundrobin
    server s1 127.0.0.1:{origin}
    server s2 127.0.0.1:{origin} disabled
listen raw
    bind 127.0.0.1:{raw}
    mode tcp
    server t1 127.0.0.1:{origin}
"""


class Running:
    def __init__(self, start, directory, origin):
        directory.mkdir()
        self.port, self.raw = free_port(), free_port()
        self.admin, self.operator, self.user = (directory / f"{level}.sock" for level in ("admin", "operator", "user"))
        self.program = started(start, config(directory, self.port, self.raw, origin), self.admin)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    directory = tmp_path_factory.mktemp("rest")
    with socket.create_server(("127.0.0.1", 0)) as origin:
        running = {name: Running(start, directory / f"run-{name}", origin.getsockname()[1])
                   for name, start in programs(directory)}
        yield running
        for one in running.values():
            one.program.stop()


@pytest.fixture
def relevo(both):
    return both["relevo"]


# ---- wait ----

def took(path, line):
    began = time.monotonic()
    said = ask(path, line)
    return said, time.monotonic() - began


def test_wait_lets_time_pass_before_the_next_command(relevo):
    said, seconds = took(relevo.user, "wait 300;show cli level;wait 200ms")
    assert said == "Done.\n\nuser\n\nDone.\n\n" and 0.5 <= seconds < 5
    # Longer than the connection may be idle; others are served meanwhile.
    with connect(relevo.admin) as waiting:
        waiting.sendall(b"wait 3s\n")
        said, seconds = took(relevo.admin, "wait 0")
        assert said == "Done.\n\n" and seconds < 1
        assert read_all(waiting) == b"Done.\n\n"


def test_wait_ends_when_the_server_may_be_deleted(relevo):
    assert took(relevo.admin, "wait 5s srv-removable be/s2")[1] < 2
    said, seconds = took(relevo.admin, "wait 300 srv-removable be/s1")
    assert said == "Wait delay expired.\n\n" and seconds >= 0.3
    with connect(relevo.admin) as waiting:
        waiting.sendall(b"wait 8s srv-removable be/s1;del server be/s1;add server be/s1 127.0.0.1:1\n")
        assert answer(relevo.admin, "disable server be/s1") == ""
        assert read_all(waiting).startswith(b"Done.\n\nServer deleted.\nNew server registered.")
    with connect(relevo.admin) as waiting:
        waiting.sendall(b"enable server be/s1;wait 8s srv-removable be/s1\n")
        time.sleep(0.2)
        assert answer(relevo.admin, "disable server be/s1;del server be/s1").endswith("Server deleted.")
        assert read_all(waiting).endswith(b"No such server.\n\n")


@pytest.mark.parametrize("line,said", [
    ("wait", "Expects a duration in milliseconds.\n"), ("wait x", "Invalid duration.\n"),
    ("wait 99999999999999", "Invalid duration.\n"), ("wait -1", "Invalid duration.\n"),
    ("wait 1 srv-removable", "Require 'backend/server'.\n"), ("wait 1 srv-removable nope/x", "No such backend.\n"),
    ("wait 1 srv-removable be/nope", "No such server.\n")])
def test_wait_refuses(relevo, line, said):
    assert answer(relevo.admin, line) == said


def test_wait_tells_its_usage(relevo):
    assert answer(relevo.admin, "wait -h").startswith("Usage: wait {-h|<duration>}")
    assert answer(relevo.admin, "wait 1 nonsense") == answer(relevo.admin, "wait -h")


def test_who_leaves_while_waiting_harms_nobody(relevo):
    for _ in range(5):
        with connect(relevo.admin) as sock:
            sock.sendall(b"wait 100;show stat;wait 100\n")
    time.sleep(0.3)
    assert answer(relevo.admin, "show cli level") == "admin\n"


def test_who_leaves_a_long_wait_gives_its_place_back(relevo):
    """More of them than `stats maxconn`: the last is served when the first ones are found gone."""
    for _ in range(25):
        with connect(relevo.admin) as sock:
            sock.sendall(b"wait 1h;wait 1h srv-removable be/s1\n")
    began = time.monotonic()
    assert answer(relevo.admin, "show cli level", 20) == "admin\n"
    assert time.monotonic() - began < 10


# ---- show libs, show stat domain ----

def test_show_libs_is_haproxys_form(both):
    shown = {}
    for name, running in both.items():
        lines = answer(running.operator, "show libs").splitlines()
        found = [re.fullmatch(r"0x([0-9a-f]{12})-0x([0-9a-f]{12}) \(0x([0-9a-f]{7,})\) (\S+)", line) for line in lines]
        assert all(found), lines
        for line in found:
            assert int(line[2], 16) - int(line[1], 16) + 1 == int(line[3], 16)
        shown[name] = {line[4].rsplit("/", 1)[-1] for line in found}
        assert answer(running.user, "show libs") == "Permission denied\n"
    assert {"libc.so.6", "libpcre2-8.so.0", "libcrypt.so.1"} <= shown["relevo"] & shown["haproxy"]


def test_show_stat_domain(both):
    shown = {}
    for name, running in both.items():
        csv = answer(running.admin, "show stat domain resolvers").splitlines()
        typed = answer(running.admin, "show stat domain resolvers typed").splitlines()
        shown[name] = {
            "titles": csv[0], "rows": [line for line in csv[1:] if ",dns," in line], "typed": typed[:34],
            "refused": [answer(running.admin, f"show stat domain{word}") for word in ("", " dns", " nothing")],
            "proxy": [line.split(",")[:2] for line in answer(running.admin, "show stat domain proxy").splitlines()],
            "chosen": [line.split(",")[:2] for line in answer(running.admin, "show stat domain proxy be 4 -1").splitlines()]}
    # Other tests delete these two.
    for rows in shown.values():
        rows["proxy"] = [row for row in rows["proxy"] if row[1:] not in (["s1"], ["s2"])]
        rows["chosen"] = [row for row in rows["chosen"] if row[1:] not in (["s1"], ["s2"])]
    assert len(shown["relevo"]["rows"]) == 2 and len(shown["relevo"]["typed"]) == 34
    assert shown["relevo"] == shown["haproxy"]


# ---- show sess ----

def fields(text):
    """What of `show sess all` both say, without moments and ports."""
    found = re.search(r"proto=(\S+) source=([\d.]+):", text), re.search(r"conn_retries=(\d+)", text), \
        re.search(r"frontend=\S+ \(id=\d+ mode=\w+\), listener=\S+ \(id=\d+\) addr=", text), \
        re.search(r"backend=\S+ \(id=\d+ mode=\w+\) addr=127.0.0.1:", text), re.search(r"server=\S+ \(id=\d+\) addr=\S+", text)
    assert all(found), text
    assert re.match(r"0x[0-9a-f]+: \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{6}\] ", text), text
    return [one[0] for one in found]


def test_show_sess_all_has_haproxys_fields(both):
    shown = {}
    for name, running in both.items():
        with socket.create_connection(("127.0.0.1", running.raw), 10) as raw:
            raw.sendall(b"abc")

            def there(one=running):
                return [text for text in re.split(r"(?m)^(?=0x)", answer(one.admin, "show sess all"))
                        if "frontend=raw " in text and "server=t1 " in text and " addr=" in text.split("backend=")[1][:60]]
            wait_for("the stream", 10, there)
            shown[name] = fields(there()[0])
    assert shown["relevo"] == shown["haproxy"]


def test_show_sess_tells_the_request(relevo):
    with socket.create_connection(("127.0.0.1", relevo.port), 10) as sock:
        sock.sendall(b"GET /some?thing HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for("the request", 10, lambda: 'request="GET /some?thing HTTP/1.1" status=-1 bytes_in=37 bytes_out=0\n'
                 in answer(relevo.admin, "show sess all"))


# ---- what is not there ----

ABSENT = ["show table", "show table web", "clear table web", "set table web key 1", "show peers", "show cache", "show fd",
          "show fd 3", "show profiling", "set profiling tasks on", "show tasks", "show trace", "trace",
          "trace h1 sink stderr", "show startup-logs", "show ssl cert", "set ssl cert x", "add ssl crt-list x", "new ssl cert x",
          "del ssl cert x", "abort ssl cert x", "commit ssl cert x", "show tls-keys", "enable dynamic-cookie backend be",
          "disable dynamic-cookie backend be", "set dynamic-cookie-key backend be x"]


@pytest.mark.parametrize("line", ABSENT)
def test_what_is_not_there_says_so(relevo, line):
    said = answer(relevo.admin, line)
    assert re.fullmatch(r"relevo has no '[a-z- ]+': [^\n]+\.\n", said), said
    assert line.startswith(re.search("'(.*?)'", said)[1])
    assert answer(relevo.admin, "help").count(line.split()[0] + " " + line.split()[-1] + " ") == 0


def names(text):
    return {re.match(r"  ([a-z-]+(?: [a-z-]+)*)", line)[1].strip() for line in text.splitlines() if re.match("  [a-z]", line)}


def test_every_command_of_haproxys_help_is_there_or_says_that_it_is_not(both):
    for name in names(answer(both["haproxy"].admin, "help")):
        if name in ("quit", "prompt", "shutdown session", "user", "operator", "add server"):
            continue
        said = answer(both["relevo"].admin, name)
        assert not said.startswith("Unknown command"), name
