# SPDX-License-Identifier: Apache-2.0
"""
mode http under everything at once: requests that are pipelined, cut anywhere, slow or abandoned;
servers that break off at any point, pour 1xx, answer early or with rubbish; queues, retries, reuse.
Each request has a name of its own in its path and in every block of its body, and an answer that
comes whole must be the one to it. Afterwards nothing may be left: descriptors, streams, places.
"""
import asyncio
import csv
import io
import os
import pathlib
import random
import re
import socket
import time

from http_peers import set_reset, split_head, take_message
from lab.local import free_port
from lab.software import wait_for
from streams import wait_bound

SEED = 20261123
SANITIZED = "RELEVO_SANITIZED" in os.environ
CONNECTIONS = 250 if SANITIZED else 900
AT_ONCE = 60
OWN_STATUSES = {400, 403, 408, 500, 502, 503, 504}

CFG = """
global
    maxconn 2000
    nbthread 2
    log 127.0.0.1:{log} local0
    tune.bufsize 16384
defaults
    mode http
    log global
    option httplog
    timeout connect 500ms
    timeout client 900ms
    timeout server 400ms
    timeout queue 200ms
    timeout http-request 700ms
    timeout http-keep-alive 700ms
    timeout tarpit 100ms
    timeout tunnel 900ms
    option redispatch 1
    retries 2
listen stats
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /stats
{sections}
"""

# What each section is about; the servers are added.
SECTIONS = {
    "always": "http-reuse always\n option http-server-close",
    "kept": "http-reuse always",
    "own": "http-reuse never\n balance roundrobin",
    "safe": "http-reuse safe\n option abortonclose\n balance leastconn",
    "retry": "http-reuse always\n retry-on all-retryable-errors",
    "queue": "http-reuse aggressive\n retry-on all-retryable-errors",
    "buffer": "option http-buffer-request\n http-reuse always\n"
              " http-request set-header X-Len %[req.body_len]",
    "body": "http-request wait-for-body time 150ms at-least 3000\n retry-on conn-failure empty-response",
    "tarpit": "http-request tarpit if { path_end /t }\n http-request deny if { path_end /d }\n"
              " http-request return status 200 content-type text/plain lf-string %[path] if { path_end /r }",
    "content": "tcp-request inspect-delay 100ms\n tcp-request content accept if { req.len gt 4000 }\n"
               " http-response set-header X-Note %[capture.req.uri]",
    "close": "option httpclose\n option logasap\n capture request header X-Pad len 900\n"
             " capture response header X-Name len 30\n capture cookie SRV len 20\n"
             " unique-id-format %[path]-%rt\n unique-id-header X-Id",
    "hash": "balance uri\n hash-type consistent\n cookie SRV insert indirect nocache",
}
LIMITS = {"queue": " maxconn 1"}


def configuration(ports, stats, origins, log):
    sections = []
    for name, text in SECTIONS.items():
        servers = "".join(f" server s{i} 127.0.0.1:{port}{LIMITS.get(name, '')}\n"
                          for i, port in enumerate(origins))
        sections.append(f"listen {name}\n bind 127.0.0.1:{ports[name]}\n {text}\n{servers}"
                        f" server dead 127.0.0.1:1{LIMITS.get(name, '')}\n")
    return CFG.format(stats=stats, log=log, sections="".join(sections))


def filled(name, size):
    """`size` bytes that say everywhere whose they are."""
    block = name.encode() + b"|"
    return (block * (size // len(block) + 1))[:size]


# ---- servers ----

class Origin:
    """Its manners with a request are drawn from its name, so that they do not depend on the order."""

    def __init__(self):
        self.wrong = []
        self.tasks = set()

    async def start(self, port):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", port)

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        try:
            while await self.answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        except ValueError as error:
            self.wrong.append(("no request", repr(error)))
        self.tasks.discard(asyncio.current_task())
        try:
            writer.close()
        except (OSError, RuntimeError):
            pass

    async def read_body(self, reader, fields, name):
        if "chunked" in fields.get("transfer-encoding", ""):
            body = b""
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                body += await reader.readexactly(size)
                await reader.readexactly(2)
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass
        else:
            body = await reader.readexactly(int(fields.get("content-length", 0)))
        if body != filled(name, len(body)) and name[0] != "r":
            self.wrong.append(("request body", name, body[:200]))

    async def answer(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        line, fields, _ = split_head(head)
        fields = dict(fields)
        method, path, _ = line.split()
        name = path.split("/")[1]
        draw = random.Random(f"{name}{fields.get('x-attempt')}")
        kind = draw.choice(KINDS)
        if kind == "early":
            await self.send(writer, draw, ok_head(name, 4) + filled(name, 4), method)
        if kind == "reset first":
            return self.reset(writer)
        if "upgrade" in fields:
            return await self.echo(reader, writer, name, draw)
        await self.read_body(reader, fields, name)
        if kind == "early":
            return True
        return await MANNERS.get(kind, Origin.whole)(self, writer, name, draw, method)

    async def echo(self, reader, writer, name, draw):
        if draw.random() < 0.2:
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: e"
                         b"\r\nX-Name: %s\r\n\r\n" % name.encode() + filled(name, 100))
            return False
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: e"
                     b"\r\nX-Name: %s\r\n\r\n" % name.encode())
        got = b""
        while data := await reader.read(65536):
            got += data
            writer.write(data)
            await writer.drain()
            if got != filled(name, len(got)):
                self.wrong.append(("tunnel", name, got[:200]))
        return False

    async def send(self, writer, draw, data, method, head_len=None):
        if method == "HEAD":
            data = data[:data.index(b"\r\n\r\n") + 4]
        while data:
            cut = draw.choice([len(data), len(data), draw.randrange(1, len(data) + 1)])
            writer.write(data[:cut])
            await writer.drain()
            data = data[cut:]
            if data:
                await asyncio.sleep(draw.choice([0, 0.002, 0.01]))

    def reset(self, writer):
        set_reset(writer)
        return False

    async def whole(self, writer, name, draw, method):
        size = draw.choice([0, 1, 10, 1000, 20000, 200000])
        await self.send(writer, draw, ok_head(name, size) + filled(name, size), method)
        return True

    async def chunks(self, writer, name, draw, method):
        body = filled(name, draw.choice([0, 1, 500, 30000]))
        data = b"HTTP/1.1 200 OK\r\nX-Name: %s\r\nTransfer-Encoding: chunked\r\n\r\n" % name.encode()
        while body:
            size = draw.randrange(1, len(body) + 1)
            data += b"%x\r\n%s\r\n" % (size, body[:size])
            body = body[size:]
        await self.send(writer, draw, data + b"0\r\n\r\n", method)
        return True

    async def to_the_end(self, writer, name, draw, method):
        data = b"HTTP/1.1 200 OK\r\nX-Name: %s\r\nX-Size: 5000\r\n\r\n" % name.encode()
        await self.send(writer, draw, data + filled(name, 5000), method)
        return False

    async def flood(self, writer, name, draw, method):
        for _ in range(draw.choice([1, 5, 300])):
            writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </%s>\r\n\r\n" % name.encode())
        return await self.whole(writer, name, draw, method)

    async def cut(self, writer, name, draw, method):
        data = ok_head(name, 3000) + filled(name, 3000)
        await self.send(writer, draw, data[:draw.randrange(0, len(data))], "GET")
        return self.reset(writer) if draw.random() < 0.5 else False

    async def half_close(self, writer, name, draw, method):
        await self.send(writer, draw, ok_head(name, 10) + filled(name, 10), method)
        writer.write_eof()
        await asyncio.sleep(draw.choice([0, 0.05]))
        return False

    async def surplus(self, writer, name, draw, method):
        extra = ok_head("surplus", 7) + b"surplus"
        data = ok_head(name, 10) + (b"" if method == "HEAD" else filled(name, 10))
        writer.write(data + extra * draw.choice([1, 20000]))
        return True

    async def rubbish(self, writer, name, draw, method):
        writer.write(draw.choice([b"\0\1\2", b"HTTP/9.9 200\r\n\r\n", b"HTTP/1.1 200 OK\r\nA\r\n\r\n",
                                  b"HTTP/1.1 200 OK\r\nX-Name: %s\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
                                  % name.encode(),
                                  b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100000]))
        return draw.random() < 0.5

    async def failure(self, writer, name, draw, method):
        status = draw.choice([b"500 A", b"503 B", b"404 C", b"429 D", b"204 E", b"304 F"])
        empty = status[:3] in (b"204", b"304")
        writer.write(b"HTTP/1.1 %s\r\nX-Name: %s\r\n" % (status, name.encode()) +
                     (b"\r\n" if empty else b"Content-Length: 0\r\n\r\n"))
        return True

    async def silence(self, writer, name, draw, method):
        await asyncio.sleep(draw.choice([0.05, 0.6]))
        return False

    async def nothing(self, writer, name, draw, method):
        return False

    def stop(self):
        self.server.close()
        for task in list(self.tasks):
            task.cancel()


MANNERS = {"chunks": Origin.chunks, "to the end": Origin.to_the_end, "flood": Origin.flood,
           "cut": Origin.cut, "half-close": Origin.half_close, "surplus": Origin.surplus,
           "rubbish": Origin.rubbish, "failure": Origin.failure, "silence": Origin.silence,
           "nothing": Origin.nothing}
KINDS = ["whole"] * 12 + ["early", "reset first", *MANNERS, "chunks", "chunks"]


def ok_head(name, size):
    return b"HTTP/1.1 200 OK\r\nX-Name: %s\r\nContent-Length: %d\r\n\r\n" % (name.encode(), size)


# ---- clients ----

def make_request(draw, name):
    """(method, bytes); the body says whose it is."""
    method = draw.choice(["GET", "GET", "GET", "POST", "PUT", "HEAD"])
    path = f"/{name}/" + draw.choice(["", "", "", "t", "d", "r"])
    head = f"{method} {path} HTTP/1.1\r\nHost: t\r\nX-Pad: {'p' * draw.choice([0, 0, 500, 6000])}\r\n"
    if draw.random() < 0.1:
        head += "Cookie: SRV=s1; a=b\r\n"
    if method not in ("POST", "PUT"):
        return method, head.encode() + b"\r\n"
    body = filled(name, draw.choice([0, 1, 100, 3000, 20000, 150000]))
    if draw.random() < 0.1:
        head += "Expect: 100-continue\r\n"
    if draw.random() < 0.5:
        return method, head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body
    data = head.encode() + b"Transfer-Encoding: chunked\r\n\r\n"
    while body:
        size = draw.randrange(1, len(body) + 1)
        data += b"%X;a=b\r\n%s\r\n" % (size, body[:size])
        body = body[size:]
    return method, data + b"0\r\n" + draw.choice([b"", b"T: x\r\n"]) + b"\r\n"


class Client:
    """One connection with its requests, and how it ends."""

    def __init__(self, number, port):
        self.draw = random.Random(f"{SEED}-{number}")
        self.port = port
        self.upgrades = self.draw.random() < 0.08
        self.rubbish = self.draw.random() < 0.05 and not self.upgrades
        self.names = [f"{'r' if self.rubbish else 'n'}{number}x{i}" for i in range(self.draw.choice([1, 1, 3, 8, 60]))]
        self.methods, self.data = [], b""
        for name in self.names:
            method, data = make_request(self.draw, name)
            self.methods.append(method)
            self.data += data
        if self.upgrades:
            self.data = (f"GET /{self.names[0]}/ HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\n"
                                         "Upgrade: e\r\n\r\n").encode() + filled(self.names[0], 30000)
            self.names, self.methods = self.names[:1], ["GET"]
        if self.rubbish:
            at = self.draw.randrange(len(self.data))
            self.data = self.data[:at] + b"\0\r\n\x80 \r\n" + self.data[at:]
        self.answered = 0
        self.wrong = []

    async def write(self, writer):
        data = self.data
        if self.draw.random() < 0.15:
            data = data[:self.draw.randrange(len(data))]
        slow = self.draw.random() < 0.3
        while data:
            cut = self.draw.randrange(1, len(data) + 1) if slow else len(data)
            writer.write(data[:cut])
            await writer.drain()
            data = data[cut:]
            if slow:
                await asyncio.sleep(self.draw.choice([0, 0, 0.001, 0.02]))
        if self.draw.random() < 0.1:
            writer.write_eof()

    async def run(self):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        except OSError:
            return
        writing = asyncio.ensure_future(self.write(writer))
        patience = self.draw.choice([0.001, 0.03, 0.2] + [2.5] * 9)
        try:
            await asyncio.wait_for(self.read(reader), patience)
        except (OSError, asyncio.TimeoutError):
            pass
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        try:
            if self.draw.random() < 0.3:
                set_reset(writer)
            writer.close()
        except OSError:
            pass

    async def read(self, reader):
        data, over = b"", False
        while self.answered < len(self.names) and not over:
            if self.draw.random() < 0.05:
                await asyncio.sleep(0.05)
            piece = await reader.read(self.draw.choice([100, 65536]) if len(data) < 1000 else 65536)
            over = not piece
            data += piece
            while self.answered < len(self.names) and data:
                rest = self.take(data, over)
                if rest is None:
                    break
                data = rest

    def take(self, data, over):
        """Looks at the next response: what follows it, or None while it is not whole."""
        status = re.match(rb"HTTP/1\.1 (\d{3}) ", data)
        if not status and len(data) > 13:
            if not self.rubbish:
                self.wrong.append(("no response", self.names[self.answered], data[:200]))
            self.answered = len(self.names)
            return None
        name, method = self.names[self.answered], self.methods[self.answered]
        status = int(status[1]) if status else 0
        if status == 101:
            return self.take_tunnel(data, name)
        taken = take_message(data, method == "HEAD" or status in (204, 304) or 100 <= status < 200, over)
        if taken is None:
            return None
        _, fields, body, _, rest = taken
        fields = dict(fields)
        if 100 <= status < 200:
            if status == 103 and fields.get("link") != f"</{name}>":
                self.wrong.append(("hint", name, data[:200]))
            return rest
        framed = "content-length" in fields or "transfer-encoding" in fields
        if not (over or framed or method == "HEAD" or status in (204, 304)):
            return None
        if method == "HEAD" and status in (400, 408): # who says so may not know that it was HEAD
            self.answered = len(self.names)
            return None
        if framed or not over:
            self.check(name, status, fields, body)
        elif body != filled(name, len(body)):
            self.wrong.append(("body to the end", name, data[:200]))
        self.answered += 1
        return rest

    def take_tunnel(self, data, name):
        split = split_head(data)
        if split and (dict(split[1]).get("x-name") != name or split[2] != filled(name, len(split[2]))):
            self.wrong.append(("tunnel", name, data[:200]))
        return None

    def check(self, name, status, fields, body):
        if "x-name" not in fields:
            mine = f"/{name}/r"
            if status == 200 and (body == mine.encode() or fields["content-length"] == str(len(mine))):
                return
            if status not in OWN_STATUSES:
                self.wrong.append(("whose?", name, status, fields, body[:100]))
            return
        if fields["x-name"] != name or body != filled(name, len(body)):
            self.wrong.append(("response", name, status, fields, body[:100]))
        if "x-note" in fields and not fields["x-note"].startswith(f"/{name}/"):
            self.wrong.append(("note", name, fields))


# ---- the test ----

def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(word) for word in f.read().split()]


def sockets(pid):
    """How many the processes have; the pipes of a pool may stay."""
    links = [link for p in [pid, *children(pid)] for link in pathlib.Path(f"/proc/{p}/fd").iterdir()]
    return sum(os.readlink(link).startswith("socket:") for link in links)


async def fetch_stats(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /stats;csv HTTP/1.0\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    return list(csv.DictReader(io.StringIO(text.split("\r\n\r\n", 1)[1].lstrip("# "))))


def busy(rows):
    return [(r["pxname"], r["svname"], r["scur"], r["qcur"]) for r in rows if r["pxname"] != "stats" and
            (r["scur"] not in ("", "0") or r["qcur"] not in ("", "0"))]


async def torture(ports, numbers):
    """All clients, some at once: what was wrong, and how many answers came."""
    gate = asyncio.Semaphore(AT_ONCE)
    names = list(SECTIONS)

    async def one(number):
        client = Client(number, ports[names[number % len(names)]])
        async with gate:
            await client.run()
        return client
    clients = await asyncio.gather(*(one(n) for n in numbers))
    return [w for c in clients for w in c.wrong], sum(c.answered for c in clients)


async def until_idle(stats):
    deadline = time.monotonic() + 8
    while left := busy(await fetch_stats(stats)):
        assert time.monotonic() < deadline, f"streams or places that nobody gives back: {left}"
        await asyncio.sleep(0.05)


def test_answers_belong_to_their_requests_and_nothing_is_left(start_relevo):
    ports = {name: free_port() for name in SECTIONS}
    stats, origin_ports = free_port(), [free_port() for _ in range(3)]
    with socket.socket(type=socket.SOCK_DGRAM) as log: # nobody reads it: lines are made, that is all
        log.bind(("127.0.0.1", 0))
        relevo = start_relevo(configuration(ports, stats, origin_ports, log.getsockname()[1]))
        torture_it(relevo, ports, stats, origin_ports)


def torture_it(relevo, ports, stats, origin_ports):
    wait_bound(relevo, stats)
    pid = relevo.process.pid
    asyncio.run(until_idle(stats))  # it answers: every process is there, and its sockets count
    before = sockets(pid)

    async def run():
        origins = [Origin() for _ in origin_ports]
        for origin, port in zip(origins, origin_ports):
            await origin.start(port)
        wrong, answered = await torture(ports, range(CONNECTIONS))
        assert relevo.process.poll() is None, relevo.said()
        await until_idle(stats)
        for origin in origins:
            origin.stop()
            wrong += origin.wrong
        await asyncio.sleep(0.1)
        return wrong, answered
    wrong, answered = asyncio.run(run())
    assert not wrong, (len(wrong), wrong[:5])
    assert answered > CONNECTIONS, answered
    wait_for(f"sockets as before: {before}, now {sockets(pid)}", 8, lambda: sockets(pid) <= before)
