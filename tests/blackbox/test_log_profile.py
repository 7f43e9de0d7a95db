# SPDX-License-Identifier: Apache-2.0
"""log-profile, log-steps and do-log: who gets which line, when, and what it says.

HAProxy 2.6 does not know these words: what is asked for here is what the manual of HAProxy 3.x says.
"""
import http.client
import re
import socket
import subprocess

import pytest

from lab.sinks import EchoServer
from programs import programs
from streams import Log, free_port, read_all, settle, wait_bound

HTTP = """
defaults
    mode http
    timeout client 10s
    timeout server 10s
    timeout connect 2s
frontend f
    bind 127.0.0.1:{port}
{lines}
    default_backend b
backend b
    tcp-response content {rule}
    server s 127.0.0.1:{server}
listen origin
    bind 127.0.0.1:{server}
    http-request return status 404 if {{ path /no }}
    http-request return status 500 if {{ path /bad }}
    http-request return status 200
"""
RULES = """
    tcp-request connection do-log
    tcp-request session do-log
    tcp-request content do-log
    http-request do-log
    http-response do-log
    http-after-response do-log
"""


@pytest.fixture
def logs():
    sinks = [Log(), Log()]
    yield sinks
    for sink in sinks:
        sink.close()


def texts(sink):
    """Without the header and what tells of starts and stops."""
    found = (re.sub(r"^<\d+>(\w{3} [ \d]\d [\d:]+ |1 \S+ \S+ )", "", text) for text in sink.texts())
    return [text.rstrip("\n") for text in found if "Proxy " not in text and "stop" not in text]


def fetch(port, *paths):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for path in paths:
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()


@pytest.fixture
def serve(start_relevo):
    """serve(lines, sections) -> port of frontend `f`."""
    def start(lines, sections="", rule="accept"):
        port = free_port()
        text = HTTP.format(port=port, server=free_port(), rule=rule,
                           lines="\n".join(f"    {line}" for line in lines))
        wait_bound(start_relevo(sections + text), port)
        return port
    return start


def ends(sink, *paths):
    """The lines that come to `sink` until the last of these requests is over."""
    sink.wait(len(paths), pattern=re.compile("close|CLOSE|END"))
    settle()
    return texts(sink)


def test_each_target_has_its_profile(serve, logs):
    plain, formed = logs
    port = serve([f"log 127.0.0.1:{plain.port} local0",
                  f"log 127.0.0.1:{formed.port} format rfc5424 profile short local1", "option httplog"],
                 "log-profile short\n log-tag mine\n on close format \"CLOSE %ST %OG\" sd \"[a@1 b=\\\"%HM\\\"]\"\n")
    fetch(port, "/x")
    assert re.fullmatch(r'mine \d+ - \[a@1 b="GET"\] CLOSE 200 txn_close', ends(formed, "/x")[0])
    assert re.fullmatch(r'haproxy\[\d+\]: 127\S+ \[\S+ f b/s \S+ 200 .* "GET /x HTTP/1.1"', texts(plain)[0])
    assert next(text for text in formed.texts() if "CLOSE" in text).startswith("<142>1 ")


def test_without_a_format_a_profile_has_its_own(serve, logs):
    port = serve([f"log 127.0.0.1:{logs[0].port} local0",
                  f"log 127.0.0.1:{logs[1].port} format raw profile p local0"],
                 "log-profile p\n on close format \"CLOSE %ST\"\n")
    fetch(port, "/x")
    assert ends(logs[1], "/x") == [f"Connect from {tail}" for tail in re.findall(
        "Connect from (.*)", texts(logs[0])[0])] + ["CLOSE 200"]
    assert len(texts(logs[0])) == 1


def test_steps_come_in_order(serve, logs):
    lines = [f"log 127.0.0.1:{logs[0].port} format raw local0", "log-steps all", "log-format \"%OG %ST %s\""]
    fetch(serve(lines), "/a")
    assert ends(logs[0], "/a") == ["txn_accept -1 <NOSRV>", "txn_request -1 <NOSRV>", "txn_connect -1 s",
                                   "txn_response 200 s", "txn_close 200 s"]


@pytest.mark.parametrize("steps, expected", [
    ("accept,close", ["txn_accept", "txn_close", "txn_close", "txn_close"]),
    ("response", ["txn_response"] * 3),
    ("request,error", ["txn_request"] * 3 + ["txn_close"]),
])
def test_some_steps(serve, logs, steps, expected):
    port = serve([f"log 127.0.0.1:{logs[0].port} format raw local0", f"log-steps {steps}",
                  "log-format \"%OG\""])
    fetch(port, "/", "/no", "/bad")
    logs[0].wait(len(expected), pattern=re.compile("txn"))
    settle()
    assert sorted(texts(logs[0])) == sorted(expected)


def test_steps_of_mode_tcp(start_relevo, logs):
    port = free_port()
    server = EchoServer(None, ("127.0.0.1", free_port()))
    try:
        wait_bound(start_relevo(f"""
listen l
    mode tcp
    timeout client 10s
    timeout server 10s
    timeout connect 2s
    bind 127.0.0.1:{port}
    log 127.0.0.1:{logs[0].port} format raw local0
    log-format "%OG %U"
    log-steps all
    server s 127.0.0.1:{server.address[1]}
"""), port)
        with socket.create_connection(("127.0.0.1", port), 10) as sock:
            sock.sendall(b"abc")
            assert sock.recv(10) == b"abc"
    finally:
        server.close()
    assert ends(logs[0], "/") == ["txn_accept 0", "txn_connect 0", "txn_close 3"]


def test_a_closer_step_counts_and_drop_drops(serve, logs):
    profile = ("log-profile p\n on any format \"ANY %OG\"\n on error format \"ERR %OG %ST\"\n"
               " on close format \"CLOSE\"\n on connect drop\n on http-res drop\n")
    port = serve([f"log 127.0.0.1:{logs[0].port} format raw profile p local0", "option httplog",
                  "log-steps all", *RULES.split("\n")], profile, rule="do-log")
    fetch(port, "/", "/bad")
    logs[0].wait(1, pattern=re.compile("ERR"))
    settle()
    begin = ["ANY tcp-req-conn", "ANY tcp-req-sess", "ANY txn_accept"]
    each = ["ANY txn_request", "ANY tcp-req-cont", "ANY http-req", "ANY tcp-res-cont", "ANY http-after-res",
            "ANY txn_response"]
    assert texts(logs[0]) == [*begin, *each, "CLOSE", *each, "ERR txn_close 500"]


def test_do_log_with_a_profile_of_its_own(serve, logs):
    profiles = "log-profile p\n on any format \"P\"\n on close format END\nlog-profile q\n log-tag q\n on any format \"Q %OG\"\n"
    port = serve([f"log 127.0.0.1:{logs[0].port} profile p local0", "option httplog",
                  "http-request do-log if { path /a }", "http-request do-log profile q if { path /b }"],
                 profiles)
    fetch(port, "/a", "/b", "/c")
    assert [re.sub(r"\[\d+\]", "", text) for text in ends(logs[0], "/a", "/b", "/c")] == [
        "haproxy: P", "haproxy: END", "q: Q http-req", "haproxy: END", "haproxy: END"]


def test_do_log_without_profile_is_the_sections_format(serve, logs):
    port = serve([f"log 127.0.0.1:{logs[0].port} format raw local0", "log-format \"END %HM %HP %ST\"",
                  "http-request do-log", "http-request set-log-level silent if { path /b }"])
    fetch(port, "/a", "/b")
    assert ends(logs[0], "/", "/", "/") == ["END GET /a -1", "END GET /a 200", "END GET /b -1"]


def test_refused_connections_are_errors(start_relevo, logs):
    port = free_port()
    wait_bound(start_relevo(f"""
log-profile p
    on error format "%OG %ci"
listen l
    mode tcp
    timeout client 300ms
    timeout server 10s
    timeout connect 2s
    bind 127.0.0.1:{port} accept-proxy
    log 127.0.0.1:{logs[0].port} format raw profile p local0
    log 127.0.0.1:{logs[1].port} format raw local0
    option tcplog
    server s 127.0.0.1:1
"""), port)
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        read_all(sock)
    logs[1].wait(1, pattern=re.compile("PROXY"))
    logs[0].wait(1, pattern=re.compile("127"))
    assert texts(logs[0]) == ["sess_error 127.0.0.1"]


def test_httpslog_of_clear_connections(tmp_path):
    """Byte for byte as HAProxy's but for the times, and the size of an answer that is not the same."""
    lines = {}
    for name, start in programs(tmp_path):
        port, sink = free_port(), Log()
        program = start(f"frontend f\n mode http\n timeout client 10s\n bind 127.0.0.1:{port}\n"
                        f" log 127.0.0.1:{sink.port} format raw local0\n option httpslog\n"
                        " capture request header Host len 9\n http-request return status 200\n")
        try:
            wait = ["curl", "-s", "--retry", "50", "--retry-connrefused", "--retry-delay", "0", "-o",
                    "/dev/null", "-H", "Host: a", f"http://127.0.0.1:{port}/x"]
            subprocess.run(wait, check=True, timeout=20)
            sink.wait(1, pattern=re.compile("GET"))
            lines[name] = [re.sub(r":\d+ \[\S+ | 200 \d+", " ", text) for text in texts(sink) if "GET" in text]
        finally:
            program.stop()
            sink.close()
    assert lines["relevo"] == lines["haproxy"]
    assert lines["relevo"][0].rstrip().endswith('"GET /x HTTP/1.1" 0/-/-/-/0 -/-/-')
