# SPDX-License-Identifier: Apache-2.0
"""The statistics over HTTP: what curl gets, the CSV beside HAProxy's, and rubbish into the port."""
import csv
import html.parser
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess

import pytest

from lab.local import free_port
from lab.software import relevo_binary, wait_for

AUTH = ("admin", "PASSWORD")


def curl(*args):
    """(status, headers of lower-case names, body) of the last answer."""
    done = subprocess.run(["curl", "-s", "-i", "--max-time", "10", *args], capture_output=True, timeout=30)
    assert done.returncode == 0, (args, done.returncode, done.stderr)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return int(lines[0].split()[1]), dict(line.lower().split(": ", 1) for line in lines[1:]), body.decode()


def config(ports, extra=""):
    return f"""
global
    maxconn 200
    node lb1
    description the first
defaults
    mode tcp
    timeout client 5s
    timeout server 5s
    timeout connect 1s
listen stats
    bind 127.0.0.1:{ports.stats}
    mode http
    stats enable
    stats uri /stats
    stats realm HAProxy\\ Statistics
    stats auth admin:PASSWORD
    stats auth other:x:y
    {extra}
listen web
    bind 127.0.0.1:{ports.web}
    maxconn 100
    balance source
    server w1 127.0.0.1:{ports.echo} maxconn 60 maxqueue 7
    server down 127.0.0.1:1 maxconn 60 check inter 100ms
    server spare 127.0.0.1:{ports.echo} backup check inter 100ms
    server off 127.0.0.1:{ports.echo} disabled weight 5
frontend front
    bind 127.0.0.1:{ports.front}
    maxconn 50
    tcp-request connection reject if {{ src 127.0.0.2 }}
    default_backend pool
backend pool
    fullconn 77
    server x 127.0.0.1:{ports.echo} weight 10 check inter 100ms
backend empty
backend dead
    server gone 127.0.0.1:1 check inter 100ms
"""


class Ports:
    def __init__(self, echo):
        self.stats, self.web, self.front, self.echo = free_port(), free_port(), free_port(), echo


@pytest.fixture
def ports(echo_server):
    return Ports(echo_server.address[1])


@pytest.fixture
def relevo(start_relevo, ports):
    return lambda extra="": start_relevo(config(ports, extra)).wait_listens(ports.stats)


def url(ports, rest=""):
    return f"http://127.0.0.1:{ports.stats}/stats{rest}"


def table(ports):
    status, headers, body = curl("-u", ":".join(AUTH), url(ports, ";csv"))
    assert status == 200 and headers["content-type"].startswith("text/plain")
    lines = body.splitlines()
    assert lines[0].startswith("# pxname,svname,")
    rows = {}
    for row in csv.DictReader([lines[0][2:], *lines[1:]]):
        if row["pxname"]:
            rows[row["pxname"], row["svname"]] = row
    return rows


def echo_once(port, count, source=None):
    with socket.create_connection(("127.0.0.1", port), 5, (source, 0) if source else None) as sock:
        sock.settimeout(5)
        sock.sendall(b"x" * count)
        got = 0
        while got < count and (piece := sock.recv(65536)):
            got += len(piece)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(100):
            pass
        return got


def test_page_needs_its_password(relevo, ports):
    relevo()
    status, headers, body = curl(url(ports))
    assert status == 401
    assert headers["www-authenticate"].startswith('basic realm="haproxy statistics"')
    assert "web" not in body
    assert curl("-u", "admin:password", url(ports))[0] == 401
    assert curl("-u", "admin:", url(ports))[0] == 401
    assert curl("-u", "other:x:y", url(ports))[0] == 200
    status, headers, body = curl("-u", "admin:PASSWORD", url(ports))
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert int(headers["content-length"]) == len(body.encode())
    assert curl("-u", "admin:PASSWORD", f"http://127.0.0.1:{ports.stats}/")[0] == 503
    assert curl("-u", "admin:PASSWORD", url(ports, "x"))[0] == 503
    assert curl("-u", "admin:PASSWORD", "-X", "POST", "-d", "s=x", url(ports))[0] == 405


class PageCheck(html.parser.HTMLParser):
    """Every element is closed in order; texts by the row they stand in."""
    VOID = {"meta", "link", "br", "input"}

    def __init__(self):
        super().__init__()
        self.open, self.rows, self.row = [], {}, None

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert not any(name.startswith("on") for name in attributes)
        assert tag != "script" or not attributes and "body" not in self.open  # its own: test_console.py
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr" and "id" in attributes:
            self.row = self.rows.setdefault(attributes["id"], [])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "tr":
            self.row = None

    def handle_data(self, data):
        if self.row is not None and data.strip():
            self.row.append(data.strip())


def test_page_shows_frontends_servers_and_states(relevo, ports):
    relevo("stats refresh 7s\nstats show-node\nstats show-desc\nstats show-legends\nstats hide-version")
    wait_for("the checks", 10, lambda: table(ports)["dead", "BACKEND"]["status"] == "DOWN")
    assert echo_once(ports.web, 3000) == 3000
    wait_for("the stream to be counted", 5, lambda: table(ports)["web", "w1"]["bin"] == "3000")
    status, headers, body = curl("-u", ":".join(AUTH), url(ports))
    assert status == 200 and "<noscript><meta http-equiv=refresh content=7></noscript>" in body
    page = PageCheck()
    page.feed(body)
    page.close()
    assert page.open == []
    assert "UP" in page.rows["p-web/spare"] and "backup" in page.rows["p-web/spare"]
    assert "DOWN" in page.rows["p-web/down"] and "L4CON 0\u202fms" in " ".join(page.rows["p-web/down"])
    assert "MAINT" in page.rows["p-web/off"]
    assert "no check" in page.rows["p-web/w1"] and f"127.0.0.1:{ports.echo}" in page.rows["p-web/w1"]
    assert "2.9\u202fKiB" in page.rows["p-web/w1"] and "2.9\u202fKiB" in page.rows["p-web/FRONTEND"]
    assert "lb1" in body and "the first" in body
    version = subprocess.run([relevo_binary(), "-v"], capture_output=True, text=True).stdout
    assert not any(word in body for word in version.split() if word[0].isdigit())
    assert "http-equiv" not in curl("-u", ":".join(AUTH), url(ports, ";norefresh"))[2]
    # only servers that are up
    page = PageCheck()
    page.feed(curl("-u", ":".join(AUTH), url(ports, ";up"))[2])
    assert "p-web/spare" in page.rows and "p-web/down" not in page.rows and "p-web/off" not in page.rows


def test_scope(relevo, ports):
    relevo("stats scope .\nstats scope front")
    assert {name for name, _ in table(ports)} == {"stats", "front"}


# What relevo does not know is left empty; these are the columns where HAProxy has a value.
EMPTY_HERE = {
    "lastsess", "qtime", "ctime", "rtime", "ttime", "cache_lookups", "cache_hits",
    "qtime_max", "ctime_max", "rtime_max", "ttime_max", "need_conn_est", "agg_server_status",
    "agg_server_check_status", "agg_check_status",
}
# Differs from one run to the next: only that it is a number is compared.
MOVES = {"lastchg", "downtime", "rate", "rate_max", "conn_rate", "conn_rate_max", "check_duration", "chkfail",
         "smax", "req_rate", "req_rate_max"}
# What the request for the statistics itself changes, in the section that serves them.
OWN = {"scur", "smax", "stot", "bin", "bout", "conn_tot", "rate", "rate_max", "cli_abrt", "econ", "req_tot",
       "hrsp_2xx", "hrsp_4xx", "intercepted"}


def is_refused(port, source):
    """A tcp-request rule accepts the connection and closes it at once."""
    try:
        return echo_once(port, 5, source) == 0
    except OSError:
        return True


def drive(ports):
    """The same traffic for both programs, and the table after it."""
    wait_for("the checks", 10, lambda: all(
        row["check_status"] in ("L4OK", "L4CON") and row["status"] in ("UP", "DOWN")
        for row in table(ports).values() if row["check_rise"]))
    for count in (10, 1000, 20):
        for port in (ports.web, ports.front):
            assert echo_once(port, count) == count
            wait_for("the stream's end", 10, lambda: all(
                row["scur"] == "0" for key, row in table(ports).items() if key != ("stats", "FRONTEND")))
    assert is_refused(ports.front, "127.0.0.2")
    last = {}

    def counted():
        """While a check runs ("* ") HAProxy has no text of it."""
        last.update(table(ports))
        return last["front", "FRONTEND"]["dcon"] == "1" and not any(
            row["check_status"].startswith("* ") for row in last.values())
    wait_for("the counters", 10, counted)
    return last


@pytest.mark.parametrize("extra", ["", "stats show-legends"])
def test_csv_is_haproxys(start_relevo, ports, tmp_path, extra):
    haproxy_binary = shutil.which("haproxy") or "/usr/sbin/haproxy"
    assert os.access(haproxy_binary, os.X_OK), "the tests compare with Debian's haproxy package"
    (tmp_path / "haproxy.cfg").write_text(config(ports, extra))
    haproxy = subprocess.Popen([haproxy_binary, "-db", "-f", str(tmp_path / "haproxy.cfg")],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for("haproxy", 10, lambda: haproxy.poll() is None and curl_works(ports))
        theirs = drive(ports)
    finally:
        haproxy.send_signal(signal.SIGTERM)
        haproxy.wait(10)
    start_relevo(config(ports, extra)).wait_listens(ports.stats)
    ours = drive(ports)

    assert list(ours) == list(theirs)
    columns = list(theirs["web", "w1"])
    static = columns[:columns.index("-")]
    assert list(ours["web", "w1"])[:len(static)] == static
    different = []
    for key in theirs:
        for name in static:
            mine, wanted = (rows[key][name].removeprefix("* ") for rows in (ours, theirs))  # "* ": a check runs
            if name in EMPTY_HERE:
                assert mine == "", (key, name)
            elif name in MOVES:
                assert (mine == "") == (wanted == ""), (key, name, mine, wanted)
                assert mine == "" or mine.isdigit(), (key, name, mine)
            elif not (key[0] == "stats" and name in OWN) and mine != wanted:
                different.append((*key, name, mine, wanted))
    assert not different, "\n".join(map(str, different))


def curl_works(ports):
    try:
        return curl(url(ports))[0] == 401
    except AssertionError:
        return False


def test_connections_are_kept(relevo, ports):
    relevo()
    connection = http.client.HTTPConnection("127.0.0.1", ports.stats, timeout=10)
    basic = {"Authorization": "Basic YWRtaW46UEFTU1dPUkQ="}
    connection.request("GET", "/stats", headers=basic)
    page = connection.getresponse().read()
    local = connection.sock.getsockname()
    connection.request("HEAD", "/stats", headers=basic)
    answer = connection.getresponse()
    # The page tells of the time between the two, so that its length is not quite the same.
    assert 0.9 < int(answer.getheader("content-length")) / len(page) < 1.1 and answer.read() == b""
    connection.request("GET", "/nothing")
    assert connection.getresponse().read()
    assert connection.sock.getsockname() == local
    connection.request("GET", "/stats;csv", headers={**basic, "Connection": "close"})
    answer = connection.getresponse()
    assert answer.getheader("connection") == "close"
    assert answer.read().startswith(b"# pxname")
    assert connection.sock is None

    with socket.create_connection(("127.0.0.1", ports.stats), 10) as sock:
        sock.sendall(b"GET /x HTTP/1.0\r\n\r\n")
        assert read_all(sock).startswith(b"HTTP/1.1 503 ")
    with socket.create_connection(("127.0.0.1", ports.stats), 10) as sock:  # one byte at a time, then two at once
        for byte in b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n":
            sock.sendall(bytes([byte]))
        sock.sendall(b"GET /y HTTP/1.1\r\nHost: h\r\n\r\nGET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert read_all(sock).count(b"HTTP/1.1 503 ") == 3


def read_all(sock):
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def test_rubbish(relevo, ports):
    """Anything at all into the port: an error or nothing, and the page is there afterwards."""
    process = relevo()
    source = random.Random(1)
    seeds = [b"GET /stats HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YWRtaW46UEFTU1dPUkQ=\r\n\r\n",
             b"POST /stats HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
             b"GET " + b"/a" * 9000 + b" HTTP/1.1\r\n\r\n",
             b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 3000 + b"\r\n", b"\x16\x03\x01\x02\x00\x01"]
    for i in range(400):
        if i % 2:
            data = source.randbytes(source.randrange(1, 20000))
        else:
            data = bytearray(source.choice(seeds))
            for _ in range(source.randrange(1, 20)):
                data[source.randrange(len(data))] = source.randrange(256)
            del data[source.randrange(1, len(data) + 1):]
        with socket.create_connection(("127.0.0.1", ports.stats), 10) as sock:
            sock.settimeout(10)
            try:
                sock.sendall(data)
                if source.random() < 0.8:
                    sock.shutdown(socket.SHUT_WR)
                    answer = read_all(sock)
                    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
            except OSError:  # reset before all was sent
                pass
    assert curl("-u", "admin:PASSWORD", url(ports))[0] == 200
    assert process.process.poll() is None
    wait_for("their ends", 10, lambda: table(ports)["stats", "FRONTEND"]["scur"] == "1")
