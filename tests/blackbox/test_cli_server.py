# SPDX-License-Identifier: Apache-2.0
"""Servers changed by the runtime API: in HAProxy's words, and under traffic."""
import socket
import threading
import time

import pytest

from cli_client import answer, ask, wait_socket
from lab.local import free_port
from lab.software import wait_for
from programs import programs


def config(directory, ports):
    return f"""
global
    stats socket {directory}/admin.sock level admin
    nbthread 2
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 1s
    timeout queue 5s
frontend fe
    bind 127.0.0.1:{ports.web}
    maxconn 100
    default_backend be
backend be
    balance roundrobin
    server s1 127.0.0.1:{ports.one} check inter 1h
    server s2 127.0.0.1:{ports.two} weight 5 maxconn 10
    server s3 127.0.0.1:{ports.two} backup disabled
listen li
    bind 127.0.0.1:{ports.other}
    mode tcp
    balance source
    server t1 127.0.0.1:{ports.one}
"""


class Ports:
    def __init__(self, one, two):
        self.web, self.other, self.one, self.two = free_port(), free_port(), one, two


class Running:
    def __init__(self, start, directory, ports):
        directory.mkdir()
        self.program = start(config(directory, ports))
        self.admin = directory / "admin.sock"
        wait_socket(self.admin)
        wait_for("the stats socket", 10, self.answers)

    def answers(self):
        try:
            return "L4OK" in answer(self.admin, "show stat")
        except OSError:
            return False


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    directory = tmp_path_factory.mktemp("cli")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        running = {name: Running(start, directory / f"run-{name}", Ports(one.getsockname()[1], two.getsockname()[1]))
                   for name, start in programs(directory)}
        yield running
        for program in running.values():
            program.program.stop()


COMMANDS = """
get weight; get weight be; get weight x/y; get weight be/s9; get weight be/s1; get weight be/s2
set weight; set weight be/s1; set weight be/s1 abc; set weight be/s1 300; set weight be/s1 -1; set weight be/s1 5x
set weight be/s1 -5%; set weight be/s2 50%; get weight be/s2; set weight be/s2 150%; get weight be/s2
set weight be/s2 99999%; get weight be/s2; set weight be/s2 100%; get weight be/s2
set weight li/t1 3; set weight li/t1 50%; set weight li/t1 0; get weight li/t1; set weight li/t1 100%; get weight li/t1
set server; set server be; set server be/s1; set server be/s1 foo; set server be/s9 state ready
set server be/s1 state; set server be/s1 state foo; set server be/s1 weight; set server be/s1 weight 3
set server be/s1 addr; set server be/s1 addr foo; set server be/s1 addr 127.0.0.2; set server be/s1 addr 127.0.0.2
set server be/s1 addr 127.0.0.3 port 99; set server be/s1 addr 127.0.0.3 port 99; set server be/s1 addr 127.0.0.3 port
set server be/s1 addr 127.0.0.3 foo; set server be/s1 addr 127.0.0.3 port x; set server be/s1 addr ::1 port 80
set server be/s1 addr 127.0.0.1 port 1; set server be/s1 port 1
set server be/s1 health; set server be/s1 health foo; set server be/s1 health up; set server be/s2 health up
set server be/s1 agent; set server be/s1 agent up; set server be/s1 agent-addr; set server be/s1 agent-addr 1.2.3.4
set server be/s1 agent-send; set server be/s1 agent-send foo; set server be/s1 agent-port; set server be/s1 agent-port 8
set server be/s1 check-addr; set server be/s1 check-addr 127.0.0.1; set server be/s1 check-addr foo
set server be/s1 check-port; set server be/s1 check-port x; set server be/s2 check-port 1
set server be/s2 check-addr 127.0.0.1; set server be/s1 fqdn; set server be/s1 fqdn foo; set server be/s1 ssl on
enable server; disable server foo; enable health; enable health be/s1; enable health be/s2; disable health be/s2
enable agent be/s1; disable agent be/s1; disable agent be/s9
set maxconn server; set maxconn server be/s2; set maxconn server be/s2 x; set maxconn server be/s2 20x
set maxconn server be/s9 1; set maxconn server be/s2 20; set maxconn server be/s2 10
set severity-output number,set server be/s1 addr 127.0.0.1 port 1,get weight be/s9,set server be/s1 addr foo
""".replace("\n", ";").split(";")
COMMANDS = [command.strip().replace(",", ";") for command in COMMANDS if command.strip()]


@pytest.mark.parametrize("number", range(len(COMMANDS)), ids=lambda number: f"{number}-{COMMANDS[number]}")
def test_says_what_haproxy_says(both, number):
    assert ask(both["relevo"].admin, COMMANDS[number]) == ask(both["haproxy"].admin, COMMANDS[number])


def columns(running, server, *names):
    lines = answer(running.admin, "show stat").splitlines()
    titles = lines[0].removeprefix("# ").split(",")
    for line in lines[1:]:
        row = dict(zip(titles, line.split(",")))
        if f"{row['pxname']}/{row['svname']}" == server:
            return [row[name] for name in names]
    raise AssertionError(server)


STATES = ["set server be/s2 state drain", "set server be/s2 state maint", "set server be/s2 state drain",
          "set server be/s2 state ready", "disable server be/s2", "enable server be/s2", "enable server be/s3",
          "disable server be/s3", "set server be/s2 state drain", "enable server be/s2", "disable server be/s2",
          "set server be/s2 state ready", "set weight be/s2 0", "set weight be/s2 100%"]


def test_states_are_shown_as_haproxy_shows_them(both):
    for command in STATES:
        for running in both.values():
            assert answer(running.admin, command) == "", command
        for server in ("be/s2", "be/s3", "be/BACKEND"):
            shown = {name: columns(running, server, "status", "weight", "act", "bck", "uweight", "slim")
                     for name, running in both.items()}
            assert shown["relevo"] == shown["haproxy"], (command, server)


LISTS = ["show backend", "show backend x", "show servers state", "show servers state be", "show servers state x",
         "show servers state fe", "show servers conn x", "show servers"]


def without_times(text):
    """The seconds since the last change differ by how fast the test is."""
    lines = []
    for line in text.splitlines():
        words = line.split(" ")
        if len(words) == 25 and words[0].isdigit():
            words[9] = "TIME"
            if words[10] == "1":
                words[12] = "ANY"  # of a server without checks HAProxy's level says what commands came before
        lines.append(" ".join(words))
    return lines


def test_level_of_a_check_that_never_began(start_relevo, tmp_path):
    path, port = tmp_path / "admin.sock", free_port()
    start_relevo(f"global\n stats socket {path} level admin\nlisten x\n bind 127.0.0.1:{port}\n mode tcp\n"
                 " timeout client 1s\n timeout server 1s\n timeout connect 1s\n"
                 " server s 127.0.0.1:1 check disabled\n").wait_listens(port)
    wait_socket(path)
    titles, words = (line.split(" ") for line in answer(path, "show servers state").splitlines()[1:3])
    assert words[titles.index("srv_check_health") - 1] == "0"  # the titles have a # before them


@pytest.mark.parametrize("command", LISTS[:-1])
def test_lists_are_haproxys(both, command):
    said = {}
    for name, running in both.items():
        assert answer(running.admin, "set server be/s1 state ready;set server be/s1 health up;set weight be/s1 100%")
        said[name] = without_times(answer(running.admin, command))
    assert said["relevo"] == said["haproxy"]


FRONTENDS = """enable frontend;enable frontend fe;disable frontend fe;disable frontend fe;enable frontend fe;enable frontend foo
enable frontend be;shutdown frontend;shutdown frontend foo;shutdown frontend be;set maxconn frontend
set maxconn frontend fe;set maxconn frontend foo 3;set maxconn frontend fe 50;set maxconn global
set maxconn global 99999999;set rate-limit;set rate-limit foo;set rate-limit connections
set rate-limit connections global;set rate-limit connections global 100;set rate-limit connections foo 100
set rate-limit sessions global 100;set rate-limit ssl-sessions global 100;set rate-limit connections global 0
set rate-limit sessions global 0;clear counters;clear counters all;operator,clear counters all;user,clear counters
shutdown frontend li;shutdown frontend li;enable frontend li;disable frontend li""".replace("\n", ";").split(";")
FRONTENDS = [command.replace(",", ";") for command in FRONTENDS]


@pytest.mark.parametrize("number", range(len(FRONTENDS)), ids=lambda number: f"{number}-{FRONTENDS[number]}")
def test_frontends_say_what_haproxys_say(both, number):
    assert ask(both["relevo"].admin, FRONTENDS[number]) == ask(both["haproxy"].admin, FRONTENDS[number])


def test_paused_and_stopped_frontends_are_shown_as_haproxy_shows_them(both):
    for running in both.values():
        assert columns(running, "fe/FRONTEND", "status", "slim") == ["OPEN", "50"]
        answer(running.admin, "disable frontend fe")
        assert columns(running, "fe/FRONTEND", "status") == ["PAUSED"]
        answer(running.admin, "enable frontend fe")
        assert columns(running, "fe/FRONTEND", "status") == ["OPEN"]
    assert columns(both["relevo"], "li/FRONTEND", "status") == ["STOP"]
