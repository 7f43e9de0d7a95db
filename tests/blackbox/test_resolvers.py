# SPDX-License-Identifier: Apache-2.0
"""Names of servers, resolved while it runs: HAProxy and relevo on one file, before one changing DNS server."""
import http.client
import re
import socket
import threading

import pytest

from cli_client import answer, wait_socket
from lab.dns_server import NXDOMAIN, REFUSED, SERVFAIL, SILENT, DnsServer
from lab.local import free_port
from lab.software import wait_for
from programs import programs

RESOLVERS = """
resolvers dns
    nameserver ns1 127.0.0.1:{port}
    timeout resolve 100ms
    timeout retry 100ms
    resolve_retries 2
    hold nx 500ms
    hold refused 500ms
    hold timeout 500ms
    hold other 500ms
    hold obsolete {obsolete}
"""


class Lines:
    """A syslog sink: the texts of what one program logs about names."""

    ABOUT = re.compile(r"changed its|resolves again|thanks to valid|maintenance")

    def __init__(self):
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._lines = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            text = self._socket.recv(65536).decode().split(": ", 1)[-1].strip()
            if self.ABOUT.search(text):
                self._lines.append(text)

    def take(self):
        taken, self._lines = self._lines, []
        return taken


class Running:
    """One program with a backend `b` of these lines, and its stats socket."""

    def __init__(self, name, start, directory, dns, lines, obsolete, more=""):
        self.name, self.log = name, Lines()
        self.directory = directory / f"{name}-files"
        self.directory.mkdir()
        self.socket = self.directory / "s.sock"
        self.web = free_port()
        self.program = start(f"""
global
    stats socket {self.socket} level admin
    log 127.0.0.1:{self.log.port} local0
    {more}
defaults
    mode http
    log global
    timeout connect 2s
    timeout client 5s
    timeout server 5s
    {"load-server-state-from-file global" if more else ""}
{RESOLVERS.format(port=dns.port, obsolete=obsolete)}
frontend f
    bind 127.0.0.1:{self.web}
    default_backend b
backend b
{lines}
""")
        wait_socket(self.socket)
        wait_for("the stats socket", 10, self.answers)

    def answers(self):
        try:
            return "BACKEND" in self.cli("show stat")
        except OSError:
            return False

    def cli(self, command):
        return answer(self.socket, command)

    def servers(self):
        """{name: (status, address, admin state, name, port, SRV name, weight)}"""
        status = {row.split(",")[1]: row.split(",")[17] for row in self.cli("show stat b 4 -1").splitlines()
                  if row.startswith("b,")}
        found = {}
        for line in self.cli("show servers state b").splitlines()[2:]:
            words = line.split()
            if len(words) > 20:
                found[words[3]] = (status[words[3]], words[4], words[6], words[17], words[18], words[19], words[7])
        return found

    def counters(self):
        text = self.cli("show resolvers dns")
        return {name: int(value) for name, value in re.findall(r"^  (\w+): +(\d+)$", text, re.M)}


class Both:
    """HAProxy and relevo side by side."""

    def __init__(self, directory, dns, lines, obsolete="0"):
        self.all = [Running(name, start, directory, dns, lines, obsolete) for name, start in programs(directory)]

    def agree(self, what, expected, logged=None):
        """Both come to this, and have logged the same on the way: `logged` of them, if it is known."""
        for one in self.all:
            wait_for(f"{what}: {one.name} at {expected}, not {one.servers()}", 10,
                     lambda one=one: one.servers() == expected)
        said = {}

        def all_said():
            for one in self.all:
                said.setdefault(one.name, []).extend(one.log.take())
            return said["haproxy"] == said["relevo"] and (logged is None or len(said["relevo"]) == logged)
        try:
            wait_for(what, 3, all_said)
        except Exception:
            assert said["haproxy"] == said["relevo"], what
            raise

    def stop(self):
        for one in self.all:
            one.program.stop()


@pytest.fixture
def dns():
    server = DnsServer()
    yield server
    server.close()


@pytest.fixture
def alone(tmp_path):
    """Starts relevo alone."""
    running = []

    def start(dns, lines, obsolete="0", more=""):
        running.append(Running("relevo", dict(programs(tmp_path))["relevo"], tmp_path, dns, lines, obsolete, more))
        return running[-1]
    yield start
    for one in running:
        one.program.stop()


def up(address, name="app.test", port="80", admin="0", weight="1"):
    return ("no check", address, admin, name, port, "-", weight)


def nowhere(name="app.test", port="80", admin="32"):
    return ("MAINT (resolution)", "-", admin, name, port, "-", "1")


SERVERS = """
    server s1 app.test:80 resolvers dns init-addr none
    server s2 app.test:81 resolvers dns init-addr none
    server s3 app.test:82 resolvers dns init-addr 127.0.0.9 resolve-opts allow-dup-ip
    server s4 nope.test:83 resolvers dns init-addr none
"""


def four(one, two, three):
    def at(address, port):
        return up(address, port=port) if address else nowhere(port=port)
    return {"s1": at(one, "80"), "s2": at(two, "81"), "s3": at(three, "82"), "s4": nowhere("nope.test", "83")}


def test_addresses_come_and_go(tmp_path, dns):
    dns.set("app.test", A=["127.0.0.1"])
    both = Both(tmp_path, dns, SERVERS)
    try:
        both.agree("one address", four("127.0.0.1", None, "127.0.0.1"), 4)
        dns.set("app.test", A=["127.0.0.1", "127.0.0.2"])
        both.agree("one more", four("127.0.0.1", "127.0.0.2", "127.0.0.1"), 3)
        dns.set("app.test", A=["127.0.0.2", "127.0.0.1"])
        both.agree("another order", four("127.0.0.1", "127.0.0.2", "127.0.0.1"), 0)
        dns.set("app.test", A=["127.0.0.7"])
        both.agree("another one", four("127.0.0.7", None, "127.0.0.7"), 3)
        dns.set("app.test", CNAME="real.test")
        dns.set("real.test", A=["127.0.0.7"])
        both.agree("by an alias", four("127.0.0.7", None, "127.0.0.7"), 0)
        for how in (NXDOMAIN, REFUSED, SERVFAIL, SILENT):
            dns.fail("real.test", how)
            both.agree(f"failure {how}", four(None, None, None), 2)
            dns.heal("real.test")
            both.agree(f"healed of {how}", four("127.0.0.7", None, "127.0.0.7"), 6)
        relevo = both.all[1].counters()
        assert relevo["valid"] > 0 and relevo["nx"] > 0 and relevo["refused"] > 0 and relevo["other"] > 0
        assert relevo["cname"] > 0 and relevo["timeout"] > 0 and relevo["invalid"] == 0
        assert relevo.keys() == both.all[0].counters().keys()
    finally:
        both.stop()


def test_a_failure_is_held(alone, dns):
    dns.set("app.test", A=["127.0.0.1"])
    relevo = alone(dns, "    server s1 app.test:80 resolvers dns init-addr none")
    wait_for("the first answer", 10, lambda: relevo.servers()["s1"] == up("127.0.0.1"))
    relevo.log.take()
    for _ in range(3):
        dns.fail("app.test", NXDOMAIN)
        before = relevo.counters()["nx"]
        wait_for("a failed resolution", 10, lambda: relevo.counters()["nx"] > before + 3)
        dns.heal("app.test")
        before = relevo.counters()["valid"]
        wait_for("a good one", 10, lambda: relevo.counters()["valid"] > before + 1)
    assert len(relevo.log.take()) <= 5 * 3  # on a slow machine the half second may be over


def test_families_and_networks(tmp_path, dns):
    dns.set("app.test", A=["127.1.0.1", "127.2.0.1"], AAAA=["::1"])
    dns.set("six.test", AAAA=["::1"])
    both = Both(tmp_path, dns, """
    server six app.test:80 resolvers dns init-addr none
    server four app.test:80 resolvers dns init-addr none resolve-prefer ipv4 resolve-net 127.2.0.0/16
    server back six.test:80 resolvers dns init-addr none resolve-prefer ipv4
""")
    try:
        both.agree("families", {"six": up("::1"), "four": up("127.2.0.1"), "back": up("::1", "six.test")})
    finally:
        both.stop()


def service(address, name, port, weight="1", admin="64"):
    return ("no check", address, admin, name, port, "_h._tcp.test", weight)


def no_service(admin="32", weight="1"):
    return ("MAINT (resolution)", "-", admin, "-", "0", "_h._tcp.test", weight)


TEMPLATE = "    server-template t 1-2 _h._tcp.test resolvers dns init-addr none resolve-prefer ipv4"


def test_services_come_and_go(tmp_path, dns):
    for number, name in enumerate(("one", "two"), 1):
        dns.set(f"{name}.test", A=[f"127.0.0.{number}"])
    dns.set("_h._tcp.test", SRV=[(1, 10, 8080, "one.test")])
    both = Both(tmp_path, dns, TEMPLATE)
    one = service("127.0.0.1", "one.test", "8080")
    try:
        both.agree("one", {"t1": one, "t2": no_service()}, 3)
        dns.set("_h._tcp.test", SRV=[(1, 10, 8080, "one.test"), (1, 600, 8081, "two.test")])
        both.agree("two", {"t1": one, "t2": service("127.0.0.2", "two.test", "8081", "3")}, 3)
        dns.set("_h._tcp.test", SRV=[(1, 0, 8080, "one.test"), (1, 65535, 8081, "two.test")])
        both.agree("weights", {"t1": service("127.0.0.1", "one.test", "8080", "0"),
                               "t2": service("127.0.0.2", "two.test", "8081", "256")}, 0)
        dns.set("_h._tcp.test", SRV=[(1, 65535, 8081, "two.test")])
        both.agree("the first is gone", {"t1": no_service("96", "0"),
                                         "t2": service("127.0.0.2", "two.test", "8081", "256")}, 1)
        dns.fail("_h._tcp.test", NXDOMAIN)
        both.agree("the name is gone", {"t1": no_service("96", "0"), "t2": no_service("96", "256")}, 1)
    finally:
        both.stop()


def test_targets_are_asked_for(tmp_path, dns):
    dns.additional = False
    dns.set("one.test", A=["127.0.0.1"])
    dns.set("_h._tcp.test", SRV=[(1, 10, 8080, "one.test")])
    both = Both(tmp_path, dns, TEMPLATE)
    try:
        both.agree("one", {"t1": service("127.0.0.1", "one.test", "8080"), "t2": no_service()}, 4)
        dns.set("one.test", A=["127.0.0.3"])
        both.agree("moved", {"t1": service("127.0.0.3", "one.test", "8080"), "t2": no_service()}, 1)
    finally:
        both.stop()


def test_ports_of_one_target(alone, dns):
    """HAProxy has an address for only one of them when it does not come along."""
    dns.additional = False
    dns.set("one.test", A=["127.0.0.1"])
    dns.set("_h._tcp.test", SRV=[(1, 10, 8080, "one.test"), (1, 10, 8081, "one.test")])
    relevo = alone(dns, TEMPLATE)
    wait_for("both", 10, lambda: relevo.servers() == {"t1": service("127.0.0.1", "one.test", "8080"),
                                                     "t2": service("127.0.0.1", "one.test", "8081")})


def test_a_name_is_asked_for_once(alone, dns):
    dns.set("app.test", A=["127.0.0.1"])
    relevo = alone(dns, "    server-template t 1-500 app.test:80 resolvers dns init-addr none "
                        "resolve-opts allow-dup-ip resolve-prefer ipv4")
    wait_for("all servers", 20, lambda: all(one == up("127.0.0.1") for one in relevo.servers().values()))
    before = len(dns.queries)
    wait_for("some resolutions", 20, lambda: relevo.counters()["valid"] >= 5)
    assert len(dns.queries) <= relevo.counters()["sent"] + 1 <= before + 60
    assert len(relevo.servers()) == 500


def test_names_by_hand(tmp_path, dns):
    dns.set("app.test", A=["127.0.0.1"])
    dns.set("new.test", A=["127.0.0.2"])
    dns.set("_h._tcp.test", SRV=[])
    both = Both(tmp_path, dns, """
    server s1 app.test:80 resolvers dns init-addr none
    server plain 127.0.0.1:80
    server-template t 1 _h._tcp.test resolvers dns init-addr none
""")
    rest = {"plain": ("no check", "127.0.0.1", "0", "-", "80", "-", "1"), "t1": no_service()}
    try:
        both.agree("the first answer", {"s1": up("127.0.0.1"), **rest}, 3)
        for command in ("set server b/s1 fqdn", "set server b/s1 fqdn bad!name", "set server b/s1 fqdn app.test",
                        "set server b/plain fqdn app.test", "set server b/t1 fqdn app.test",
                        "set server b/s1 fqdn new.test", "show resolvers nosuch"):
            haproxy, relevo = (one.cli(command) for one in both.all)
            assert haproxy == relevo, command
        both.agree("the new name", {"s1": up("127.0.0.2", "new.test"), **rest}, 1)
    finally:
        both.stop()


def test_a_cut_answer_is_asked_for_over_tcp(alone, dns):
    dns.set("app.test", A=[f"127.0.1.{number}" for number in range(1, 101)])
    dns.truncate = True
    relevo = alone(dns, "    server-template t 1-100 app.test:80 resolvers dns init-addr none resolve-prefer ipv4")
    wait_for("all", 20, lambda: len({one[1] for one in relevo.servers().values()} - {"-"}) == 100)
    assert relevo.counters()["truncated"] > 0
    assert {query[2] for query in dns.queries} == {"udp", "tcp"}


def test_tcp_name_servers(tmp_path, dns):
    dns.set("app.test", A=["127.0.0.1"])
    lines = f"""
    server s1 app.test:80 resolvers stream init-addr none resolve-prefer ipv4
resolvers stream
    nameserver ns1 tcp@127.0.0.1:{dns.port}
    timeout resolve 100ms
"""
    both = Both(tmp_path, dns, lines)
    try:
        both.agree("over TCP", {"s1": up("127.0.0.1")})
        assert {query[2] for query in dns.queries} == {"tcp"}
    finally:
        both.stop()


def test_garbage_harms_nobody(alone, dns):
    dns.set("app.test", A=["127.0.0.1"])
    relevo = alone(dns, "    server s1 app.test:80 resolvers dns init-addr none")
    wait_for("the first answer", 10, lambda: relevo.servers()["s1"] == up("127.0.0.1"))
    for mangle in (lambda said: said[:20], lambda said: said[:-3], lambda said: b"",
                   lambda said: said[:12] + b"\xc0\x0c" * 30, lambda said: said[:6] + b"\xff\xff" + said[8:],
                   lambda said: said[:2] + bytes([said[2] & 0x7f]) + said[3:]):
        dns.mangle = mangle
        before = len(dns.queries)
        wait_for("some queries", 10, lambda: len(dns.queries) > before + 6)
    dns.mangle = None
    before = relevo.counters()["valid"]
    wait_for("it to go on", 10, lambda: relevo.counters()["valid"] > before + 1)
    wait_for("the server back", 10, lambda: relevo.servers()["s1"] == up("127.0.0.1"))


def test_the_first_valid_answer_counts(alone, dns):
    """One name server refuses, one is not there."""
    dns.set("app.test", A=["127.0.0.1"])
    wrong = DnsServer()
    wrong.fail("app.test", REFUSED)
    try:
        relevo = alone(dns, f"""
    server s1 app.test:80 resolvers many init-addr none resolve-prefer ipv4
resolvers many
    nameserver wrong 127.0.0.1:{wrong.port}
    nameserver none 127.0.0.1:{free_port()}
    nameserver right 127.0.0.1:{dns.port}
    timeout resolve 100ms
""")
        wait_for("its address", 10, lambda: relevo.servers()["s1"] == up("127.0.0.1"))
        wait_for("its line", 10, lambda: "by many/right." in "\n".join(relevo.log.take()))
    finally:
        wrong.close()


class Host(threading.Thread):
    """An HTTP server at an address of its own that says which; counts connections."""

    def __init__(self, address, port):
        super().__init__(daemon=True)
        self.address, self.connections = address, 0
        self._socket = socket.create_server((address, port))
        self.start()

    def run(self):
        while True:
            peer, _ = self._socket.accept()
            self.connections += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            self.serve(peer)
        except OSError:
            pass

    def serve(self, peer):
        stream = peer.makefile("rwb")
        while line := stream.readline():
            slow = b"/slow" in line
            while stream.readline().strip():
                pass
            body = self.address.encode()
            stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
            stream.flush()
            if slow:
                self.slow = threading.Event()
                self.slow.wait(30)
            stream.write(body)
            stream.flush()


def test_traffic_follows(alone, dns):
    """New requests go to the new address at once, and never by an old connection; what is there goes on."""
    port = free_port()
    old, new = Host("127.0.0.1", port), Host("127.0.0.2", port)
    dns.set("app.test", A=["127.0.0.1"])
    relevo = alone(dns, f"    http-reuse always\n    server s1 app.test:{port} resolvers dns init-addr none")
    wait_for("its address", 10, lambda: relevo.servers()["s1"] == up("127.0.0.1", port=str(port)))

    def get(path="/"):
        client = http.client.HTTPConnection("127.0.0.1", relevo.web, timeout=20)
        client.request("GET", path)
        return client.getresponse()
    assert [get().read() for _ in range(5)] == [b"127.0.0.1"] * 5
    slow = get("/slow")
    dns.set("app.test", A=["127.0.0.2"])
    wait_for("the new address", 10, lambda: relevo.servers()["s1"][1] == "127.0.0.2")
    assert [get().read() for _ in range(5)] == [b"127.0.0.2"] * 5
    old.slow.set()
    assert slow.read() == b"127.0.0.1"
    assert [get().read() for _ in range(5)] == [b"127.0.0.2"] * 5
    assert new.connections >= 1


def test_the_state_file_has_names(alone, dns, tmp_path):
    """The next process begins with what the first one found, before any answer."""
    dns.set("one.test", A=["127.0.0.1"])
    dns.set("new.test", A=["127.0.0.2"])
    dns.set("_h._tcp.test", SRV=[(1, 600, 8080, "one.test")])
    lines = TEMPLATE.replace("init-addr none ", "") + "\n    server s1 app.test:80 resolvers dns init-addr last,none"
    first = Running("first", dict(programs(tmp_path))["relevo"], tmp_path, dns, lines, "0")
    found = {"t1": service("127.0.0.1", "one.test", "8080", "3"), "t2": no_service(),
             "s1": up("127.0.0.2", "new.test", admin="64")}
    try:
        first.cli("set server b/s1 fqdn new.test")
        wait_for("the names", 10, lambda: first.servers() == found)
        state = first.cli("show servers state")
    finally:
        first.program.stop()
    (tmp_path / "state").write_text(state)
    for name in ("_h._tcp.test", "one.test", "new.test"):
        dns.fail(name, SILENT)
    (tmp_path / "relevo").rename(tmp_path / "first-run")
    second = alone(dns, lines, more=f"server-state-file {tmp_path}/state")
    assert second.servers() == found


class Deaf:
    """An address where the kernel drops who wants to connect: its queue is full."""

    def __init__(self, address, port):
        self.sockets = [socket.socket()]
        self.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sockets[0].bind((address, port))
        self.sockets[0].listen(0)
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex((address, port))
            self.sockets.append(client)

    def close(self):
        for one in self.sockets:
            one.close()


def test_a_check_that_times_out_asks(alone, dns):
    """The name is asked for at once when nobody answers at its address any more, not after `timeout resolve`."""
    port = free_port()
    old, new = Deaf("127.0.0.1", port), Host("127.0.0.2", port)
    dns.set("app.test", A=["127.0.0.1"])
    relevo = alone(dns, f"""
    timeout check 100ms
    timeout connect 100ms
    option httpchk
    server s1 app.test:{port} resolvers lazy init-addr none resolve-prefer ipv4 check inter 200ms rise 1
resolvers lazy
    nameserver ns1 127.0.0.1:{dns.port}
    timeout resolve 1h
""")
    wait_for("its address", 10, lambda: relevo.servers()["s1"][1] == "127.0.0.1")
    dns.set("app.test", A=["127.0.0.2"])
    wait_for("the new one", 20, lambda: relevo.servers()["s1"][1] == "127.0.0.2")
    wait_for("a check there", 10, lambda: new.connections > 0)
    old.close()
