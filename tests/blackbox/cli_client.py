# SPDX-License-Identifier: Apache-2.0
"""Talking to a stats socket."""
import socket

from lab.software import wait_for


def connect(path, timeout=10):
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(timeout)
    sock.connect(str(path))
    return sock


def accepts(path):
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex(str(path)) == 0


def wait_socket(path):
    """Its name is there before anybody listens."""
    wait_for(f"the stats socket {path}", 20, lambda: accepts(path))


def read_all(sock):
    """All up to the end; b"<reset>" at the end if the peer broke off."""
    received = b""
    try:
        while True:
            more = sock.recv(65536)
            if not more:
                return received
            received += more
    except ConnectionResetError:
        return received + b"<reset>"


def ask(path, command, timeout=10):
    """What a connection says to this line, or these bytes, up to its end."""
    with connect(path, timeout) as sock:
        sock.sendall(command if isinstance(command, bytes) else command.encode() + b"\n")
        return read_all(sock).decode(errors="replace")


def answer(path, command, timeout=10):
    """The answer without the empty line behind it."""
    said = ask(path, command, timeout)
    assert said.endswith("\n"), said
    return said[:-1]


def started(start, cfg, path):
    """The program that `start` makes of this file, once its stats socket answers."""
    program = start(cfg)

    def answers():
        assert program.process.poll() is None, program.said()
        try:
            return ask(path, "show version") != ""
        except OSError:
            return False
    wait_for(f"an answer at {path}", 10, answers)
    return program
