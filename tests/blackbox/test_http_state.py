# SPDX-License-Identifier: Apache-2.0
"""Words of HAProxy 3.x on what became of a request: as numbers what aliases of log lines print."""
import re
import socket
import threading
import time

import pytest

from lab.local import free_port
from lab.wait import Stopwatch
from streams import Log, Server, connect, read_all, wait_bound

CFG = """
global
    log 127.0.0.1:{log} local0
defaults
    mode http
    log global
    timeout connect 2s
    timeout client 10s
    timeout server 10s
    timeout queue 9s
    timeout tarpit 8s
    retries 2
{sections}
"""

PAIRS = {"Tc": "bc.timer.connect", "Th": "fc.timer.handshake", "Tt": "fc.timer.total", "TR": "req.timer.hdr",
         "Ti": "req.timer.idle", "Tw": "req.timer.queue", "Tq": "req.timer.tq", "Td": "res.timer.data",
         "Tr": "res.timer.hdr", "Ta": "txn.timer.total", "Tu": "txn.timer.user", "Ts": "accept_date",
         "rc": "txn.conn_retries", "rt": "txn.id32", "ts": "txn.sess_term_state", "ST": "txn.status",
         "U": "bytes_in", "B": "bytes_out", "bq": "bc_be_queue", "sq": "bc_srv_queue", "pid": "pid", "ac": "act_conn"}
MORE = ["req.bytes_in", "res.bytes_out", "tgroup", "bc_nb_streams", "fc_nb_streams", "txn.redispatched", "server_status"]


def reply(status=b"200 OK", *headers, body=b"ok", delay=0.0):
    def behave(connection):
        while connection.recv(65536):
            time.sleep(delay)
            connection.sendall(b"HTTP/1.1 " + status + b"\r\n" + b"".join(h + b"\r\n" for h in headers) +
                               b"Content-Length: %d\r\n\r\n" % len(body) + body)
    return behave


def ask(port, path="/", *headers):
    lines = [f"GET {path} HTTP/1.1", "Host: a", "Connection: close", *headers]
    with connect(port) as sock:
        sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        return read_all(sock)


@pytest.fixture
def site(start_relevo):
    """site(behave, *lines of a listen section) runs it: its port, its log."""
    opened = []

    def start(behave, *lines):
        log, server, port = Log(), Server(behave), free_port()
        opened.extend((log, server))
        section = "\n    ".join([f"listen web\n    bind 127.0.0.1:{port}", *lines,
                                 f"server s1 127.0.0.1:{server.port}"])
        relevo = wait_bound(start_relevo(CFG.format(log=log.port, sections=section)), port)
        return port, log, relevo
    yield start
    for one in opened:
        one.close()


def test_numbers_are_those_of_the_aliases(site):
    text = " ".join(f"%{alias}=%[{fetch}]" for alias, fetch in PAIRS.items())
    port, log, _ = site(reply(b"201 Made", delay=0.05), f'log-format "LINE {text} {" ".join(f"{f}:%[{f}]" for f in MORE)}"',
                        "http-response set-status 299")
    assert b" 299 " in ask(port)
    line = log.wait(1, pattern=re.compile("LINE (.*)"))[0][1]
    pairs = dict(zip(PAIRS, (part.split("=") for part in line.split(" ")[:len(PAIRS)])))
    assert all(a == b for a, b in pairs.values()), pairs
    assert int(pairs["Tr"][0]) >= 50 and int(pairs["Tt"][0]) >= 50
    more = dict(part.rsplit(":", 1) for part in line.split(" ")[len(PAIRS):])
    assert more == {"req.bytes_in": pairs["U"][0], "res.bytes_out": pairs["B"][0], "tgroup": "1", "bc_nb_streams": "1",
                    "fc_nb_streams": "1", "txn.redispatched": "0", "server_status": "201"}


def test_dates_have_units(site):
    port, _, _ = site(reply(), "http-response set-header X-D %[accept_date],%[accept_date(ms)],%[request_date(us)],%[uptime]")
    seconds, milli, micro, uptime = (int(n) for n in re.search(rb"x-d: ([\d,]+)", ask(port).lower())[1].split(b","))
    assert abs(time.time() - seconds) < 5 and milli // 1000 == seconds and abs(micro // 1000 - milli) < 2000
    assert uptime < 60


def test_limits_as_configured_and_as_set(site):
    limits = ["be_connect_timeout", "be_queue_timeout", "be_tarpit_timeout", "fe_tarpit_timeout", "be_max_retries",
              "cur_connect_timeout", "cur_queue_timeout", "cur_tarpit_timeout", "cur_client_timeout", "cur_max_retries"]
    port, _, _ = site(reply(), "http-request set-timeout connect 150ms if { path /set }",
                      "http-request set-timeout queue 3s if { path /set }", "http-request set-timeout tarpit 4s if { path /set }",
                      "http-request set-timeout client 5s if { path /set }", "http-request set-retries 7 if { path /set }",
                      f"http-response set-header X-L {','.join(f'%[{f}]' for f in limits)}")

    def values(path):
        return re.search(rb"x-l: ([\d,]+)", ask(port, path).lower())[1].decode()
    assert values("/") == "2000,9000,8000,8000,2,2000,9000,8000,10000,2"
    assert values("/set") == "2000,9000,8000,8000,2,150,3000,4000,5000,7"


def test_retries_as_set(site):
    dead = free_port()
    port, log, _ = site(reply(), 'log-format "TRIED %[txn.conn_retries] %HP"', "http-request set-retries 0 if { path /0 }",
                        "http-request set-retries req.hdr(x-n)", f"server dead 127.0.0.1:{dead}",
                        "use-server dead if TRUE")
    for path, headers in (("/0", ["X-N: 0"]), ("/1", ["X-N: 1"])):
        assert b" 503 " in ask(port, path, *headers)
    tried = {m[2]: m[1] for m in log.wait(2, pattern=re.compile(r"TRIED (\S+) (\S+)"))}
    assert tried["/0"] == "0" and tried["/1"] == "1"


def test_who_waits_for_a_server_has_its_turn_by_class(start_relevo):
    """One place: of those that wait for it the lowest class comes first, then who came first, offset counted."""
    log, port, order, gate = Log(), free_port(), [], threading.Event()

    def behave(connection):
        while data := connection.recv(65536):
            order.append(data.split(b" ", 2)[1].decode())
            gate.wait(10)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    server = Server(behave)
    section = f"""listen web
    bind 127.0.0.1:{port}
    http-request set-priority-class url_param(c)
    http-request set-priority-offset url_param(o)
    server s1 127.0.0.1:{server.port} maxconn 1"""
    wait_bound(start_relevo(CFG.format(log=log.port, sections=section)), port)
    threads = []
    for path in ("/first", "/late?c=5", "/a", "/b?o=9000", "/c?c=-3", "/d", "/e?o=-9000"):
        threads.append(threading.Thread(target=ask, args=(port, path)))
        threads[-1].start()
        time.sleep(0.1)
    gate.set()
    for thread in threads:
        thread.join()
    assert order == ["/first", "/c?c=-3", "/e?o=-9000", "/a", "/d", "/b?o=9000", "/late?c=5"]
    server.close()
    log.close()


def test_the_rule_that_waits_and_the_one_that_has_spoken(site):
    port, log, relevo = site(reply(), 'log-format "RULE %[waiting_entity] %[last_entity] %HP"',
                             "http-request wait-for-body time 5s if METH_POST", "http-request deny if { path /no }")
    assert b" 403 " in ask(port, "/no")
    with connect(port) as sock:
        sock.sendall(b"POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        time.sleep(0.2)
        sock.shutdown(socket.SHUT_WR)
        read_all(sock)
    lines = {m[3]: m for m in log.wait(2, pattern=re.compile(r"RULE (\S+) (\S+) (\S+)"))}
    assert re.search(r"\.cfg:\d+$", lines["/no"][2]) and lines["/no"][1] == "-"


def test_names_of_cookies(site):
    port, _, _ = site(reply(b"200 OK", b"Set-Cookie: x=1; path=/", b"Set-Cookie: y=2"),
                      "http-request set-var(txn.n) req.cook_names", "http-request set-var(txn.m) req.cook_names(;)",
                      "http-response set-header X-N %[var(txn.n)]|%[var(txn.m)]|%[res.cook_names]|%[bc_reused]|%[bc_rtt(us),bool]")
    assert b"x-n: a,b,a|a;b;a|x,y|0|1" in ask(port, "/", "Cookie: a=1; b=2", "Cookie: a=3").lower()


def test_a_request_pauses(site):
    port, _, _ = site(reply(), "http-request pause 300ms if { path /slow }")
    began = time.monotonic()
    with connect(port) as sock:
        sock.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n")
        time.sleep(0.05)
        sock.sendall(b"\r\n")
        time.sleep(0.05)
        sock.sendall(b"x")	# bytes that wake it, too early
        assert read_all(sock).endswith(b"ok") and 0.29 <= time.monotonic() - began < 2


def test_a_response_pauses(site):
    port, _, _ = site(reply(body=b"x" * 30000), "http-request set-var(txn.path) path",
                      "http-response pause 2s if { var(txn.path) -m str /slow }")
    watch = Stopwatch()
    assert ask(port, "/fast").endswith(b"x" * 30000) and watch.seconds() < 2
    began = time.monotonic()
    assert ask(port, "/slow").endswith(b"x" * 30000) and time.monotonic() - began >= 1.99
