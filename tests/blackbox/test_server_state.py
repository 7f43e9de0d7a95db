# SPDX-License-Identifier: Apache-2.0
"""server-state-file: what one process tells of its servers, HAProxy or relevo, the next of either begins with."""
import socket
import time

import pytest

from check_lab import ScriptedServer, read_csv
from lab.local import free_port
from lab.software import wait_for
from programs import programs

CFG = """
global
    stats socket {directory}/{name}.sock level admin
    server-state-base {directory}
    server-state-file state
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
    load-server-state-from-file {source}
listen statspage
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /
backend app
    server drained 127.0.0.1:{up} check inter {inter} weight 20
    server light 127.0.0.1:{up} check inter {inter} weight 20
    server dead 127.0.0.1:1 check inter {inter}
    server maint 127.0.0.1:{up} check inter {inter}
    server plain 127.0.0.1:{up} check inter {inter}
    server unchecked 127.0.0.1:{up}
"""
COMMANDS = "set server app/drained state drain; set server app/light weight 5; set server app/maint state maint"


def ask(path, commands):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(path))
    sock.sendall(commands.encode() + b"\n")
    said = b""
    while data := sock.recv(65536):
        said += data
    sock.close()
    return said.decode()


def rows(port):
    """Status without the progress of checks, and weight."""
    return {line["svname"]: (line["status"].split(" ")[0], line["weight"]) for line in read_csv(port)
            if line["pxname"] == "app" and line["svname"] != "BACKEND"}


EXPECTED = {"drained": ("DRAIN", "20"), "light": ("UP", "5"), "dead": ("DOWN", "1"), "maint": ("MAINT", "1"),
            "plain": ("UP", "1"), "unchecked": ("no", "1")}


@pytest.mark.parametrize("source", ["global", "local"])
@pytest.mark.parametrize("writer, reader", [("relevo", "relevo"), ("haproxy", "relevo"), ("relevo", "haproxy")])
def test_state_is_handed_on(tmp_path, writer, reader, source):
    up = ScriptedServer(())
    ports = {"up": up.port, "stats": free_port(), "directory": tmp_path, "source": source}
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    first = dict(programs(tmp_path / "first"))[writer](CFG.format(name="first", inter="100ms", **ports))
    try:
        wait_for("the first checks", 10, lambda: (tmp_path / "first.sock").exists() and
                 rows(ports["stats"]).get("dead") == ("DOWN", "1"))
        time.sleep(0.5)
        ask(tmp_path / "first.sock", COMMANDS)
        state = ask(tmp_path / "first.sock", "show servers state")
    finally:
        first.stop()
    (tmp_path / ("state" if source == "global" else "app")).write_text(state)
    # No check of the second has a result yet that could say so.
    second = dict(programs(tmp_path / "second"))[reader](CFG.format(name="second", inter="30s", **ports))
    try:
        wait_for("the second", 10, lambda: (tmp_path / "second.sock").exists() and rows_or_none(ports["stats"]))
        assert rows(ports["stats"]) == EXPECTED
        changed = {line["svname"]: int(line["lastchg"]) for line in read_csv(ports["stats"])
                   if line["pxname"] == "app" and line["svname"] == "plain"}
        if reader == "haproxy":  # it counts from a clock of its own, which may be a second behind: -1 without a sign
            changed["plain"] = (changed["plain"] + 1) % (1 << 32)
        assert changed["plain"] <= 30
    finally:
        second.stop()
        up.close()


def rows_or_none(port):
    try:
        return rows(port)
    except OSError:
        return None


def test_files_that_are_not_there_or_not_states(start_relevo, tmp_path):
    """They are told, and servers begin as configured."""
    ports = {"up": free_port(), "stats": free_port(), "directory": tmp_path, "source": "global", "name": "one",
             "inter": "30s"}
    relevo = start_relevo(CFG.format(**ports))
    wait_for("the statistics", 10, lambda: rows_or_none(ports["stats"]))
    assert "the state of servers cannot be read from" in relevo.said()
    assert rows(ports["stats"])["light"] == ("UP", "20")
    relevo.stop()
    (tmp_path / "state").write_text("7\nwhatever\n")
    relevo = start_relevo(CFG.format(**ports))
    wait_for("the statistics", 10, lambda: rows_or_none(ports["stats"]))
    assert "is no state of servers of version 1" in relevo.said()


ASKED = """
global
    stats socket {directory}/{name}.sock level admin
    server-state-base {directory}
    server-state-file state
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
    load-server-state-from-file global
frontend f
    bind 127.0.0.1:{web}
backend app
    server unasked 127.0.0.1:{up} check inter 60s
    server noagent 127.0.0.1:{up} agent-check agent-port 9 agent-inter 60s
    server moved 127.0.0.1:{up} check inter 60s agent-check agent-port 9 agent-inter 60s
    server down 127.0.0.1:{up} agent-check agent-port 9 agent-inter 60s
"""
ASKED_COMMANDS = ("disable health app/unasked; disable agent app/noagent; set server app/moved check-port 1234; "
                  "set server app/moved check-addr 127.0.0.9; set server app/moved agent-addr 127.0.0.8; "
                  "set server app/moved agent-port 77; set server app/down agent down")


def asked(path):
    """Operational state, state of check and agent, and where they are asked."""
    lines = [line.split() for line in ask(path, "show servers state app").splitlines()[2:] if line]
    return {words[3]: (words[5], words[13], words[14], *words[21:]) for words in lines}


@pytest.mark.parametrize("writer, reader", [("relevo", "relevo"), ("haproxy", "relevo"), ("relevo", "haproxy"), ("haproxy", "haproxy")])
def test_checks_and_agents_are_asked_as_before(tmp_path, writer, reader):
    up = ScriptedServer(())
    words = {"up": up.port, "directory": tmp_path, "web": free_port()}
    expected = {"unasked": ("2", "2", "0", "0", "-", "-", "0"), "noagent": ("2", "0", "18", "0", "-", "-", "9"),
                "moved": ("2", "6", "22", "1234", "127.0.0.9", "127.0.0.8", "77"),
                "down": ("0", "0", "22", "0", "-", "-", "9")}
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    first = dict(programs(tmp_path / "first"))[writer](ASKED.format(name="first", **words))
    try:
        wait_for("the socket", 10, lambda: len(asked_or_none(tmp_path / "first.sock")) == 4)
        ask(tmp_path / "first.sock", ASKED_COMMANDS)
        wait_for("it is done", 10, lambda: asked(tmp_path / "first.sock") == expected)
        (tmp_path / "state").write_text(ask(tmp_path / "first.sock", "show servers state"))
    finally:
        first.stop()
    second = dict(programs(tmp_path / "second"))[reader](ASKED.format(name="second", **words))
    try:
        wait_for("the socket", 10, lambda: len(asked_or_none(tmp_path / "second.sock")) == 4)
        assert asked(tmp_path / "second.sock") == expected
    finally:
        second.stop()
        up.close()


def asked_or_none(path):
    try:
        return asked(path)
    except OSError:
        return {}
