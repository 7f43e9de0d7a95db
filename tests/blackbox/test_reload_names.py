# SPDX-License-Identifier: Apache-2.0
"""What a reload carries over of servers whose names are resolved, and of agents: nobody need answer meanwhile."""
import contextlib
import socket
import threading

import pytest
from reload_lab import wait_for
from test_reload import site  # pylint: disable=unused-import
from test_reload_state import stat

from lab.dns_server import SILENT, DnsServer
from lab.local import free_port

NAMES = """
resolvers dns
    nameserver ns1 127.0.0.1:{port}
    timeout resolve 100ms
    timeout retry 100ms
backend b
    server plain app.test:{to} resolvers dns init-addr none resolve-prefer ipv4
    server other other.test:{to} resolvers dns init-addr none resolve-prefer ipv4
    server begins app.test:{to} resolvers dns init-addr 127.0.0.77 resolve-prefer ipv4 resolve-opts allow-dup-ip
    server nowhere nope.test:{to} resolvers dns init-addr none
    server checked app.test:{to} resolvers dns init-addr none check inter 60s resolve-prefer ipv4 resolve-opts allow-dup-ip
    server-template t 1-3 _h._tcp.test resolvers dns init-addr none resolve-prefer ipv4
"""


@pytest.fixture
def dns():
    server = DnsServer()
    server.set("app.test", A=["127.0.0.1"])
    server.set("other.test", A=["127.0.0.3"])
    server.set("third.test", A=["127.0.0.4"])
    server.set("one.test", A=["127.0.0.5"])
    server.set("_h._tcp.test", SRV=[(1, 10, 8080, "one.test"), (1, 600, 8081, "one.test")])
    yield server
    server.close()


def servers(running):
    """{name: (state, address, admin, name, port, SRV name, weight)}"""
    found = {}
    for line in running.ask("show servers state b").splitlines()[2:]:
        words = line.split()
        if len(words) > 20:
            found[words[3]] = (words[5], words[4], words[6], words[17], words[18], words[19], words[7])
    return found


def silence(dns):
    for name in ("app.test", "other.test", "third.test", "one.test", "nope.test", "_h._tcp.test"):
        dns.fail(name, SILENT)


@pytest.fixture
def resolved(site, dns):
    running = site()
    text = NAMES.format(port=dns.port, to=running.server.port)
    running.running.good(running.cfg(more=text))
    where = {"plain": "127.0.0.1", "other": "127.0.0.3", "begins": "127.0.0.1", "nowhere": "-", "checked": "127.0.0.1"}
    wait_for("all addresses", 10, lambda: {name: one[1] for name, one in servers(running).items() if name in where} == where)
    wait_for("the services", 10, lambda: {one[4] for name, one in servers(running).items() if name[0] == "t"} == {"8080", "8081", "0"})
    wait_for("a check", 10, lambda: stat(running, "b", "checked")["status"] == "UP")
    return running, text


def test_silent_name_servers_take_no_address(resolved, dns):
    running, text = resolved
    assert running.ask("set server b/other fqdn third.test").strip()
    wait_for("the new name", 10, lambda: servers(running)["other"][1] == "127.0.0.4")
    was = servers(running)
    assert was["t1"][1:] == ("127.0.0.5", was["t1"][2], "one.test", "8080", "_h._tcp.test", "1")
    silence(dns)
    for _ in range(3):
        running.running.good(running.cfg(more=text))
        asked = len(dns.queries)
        assert servers(running) == was
        wait_for("questions of the new process", 10, lambda asked=asked: len(dns.queries) > asked + 20)
        assert servers(running) == was
        assert stat(running, "b", "nowhere")["status"] == "MAINT (resolution)"
        assert stat(running, "b", "checked")["status"] == "UP"
    # And they go on where they are when there are answers again.
    dns.heal("app.test")
    dns.set("app.test", A=["127.0.0.1", "127.0.0.6"])
    for name in ("other.test", "third.test", "one.test", "_h._tcp.test", "nope.test"):
        dns.heal(name)
    before = dns.asked("_h._tcp.test"), dns.asked("app.test")
    wait_for("answers", 10, lambda: dns.asked("_h._tcp.test") > before[0] + 3 and dns.asked("app.test") > before[1] + 3)
    assert servers(running) == was
    dns.set("app.test", A=["127.0.0.6"])
    wait_for("it moves", 10, lambda: servers(running)["plain"][1] == "127.0.0.6")


def test_another_name_or_port_in_the_file_is_another_server(resolved, dns):
    running, text = resolved
    was = servers(running)
    silence(dns)
    new = text.replace("server plain app.test", "server plain apps.test").replace(
        f"server other other.test:{running.server.port}", "server other other.test:99")
    running.running.good(running.cfg(more=new))
    now = servers(running)
    assert now["plain"][1] == "-" and now["other"][1] == "-"
    assert {name: one for name, one in now.items() if name not in ("plain", "other")} == \
        {name: one for name, one in was.items() if name not in ("plain", "other")}


AGENT = """
backend b
    server said 127.0.0.1:{to} weight 100 maxconn 50 agent-check agent-port {agent} agent-inter {inter}
    server both 127.0.0.1:{to} check inter 60s agent-check agent-port {agent} agent-inter {inter}
    server off 127.0.0.1:{to} agent-check agent-port {agent} agent-inter {inter}
"""


class Agent:
    """Says `line` to who asks; counts them."""

    def __init__(self, line):
        self.line, self.asked = line, 0
        self._listener = socket.create_server(("127.0.0.1", free_port()))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            peer = self._listener.accept()[0]
            self.asked += 1
            with peer, contextlib.suppress(OSError):  # who asks may have gone
                peer.sendall(self.line)


def test_what_agents_said_last_is_kept(site):
    running, agent = site(), Agent(b"down 50% maxconn:7 #disk full\n")
    def text(inter):
        return AGENT.format(to=running.server.port, agent=agent.port, inter=inter)
    def seen(name):
        row = stat(running, "b", name)
        return [row[column] for column in ("status", "weight", "slim", "agent_status", "last_agt")]
    running.running.good(running.cfg(more=text("100ms")))
    assert not running.ask("disable agent b/off").strip()
    down = ["DOWN (agent)", "50", "7", "L7STS", "Layer7 wrong status : via agent : down (disk full)"]

    wait_for("its words", 10, lambda: seen("said")[:4] == down[:4] and seen("both")[0] == "DOWN (agent)")
    was = {name: seen(name) for name in ("said", "both")}
    off = stat(running, "b", "off")["status"]
    # Now nobody asks for a long time.
    running.running.good(running.cfg(more=text("60s")))
    assert {name: seen(name) for name in ("said", "both")} == was
    agent.line = b"up\n"
    running.running.good(running.cfg(more=text("60s")))
    states = {line.split()[3]: line.split()[14] for line in running.ask("show servers state b").splitlines()[2:] if line}
    assert (states["said"], states["off"]) == ("22", "18") and stat(running, "b", "off")["status"] == off
    # What it says next counts.
    running.running.good(running.cfg(more=text("50ms")))
    wait_for("both are up", 10, lambda: stat(running, "b", "both")["status"] == "UP")


def test_the_limit_in_the_file_wins_where_it_changed(site):
    running, agent = site(), Agent(b"up maxconn:7\n")
    text = AGENT.format(to=running.server.port, agent=agent.port, inter="100ms")
    running.running.good(running.cfg(more=text))
    wait_for("its word", 10, lambda: stat(running, "b", "said")["slim"] == "7")
    agent.line = b"up\n"
    running.running.good(running.cfg(more=text.replace("maxconn 50", "maxconn 60").replace("100ms", "60s")))
    assert stat(running, "b", "said")["slim"] == "60"


def test_an_agent_that_speaks_first_is_heard_at_once(site):
    """An acknowledgement that is put off kept its accept() waiting for 200 ms: longer than agent-inter."""
    running, agent = site(), Agent(b"up 40%\n")
    running.running.good(running.cfg(more=AGENT.format(to=running.server.port, agent=agent.port, inter="100ms")))
    wait_for("its word", 5, lambda: stat(running, "b", "said")["weight"] == "40")
    assert stat(running, "b", "said")["agent_status"] != "L7TOUT"
