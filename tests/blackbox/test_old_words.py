# SPDX-License-Identifier: Apache-2.0
"""Words that HAProxy had until 1.9 or 2.4: no HAProxy of today knows them, so what they did is told here by itself."""
import contextlib
import socket
import threading
import time

import pytest

from lab.local import free_port
from lab.sinks import SyslogSink
from lab.wait import until
from test_daemon import RELEVO
from test_words import TIMES, listening, proxy, receive

WARNING = "is an old form that HAProxy no longer takes"


def answer(port, request=b"", source=None):
    """All that comes until the connection ends."""
    address = (source, 0) if source else None
    with socket.create_connection(("127.0.0.1", port), timeout=10, source_address=address) as client:
        if request:
            client.sendall(request)
        data = b""
        while more := client.recv(65536):
            data += more
    return data


def serve_http(server, name, seen, extra=b""):
    """Answers each connection's first request with a name, and remembers what was asked."""
    def run():
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(10)
                asked = b""
                while b"\r\n\r\n" not in asked and (more := peer.recv(65536)):
                    asked += more
                seen.append(asked)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n%s" %
                             (len(name), extra, name))
    threading.Thread(target=run, daemon=True).start()


@pytest.mark.parametrize("words, expected", [
    ("mode health", b"OK\n"),
    ("mode health\n    option httpchk", b"HTTP/1.0 200 OK\r\n\r\n"),
], ids=["plain", "httpchk"])
def test_mode_health_answers_everybody(tmp_path, words, expected):
    port = free_port()
    with proxy(RELEVO, tmp_path, f"listen h\n    {words}\n    bind 127.0.0.1:{port}\n", port):
        assert answer(port) == expected
        assert answer(port, b"GET / HTTP/1.0\r\n\r\n") == expected
    said = (tmp_path / "said").read_text()
    assert f"'mode health' {WARNING}" in said and "lacks timeouts" not in said


def test_a_later_mode_takes_health_back(tmp_path):
    port = free_port()
    with listening() as server:
        server_port = server.getsockname()[1]
        with proxy(RELEVO, tmp_path, TIMES + f"""    mode health
listen t
    mode tcp
    bind 127.0.0.1:{port}
    server s 127.0.0.1:{server_port}
""", port):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(b"hello")
                peer, _ = server.accept()
                with peer:
                    assert receive(peer, 5) == b"hello"


@pytest.mark.parametrize("mode, expected", [("http", b"HTTP/1.0 200 OK\r\n\r\n"), ("tcp", b"")])
def test_monitor_net_serves_others_alone_and_logs_them_alone(tmp_path, mode, expected):
    port, seen = free_port(), []
    with listening() as server, contextlib.closing(SyslogSink(None, ("127.0.0.1", free_port()))) as log:
        serve_http(server, b"served", seen)
        with proxy(RELEVO, tmp_path, TIMES + f"""
listen web
    mode {mode}
    log 127.0.0.1:{log.address[1]} local0
    bind 127.0.0.1:{port}
    monitor-net 127.0.7.0/255.255.255.0
    server s 127.0.0.1:{server.getsockname()[1]}
""", port):
            request = b"GET / HTTP/1.0\r\n\r\n"
            assert answer(port, source="127.0.7.9") == expected
            assert answer(port, request, source="127.0.7.250") == expected
            assert answer(port, request, source="127.0.8.1").endswith(b"served")
            until(lambda: any("127.0.8.1:" in line for line in log.since(0)), 20, "the served request is logged", lambda: str(log.lines))
            assert not [line for line in log.since(0) if "127.0.7." in line]
            assert len(seen) == 1
    assert f"'monitor-net' {WARNING}" in (tmp_path / "said").read_text()


def test_monitor_net_takes_a_network_of_ipv4_only(tmp_path):
    with proxy(RELEVO, tmp_path, "listen x\n    bind 127.0.0.1:1\n    monitor-net fe80::/10\n") as process:
        process.wait(timeout=20)
    assert process.returncode == 1
    assert ":3:17: error: 'monitor-net' needs a network of IPv4" in (tmp_path / "said").read_text()


def test_tcp_request_without_a_list_is_of_connections(tmp_path):
    port, seen = free_port(), []
    with listening() as server:
        serve_http(server, b"in", seen)
        with proxy(RELEVO, tmp_path, TIMES + f"""
listen t
    bind 127.0.0.1:{port}
    tcp-request accept if {{ src 127.0.0.9 }}
    tcp-request reject if {{ src 127.0.0.8/31 }}
    server s 127.0.0.1:{server.getsockname()[1]}
""", port):
            request = b"GET / HTTP/1.0\r\n\r\n"
            assert answer(port, request, source="127.0.0.9").endswith(b"in")
            with pytest.raises(ConnectionError):
                if answer(port, request, source="127.0.0.8") == b"":
                    raise ConnectionError
            assert answer(port, request, source="127.0.0.7").endswith(b"in")
    said = (tmp_path / "said").read_text()
    assert "write 'tcp-request connection reject if { src 127.0.0.8/31 }'" in said


def test_option_http_proxy_goes_to_the_address_of_the_url(tmp_path):
    port, seen, other = free_port(), [], []
    with listening() as server, listening(("127.0.0.2", 0)) as second:
        serve_http(server, b"first", seen)
        serve_http(second, b"second", other)
        with proxy(RELEVO, tmp_path, TIMES + f"""
listen p
    mode http
    bind 127.0.0.1:{port}
    option http_proxy
    http-request deny deny_status 403 if {{ path /no }}
""", port):
            def ask(target):
                return answer(port, f"GET {target} HTTP/1.0\r\nX: y\r\n\r\n".encode())

            first, far = server.getsockname()[1], second.getsockname()[1]
            assert ask(f"http://127.0.0.1:{first}/a/b?c=d").endswith(b"first")
            assert seen[0].startswith(b"GET /a/b?c=d HTTP/1.")
            assert ask(f"http://127.0.0.2:{far}").endswith(b"second")
            assert other[0].startswith(b"GET / HTTP/1.")
            assert ask(f"http://127.0.0.1:{first}/no").startswith(b"HTTP/1.1 403")
            for bad in ("/relative", "http://no.address.example/", "https://127.0.0.1/"):
                assert ask(bad).startswith(b"HTTP/1.1 400"), bad
            assert len(seen) == 1 and len(other) == 1
    assert f"'option http_proxy' {WARNING}" in (tmp_path / "said").read_text()


def session_lab(tmp_path, line, extra_a=b"", extra_b=b""):
    """Two servers that name themselves, and a proxy with that appsession line; gives ask(path, cookie) -> name."""
    stack = contextlib.ExitStack()
    port, seen = free_port(), []
    ports = []
    for name, extra in ((b"a", extra_a), (b"b", extra_b)):
        server = stack.enter_context(listening())
        serve_http(server, name, seen, extra)
        ports.append(server.getsockname()[1])
    stack.enter_context(proxy(RELEVO, tmp_path, TIMES + f"""
listen s
    mode http
    bind 127.0.0.1:{port}
    balance roundrobin
    {line}
    server a 127.0.0.1:{ports[0]}
    server b 127.0.0.1:{ports[1]}
""", port))

    def ask(path="/", cookie=None):
        header = f"Cookie: {cookie}\r\n" if cookie else ""
        return answer(port, f"GET {path} HTTP/1.0\r\n{header}\r\n".encode())[-1:]
    return stack, ask


def test_appsession_learns_from_responses(tmp_path):
    stack, ask = session_lab(tmp_path, "appsession JSESSIONID len 4 timeout 1h", b"Set-Cookie: JSESSIONID=aaaa9; path=/\r\n",
                             b"Set-Cookie: x=y\r\nSet-Cookie: JSESSIONID=bbbb; path=/\r\n")
    with stack:
        assert {ask(), ask()} == {b"a", b"b"}
        for _ in range(3):
            assert ask(cookie="z=1; JSESSIONID=bbbb") == b"b"
            assert ask(cookie="JSESSIONID=aaaa") == b"a", "four bytes of the value count"
            assert ask("/x;JSESSIONID=bbbb") == b"b"
            assert ask("/x;q=1;JSESSIONID=aaaa?JSESSIONID=bbbb") == b"a"
        assert {ask(cookie="JSESSIONID=cccc"), ask(cookie="JSESSIONID=cccc")} == {b"a", b"b"}
        assert {ask("/?JSESSIONID=aaaa"), ask("/?JSESSIONID=aaaa")} == {b"a", b"b"}
    assert f"'appsession' {WARNING}" in (tmp_path / "said").read_text()


def test_appsession_learns_from_requests(tmp_path):
    stack, ask = session_lab(tmp_path, "appsession PHP len 32 timeout 1h request-learn mode query-string")
    with stack:
        first = ask(cookie="PHP=one")
        assert {ask(cookie="PHP=one") for _ in range(4)} == {first}
        assert {ask("/?a=b&PHP=one") for _ in range(3)} == {first}
        assert {ask("/;PHP=one") for _ in range(2)} == {b"a", b"b"}


def test_appsession_prefix(tmp_path):
    stack, ask = session_lab(tmp_path, "appsession ASP len 32 timeout 1h prefix", b"Set-Cookie: ASPXY=1; secure\r\n",
                             b"Set-Cookie: ASPZ=1\r\n")
    with stack:
        assert {ask(), ask()} == {b"a", b"b"}
        for _ in range(3):
            assert ask(cookie="ASPXY=1") == b"a"
            assert ask(cookie="ASPZ=1") == b"b"


def test_appsession_forgets(tmp_path):
    stack, ask = session_lab(tmp_path, "appsession S len 32 timeout 1s request-learn")
    with stack:
        first = ask(cookie="S=1")
        other = b"b" if first == b"a" else b"a"

        def spread():
            time.sleep(4)  # each look renews the session: it must have had the time to end
            return ask(cookie="S=1") == other
        until(spread, 60, "the session is forgotten")
