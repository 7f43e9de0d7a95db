# SPDX-License-Identifier: Apache-2.0
"""The tunnel: bytes, ends of file, bulk, slow readers, resets, many at once."""
import resource
import selectors
import socket
import struct
import threading
import time
import zlib

import pytest

from lab.software import wait_for
from streams import (Log, Server, ask, configuration, connect, echo, free_port, read_all, reset,
                     settle, wait_bound)

GIB = 1 << 30
BLOCK = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
def log():
    sink = Log()
    yield sink
    sink.close()


@pytest.fixture
def proxy(start_relevo, log):
    """proxy(behave, threads) -> (port, server)."""
    servers = []

    def start(behave, threads=1, options=""):
        server = Server(behave)
        servers.append(server)
        port = free_port()
        relevo = start_relevo(configuration(log.port, f"""
listen fwd
    bind 127.0.0.1:{port}
    {options}
    server s1 127.0.0.1:{server.port}
""", threads))
        wait_bound(relevo, port)
        return port, server
    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_echo(proxy, threads):
    port, _ = proxy(echo, threads)
    with connect(port) as sock:
        for size in (1, 64, 1000, 65536, 300000):
            data = BLOCK[:size]
            threading.Thread(target=sock.sendall, args=(data,)).start()
            got = b""
            while len(got) < size:
                got += sock.recv(65536)
            assert got == data


def test_half_close_by_the_client(proxy):
    def answer_at_the_end(connection):
        data = read_all(connection)
        time.sleep(0.2)
        connection.sendall(b"got %d" % len(data))
    port, _ = proxy(answer_at_the_end)
    assert ask(port, BLOCK[:5000]) == b"got 5000"


def test_half_close_by_the_server(proxy):
    received = []

    def greet_and_listen(connection):
        connection.sendall(b"hello")
        connection.shutdown(socket.SHUT_WR)
        received.append(read_all(connection))
    port, _ = proxy(greet_and_listen)
    with connect(port) as sock:
        assert read_all(sock) == b"hello"
        sock.sendall(BLOCK)
        settle()
        sock.sendall(b"end")
    wait_for("all of it", 10, lambda: received)
    assert received == [BLOCK + b"end"]


def checksum(sock, total):
    crc, left = 0, total
    buffer = memoryview(bytearray(1 << 20))
    while left:
        got = sock.recv_into(buffer)
        if got == 0:
            break
        crc = zlib.crc32(buffer[:got], crc)
        left -= got
    return crc, total - left


def send_blocks(sock, total):
    crc = 0
    for i in range(total // len(BLOCK)):
        block = struct.pack("I", i) + BLOCK[4:]
        crc = zlib.crc32(block, crc)
        sock.sendall(block)
    sock.shutdown(socket.SHUT_WR)
    return crc


def test_a_gigabyte_down(proxy, log):
    sent = []
    port, _ = proxy(lambda connection: sent.append(send_blocks(connection, GIB)))
    with connect(port) as sock:
        crc, size = checksum(sock, GIB)
        assert sock.recv(1) == b""
    assert size == GIB
    assert crc == sent[0]
    assert log.wait()[0]["bytes"] == str(GIB)


def test_a_gigabyte_up(proxy):
    received = []
    done = threading.Event()

    def take(connection):
        received.append(checksum(connection, GIB))
        assert connection.recv(1) == b""
        done.set()
    port, _ = proxy(take)
    with connect(port) as sock:
        crc = send_blocks(sock, GIB)
        assert done.wait(60)
    assert received == [(crc, GIB)]


def test_bulk_turns_into_small_talk_and_back(proxy):
    port, _ = proxy(echo)
    with connect(port) as sock:
        for size in (8 << 20, 100, 8 << 20, 1, 1, 1, 1, 1, 8 << 20):
            data = (BLOCK * 8)[:size]
            threading.Thread(target=sock.sendall, args=(data,)).start()
            got, crc = checksum(sock, size)[::-1]
            assert (got, crc) == (size, zlib.crc32(data))


def test_a_slow_reader_stops_the_sender(proxy):
    progress = [0]

    def flood(connection):
        connection.settimeout(30)
        for _ in range(256):
            connection.sendall(BLOCK)
            progress[0] += len(BLOCK)
    port, _ = proxy(flood)
    with connect(port, seconds=30) as sock:
        settle(1)
        stuck = progress[0]
        settle(0.5)
        assert progress[0] == stuck < 64 << 20
        crc, size = checksum(sock, 256 << 20)
    assert size == 256 << 20
    assert crc == zlib.crc32(BLOCK * 256)


def test_a_client_reset_reaches_the_server(proxy, log):
    seen = []
    started = threading.Event()

    def wait(connection):
        connection.recv(10)
        started.set()
        try:
            seen.append(connection.recv(10))
        except ConnectionResetError:
            seen.append("reset")
    port, _ = proxy(wait)
    sock = connect(port)
    sock.sendall(b"x")
    assert started.wait(5)
    reset(sock)
    line = log.wait()[0]
    assert line["state"] == "CD"
    wait_for("the server's end", 5, lambda: seen)
    assert seen == ["reset"]


def test_what_a_server_sent_before_its_reset_is_delivered(proxy, log):
    def last_words(connection):
        connection.sendall(b"last words")
        time.sleep(0.2)
        reset(connection)
    port, _ = proxy(last_words)
    with connect(port) as sock:
        sock.sendall(b"x")
        assert read_all(sock) == b"last words"
    assert log.wait()[0]["state"] == "SD"


@pytest.mark.parametrize("threads", [1, 2])
def test_two_thousand_at_once(proxy, threads):
    count = 2000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    finished = threading.Event()
    server = EpollEcho(finished)
    try:
        port, dummy = proxy(echo, threads, f"server s2 127.0.0.1:{server.port}\n"
                                           "    balance leastconn\n    option redispatch")
        dummy.close()  # s1 refuses everybody: all must get to s2 without one failure
        socks = []
        for i in range(count):
            sock = connect(port)
            sock.sendall(b"%05d" % i)
            socks.append(sock)
        for i, sock in enumerate(socks):
            got = b""
            while len(got) < 5:
                part = sock.recv(5 - len(got))
                assert part, f"connection {i} was closed"
                got += part
            assert got == b"%05d" % i
        for sock in socks:
            sock.close()
    finally:
        finished.set()
        server.join()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class EpollEcho(threading.Thread):
    """Echoes to thousands without a thread each."""

    def __init__(self, finished):
        super().__init__(daemon=True)
        self._finished = finished
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self.start()

    def run(self):
        selector = selectors.DefaultSelector()
        selector.register(self._listener, selectors.EVENT_READ)
        while not self._finished.is_set():
            for key, _ in selector.select(0.2):
                if key.fileobj is self._listener:
                    sock = self._listener.accept()[0]
                    selector.register(sock, selectors.EVENT_READ)
                elif data := key.fileobj.recv(1000):
                    key.fileobj.sendall(data)
                else:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
        for key in list(selector.get_map().values()):
            key.fileobj.close()
        selector.close()
