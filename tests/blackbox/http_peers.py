# SPDX-License-Identifier: Apache-2.0
"""HTTP peers with a script: origin servers, a raw client, and a reader of what they saw.

All of them live in one asyncio loop. An origin's manners are a coroutine function that gets one
connection (`Peer`); the functions below make the usual ones. A reply is bytes, or a list of steps:
bytes are sent, a float waits that many seconds, CLOSE, FIN and RESET end the connection.
"""
import asyncio
import re
import socket
import struct

CLOSE, FIN, RESET = "close", "fin", "reset"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def ok(body=b"ok", *headers, status=b"200 OK"):
    """A response with a length."""
    lines = b"".join(h.encode() + b"\r\n" for h in headers)
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, lines, len(body), body)


def chunked(*chunks, trailers=(), headers=()):
    """A chunked response."""
    return (b"HTTP/1.1 200 OK\r\n" + b"".join(h.encode() + b"\r\n" for h in headers) +
            b"Transfer-Encoding: chunked\r\n\r\n" + chunk(*chunks, trailers=trailers))


def chunk(*chunks, trailers=()):
    return (b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n" +
            b"".join(t.encode() + b"\r\n" for t in trailers) + b"\r\n")


def get(path="/", *headers, host="a.test", method="GET", version="1.1", body=b""):
    """A request; Host and Content-Length come by themselves."""
    lines = [f"{method} {path} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += headers
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def post(path="/", *headers, body=b"hello", **more):
    return get(path, *headers, method="POST", body=body, **more)


# ---- messages ----

def find_body(fields):
    """(kind, length) of a message's body, as its headers say; kind is length, chunked or none."""
    coding = [v for n, v in fields if n == "transfer-encoding"]
    length = [v for n, v in fields if n == "content-length"]
    if any("chunked" in v.lower() for v in coding):
        return "chunked", 0
    if length and length[-1].strip().isdigit():
        return "length", int(length[-1])
    return "none", 0


def split_head(data):
    """(first line, [(name in lower case, value)], the rest), or None while it is not whole."""
    head, found, rest = data.partition(b"\r\n\r\n")
    if not found:
        return None
    lines = head.decode("latin-1").split("\r\n")
    fields = []
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields.append((name.lower(), value.strip(" \t")))
    return lines[0], fields, rest


def cut_chunked(data):
    """The body of chunks that end too early."""
    body = b""
    while data:
        line, _, data = data.partition(b"\r\n")
        size = int((re.match(rb"[0-9a-fA-F]+", line) or [b"0"])[0], 16)
        body, data = body + data[:size], data[size + 2:]
    return body


def take_chunked(data):
    """(body, trailers, rest), or None while it is not whole."""
    body = b""
    while True:
        line, found, data = data.partition(b"\r\n")
        size = re.match(rb"[0-9a-fA-F]+", line)
        if not found or not size:
            return None
        size = int(size[0], 16)
        if size == 0:
            break
        if len(data) < size + 2:
            return None
        body, data = body + data[:size], data[size + 2:]
    trailers = []
    while True:
        line, found, data = data.partition(b"\r\n")
        if not found:
            return None
        if not line:
            return body, trailers, data
        trailers.append(line.decode("latin-1").lower())


def take_message(data, without_body=False, until_close=False):
    """(first line, fields, body, trailers, rest), or None while it is not whole."""
    split = split_head(data)
    if split is None:
        return None
    line, fields, rest = split
    kind, length = find_body(fields)
    if without_body:
        return line, fields, b"", [], rest
    if kind == "chunked":
        chunks = take_chunked(rest)
        return (line, fields, *chunks) if chunks else None
    if kind == "length":
        return (line, fields, rest[:length], [], rest[length:]) if len(rest) >= length else None
    if until_close:
        return line, fields, rest, [], b""
    return line, fields, b"", [], rest


def field_lines(fields):
    """
    In their order, which two programs must agree on; but for Connection, which each hop writes for itself
    (RFC 9110, 7.6.1) and which stands last here.
    """
    return [f"{n}: {v}" for n, v in sorted(fields, key=lambda field: field[0] == "connection")]


def messages(data, methods=None):
    """
    What a stream of requests or, with the methods they answer, responses holds: one list a message,
    chunked bodies joined. What is no whole message is there as it came.
    """
    found, methods = [], iter(methods) if methods is not None else None
    while data:
        line = data.split(b"\r\n", 1)[0].decode("latin-1")
        status = re.match(r"HTTP/1\.\d (\d{3})", line)
        response = methods is not None and status
        interim = bool(response) and 100 <= int(status[1]) < 200
        method = next(methods, "GET") if response and not interim else ""
        tunnel = bool(response) and (status[1] == "101" or (method == "CONNECT" and status[1][0] == "2"))
        taken = take_message(data, interim or method == "HEAD" or tunnel or
                             bool(response and status[1] in ("204", "304")), bool(response))
        if taken is None:
            # A head whose body is cut still reads better as a head.
            split = split_head(data)
            if split:
                rest = cut_chunked(split[2]) if find_body(split[1])[0] == "chunked" else split[2]
                found.append([split[0], *field_lines(split[1]), ("cut", rest)])
            else:
                found.append([("raw", data)])
            break
        first, fields, body, trailers, data = taken
        message = [first, *field_lines(fields)]
        if body:
            message.append(("body", body))
        if trailers:
            message.append(("trailers", trailers))
        found.append(message)
        if tunnel and data:
            found.append([("raw", data)])
            break
    return found


# ---- connections ----

def set_reset(writer):
    """The close that follows is a reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Wire:
    """One connection, and all that came in on it."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.data = bytearray()
        self.taken = 0
        self.over = False
        self.changed = asyncio.Event()

    async def pump(self):
        try:
            while piece := await self.reader.read(65536):
                self.data += piece
                self.changed.set()
        except OSError:
            pass
        self.over = True
        self.changed.set()

    async def more(self, seconds=30):
        """False: nothing new came within the time."""
        self.changed.clear()
        try:
            await asyncio.wait_for(self.changed.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    async def act(self, steps):
        """False: the connection is over."""
        for step in [steps] if isinstance(steps, (bytes, bytearray, str, float)) else steps:
            if isinstance(step, float):
                await asyncio.sleep(step)
            elif step == FIN:
                self.writer.write_eof()
            elif step in (CLOSE, RESET):
                if step == RESET:
                    set_reset(self.writer)
                self.close()
                return False
            else:
                self.writer.write(step)
                await self.writer.drain()
        return True

    def close(self):
        try:
            self.writer.close()
        except OSError:
            pass


class Peer(Wire):
    """A connection at an origin. `origin.requests` counts those that all its connections had."""

    def __init__(self, origin, reader, writer):
        super().__init__(reader, writer)
        self.origin = origin

    def rest(self):
        return bytes(self.data[self.taken:])

    async def request(self, whole=True):
        """The next request's (first line, fields, body, trailers), or None at the end."""
        while True:
            data = self.rest()
            taken = take_message(data) if whole else split_head(data)
            if taken:
                self.taken += len(data) - len(taken[-1])
                return taken[:-1]
            if self.over:
                return None
            await self.more()


class Origin:
    """A server whose connections are served by `behave(peer)`; `peers` are all it ever had."""

    def __init__(self, behave):
        self.behave = behave
        self.peers = []
        self.requests = 0
        self._server = None
        self._tasks = []

    async def start(self, host, port):
        self._server = await asyncio.start_server(self._serve, host, port)
        return self

    async def _serve(self, reader, writer):
        peer = Peer(self, reader, writer)
        self.peers.append(peer)
        pump = asyncio.ensure_future(peer.pump())
        self._tasks += [pump, asyncio.current_task()]
        try:
            await self.behave(peer)
        except (OSError, RuntimeError):
            pass
        except asyncio.CancelledError:
            pass

    async def stop(self):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        for peer in self.peers:
            peer.close()


# ---- manners ----

def answers(*replies, whole=True):
    """Each request gets the next reply, the last one again and again. whole: after its body."""
    replies = replies or (OK,)

    async def behave(peer):
        while await peer.request(whole):
            number = peer.origin.requests
            peer.origin.requests += 1
            if not await peer.act(replies[min(number, len(replies) - 1)]):
                return
    return behave


def early(*replies):
    """Answers as soon as it has the head."""
    return answers(*replies, whole=False)


def greets(*steps):
    """Does the steps as soon as somebody connects."""
    async def behave(peer):
        await peer.act(list(steps))
    return behave


async def silent(peer):
    """Reads and says nothing."""
    while not peer.over:
        await peer.more()


async def mirror(peer):
    """The body of each answer is the request as it came."""
    while request := await peer.request():
        line, fields, body, _ = request
        text = "\n".join([line, *field_lines(fields)]).encode() + b"\n\n" + body
        await peer.act(ok(text))


async def continues(peer):
    """Says 100 before it reads a body that was announced with Expect."""
    while head := await peer.request(whole=False):
        _, fields = head
        if any(n == "expect" for n, _ in fields):
            await peer.act([0.05, b"HTTP/1.1 100 Continue\r\n\r\n"])
        kind, length = find_body(fields)
        while not peer.over:
            data = peer.rest()
            if kind == "chunked" and (taken := take_chunked(data)):
                peer.taken += len(data) - len(taken[2])
                break
            if kind != "chunked" and len(data) >= length:
                peer.taken += length
                break
            await peer.more()
        await peer.act(OK)


def switches(reply):
    """After the head it gives the reply and then is an echo, until the other side ends."""
    async def behave(peer):
        if not await peer.request(whole=False):
            return
        await peer.act(reply)
        while True:
            if data := peer.rest():
                peer.taken += len(data)
                await peer.act(data)
            if peer.over:
                peer.close()
                return
            await peer.more()
    return behave
