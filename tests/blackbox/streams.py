# SPDX-License-Identifier: Apache-2.0
"""Peers and helpers for the tests of the data path: servers with manners of their own, the log."""
import errno
import pathlib
import re
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab.local import free_port
from lab.sinks import Sink, SyslogSink
from lab.software import wait_for

LINE = re.compile(
    r"(?P<client>\S+):(?P<port>\d+) \[(?P<date>[^]]+)\] (?P<frontend>\S+) "
    r"(?P<backend>[^/ ]+)/(?P<server>\S+) (?P<tw>-?\d+)/(?P<tc>-?\d+)/(?P<tt>\+?\d+) "
    r"(?P<bytes>\+?\d+) (?P<state>..) "
    r"(?P<ac>\d+)/(?P<fc>\d+)/(?P<bc>\d+)/(?P<sc>\d+)/(?P<retries>\+?\d+) "
    r"(?P<sq>\d+)/(?P<bq>\d+)$")


class Server(Sink):
    """serve(connection) is the given function; `peers` counts connections."""

    def __init__(self, behave, port=None):
        self._behave = behave
        self.peers = 0
        super().__init__(None, ("127.0.0.1", port or free_port()))

    @property
    def port(self):
        return self.address[1]

    def serve(self, connection):
        self.peers += 1
        self._behave(connection)

    def close(self):
        # The listening thread may be in accept: shut the socket down so that nobody can connect.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        super().close()


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


def named(name):
    """Is asked something, says its name and closes."""
    def behave(connection):
        connection.recv(100)
        connection.sendall(name)
    return behave


def silent(connection):
    """Reads and says nothing until the other side closes."""
    while connection.recv(65536):
        pass


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def connect(port, source=None, seconds=10):
    sock = socket.create_connection(("127.0.0.1", port), seconds,
                                    (source, 0) if source else None)
    return sock


def read_all(sock):
    """Everything to the end of file; a reset ends it, too."""
    parts = []
    try:
        while data := sock.recv(65536):
            parts.append(data)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def ask(port, data=b"x", source=None):
    """One connection: what comes back after `data` and an end of file."""
    with connect(port, source) as sock:
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            # The proxy may have refused already; what came before that still counts.
            if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN):
                raise
        return read_all(sock)


class Log(SyslogSink):
    def __init__(self):
        super().__init__(None, ("127.0.0.1", free_port()))

    @property
    def port(self):
        return self.address[1]

    def texts(self):
        return [text for _, _, text in list(self.lines)]

    def wait(self, count=1, seconds=10, pattern=LINE):
        """The matches of the first `count` lines that match."""
        def found():
            return [m for text in self.texts() if (m := pattern.search(text))]
        wait_for(f"{count} log lines like {pattern.pattern[:40]} in {self.texts()}", seconds,
                 lambda: len(found()) >= count)
        return found()

    def wait_text(self, text, seconds=10):
        """The first line with it."""
        def found():
            return [line for line in self.texts() if text in line]
        wait_for(f"a log line with {text!r} in {self.texts()}", seconds, found)
        return found()[0]


def configuration(log_port, sections, threads=1, defaults=""):
    return f"""
global
    log 127.0.0.1:{log_port} local0
    maxconn 5000
    nbthread {threads}
defaults
    mode tcp
    log global
    option tcplog
    timeout connect 2s
    timeout client 20s
    timeout server 20s
{defaults}
{sections}
"""


def wait_bound(relevo, port):
    """Like wait_listens, but no connection of ours shows up in logs and counts."""
    relevo.wait_ready()

    def bound():
        assert relevo.process.poll() is None, relevo.said()
        with open("/proc/net/tcp", encoding="ascii") as f:
            return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
                       for line in f)
    wait_for(f"relevo bound to {port}", 20, bound)
    return relevo


def settle(seconds=0.2):
    """Lets what must not happen have its chance."""
    time.sleep(seconds)
