# SPDX-License-Identifier: Apache-2.0
"""Options of mode http whose work is seen in the bytes: spelling of headers, trailers, closing while idle."""
import re
import signal
import socket
import subprocess
import time

import pytest

from lab.local import free_port
from lab.software import relevo_binary, wait_for
from programs import programs
from streams import Server, connect, read_all, wait_bound

CFG = """
global
    h1-case-adjust x-odd-one X-oDD-One
    h1-case-adjust-file {dir}/spelling
    {extra}
defaults
    mode http
    timeout connect 2s
    timeout client 5s
    timeout server 5s
listen web
    bind 127.0.0.1:{port}
    server s1 127.0.0.1:{server}
    {lines}
"""
SPELLING = "# names\n\n \tserver SERVER \nx-odd-two\tx-odd-TWO\n"


class Origin(Server):
    """Keeps what it was sent; answers each head, or chunked body, with `reply` in `pieces`."""

    def __init__(self, *pieces):
        self.got, self.pieces = b"", pieces
        super().__init__(self._behave)

    def _behave(self, connection):
        while data := connection.recv(65536):
            self.got += data
            head, _, body = self.got.partition(b"\r\n\r\n")
            if self.got.endswith(b"\r\n\r\n") and (b"chunked" not in head or b"0\r\n" in body):
                for piece in self.pieces:
                    connection.sendall(piece)
                    time.sleep(0.03)


OK = b"HTTP/1.1 200 OK\r\nServer: a\r\nX-Odd-One: 1\r\nx-odd-two: 2\r\nContent-Length: 2\r\n\r\nok"


def configuration(tmp_path, port, server, *lines, extra=""):
    (tmp_path / "spelling").write_text(SPELLING)
    return CFG.format(dir=tmp_path, port=port, server=server, lines="\n    ".join(lines), extra=extra)


def talk(port, *pieces):
    with connect(port) as sock:
        for piece in pieces:
            sock.sendall(piece)
            time.sleep(0.03)
        return read_all(sock)


def names(message, *wanted):
    """How these headers are spelled, in order."""
    return [n for n in re.findall(r"^([\w-]+):", message.decode(), re.M) if n.lower() in wanted]


REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nx-odd-one: 1\r\nX-Odd-Two: 2\r\n\r\n"
WANTED = ("x-odd-one", "x-odd-two", "server")


@pytest.mark.parametrize("option, request_names, response_names", [
    ("h1-case-adjust-bogus-server", ["X-oDD-One", "x-odd-TWO"], None),
    ("h1-case-adjust-bogus-client", None, ["SERVER", "X-oDD-One", "x-odd-TWO"]),
])
def test_headers_are_spelled_as_the_lines_say(tmp_path, option, request_names, response_names):
    for name, start in programs(tmp_path):
        origin, port = Origin(OK), free_port()
        program = start(configuration(tmp_path, port, origin.port, f"option {option}"))
        try:
            wait_for(f"{name} listens", 10, lambda: can_connect(port))
            answer = talk(port, REQUEST)
        finally:
            program.stop()
            origin.close()
        if request_names:
            assert names(origin.got, *WANTED) == request_names, name
            assert names(answer, "x-odd-one") != ["X-oDD-One"], name
        if response_names:
            assert names(answer, *WANTED) == response_names, name
            assert names(origin.got, "x-odd-one") != ["X-oDD-One"], name


def can_connect(port):
    try:
        connect(port).close()
        return True
    except OSError:
        return False


def test_answers_of_our_own_are_spelled_too(tmp_path, start_relevo):
    port = free_port()
    wait_bound(start_relevo(configuration(tmp_path, port, 1, "option h1-case-adjust-bogus-client",
                                          "http-request return hdr x-odd-one 1")), port)
    assert names(talk(port, REQUEST), "x-odd-one") == ["X-oDD-One"]


def test_a_file_of_spellings_is_checked(tmp_path, start_relevo):
    cfg = tmp_path / "bad.cfg"
    cfg.write_text(configuration(tmp_path, 1, 1))
    (tmp_path / "spelling").write_text("a A\nb\nc d\nx-odd-one X-ODD-ONE\ne\x01 E\x01\n")
    said = subprocess.run([relevo_binary(), "-c", "-f", str(cfg)], capture_output=True, text=True).stderr
    assert [re.search(r"spelling:(\d+)", line)[1] for line in said.splitlines() if "error:" in line] == ["2", "3", "4", "5"], said


# ---- trailers ----

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
BODY = b"5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\n"
TRAILERS = b"X-Sum: 8\r\nX-More: 9\r\n"


def pieces_of(*parts, step):
    whole = b"".join(parts)
    return [whole[i:i + step] for i in range(0, len(whole), step)]


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("step", [7, 30, 1000])
def test_trailers_of_responses(tmp_path, start_relevo, drop, step):
    origin, port = Origin(*pieces_of(CHUNKED, BODY, TRAILERS, b"\r\n", step=step)), free_port()
    lines = ["option http-drop-response-trailers"] if drop else []
    wait_bound(start_relevo(configuration(tmp_path, port, origin.port, *lines)), port)
    keep = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
    with connect(port) as sock:
        sock.sendall(keep)
        time.sleep(0.1 + 0.05 * len(origin.pieces))
        sock.sendall(REQUEST)	# the end was understood: another request goes on
        answer = read_all(sock)
    expected = BODY + (b"" if drop else TRAILERS) + b"\r\n"
    assert re.split(rb"\r\n\r\n(?=5\r\n)", answer)[1].startswith(expected), answer
    assert answer.count(b"200 OK") == 2 and answer.endswith(expected)
    assert origin.peers == 1
    origin.close()


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("step", [9, 1000])
def test_trailers_of_requests(tmp_path, start_relevo, drop, step):
    origin, port = Origin(OK), free_port()
    lines = ["option http-drop-request-trailers", "retry-on all-retryable-errors"] if drop else []
    wait_bound(start_relevo(configuration(tmp_path, port, origin.port, *lines)), port)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b"200 OK" in talk(port, head, *pieces_of(BODY, TRAILERS, b"\r\n", step=step))
    expected = BODY + (b"" if drop else TRAILERS) + b"\r\n"
    assert origin.got.split(b"\r\n\r\n", 1)[1] == expected
    origin.close()


def test_trailers_that_are_dropped_are_still_checked(tmp_path, start_relevo):
    origin, port = Origin(), free_port()
    wait_bound(start_relevo(configuration(tmp_path, port, origin.port, "option http-drop-request-trailers")), port)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = talk(port, head, BODY, b"X-Sum : 8\r\n", b"\r\n")
    assert b" 400 " in answer.split(b"\r\n")[0] and b"X-Sum" not in origin.got
    origin.close()


# ---- soft stop, rates, headers of connections ----

KEEP = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("stays", [False, True])
def test_an_idle_connection_in_a_soft_stop(tmp_path, start_relevo, stays):
    """option idle-close-on-response: it lives until its next answer, which says that it is the last."""
    origin, port = Origin(OK), free_port()
    lines = ["option idle-close-on-response"] if stays else []
    relevo = wait_bound(start_relevo(configuration(tmp_path, port, origin.port, *lines)), port)
    with connect(port, seconds=4) as sock:
        sock.sendall(KEEP)
        assert b"200 OK" in sock.recv(65536)
        relevo.process.send_signal(signal.SIGUSR1)
        time.sleep(2.5)
        assert relevo.process.poll() is None or not stays
        if stays:
            sock.sendall(KEEP)
            answer = read_all(sock)
            assert b"200 OK" in answer and b"\r\nconnection: close\r\n" in answer.lower()
        else:
            assert sock.recv(65536) == b""
    relevo.process.wait(10)
    origin.close()


@pytest.mark.parametrize("where", ["rate-limit sessions 5", "maxconnrate 5", "maxsessrate 5"])
def test_connections_over_a_rate_wait_in_the_kernel(tmp_path, start_relevo, where):
    origin, port = Origin(OK), free_port()
    lines = [where] if where.startswith("rate") else []
    wait_bound(start_relevo(configuration(tmp_path, port, origin.port, *lines, extra="nbthread 1\n    " + (where if not lines else ""))), port)
    began = time.monotonic()
    socks = [connect(port) for _ in range(14)]
    for sock in socks:
        sock.sendall(REQUEST)
    took = []
    for sock in socks:
        assert b"200 OK" in read_all(sock)
        took.append(time.monotonic() - began)
        sock.close()
    assert took[3] < 0.9 and 1.0 < took[-1] < 4.5, took
    origin.close()


def marks_of_data(capture, port):
    """The types of service of the segments with data that came from `port`."""
    found = set()
    while True:
        try:
            packet = capture.recv(65536)
        except BlockingIOError:
            return found
        head = (packet[0] & 15) * 4
        if packet[9] == socket.IPPROTO_TCP and packet[head:head + 2] == port.to_bytes(2, "big"):
            if len(packet) > head + (packet[head + 12] >> 4) * 4:
                found.add(packet[1])


@pytest.mark.parametrize("rule, path, expected", [
    ("http-request set-tos 0x10", b"/", 0x10),
    ("http-request set-fc-tos 40", b"/", 40),
    ("http-request set-fc-tos url_param(t)", b"/?t=8", 8),
    ("http-request set-fc-tos url_param(t)", b"/", 0),
    ("tcp-request connection set-fc-tos int(16)", b"/", 16),
])
def test_packets_to_the_client_are_marked(tmp_path, start_relevo, rule, path, expected):
    port = free_port()
    wait_bound(start_relevo(configuration(tmp_path, port, 1, rule, "http-request return")), port)
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)) as capture:
        capture.bind(("lo", 0x0800))
        capture.setblocking(False)
        assert b" 200 " in talk(port, REQUEST.replace(b" / ", b" " + path + b" "))
        assert marks_of_data(capture, port) == {expected}
