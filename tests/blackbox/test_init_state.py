# SPDX-License-Identifier: Apache-2.0
"""init-state: what a server is before its checks have told, at the start and after maintenance.

HAProxy 2.6 does not know it; how its default begins is compared with HAProxy in test_checks.py.
"""
import pytest

from check_lab import ScriptedServer, read_csv
from cli_client import ask, wait_socket
from lab.local import free_port
from lab.software import relevo_binary, wait_for
from programs import Program

STATES = {"fully-up": "UP", "up": "UP 1/3", "down": "DOWN 1/2", "fully-down": "DOWN"}


class Life:
    """A server of each kind; with a long `inter` all but the first are checked minutes from now."""

    def __init__(self, directory, inter):
        self.stats, self.admin = free_port(), directory / "admin.sock"
        self.server = ScriptedServer(())
        lines = "".join(f"    server {name} 127.0.0.1:{self.server.port} check inter {inter} init-state {name}\n"
                        for name in STATES)
        self.program = Program(relevo_binary(), directory / "relevo", f"""
global
    stats socket {self.admin} level admin
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
listen stats
    bind 127.0.0.1:{self.stats}
    stats uri /
backend be
{lines}""", "--control", str(directory / "control.sock"))
        wait_socket(self.admin)

    def statuses(self):
        return {line["svname"]: line["status"] for line in read_csv(self.stats) if line["svname"] in STATES}

    def close(self):
        self.program.stop()
        self.server.close()


@pytest.fixture
def life(tmp_path, request):
    life = Life(tmp_path, request.param)
    yield life
    life.close()


@pytest.mark.parametrize("life", ["100ms"], indirect=True)
def test_all_come_up_in_the_end(life):
    wait_for("good checks", 10, lambda: set(life.statuses().values()) == {"UP"})
    for name in STATES:
        ask(life.admin, f"set server be/{name} state maint")
    assert set(life.statuses().values()) == {"MAINT"}
    for name in STATES:
        ask(life.admin, f"set server be/{name} state ready")
    wait_for("good checks after maintenance", 10, lambda: set(life.statuses().values()) == {"UP"})


@pytest.mark.parametrize("life", ["1h"], indirect=True)
def test_begins_as_told(life):
    assert life.statuses() == STATES
