# SPDX-License-Identifier: Apache-2.0
"""do-resolve: a name of the request looked up while it waits; HAProxy and relevo on one file, before one DNS server."""
import http.client
import socket
import threading
import time

import pytest

from lab.dns_server import NXDOMAIN, REFUSED, SERVFAIL, SILENT, DnsServer
from lab.local import free_port
from lab.software import wait_for
from lab.wait import Stopwatch
from programs import Program, programs, relevo_binary

TOP = """
global
    nbthread 1
defaults
    timeout connect 2s
    timeout client 5s
    timeout server 5s
resolvers dns
    nameserver ns1 127.0.0.1:{dns}
    timeout resolve 100ms
    timeout retry 100ms
    resolve_retries 2
    hold valid 1s
"""
VARIABLES = """
frontend f
    mode http
    bind 127.0.0.1:{web}
    http-request return status 204 if {{ path /quick }}
    http-request do-resolve(txn.ip,dns) hdr(host),host_only
    http-request do-resolve(txn.ip4,dns,ipv4) hdr(host),host_only
    http-request do-resolve(txn.ip6,dns,ipv6) hdr(host),host_only
    http-request return status 200 content-type t/p lf-string "%[var(txn.ip)] %[var(txn.ip4)] %[var(txn.ip6)]"
"""
ONE = """
frontend f
    mode http
    bind 127.0.0.1:{web}
    http-request do-resolve(txn.ip,dns,ipv4) hdr(host),host_only
    http-request return status 200 content-type t/p lf-string "%[var(txn.ip)]"
"""
# As in HAProxy's manual, with a port of the tests'.
FORWARD = """
frontend f
    mode http
    bind 127.0.0.1:{web}
    http-request do-resolve(txn.ip,dns,ipv4) hdr(host),host_only
    use_backend none unless {{ var(txn.ip) -m found }}
    default_backend be
backend none
    mode http
backend be
    mode http
    http-reuse always
    http-request deny if {{ var(txn.ip) -m ip 10.0.0.0/8 }}
    http-request set-dst var(txn.ip)
    http-request set-dst-port int({origin})
    server clear 0.0.0.0:0
"""
CONTENT = """
frontend f
    mode tcp
    bind 127.0.0.1:{web}
    {delay}
    tcp-request content do-resolve(sess.ip,dns,ipv4) str({name})
    tcp-request content set-dst var(sess.ip)
    tcp-request content set-dst-port int({origin})
    default_backend be
backend be
    mode tcp
    server clear 0.0.0.0:0
"""


@pytest.fixture
def dns():
    server = DnsServer()
    server.set("both.test", A=["127.0.0.2"], AAAA=["::1"])
    server.set("four.test", A=["127.0.0.2"])
    server.set("three.test", A=["127.0.0.3"])
    server.set("ten.test", A=["10.1.2.3"])
    server.set("six.test", AAAA=["::2"])
    server.set("alias.test", CNAME="both.test")
    for name, how in (("nx.test", NXDOMAIN), ("refused.test", REFUSED), ("fail.test", SERVFAIL), ("silent.test", SILENT)):
        server.fail(name, how)
    yield server
    server.close()


def started(start, text, dns, **more):
    web = free_port()
    program = start((TOP + text).format(dns=dns.port, web=web, **more))
    def listens():
        try:
            socket.create_connection(("127.0.0.1", web)).close()
            return True
        except OSError:
            return False
    wait_for("the frontend", 10, listens)
    return program, web


def get(connection, host, path="/"):
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def asked(web, host, path="/"):
    """(what it says, how long it took)"""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", web, timeout=10)
    said = get(connection, host, path)
    connection.close()
    return said[1], time.monotonic() - began


def origins(port):
    """HTTP at 127.0.0.2 and .3 that says where it is, and may serve many requests a connection."""
    def talk(peer, body):
        try:
            while peer.recv(65536):
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        except OSError:
            pass
    def run(listener, body):
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0], body), daemon=True).start()
    for last in (2, 3):
        listener = socket.create_server((f"127.0.0.{last}", port))
        threading.Thread(target=run, args=(listener, b"here is 127.0.0.%d" % last), daemon=True).start()


def test_the_address_of_the_name_is_the_variables(tmp_path, dns):
    expected = {"both.test": "::1 127.0.0.2 ::1", "four.test": "127.0.0.2 127.0.0.2 127.0.0.2", "six.test": "::2 ::2 ::2",
                "alias.test": "::1 127.0.0.2 ::1", "Both.Test.": "::1 127.0.0.2 ::1", "both.test:8080": "::1 127.0.0.2 ::1",
                "nx.test": "  ", "refused.test": "  ", "fail.test": "  ", "silent.test": "  ", "bad..test": "  ",
                "127.0.0.1": "  ", "x" * 260: "  "}
    dns.fail("x" * 260, NXDOMAIN)
    for name, start in programs(tmp_path):
        program, web = started(start, VARIABLES, dns)
        assert {host: asked(web, host)[0] for host in expected if len(host) < 260 or name == "relevo"} == \
            {host: said for host, said in expected.items() if len(host) < 260 or name == "relevo"}, name
        program.stop()


def test_the_sections_times_end_the_wait_and_nobody_else_waits(tmp_path, dns):
    for name, start in programs(tmp_path):
        program, web = started(start, VARIABLES, dns)
        said = []
        waiting = threading.Thread(target=lambda web=web: said.append(asked(web, "silent.test")))
        dns.queries.clear()
        waiting.start()
        wait_for("the question", 5, lambda: dns.asked("silent.test"))
        quick = 0
        while waiting.is_alive():
            asked(web, "x", "/quick")
            quick += not said
        assert quick >= 3, name  # if others waited, not even the first would be served before
        # Three lookups, of two tries of 100 ms each.
        assert said[0][0] == "  " and 0.55 < said[0][1] < 1.5, (name, said)
        assert dns.asked("silent.test") == 6, name
        program.stop()


def test_requests_go_where_their_name_is(tmp_path, dns):
    origin = free_port()
    origins(origin)
    for name, start in programs(tmp_path):
        program, web = started(start, FORWARD, dns, origin=origin)
        # Over one connection, and over others that could take those idle: each goes where it wants to.
        keeps = http.client.HTTPConnection("127.0.0.1", web, timeout=10)
        for _ in range(3):
            for host, said in (("four.test", "here is 127.0.0.2"), ("three.test", "here is 127.0.0.3")):
                assert get(keeps, host) == (200, said), name
                assert get(keeps, host) == (200, said), name
                assert asked(web, host)[0] == said, name
        assert get(keeps, "ten.test")[0] == 403, name
        keeps.close()
        for host in ("nx.test", "silent.test"):
            connection = http.client.HTTPConnection("127.0.0.1", web, timeout=10)
            assert get(connection, host)[0] == 503, name
        program.stop()


@pytest.mark.parametrize("delay, name, low, high", [
    ("tcp-request inspect-delay 3s", "four.test", 0, 0.15),
    ("tcp-request inspect-delay 3s", "silent.test", 0.18, 0.9),
    ("tcp-request inspect-delay 50ms", "silent.test", 0.045, 0.17),
])
def test_content_rules_wait_as_long_as_inspect_delay_lets_them(tmp_path, dns, delay, name, low, high):
    origin = free_port()
    served = []
    for address in ("127.0.0.1", "127.0.0.2"):
        listener = socket.create_server((address, origin))
        def run(listener=listener, address=address):
            while True:
                peer = listener.accept()[0]
                peer.sendall(address.encode())
                peer.close()
        threading.Thread(target=run, daemon=True).start()
    for program_name, start in programs(tmp_path):
        program, web = started(start, CONTENT, dns, delay=delay, name=name, origin=origin)
        time.sleep(0.5)     # the look whether it listens has been resolved, too
        watch = Stopwatch()
        with socket.create_connection(("127.0.0.1", web), timeout=10) as client:
            served.append(client.recv(100).decode())
        assert watch.within(low, high), program_name
        program.stop()
    # Without an address set-dst does nothing.
    assert served == ["127.0.0.2" if name == "four.test" else "127.0.0.1"] * 2


def relevo(tmp_path, dns, text, **more):
    return started(lambda cfg: Program(relevo_binary(), tmp_path / "r", cfg, "--control", str(tmp_path / "control.sock")), text,
                   dns, **more)


def test_without_inspect_delay_a_content_rule_waits_for_the_answer(tmp_path, dns):
    """HAProxy 2.6 never asks then."""
    origin = free_port()
    origins(origin)
    program, web = relevo(tmp_path, dns, CONTENT, delay="", name="four.test", origin=origin)
    with socket.create_connection(("127.0.0.1", web), timeout=10) as client:
        client.sendall(b"x")
        assert client.recv(100).endswith(b"here is 127.0.0.2")
    program.stop()


def test_a_client_that_is_slow_does_not_spin_the_proxy(tmp_path, dns):
    """Its time is over before the section's: it ends, without inspect-delay, too."""
    text = CONTENT.replace("mode tcp\n    bind", "mode tcp\n    timeout client 60ms\n    bind", 1)
    program, web = relevo(tmp_path, dns, text, delay="", name="silent.test", origin=1)
    watch = Stopwatch()
    with socket.create_connection(("127.0.0.1", web), timeout=10) as client:
        assert client.recv(100) == b""
    assert watch.seconds() < 0.5
    program.stop()


def test_one_question_for_all_that_ask_and_its_answer_serves_for_hold_valid(tmp_path, dns):
    program, web = relevo(tmp_path, dns, ONE)
    dns.fail("four.test", SILENT)
    said = []
    clients = [threading.Thread(target=lambda: said.append(asked(web, "four.test"))) for _ in range(20)]
    for client in clients:
        client.start()
    wait_for("the question", 5, lambda: dns.asked("four.test"))
    dns.heal("four.test")
    for client in clients:
        client.join(10)
    assert [one for one, _ in said] == ["127.0.0.2"] * 20 and dns.asked("four.test") == 2      # the first was lost
    asked(web, "four.test")
    assert dns.asked("four.test") == 2
    time.sleep(1.1)
    asked(web, "four.test")
    assert dns.asked("four.test") == 3
    program.stop()


def test_clients_that_leave_take_nothing_with_them(tmp_path, dns):
    program, web = relevo(tmp_path, dns, VARIABLES)
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", web)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: silent.test\r\n\r\n")
            time.sleep(0.005)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert asked(web, "both.test")[0] == "::1 127.0.0.2 ::1"
    # And one that waits when all ends.
    with socket.create_connection(("127.0.0.1", web)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: silent.test\r\n\r\n")
        time.sleep(0.1)
        program.stop()


def test_names_of_clients_are_bounded(tmp_path, dns):
    """More than a thread keeps, then the first again: forgotten, and asked for anew."""
    program, web = relevo(tmp_path, dns, VARIABLES)
    connection = http.client.HTTPConnection("127.0.0.1", web, timeout=10)
    for i in range(700):
        dns.set(f"n{i}.test", A=["127.0.0.9"], AAAA=["::9"])
        assert get(connection, f"n{i}.test") == (200, "::9 127.0.0.9 ::9")
    program.stop()
