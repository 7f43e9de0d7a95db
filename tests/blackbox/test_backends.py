# SPDX-License-Identifier: Apache-2.0
"""Backends that come and go by the runtime API (HAProxy 3.4's commands; its words where they are known)."""
import http.client
import os
import re
import socket
import threading

import pytest

from cli_client import answer, ask, started
from lab.local import free_port
from lab.sinks import EchoServer
from lab.software import wait_for
from reload_lab import Reloaded

TURNS = int(os.environ.get("BACKEND_TURNS", "40"))


def config(directory, port, origin, threads=2):
    """Requests for /dyn/NAME go to the backend NAME; what no rule takes goes to `file`."""
    return f"""
global
    stats socket {directory}/admin.sock level admin
    stats socket {directory}/operator.sock level operator
    nbthread {threads}
defaults web
    mode http
    timeout client 20s
    timeout server 20s
    timeout connect 5s
    http-request set-header X-Defaults yes
defaults bare
    timeout client 20s
    timeout server 20s
    timeout connect 5s
defaults odd
    mode tcp
    option transparent
frontend fe from web
    bind 127.0.0.1:{port}
    stats enable
    stats uri /stats
    http-request use-service prometheus-exporter if {{ path /metrics }}
    use_backend %[path,field(3,/)] if {{ path_beg /dyn/ }}
    default_backend file
listen both from web
    bind {directory}/both.sock
frontend origin from web
    bind 127.0.0.1:{origin}
    http-request return status 200 content-type text/plain lf-string "%[req.hdr(x-defaults)] %[path]"
backend file from web
    http-request return status 200 content-type text/plain string file
"""


class World:
    """A relevo with the file above."""

    def __init__(self, start, directory, threads=2):
        self.port, self.origin = free_port(), free_port()
        self.admin = directory / "admin.sock"
        self.cfg = config(directory, self.port, self.origin, threads)
        self.relevo = started(start, self.cfg, self.admin)

    def say(self, line):
        """The answers' lines in experimental mode, without the empty ones."""
        return [row for row in ask(self.admin, f"experimental-mode on;{line}").splitlines() if row]

    def add(self, name, extra=""):
        """A whole backend with one server that serves."""
        said = self.say(f"add backend {name} from web {extra};add server {name}/s1 127.0.0.1:{self.origin};"
                        f"enable server {name}/s1;publish backend {name}")
        assert said == ["New backend registered.", "New server registered.", "Backend published."]

    def remove(self, name, wait="10s"):
        said = self.say(f"unpublish backend {name};disable server {name}/s1;wait {wait} srv-removable {name}/s1;"
                        f"del server {name}/s1;wait {wait} be-removable {name};del backend {name}")
        assert said == ["Backend unpublished.", "Done.", "Server deleted.", "Done.", "Backend deleted."]

    def get(self, path):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        client.request("GET", path)
        response = client.getresponse()
        said = (response.status, response.read().decode())
        client.close()
        return said

    def row(self, proxy, service="BACKEND"):
        lines = answer(self.admin, "show stat").splitlines()
        names = lines[0].lstrip("# ").split(",")
        for line in lines[1:]:
            values = dict(zip(names, line.split(",")))
            if (values.get("pxname"), values.get("svname")) == (proxy, service):
                return values
        return None


@pytest.fixture
def world(start_relevo, tmp_path):
    return World(start_relevo, tmp_path)


# ---- its life ----

def test_from_add_to_del(world):
    assert world.say("add backend shop from web") == ["New backend registered."]
    assert world.get("/dyn/shop/a") == (200, "file")  # not published: the rule says nothing
    assert world.say(f"add server shop/s1 127.0.0.1:{world.origin};enable server shop/s1") == ["New server registered."]
    assert world.get("/dyn/shop/a") == (200, "file")
    assert world.say("publish backend shop") == ["Backend published."]
    assert world.get("/dyn/shop/a") == (200, "yes /dyn/shop/a")  # with the rules of its defaults
    assert world.say("unpublish backend shop") == ["Backend unpublished."]
    assert world.get("/dyn/shop/a") == (200, "file")
    world.remove("shop")
    assert world.get("/dyn/shop/a") == (200, "file")
    assert "shop" not in answer(world.admin, "show backend").split()
    world.add("shop")  # the name is free again, and counts from 0
    assert world.row("shop")["stot"] == "0"
    assert world.get("/dyn/shop/b") == (200, "yes /dyn/shop/b")


def test_every_list_has_it(world):
    world.add("shop")
    assert world.get("/dyn/shop/a")[0] == 200
    assert "shop" in answer(world.admin, "show backend").splitlines()
    wait_for("its counters", 10, lambda: world.row("shop")["stot"] == "1")
    assert world.row("shop")["status"] == "UP" and world.row("shop", "s1")["stot"] == "1"
    ids = [line.split(",")[27] for line in answer(world.admin, "show stat").splitlines()[1:] if ",BACKEND," in line]
    assert len(ids) == len(set(ids))
    number = world.row("shop")["iid"]
    assert answer(world.admin, f"show stat {number} -1 -1").count("\nshop,") == 2
    assert answer(world.admin, "show stat shop -1 -1").count("\nshop,") == 2
    state = [row.split() for row in answer(world.admin, "show servers state shop").splitlines()]
    assert state[2][:4] == [number, "shop", "1", "s1"]
    assert "shop/s1" in answer(world.admin, "show servers conn shop")
    assert "shop" in world.get("/stats")[1] and "\nshop,BACKEND," in world.get("/stats;csv")[1]
    assert re.search(r'haproxy_backend_sessions_total\{proxy="shop"\} 1\n', world.get("/metrics")[1])
    assert world.say("set weight shop/s1 50%;get weight shop/s1") == ["0 (initial 1)"]
    world.say("set weight shop/s1 100%;unpublish backend shop")
    assert world.row("shop")["status"] == "UP (UNPUB)"
    world.say("clear counters all")
    assert world.row("shop")["stot"] == "0"


def test_servers_are_checked_while_it_is_unpublished(world):
    world.say(f"add backend shop from web;add server shop/s1 127.0.0.1:{world.origin} check inter 50ms;"
              "enable server shop/s1;enable health shop/s1")
    wait_for("a check", 10, lambda: world.row("shop", "s1")["check_status"] == "L4OK")
    world.say(f"disable server shop/s1;add server shop/s2 127.0.0.1:{free_port()} check inter 50ms fall 1;"
              "enable server shop/s2;enable health shop/s2")
    wait_for("the backend is down", 10, lambda: world.row("shop")["status"] == "DOWN (UNPUB)")


def test_a_backend_of_the_file_may_be_unpublished(world):
    assert world.say("unpublish backend file") == ["Backend unpublished."]
    assert world.get("/")[0] == 503
    assert world.row("file")["status"] == "UP (UNPUB)"
    assert world.say("publish backend file") == ["Backend published."]
    assert world.get("/") == (200, "file")
    assert world.say("unpublish backend file;del backend file") == [
        "Backend unpublished.", "This proxy cannot be removed at runtime due to other configuration elements pointing to it."]


def test_an_operator_publishes_and_no_more(world):
    operator = world.admin.with_name("operator.sock")
    world.add("shop")
    assert answer(operator, "unpublish backend shop") == "Backend unpublished.\n"
    assert answer(operator, "publish backend shop") == "Backend published.\n"
    assert answer(operator, "add backend x from web") == "Permission denied\n"
    assert answer(operator, "del backend shop") == "Permission denied\n"
    assert "experimental mode only" in answer(world.admin, "add backend x from web")
    assert "experimental mode only" in answer(world.admin, "del backend shop")


def test_what_cannot_be_is_told(world):
    usage = "Usage: add backend <name> from <defproxy>."
    world.add("shop")
    for line, said in (
            ("add backend", usage), ("add backend x", usage), ("add backend x mode http", usage),
            ("add backend x from", usage),
            ("add backend x from nope", "No such defaults section 'nope'."),
            ("add backend x from bare", "Mode is required: the defaults section 'bare' has none."),
            ("add backend x from web mode", "unknown keyword 'mode'."),
            ("add backend x from web mode spop", "Mode must be 'tcp' or 'http'."),
            ("add backend x from web nokw 1", "unknown keyword 'nokw'."),
            ("add backend x from web guid a:b", "'guid' is not supported yet."),
            ("add backend x from odd", "Error during backend creation : 'option transparent' is not supported at run time."),
            ("add backend shop from web",
             "Error during backend creation : name is already used by other proxy 'backend shop'."),
            ("add backend fe from web", "Error during backend creation : name is already used by other proxy 'frontend fe'."),
            ("add backend both from web",
             "Error during backend creation : name is already used by other proxy 'listen both'."),
            ("add backend a/b from web", "character '/' is not permitted in backend name 'a/b'."),
            ("add backend é from web", None),
            ("publish backend", "A backend name is expected."), ("publish backend x", "No such backend."),
            ("unpublish backend fe", "No such backend."), ("del backend", "A backend name is expected."),
            ("del backend x", "No such backend."),
            ("del backend shop", "Backend must be unpublished prior to its deletion."),
            ("wait 5s be-removable shop", "Failed. Backend must be unpublished prior to its deletion."),
            ("wait 5s be-removable x", "No such backend."),
            ("unpublish backend shop;del backend shop", "Only a backend without server can be deleted."),
            ("wait 5s be-removable shop", "Failed. Only a backend without server can be deleted.")):
        found = world.say(line)
        assert (found[-1] == said) if said else "is not permitted" in found[-1], line
    assert answer(world.admin, "show backend").split()[2:] == ["both", "file", "shop"]


def test_mode_tcp(start_relevo, tmp_path):
    echo, port = EchoServer(None, ("127.0.0.1", free_port())), free_port()
    cfg = f"""
global
    stats socket {tmp_path}/admin.sock level admin
defaults plain
    mode tcp
    timeout client 20s
    timeout server 20s
    timeout connect 5s
frontend fe from plain
    bind 127.0.0.1:{port}
    use_backend %[str(raw)]
"""
    started(start_relevo, cfg, tmp_path / "admin.sock")

    def talk():
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            try:
                client.sendall(b"hello")
                return client.recv(5)
            except ConnectionResetError:
                return b""
    assert talk() == b""
    said = ask(tmp_path / "admin.sock", f"experimental-mode on;add backend raw from plain;add server raw/s 127.0.0.1:"
               f"{echo.address[1]};enable server raw/s;publish backend raw")
    assert said.count("registered") == 2
    assert talk() == b"hello"
    ask(tmp_path / "admin.sock", "unpublish backend raw")
    assert talk() == b""
    echo.close()


def test_streams_hold_it_and_end_well(world):
    world.add("shop")
    with socket.socket() as origin:
        origin.bind(("127.0.0.1", 0))
        origin.listen()
        origin.settimeout(20)
        world.say(f"add server shop/slow 127.0.0.1:{origin.getsockname()[1]};enable server shop/slow;disable server shop/s1;"
                  "del server shop/s1")
        client = socket.create_connection(("127.0.0.1", world.port), timeout=20)
        client.sendall(b"GET /dyn/shop/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        held, _ = origin.accept()
        assert b"/dyn/shop/x" in held.recv(4096)
        world.say("unpublish backend shop;disable server shop/slow")
        assert world.say("del server shop/slow") == ["Server still has connections attached to it, cannot remove it."]
        assert world.say("del backend shop") == ["Only a backend without server can be deleted."]
        held.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone")
        held.close()
        answered = b""
        while more := client.recv(4096):
            answered += more
        client.close()
    assert answered.startswith(b"HTTP/1.1 200") and answered.endswith(b"done")
    assert world.say("wait 10s srv-removable shop/slow;del server shop/slow;wait 10s be-removable shop;del backend shop") == [
        "Done.", "Server deleted.", "Done.", "Backend deleted."]


def test_streams_that_wait_for_a_server(world):
    """All is let go when they leave."""
    world.say("add backend shop from web;publish backend shop;add server shop/full 127.0.0.1:1 maxconn 1")
    with socket.socket() as origin:
        origin.bind(("127.0.0.1", 0))
        origin.listen()
        world.say(f"set server shop/full addr 127.0.0.1 port {origin.getsockname()[1]};enable server shop/full")
        clients = []
        for _ in range(2):
            client = socket.create_connection(("127.0.0.1", world.port), timeout=20)
            client.sendall(b"GET /dyn/shop/x HTTP/1.1\r\nHost: a\r\n\r\n")
            clients.append(client)
        wait_for("one that waits", 10, lambda: int(world.row("shop")["scur"]) == 2)
        assert world.say("unpublish backend shop;wait 10s be-removable shop")[1] == \
            "Failed. Only a backend without server can be deleted."
        for client in clients:
            client.close()
    assert world.say("disable server shop/full;wait 10s srv-removable shop/full;del server shop/full;"
                     "wait 10s be-removable shop;del backend shop")[-1] == "Backend deleted."


def test_what_was_malformed_goes_with_it(world):
    world.add("shop")
    with socket.socket() as origin:
        origin.bind(("127.0.0.1", 0))
        origin.listen()
        origin.settimeout(20)
        world.say(f"set server shop/s1 addr 127.0.0.1 port {origin.getsockname()[1]}")
        with socket.create_connection(("127.0.0.1", world.port), timeout=20) as client:
            client.sendall(b"GET /dyn/shop/x HTTP/1.1\r\nHost: a\r\n\r\n")
            held, _ = origin.accept()
            held.recv(4096)
            held.sendall(b"HTTP/1.1 200 OK\r\nBad header: x\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 502")
            held.close()
    assert "backend shop (#" in answer(world.admin, "show errors shop")
    world.remove("shop")
    wait_for("it is forgotten", 20, lambda: "shop" not in answer(world.admin, "show errors"))


def test_many_at_one_time(world):
    """Each place is used again; 4096 are too many."""
    for start in range(0, 4096, 128):
        script = ";".join(f"add backend n{i} from web" for i in range(start, start + 128))
        assert world.say(script) == ["New backend registered."] * 128
    assert world.say("add backend more from web") == ["Error during backend creation : 4096 backends were added already."]
    assert world.get("/dyn/n4095/") == (200, "file")
    assert world.say("del backend n17") == ["Backend deleted."] or world.say("unpublish backend n17;del backend n17")
    wait_for("a place", 20, lambda: world.say("add backend more from web") == ["New backend registered."])


def test_a_reload_drops_it(start_relevo, tmp_path):
    world = World(start_relevo, tmp_path)
    reloaded = Reloaded(world.relevo)
    world.add("shop")
    assert world.get("/dyn/shop/a") == (200, "yes /dyn/shop/a")
    before = int(world.row("fe", "FRONTEND")["req_tot"])
    reloaded.good()
    assert world.get("/dyn/shop/a") == (200, "file")
    assert "shop" not in answer(world.admin, "show backend").split()
    assert int(world.row("fe", "FRONTEND")["req_tot"]) > before
    world.add("shop")
    assert world.get("/dyn/shop/a") == (200, "yes /dyn/shop/a")


# ---- under traffic ----

class Clients:
    """Each asks for a name after the other until told to stop; every answer must be of its backend, or of the file's."""

    def __init__(self, world, names, count):
        self.world, self.names, self.over = world, names, False
        self.answers, self.failed = {"file": 0, "added": 0}, []
        self.threads = [threading.Thread(target=self.ask, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def ask(self, number):
        client = http.client.HTTPConnection("127.0.0.1", self.world.port, timeout=30)
        turn = number
        while not self.over:
            turn += 1
            path = f"/dyn/{self.names[turn % len(self.names)]}/{turn}"
            try:
                client.request("GET", path)
                response = client.getresponse()
                body = response.read().decode()
            except OSError as error:
                self.failed.append(error)
                client.close()
                continue
            if body == "yes " + path:
                self.answers["added"] += 1
            elif body == "file":
                self.answers["file"] += 1
            else:
                self.failed.append((response.status, body))
            if number % 2 == 0:  # a connection for each request, or one for all
                client.close()
        client.close()

    def stop(self):
        self.over = True
        for thread in self.threads:
            thread.join()


def test_they_come_and_go_under_traffic(start_relevo, tmp_path):
    world = World(start_relevo, tmp_path, threads=3)
    clients = Clients(world, ["a", "b", "c"], 6)
    try:
        for turn in range(TURNS):
            name = "abc"[turn % 3]
            seen = clients.answers["added"]
            world.add(name)
            wait_for(f"answers of {name}", 30, lambda: clients.answers["added"] > seen or clients.failed)
            assert not clients.failed, clients.failed[:3]
            if turn % 4 == 0:
                assert f"\n{name},BACKEND," in ask(world.admin, "show stat")
            world.remove(name, "20s")
    finally:
        clients.stop()
    assert not clients.failed, clients.failed[:3]
    assert clients.answers["file"] > 0 and clients.answers["added"] >= TURNS
    assert answer(world.admin, "show backend").split()[2:] == ["both", "file"]
