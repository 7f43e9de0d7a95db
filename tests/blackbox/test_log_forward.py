# SPDX-License-Identifier: Apache-2.0
"""log-forward: messages of others come by TCP and datagrams, and go on in each format as HAProxy sends them on."""
import re
import signal
import socket
import time

import pytest

from lab.software import wait_for
from programs import programs
from streams import free_port, settle, wait_bound
from test_log import FORMATS, Udp, rsyslogd  # noqa: F401 (a fixture)

# Not "<34": HAProxy 2.6 sends on what its buffer held before.
MESSAGES = [
    b"<34>Oct 11 22:14:15 mymachine su: hello world",
    b"<34>Oct  1 22:14:15 mymachine su[123]: hello world\n",
    b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su 77 ID47 [ex@1 a=\"b c\"][y] msg here",
    b"<34>1 2003-10-01T22:14:15+02:00 h su 77 ID47 - \xef\xbb\xbfmsg here",
    b"<34>1 2003-10-11T22:14:15.003Z h - 77 - - m",
    b"<34>1 - h app 7 id - m",
    b"<34>hello no header", b"<3>short", b"<>text", b"<a>text", b"", b"<34>", b"<34> leading space",
    b"hello no priority",
    b"<34>Oct 11 22:14:15 su[12]: no host", b"<34>Oct 11 22:14:15 host no tag", b"<34>Oct 11 22:14:15",
    b"<34>Oct 11 22:14:15 host a b: text", b"<34>Oct 11 22:14:15 host tag:text",
    b"<34>Oct 11 22:14:15 host  tag: two spaces",
    b"<191>Oct 11 22:14:15 mymachine su: max priority", b"<192>Oct 11 22:14:15 mymachine su: over",
    b"<34>2 2003-10-11T22:14:15.003Z host app 1 - - version two",
    b"<34>Oct 11 22:14:15 host tag: control\x01\ttab\x7f \xe9 end",
    b"<34>Oct 11 22:14:15 h t: two\nlines", b"<34>Oct 11 22:14:15 h t: " + b"x" * 2000,
]
HEAD = b"<34>Oct 11 22:14:15 h t: "
STREAMS = [
    HEAD + b"a\n" + HEAD + b"b\n",
    b"26 " + HEAD + b"a26 " + HEAD + b"b",
    b"26 " + HEAD + b"a" + HEAD + b"b\n",
    b"5 abcde" + HEAD + b"a\n", b"29 " + HEAD + b"a\nb\n",
    HEAD + b"a\r\n", HEAD + b"no end", b"<34>\n<35>x\n",
    b"hello\n" + HEAD + b"a\n", b"0 " + HEAD + b"a\n", b"026 " + HEAD + b"a\n", b"1x " + HEAD + b"a\n",
    b"99999999999 x", b"\n" + HEAD + b"a\n", b" " + HEAD + b"a\n", b"20000 " + HEAD + b"z" * 19975,
]


def normal(line):
    """Dates of this minute are only that."""
    line = re.sub(time.strftime("%b ") + r"[ 123]\d \d\d:\d\d:\d\d ", "DATE ", line)
    return re.sub(time.strftime("%Y-%m-") + r"\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d ", "ISO ", line)


class Sink(Udp):
    def one(self, seconds=5):
        """The next datagram, None if there is none in this time."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(70000)
        except TimeoutError:
            return None


def connect(port):
    def connected():
        try:
            return socket.create_connection(("127.0.0.1", port), 10)
        except ConnectionRefusedError:
            return None
    made = []
    wait_for(f"port {port}", 20, lambda: made.append(connected()) or made[-1] is not None)
    return made[-1]


def section(port, *lines):
    text = "\n".join(f"    {line}" for line in lines)
    return f"log-forward lf\n    bind 127.0.0.1:{port}\n    dgram-bind 127.0.0.1:{port}\n    timeout client 10s\n{text}\n"


@pytest.fixture
def forward(start_relevo):
    """forward(*lines, global_="") -> port of a log-forward section."""
    def start(*lines, before=""):
        port = free_port()
        wait_bound(start_relevo(before + section(port, *lines)), port)
        return port
    return start


@pytest.fixture
def sink():
    return Sink()


def target(sink, words="", more="local5"):
    return f"log 127.0.0.1:{sink.port} {words} {more}"


def send(port, *messages):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for message in messages:
            sock.sendto(message, ("127.0.0.1", port))


def test_formats_are_haproxys(tmp_path):
    """Each message by UDP to a target of each format, byte for byte."""
    results = {}
    for name, start in programs(tmp_path):
        port = free_port()
        sinks = {words: Sink() for words in FORMATS}
        program = start(section(port, *(target(sink, words) for words, sink in sinks.items())))
        try:
            connect(port).close()
            results[name] = []
            for message in MESSAGES:
                send(port, message)
                for words, sink in sinks.items():
                    line = normal(sink.one().decode("latin-1"))
                    if b"[ex@1" in message and "len 80" in words:
                        line = line[:64] # HAProxy leaves structured data out that would be cut
                    results[name].append((message, words, line))
        finally:
            program.stop()
    assert results["relevo"] == results["haproxy"]


def test_streams_are_haproxys(tmp_path):
    """Both framings of TCP, and what is none: what goes on, and whether the connection stays."""
    results = {}
    for name, start in programs(tmp_path):
        port, sink = free_port(), Sink()
        program = start(section(port, target(sink, "len 60000")))
        try:
            results[name] = []
            for stream in STREAMS:
                with connect(port) as sock:
                    sock.sendall(stream)
                    got = []
                    while (line := sink.one(0.3)) is not None:
                        got.append(line)
                    sock.settimeout(0.01)
                    try:
                        sock.recv(1)
                        closed = True
                    except TimeoutError:
                        closed = False
                    except ConnectionResetError:
                        closed = True
                results[name].append((stream[:60], got, closed))
        finally:
            program.stop()
    assert results["relevo"] == results["haproxy"]


@pytest.mark.parametrize("words", ["format raw sample 2,4-5:5", "format raw sample 1:2"])
def test_samples_are_haproxys(tmp_path, words):
    results = {}
    for name, start in programs(tmp_path):
        port, sink = free_port(), Sink()
        program = start(section(port, target(sink, words)))
        try:
            with connect(port) as sock:
                sock.sendall(b"".join(b"<34>Oct 11 22:14:15 h t: %d\n" % i for i in range(12)))
                results[name] = []
                while (line := sink.one(0.5)) is not None:
                    results[name].append(line)
        finally:
            program.stop()
    assert results["relevo"] == results["haproxy"] != []


def test_levels_are_haproxys(tmp_path):
    results = {}
    for name, start in programs(tmp_path):
        port, sink = free_port(), Sink()
        program = start(section(port, target(sink, "format priority", "local5 notice err")))
        try:
            with connect(port) as sock:
                sock.sendall(b"".join(b"<%d>Oct 11 22:14:15 h t: %d\n" % (i, i) for i in range(30, 40)))
                results[name] = []
                while (line := sink.one(0.5)) is not None:
                    results[name].append(line)
        finally:
            program.stop()
    assert results["relevo"] == results["haproxy"] != []


def test_pieces_of_a_stream(forward, sink):
    port = forward(target(sink))
    text = b"26 " + HEAD + b"a" + HEAD + b"b\n"
    with connect(port) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in text:
            sock.sendall(bytes([byte]))
            time.sleep(0.002)
        assert [sink.one(), sink.one()] == [HEAD + b"a\n", HEAD + b"b\n"]


def test_many_messages_of_one_sender(forward, sink):
    port = forward(target(sink, "len 60000"))
    with connect(port) as sock:
        for i in range(300):
            sock.sendall(HEAD + b"%d %s\n" % (i, b"x" * (i * 20)))
            if i % 10 == 9: # no more than the sink's buffer has room for
                for k in range(i - 9, i + 1):
                    assert sink.one() == HEAD + b"%d %s\n" % (k, b"x" * (k * 20))


def test_a_message_beyond_a_buffer_ends_the_connection(forward, sink):
    port = forward(target(sink))
    with connect(port) as sock:
        sock.sendall(HEAD + b"z" * 20000)
        sock.settimeout(10)
        try:
            assert sock.recv(1) == b""
        except ConnectionResetError:
            pass
    assert sink.one(0.3) is None


def test_no_target_gets_two_lines_of_one_message(start_relevo):
    """A newline within a message would forge a line where newlines end them."""
    port = free_port()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        relevo = start_relevo(f"ring r\n    server s 127.0.0.1:{server.getsockname()[1]}\n" +
                              section(port, "log ring@r local0"))
        wait_bound(relevo, port)
        send(port, HEAD + b"a\n<34>forged")
        peer, _ = server.accept()
        peer.settimeout(10)
        assert peer.recv(100) == b"a?<34>forged\n"
        peer.close()


@pytest.mark.parametrize("proto", ["legacy", "octet-count"])
def test_rings_of_either_framing(start_relevo, proto):
    port = free_port()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(20)
        wait_bound(start_relevo(
            f"ring r\n    format rfc5424\n    server s 127.0.0.1:{server.getsockname()[1]} log-proto {proto}\n" +
            section(port, "log ring@r local0")), port)
        send(port, b"<34>1 2003-10-11T22:14:15.003Z h a - - - text")
        peer, _ = server.accept()
        peer.settimeout(10)
        line = b"<34>1 2003-10-11T22:14:15.003Z h a - - - text"
        assert peer.recv(100) == (line + b"\n" if proto == "legacy" else b"%d %s" % (len(line), line))
        peer.close()


def test_both_servers_of_a_ring(start_relevo):
    """Each gets every line, in its own framing, and a dead one holds nobody back."""
    port = free_port()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(20)
        own = server.getsockname()[1]
        wait_bound(start_relevo(
            f"global\n    log ring@r local0\nring r\n    format priority\n    server dead 127.0.0.1:1\n"
            f"    server a 127.0.0.1:{own}\n    server b 127.0.0.1:{own} log-proto octet-count\n"
            f"    server c [::ffff:127.0.0.1]:{own} log-proto octet-count\n" +
            section(port, "log ring@r local0")), port)
        send(port, b"<34>text")
        got = set()
        for _ in range(3):
            peer, _ = server.accept()
            peer.settimeout(10)
            got.add(peer.recv(100))
            peer.close()
    assert got == {b"<34>text\n", b"8 <34>text"}


@pytest.mark.parametrize("option, given, expected", [
    ("keep", b"h", b"h"), ("keep", b"-", b"-"), ("replace", b"h", b"127.0.0.1"),
    ("replace", b"-", b"127.0.0.1"), ("fill", b"h", b"h"), ("fill", b"-", b"127.0.0.1"),
    ("append", b"h", b"h,127.0.0.1"), ("append", b"-", b"127.0.0.1"),
])
def test_option_host(forward, sink, option, given, expected):
    port = forward(f"option host {option}", target(sink, "format rfc5424"))
    line = b"<34>1 2003-10-11T22:14:15Z %s a - - - text"
    send(port, line % given)
    assert sink.one() == line % expected + b"\n"
    with connect(port) as sock:
        sock.sendall(line % given + b"\n")
        assert sink.one() == line % expected + b"\n"


def test_option_host_of_messages_without_header(forward, sink):
    send(forward("option host fill", target(sink, "format rfc3164")), b"<34>text")
    assert normal(sink.one().decode()) == "<34>DATE 127.0.0.1 text\n"


def test_dont_parse_log(forward, sink):
    port = forward("option dont-parse-log", target(sink, "format raw"))
    send(port, b"<34>Oct 11 22:14:15 h t: a", b"[odd] text\n")
    assert [sink.one(), sink.one()] == [b"<34>Oct 11 22:14:15 h t: a\n", b"[odd] text\n"]


def test_assume_ntf(forward, sink):
    port = forward("option assume-rfc6587-ntf", "option dont-parse-log", target(sink, "format raw"))
    with connect(port) as sock:
        sock.sendall(b"12 monkeys\n[odd] text\r\n<34>x\n")
        assert [sink.one(), sink.one(), sink.one()] == [b"12 monkeys\n", b"[odd] text\n", b"<34>x\n"]


def test_timeout_client(forward, sink):
    port = forward("timeout client 300ms", target(sink))
    with connect(port) as sock:
        sock.settimeout(10)
        began = time.monotonic()
        sock.sendall(HEAD + b"a\n")
        assert sock.recv(1) == b""
        assert 0.25 < time.monotonic() - began < 3
    assert sink.one() == HEAD + b"a\n"


def test_maxconn(forward, sink):
    port = forward("maxconn 1", target(sink))
    with connect(port) as second_first:
        second_first.sendall(HEAD + b"a\n")
        assert sink.one() == HEAD + b"a\n"
        waiting = connect(port)
        waiting.sendall(HEAD + b"b\n")
        assert sink.one(0.4) is None
    assert sink.one() == HEAD + b"b\n"
    waiting.close()


def test_unix_datagrams(start_relevo, sink, tmp_path):
    path = tmp_path / "log.sock"
    start_relevo(f"log-forward lf\n    dgram-bind {path} mode 666\n    option host fill\n    {target(sink)}\n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        def sent():
            try:
                return sock.sendto(HEAD + b"a", str(path)) > 0
            except OSError:
                return False
        wait_for("the socket", 20, sent)
    assert sink.one() == HEAD + b"a\n"


def test_every_thread_takes_datagrams(forward, sink):
    port = forward(target(sink, "format raw"), before="global\n    nbthread 4\n")
    for i in range(40):
        send(port, b"<34>%d" % i)
    assert sorted(int(sink.one()) for _ in range(40)) == list(range(40))


def test_beside_a_frontend(start_relevo, sink):
    """Streams of a proxy and messages of others share a process, and a log."""
    port, web = free_port(), free_port()
    wait_bound(start_relevo(section(port, "log global") + f"""
global
    log 127.0.0.1:{sink.port} format raw local0 info
frontend f
    mode http
    timeout client 5s
    bind 127.0.0.1:{web}
    log global
    log-format "%HM %HP"
    http-request return status 200
"""), web)
    with socket.create_connection(("127.0.0.1", web), 10) as sock:
        sock.sendall(b"GET /x HTTP/1.0\r\n\r\n")
        while sock.recv(1000):
            pass
    send(port, b"<34>message")
    found = [sink.one() for _ in range(3)]
    assert b"GET /x\n" in found and b"message\n" in found, found


def test_port_in_use(start_relevo, sink):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        relevo = start_relevo(f"log-forward lf\n    dgram-bind 127.0.0.1:{other.getsockname()[1]}\n    {target(sink)}\n")
        relevo.process.wait(20)
        assert relevo.process.returncode == 1
        assert "Address already in use" in relevo.said()


def test_soft_stop_does_not_wait_for_senders(start_relevo, sink):
    port = free_port()
    relevo = wait_bound(start_relevo(section(port, target(sink))), port)
    with connect(port) as sock:
        sock.sendall(HEAD + b"a\n")
        assert sink.one() == HEAD + b"a\n"
        assert relevo.stop(signal.SIGUSR1, 10) == 0


def test_rsyslogd_reads_what_goes_on(forward, rsyslogd):  # noqa: F811
    port = forward(f"log 127.0.0.1:{rsyslogd.port} format rfc5424 local5")
    with connect(port) as sock:
        sock.sendall(b"<165>Feb  3 22:14:15 there su[12]: from afar\n")
        wait_for("rsyslogd", 10, rsyslogd.seen)
    line = rsyslogd.seen()[0]
    assert (line["host"], line["program"], line["pid"], line["text"].strip(), line["version"]) == (
        "there", "su", "12", "from afar", "1")
    settle()
