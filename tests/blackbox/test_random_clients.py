# SPDX-License-Identifier: Apache-2.0
"""Clients and servers that do at random all that they must not: afterwards nothing is left of any of them."""
import asyncio
import random
import re
import socket
import struct
import time

from cli_client import answer
from lab.local import free_port
from lab.software import wait_for

SECONDS, CLIENTS = 6, 60
CFG = """
global
    maxconn 300
    nbthread 2
    stats socket {admin} level admin
    log 127.0.0.1:{log} local0
defaults
    log global
    timeout connect 300ms
    timeout client 700ms
    timeout server 700ms
    timeout queue 300ms
frontend web
    mode http
    option httplog
    option forwardfor
    timeout http-request 600ms
    bind 127.0.0.1:{web}
    http-request deny if {{ path /deny }}
    http-request tarpit if {{ path /tarpit }}
    http-request redirect location /x if {{ path /redirect }}
    http-request wait-for-body time 200ms if METH_POST
    use_backend shared if {{ path /shared }}
    default_backend own
backend own
    mode http
    option redispatch
    retry-on all-retryable-errors
    cookie S insert indirect nocache
    server s1 127.0.0.1:{origin} maxconn 5 cookie a check inter 500ms
    server s2 127.0.0.1:{origin} maxconn 5 cookie b
    server refuses 127.0.0.1:{nobody} maxconn 5
backend shared
    mode http
    http-reuse always
    server s1 127.0.0.1:{origin} maxconn 3 maxqueue 4
listen raw
    mode tcp
    option tcplog
    bind 127.0.0.1:{raw}
    server s1 127.0.0.1:{origin} maxconn 4
"""


def reset(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


def reply(dice):
    """The bytes of an answer, and what follows it: a time, `close` or `reset`."""
    size = dice.choice([0, 2, 20000, 300000])
    whole = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (dice.choice([200, 200, 404, 503]), size) + b"b" * size
    chunks = b"".join(b"%x\r\n%b\r\n" % (n, b"z" * n) for n in dice.choices([1, 5000, 70000], k=3))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return dice.choices([
        (whole, 0), (head + chunks + b"0\r\n\r\n", 0), (b"HTTP/1.1 103 Early Hints\r\n\r\n" + whole, 0),
        (head + chunks + b"zz\r\n", 0), (head + b"zz\r\n", 0), (b"junk\r\n\r\n", "close"), (whole[:-1], "close"),
        (whole, "reset"), (b"", "reset"), (b"", 1.5), (b"HTTP/1.1 200 OK\r\n\r\nto the end", "close"),
    ], weights=[8, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1])[0]


async def serve(reader, writer, dice):
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            data, then = reply(dice)
            writer.write(data)
            await writer.drain()
            if then == "reset":
                reset(writer)
            elif then != "close":
                await asyncio.sleep(then)
                continue
            break
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    writer.close()


def request(dice):
    path = dice.choice(["/", "/", "/shared", "/deny", "/tarpit", "/redirect"])
    size = dice.choice([0, 5, 100000])
    extra = dice.choice(["", "", "Connection: close\r\n", "Expect: 100-continue\r\n"])
    data = dice.choice([
        f"GET {path} HTTP/1.1\r\nHost: h\r\n{extra}\r\n".encode(),
        f"HEAD {path} HTTP/1.1\r\nHost: h\r\n{extra}\r\n".encode(),
        f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\n{extra}\r\n".encode() + b"q" * size,
        f"POST {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n".encode(),
    ])
    return dice.choice([data] * 8 + [data * 3, data[:dice.randrange(len(data))]])


async def talk(reader, writer, dice, statuses):
    for _ in range(dice.randrange(1, 6)):
        writer.write(request(dice))
        end = dice.choice(["half-close", "leave"] + [None] * 18)
        if end == "half-close":
            writer.write_eof()
        if end == "leave":
            break
        try:
            data = await asyncio.wait_for(reader.read(1000000), dice.choice([.01, .2, 1.2]))
        except asyncio.TimeoutError:
            data = b"nothing yet"
        statuses.update(re.findall(rb"^HTTP/1.1 (\d+)", data))
        if not data or end or writer.is_closing():
            break


async def client(ports, dice, statuses, end):
    while time.monotonic() < end:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", dice.choice(ports))
            try:
                await talk(reader, writer, dice, statuses)
            finally:
                dice.choice([reset, lambda writer: writer.close()])(writer)
        except OSError:
            pass


async def play(places, statuses):
    dice = random.Random(20261124)
    server = await asyncio.start_server(lambda *ends: serve(*ends, dice), "127.0.0.1", places["origin"])
    ports = [places["web"]] * 3 + [places["raw"]]
    end = time.monotonic() + SECONDS
    await asyncio.gather(*(client(ports, dice, statuses, end) for _ in range(CLIENTS)))
    server.close()


def test_nothing_is_left_of_them(start_relevo, tmp_path):
    places = {name: free_port() for name in ("log", "web", "raw", "origin", "nobody")}
    places["admin"] = tmp_path / "admin.sock"
    relevo = start_relevo(CFG.format(**places)).wait_listens(places["web"])
    statuses = set()
    asyncio.run(play(places, statuses))

    def info(field):
        return re.search(rf"^{field}: (.*)$", answer(places["admin"], "show info"), re.M)[1]
    wait_for("the end of all connections", 20, lambda: info("CurrConns") == "0")
    assert relevo.process.poll() is None
    assert {b"200", b"302", b"403", b"500", b"502"} <= statuses
    assert "0x" not in answer(places["admin"], "show sess")
    used = [line.split()[6] for line in answer(places["admin"], "show servers conn").splitlines()[1:] if line]
    assert set(used) == {"0"}, "no place of maxconn is kept"
    rows = [line.split(",") for line in answer(places["admin"], "show stat").splitlines()[1:] if line]
    assert {(row[2], row[4]) for row in rows} <= {("", "0"), ("0", "0")}, "nobody waits, nobody is served"
