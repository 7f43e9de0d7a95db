# SPDX-License-Identifier: Apache-2.0
"""Servers that come and go by the runtime API, beside HAProxy; and under traffic."""
import http.client
import http.server
import os
import re
import threading
import time

import pytest

from cli_client import answer, ask, started, wait_socket
from lab.local import free_port
from lab.software import wait_for
from programs import programs

SANITIZED = "RELEVO_SANITIZED" in os.environ

REPEATS = int(os.environ.get("DYNAMIC_REPEATS", "60"))


def config(directory, port):
    return f"""
global
    stats socket {directory}/admin.sock level admin
    stats socket {directory}/operator.sock level operator
    nbthread 2
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 1s
frontend fe
    bind 127.0.0.1:{port}
    default_backend be
backend be
    id 30
    balance roundrobin
    server s1 127.0.0.1:1 check
    server s2 127.0.0.1:2
    server s3 127.0.0.1:3 track be/s1
backend used
    use-server u1 if TRUE
    server u1 127.0.0.1:1
    server u2 127.0.0.1:1
backend asked
    acl x srv_is_up(a1)
    http-request deny if x
    server a1 127.0.0.1:1
    server a2 127.0.0.1:1
backend source
    balance source
    server s1 127.0.0.1:1
backend consistent
    balance uri
    hash-type consistent
    server s1 127.0.0.1:1
backend static
    balance static-rr
    server s1 127.0.0.1:1
backend first
    balance first
    server s1 127.0.0.1:1
backend random
    balance random
backend tcp
    mode tcp
    balance leastconn
    server s1 127.0.0.1:1
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    directory = tmp_path_factory.mktemp("dynamic")
    running = {}
    for name, start in programs(directory):
        place = directory / f"run-{name}"
        place.mkdir()
        running[name] = started(start, config(place, free_port()), place / "admin.sock"), place
    yield {name: place for name, (_, place) in running.items()}
    for program, _ in running.values():
        program.stop()


# In this order: what one adds another deletes.
SAME = """add server
add server be
add server be/
add server be/x
add server nope/x 127.0.0.1:1
add server be/s1 127.0.0.1:1
add server be/x 127.0.0.1:1
add server be/x 127.0.0.1:1
add server be/x1 127.0.0.1:1 nokw
add server be/x1 127.0.0.1:1 weight 5 weight 6 bogus more
add server be/x1 127.0.0.1:1 no-check
add server be/x1 127.0.0.1:1 cookie abc
add server be/x1 127.0.0.1:1 init-addr libc
add server be/x1 127.0.0.1:1 resolvers foo
add server be/x1 127.0.0.1:1 redir /foo
add server be/x1 127.0.0.1:1 max-reuse 3
add server be/x1 127.0.0.1:1 stick
add server be/x1 127.0.0.1:1 non-stick
add server be/x1 127.0.0.1:1 tcp-ut 3s
add server be/x1 127.0.0.1 check
add server be/x1 127.0.0.1:1 track s2
add server be/x1 127.0.0.1:1 track be/s2
add server be/x1 127.0.0.1:1 track be/x
add server be/x1 127.0.0.1:1 track nope/s1
add server be/bad$name 127.0.0.1:1
add server tcp/x1 127.0.0.1:1 observe layer7
add server fe/x 127.0.0.1:1
add server source/x 127.0.0.1:1
add server static/x 127.0.0.1:1
add server consistent/x 127.0.0.1:1
add server first/x 127.0.0.1:1
add server random/x 127.0.0.1:1
add server tcp/x 127.0.0.1:1
add server #30/x2 127.0.0.1:1 disabled
add server be/x3 127.0.0.1:1 check inter 1s fall 2 rise 1
add server be/x4 127.0.0.1:1 track s1
add server be/x5 127.0.0.1:1 track be/s1
add server be/x6 127.0.0.1:1 id 77
add server be/x7 127.0.0.1:1 maxconn 5 minconn 2 maxqueue 3 slowstart 3s backup weight 7
add server be/x8 [::1]:1 send-proxy-v2 source 127.0.0.3
add server be/x9 127.0.0.1:1 observe layer7 error-limit 3 on-error mark-down on-marked-down shutdown-sessions
add server be/x10 127.0.0.1:1 check port 9 addr 127.0.0.2 check-send-proxy
add server be/x11 127.0.0.1:1 pool-max-conn 3 pool-purge-delay 1s proto h1
add server be/x12 127.0.0.1:1 agent-check agent-port 33
add server first/y0 127.0.0.1:1 agent-addr 127.0.0.1
add server first/y1 127.0.0.1:1 agent-inter 3s
add server first/y2 127.0.0.1:1 agent-port 99
add server first/y3 127.0.0.1:1 agent-send foo
add server first/y4 127.0.0.1:1 agent-check agent-addr 127.0.0.1 agent-port 9 agent-inter 9s agent-send hi
add server first/y6 127.0.0.1:1 addr 127.0.0.1
add server first/y7 127.0.0.1:1 downinter 1s
add server first/y8 127.0.0.1:1 error-limit 3
add server first/y9 127.0.0.1:1 fastinter 1s
add server first/y10 127.0.0.1:1 no-backup
add server first/y11 127.0.0.1:1 no-send-proxy
add server first/y12 127.0.0.1:1 no-send-proxy-v2
add server first/y13 127.0.0.1:1 on-marked-up shutdown-backup-sessions
add server first/y14 127.0.0.1:1 pool-low-conn 3
add server first/y15 127.0.0.1:1 port 99
add server first/y16 127.0.0.1:1 enabled disabled
add server first/y17 127.0.0.1:1 no-agent-check
add server first/y18 127.0.0.1:1 no-check-send-proxy
add server first/y19 127.0.0.1:1 no-check-ssl
add server first/y20 127.0.0.1:1 no-ssl
add server first/y21 127.0.0.1:1 no-send-proxy-v2-ssl
add server first/y22 127.0.0.1:1 no-ws
add server first/y23 127.0.0.1:1 resolve-prefer ipv4
add server first/y24 127.0.0.1:1 resolve-net 10.0.0.0/8
add server first/y25 127.0.0.1:1 resolve-opts allow-dup-ip
add server first/y26 127.0.0.1:1 log-proto legacy
add server first/y27 127.0.0.1:1 namespace foo
add server first/y28 127.0.0.1:1 socks4 127.0.0.1:3
add server be/x13 127.0.0.1:1 enabled
del server be/x13
disable server be/x13
del server be/x13
add server be/x13 127.0.0.1:1 enabled
get weight be/x
get weight be/x7
get weight be/#77
enable health be/x
del server
del server be
del server be/
del server nope/x
del server be/none
del server be/s1
del server be/s2
disable server be/s1
del server be/s1
disable server be/s2
del server be/s2
del server be/s2
get weight be/s2
add server be/s2 127.0.0.1:2
enable server be/s2
del server be/s2
disable server be/s2
del server be/s2
disable server used/u1
disable server used/u2
del server used/u1
del server used/u2
disable server asked/a1
disable server asked/a2
del server asked/a1
del server asked/a2
disable server source/s1
del server source/s1
disable server static/s1
del server static/s1
del server static/s1 foo
disable server random/x
del server random/x
enable health be/x3
enable server be/x3
del server be/x3
disable server be/x3
del server be/x3
del server be/x4
del server be/x5
del server be/x10
del server be/x12
del server #30/#77
help del server""".splitlines()


@pytest.mark.parametrize("number", range(len(SAME) - 1))
def test_says_what_haproxy_says(both, number):
    line = SAME[number]
    assert ask(both["relevo"] / "admin.sock", line) == ask(both["haproxy"] / "admin.sock", line), line


@pytest.mark.parametrize("option", ["ssl verify none", "alpn h2", "no-tls-tickets", "check-sni x", "force-tlsv12"])
def test_options_that_relevo_has_not_are_named(both, option):
    said = answer(both["relevo"] / "admin.sock", f"add server be/z 127.0.0.1:1 {option}")
    assert said == f"'{option.split()[0]}' is not supported yet.\n"


def test_operators_may_not(both):
    for line in ("add server be/y 127.0.0.1:1", "del server be/y"):
        assert ask(both["relevo"] / "operator.sock", line) == ask(both["haproxy"] / "operator.sock", line)


def states(place):
    rows = answer(place / "admin.sock", "show servers state").splitlines()[2:]
    return [row.split()[1:9] for row in rows if row]


def test_what_is_left_is_shown_as_haproxy_shows_it(both):
    assert states(both["relevo"]) == states(both["haproxy"])


def test_settings_that_cannot_be_are_told(both):
    for line, why in (("weight 300", "above the maximum"), ("weight abc", "not a whole number"), ("weight", "needed after"),
                      ("id -1", "below the minimum"), ("id 2 id 1", "custom id 1 already used at")):
        said = ask(both["relevo"] / "admin.sock", f"add server be/y 127.0.0.1:1 {line}")
        assert why in said, said
    for address in ("foo:80", "127.0.0.1:80-90", "127.0.0.1:99999", "/" + 200 * "x"):
        said = ask(both["relevo"] / "admin.sock", f"add server be/y {address}")
        assert address in said and "registered" not in said, said
    assert "No such server" in ask(both["relevo"] / "admin.sock", "get weight be/y")


# ---- under traffic ----

class Named(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.server.name.encode()
        time.sleep(0.002)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def servers():
    running = {}
    for name in ("one", "two"):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Named)
        server.name, server.daemon_threads = name, True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running[name] = server
    yield {name: server.server_address[1] for name, server in running.items()}
    for server in running.values():
        server.shutdown()
        server.server_close()


class Clients:
    """Each asks over a connection of its own until told to stop."""

    def __init__(self, port, count):
        self.port, self.over = port, False
        self.answers, self.failed = {"one": 0, "two": 0}, []
        self.threads = [threading.Thread(target=self.ask, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def ask(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.over:
            try:
                connection.request("GET", "/")
                response = connection.getresponse()
                body = response.read().decode()
                if response.status != 200:
                    self.failed.append(response.status)
                self.answers[body] = self.answers.get(body, 0) + 1
                if number % 2 == 0:  # a connection for each request, or one for all
                    connection.close()
            except OSError as error:
                self.failed.append(error)
                connection.close()

    def stop(self):
        self.over = True
        for thread in self.threads:
            thread.join()


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


@pytest.mark.parametrize("balance", ["roundrobin", "leastconn", "random", "source\n    hash-type consistent"],
                         ids=["roundrobin", "leastconn", "random", "consistent"])
def test_servers_come_and_go_under_traffic(start_relevo, tmp_path, servers, balance):
    port, socket_path = free_port(), tmp_path / "admin.sock"
    start_relevo(f"""
global
    stats socket {socket_path} level admin
    nbthread 3
defaults
    mode http
    timeout client 20s
    timeout server 20s
    timeout connect 2s
frontend fe
    bind 127.0.0.1:{port}
    default_backend be
backend be
    balance {balance}
    server one 127.0.0.1:{servers['one']}
""")
    wait_socket(socket_path)
    clients = Clients(port, 4)
    try:
        for number in range(REPEATS):
            name = f"be/t{number % 7}"
            assert answer(socket_path, f"add server {name} 127.0.0.1:{servers['two']} check inter 100ms weight {number % 9 + 1}") \
                == "New server registered.\n"
            assert answer(socket_path, f"enable health {name}; enable server {name}").strip() == ""
            time.sleep(0.01)
            answer(socket_path, "show stat")
            assert answer(socket_path, f"set server {name} state drain").strip() == ""
            assert "maintenance mode" in answer(socket_path, f"del server {name}")
            assert answer(socket_path, f"disable server {name}").strip() == ""
            wait_for("the server to be deleted", 20, lambda: deleted(socket_path, name))
    finally:
        clients.stop()
    assert clients.failed == []
    assert clients.answers["one"] > 0 and (clients.answers["two"] > 0 or balance.startswith("source"))
    assert [row for row in answer(socket_path, "show servers state be").splitlines()[2:] if " one " not in row and row] == []


def deleted(socket_path, name):
    said = answer(socket_path, f"del server {name}")
    assert said in ("Server deleted.", "Server still has connections attached to it, cannot remove it."), said
    return said == "Server deleted."


def test_a_thousand_servers_leave_nothing_behind(start_relevo, tmp_path):
    socket_path = tmp_path / "admin.sock"
    relevo = start_relevo(f"""
global
    stats socket {socket_path} level admin
    nbthread 2
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 1s
listen li
    bind 127.0.0.1:{free_port()}
    server s1 127.0.0.1:1
""")
    wait_socket(socket_path)

    def round_of(count):
        for _ in range(count):
            said = ask(socket_path, "; ".join(f"add server li/d{i} 127.0.0.1:1 check" for i in range(20)))
            assert said.count("New server registered.") == 20, said
            said = ask(socket_path, "; ".join(f"del server li/d{i}" for i in range(20)))
            assert said.count("Server deleted.") == 20, said
    pid = int(re.search(r"^Pid: (\d+)", ask(socket_path, "show info"), re.M)[1])
    round_of(5)
    before = resident(pid)
    round_of(50)
    if not SANITIZED:  # which keeps what is freed for a while
        assert resident(pid) - before < 4000
