# SPDX-License-Identifier: Apache-2.0
"""The same bytes to HAProxy and to relevo, each with the same file: what the tests compare.

A `Row` has a name, lines of configuration, a client's script and its servers' manners. All rows make
one file; each has addresses of its own in 127/8, so many run at the same time. What is recorded of a
row: what its client got and saw of the connection at each READ, the requests and the connections its
servers had, and its log lines (told apart by log-tag). HAProxy runs first: a READ there ends when
nothing more happens, though it has had time to: see Pace. The same READ with relevo ends when it has
seen the same, or after a while.
"""
import asyncio
import dataclasses
import os
import re
import socket
import subprocess

from http_peers import RESET, Origin, Wire, answers, messages, set_reset
from lab.software import relevo_binary
from programs import Program, haproxy_binary

READ = "read"
AT_ONCE = 48		# rows that run at the same time
QUIET = 0.15		# seconds in which nothing happens: it is over
PATIENCE = 8
SERVERS = 4


@dataclasses.dataclass(frozen=True)
class New:
    """In a script: from here on a new connection, to @BIND or @BIND2; the earlier ones stay open."""
    port: int = 1


@dataclasses.dataclass(frozen=True)
class Row:
    """
    cfg: lines of a `listen` section, or whole sections. @BIND, @BIND2: addresses to bind; @S1 to @S4:
    those of the servers; @DEAD: one that refuses; @NAME: the row's name; @DIR: where FILES are.
    `server s1 @S1` comes by itself when no server is named.
    script: bytes are sent; READ; numbers wait; New, FIN, CLOSE, RESET.
    ours: fields ("client", "server", "log", "reads") that relevo has otherwise, and `why` that is better. A
    value is what relevo must have, or a function that says whether it is right.
    """
    name: str
    cfg: str
    script: tuple
    servers: tuple = (answers(),)
    quiet: float = QUIET
    normal: tuple = ()		# (pattern, replacement) for what differs from run to run
    refused: bool = False	# no server may see it
    extra_global: str = ""	# a line of the global section
    ours: dict = dataclasses.field(default_factory=dict)
    why: str = ""


def row(name, cfg, script, *servers, **more):
    """A row; bytes alone as script mean: send them and read."""
    if isinstance(script, (bytes, bytearray)):
        script = (bytes(script), READ)
    return Row(name, cfg, tuple(script), servers or (answers(),), **more)


def is_refused(*statuses):
    """What a client got that was told so and nothing else."""
    return lambda client: [m[0].split(" ")[1] for m in client[0]] in [[str(s)] for s in statuses]


def served(*expected):
    """The requests that servers had, on whatever connections."""
    return lambda servers: sorted(m[0] for peers in servers for peer in peers for m in peer[:-1]) == sorted(expected)


GLOBAL = """
global
    maxconn 4000
    nbthread 1
    log 127.0.0.1:{log_port} len 8192 local0
    {extra}
defaults
    mode http
    log global
    option httplog
    timeout connect 1s
    timeout client 20s
    timeout server 20s
"""


class Site:
    """A row's place: its addresses, and its part of the file."""

    def __init__(self, row, number):
        self.row = row
        self.host = self.host_of(number % 249)
        self.base = 8000 + 20 * (number // 249)

    @staticmethod
    def host_of(number):
        pid = os.getpid()
        return f"127.{10 + pid // 250 % 200}.{pid % 250}.{1 + number}"

    def bind(self, number=1):
        return self.host, self.base + number

    def server(self, number):
        return self.host, self.base + 10 + number

    def text(self, directory):
        cfg = "\n".join(line.strip() for line in self.row.cfg.strip().splitlines())
        if not re.search(r"^(frontend|listen|defaults) ", cfg, re.M):
            if not re.search(r"^(server|no-server)\b", cfg, re.M):
                cfg += "\nserver s1 @S1"
            cfg = f"listen @NAME\nbind @BIND\n{cfg.replace('no-server', '')}"
        cfg = re.sub(r"^((?:listen|frontend) .*)$", r"\1\nlog-tag @NAME", cfg, flags=re.M)
        places = {"@NAME": self.row.name, "@DIR": str(directory), "@DEAD": "%s:%d" % (self.host, self.base + 19),
                  "@BIND2": "%s:%d" % self.bind(2), "@BIND": "%s:%d" % self.bind()}
        places |= {f"@S{n}": "%s:%d" % self.server(n) for n in range(1, SERVERS + 1)}
        for word, value in places.items():
            cfg = cfg.replace(word, value)
        return cfg + "\n"


class LogSink(asyncio.DatagramProtocol):
    """Log lines by the tag of their row. turn: the greatest number among those of Pace."""

    def __init__(self):
        self.lines, self.turn = {}, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def datagram_received(self, data, addr):
        line = re.match(r"(<\d+>)\w{3} [ \d]\d \S+ ([\w.-]+)\[\d+\]: (.*)", data.decode("latin-1"), re.S)
        if line and line[2] == "turns":
            self.turn = max(self.turn, int(re.search(r'"GET /(\d+) ', line[3])[1]))
        elif line:
            self.lines.setdefault(line[2], []).append(line[1] + line[3])

    def of(self, row):
        """Those of streams: not of starts, stops and servers."""
        return [normal_line(line, row) for line in self.lines.get(row.name, [])
                if not re.match(r"<\d+>(Proxy|Server|Stopping|backend|listen|Backup|Health|Binding) ", line)]


def normal_line(line, row):
    """What differs between two runs becomes a sign; a number's width never matters."""
    line = re.sub(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\]", "[ACCEPT]", line)
    line = re.sub(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]", "[DATE]", line)
    line = re.sub(r" ((?:-?\d+/){2,4}\+?\d+) (?=-?\d+ )", lambda m: " " + re.sub(r"(?<![-\d])\d+", "T", m[1]) + " ",
                  line, count=1)
    # HAProxy counts what a message takes in its memory, not on the wire: see Record.wire.
    line = re.sub(r"( (?:-1|T)(?:/(?:-1|\+?T)){4} -?\d+ \+?)\d+ ", r"\1B ", line, count=1)
    # The process's connections: other rows run at the same time.
    line = re.sub(r" (\S{2}(?:\S{2})?) \d+/(\d+/\d+/\d+/\+?\d+ )", r" \1 N/\2", line, count=1)
    return normal_text(line, row)


def normal_text(text, row):
    text = re.sub(r"127\.0\.0\.1:\d{4,5}\b", "CLIENT", text)
    for pattern, sign in row.normal:
        text = re.sub(pattern, sign, text)
    return text


def normal(found, row):
    """The same for messages."""
    if isinstance(found, str):
        return normal_text(found, row)
    if isinstance(found, bytes):
        return normal_text(found.decode("latin-1"), row).encode("latin-1")
    if isinstance(found, (list, tuple)):
        return type(found)(normal(one, row) for one in found)
    return found


@dataclasses.dataclass
class Record:
    reads: list = dataclasses.field(default_factory=list)	# one a READ, in order
    client: list = dataclasses.field(default_factory=list)	# the last state of each client connection
    server: list = dataclasses.field(default_factory=list)	# each origin: its connections
    log: list = dataclasses.field(default_factory=list)
    wire: tuple = (0, 0)	# bytes that log lines count as sent to the client; bytes that came


TURNS = """
listen turns
    bind %s:%d
    log-tag turns
    http-request return status 200
"""


class Pace:
    """The program's own time, by a frontend that is asked again and again.

    On a busy machine, or beside a row that computes for long, nothing seen for a while means nothing: the program
    had no turn, and HAProxy leaves out of its clock the time in which it did not run. `now` goes on by what an
    answer took, and no more than by TURN: all that came before has been looked at then, and what was logged is read.
    An answer that took a LEAP may have cost a stall, of which HAProxy counts nothing: only what we slept counts.
    """
    address = Site.host_of(249), 7999
    TURN, LEAP, PAUSE = 0.06, 0.1, 0.01

    def __init__(self, log):
        self.log, self.now, self.turns = log, 0.0, 0
        self.turned = asyncio.Event()

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            began, number = loop.time(), self.turns + 1
            await asyncio.sleep(self.PAUSE)
            reader, writer = await asyncio.open_connection(*self.address)
            writer.write(f"GET /{number} HTTP/1.0\r\n\r\n".encode())
            await reader.read()
            writer.close()
            while self.log.turn < number:
                await asyncio.sleep(0.002)
            took = loop.time() - began
            self.turns, self.now = number, self.now + (min(took, self.TURN) if took < self.LEAP else self.PAUSE)
            self.turned.set()
            self.turned.clear()

    async def sleep(self, seconds):
        """And two whole turns: what the first made ready is done in the second."""
        until, turns = self.now + seconds + self.TURN, self.turns + 3
        while self.now < until or self.turns < turns:
            await self.turned.wait()


class Client(Wire):
    def __init__(self, reader, writer):
        super().__init__(reader, writer)
        self.sent = b""
        self.task = asyncio.ensure_future(self.pump())

    @classmethod
    async def open(cls, address):
        """A connection that is reset at once is one that is over."""
        sock = socket.socket()
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(sock, address)
        except ConnectionResetError:
            sock.close()
            sock = socket.socketpair()[0]
        return cls(*await asyncio.open_connection(sock=sock))

    def got(self):
        methods = [m[0].split(" ")[0] if isinstance(m[0], str) else "GET" for m in messages(self.sent)]
        return messages(bytes(self.data), methods)


class Run:
    """One row against one program."""

    def __init__(self, site, log, pace, expected=None):
        self.site, self.row, self.log, self.pace = site, site.row, log, pace
        self.expected = expected
        self.record = Record()
        self.origins, self.clients = [], []

    async def go(self):
        for number, behave in enumerate(self.row.servers, 1):
            self.origins.append(await Origin(behave).start(*self.site.server(number)))
        try:
            await self._script()
            await self._end()
        finally:
            for client in self.clients:
                client.close()
                client.task.cancel()
            for origin in self.origins:
                await origin.stop()
        return self.record

    async def _script(self):
        for step in self.row.script:
            if isinstance(step, New) or not self.clients:
                address = self.site.bind(step.port if isinstance(step, New) else 1)
                self.clients.append(await Client.open(address))
            client = self.clients[-1]
            if isinstance(step, New):
                continue
            if step == READ:
                number = len(self.record.reads)
                await self._settle(lambda: self._view(client),
                                   self.expected and self.expected.reads[number])
                self.record.reads.append(self._view(client))
                continue
            if isinstance(step, (int, float)):
                await (asyncio.sleep(step) if self.expected else self.pace.sleep(step))
                continue
            try:
                if isinstance(step, (bytes, bytearray)):
                    client.sent += step
                if step == RESET:
                    set_reset(client.writer)
                await client.act(step)
            except OSError:
                pass	# the proxy may have closed; READ says so

    def _view(self, client):
        """What is known now: messages and state of the client's connection, connections of the servers."""
        peers = [peer for origin in self.origins for peer in origin.peers]
        return normal((client.got(), "closed" if client.over else "open",
                       f"{sum(not peer.over for peer in peers)} of {len(peers)} server connections open"), self.row)

    def _servers(self):
        return normal([[[*messages(bytes(peer.data)), "closed" if peer.over else "open"] for peer in origin.peers]
                       for origin in self.origins], self.row)

    async def _end(self):
        self.record.client = normal([client.got() for client in self.clients], self.row)
        for client in self.clients:
            client.close()
        expected = self.expected and (self.expected.server, self.expected.log)
        await self._settle(lambda: (self._servers(), self.log.of(self.row)), expected)
        self.record.server, self.record.log = self._servers(), self.log.of(self.row)
        counts = [re.search(r" -?\d+(?:/-?\d+){4} -?\d+ (\d+) ", line) for line in self.log.lines.get(self.row.name, [])]
        if counts and all(counts):
            self.record.wire = sum(int(count[1]) for count in counts), sum(len(c.data) for c in self.clients)

    async def _settle(self, look, expected):
        """Until `look` gives what is expected; without that, until it gives the same for a while."""
        loop = asyncio.get_running_loop()
        by_quiet = expected is None or self.row.ours
        end = loop.time() + PATIENCE + self.row.quiet
        while True:
            seen = look()
            if expected is not None and seen == expected:
                await self.pace.sleep(0)	# what must not come has its chance
            elif by_quiet:
                await self.pace.sleep(self.row.quiet)
            else:
                await asyncio.sleep(0.01)
                if loop.time() < end:
                    continue
            if look() == seen or loop.time() > end:
                return


async def run_rows(sites, log_sink, expected, only_one=False):
    """{name: Record, or what went wrong}"""
    gate = asyncio.Semaphore(1 if only_one else AT_ONCE)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: log_sink, sock=log_sink.socket)
    pace = Pace(log_sink)
    turns = asyncio.ensure_future(pace.run())

    async def one(site):
        async with gate:
            try:
                return await Run(site, log_sink, pace, expected.get(site.row.name)).go()
            except Exception as error:  # of this row: the others go on
                return f"{type(error).__name__}: {error}"
    results = await asyncio.gather(*map(one, sites))
    turns.cancel()
    transport.close()
    return {site.row.name: result for site, result in zip(sites, results)}


def check(binary, directory, text):
    """None, or what the program says against the file."""
    path = directory / "check.cfg"
    path.write_text(text)
    done = subprocess.run([binary, "-c", "-f", str(path)], capture_output=True, text=True, errors="replace")
    return None if done.returncode == 0 else (done.stderr + done.stdout)[-2000:]


class Comparison:
    """Both programs over all rows. haproxy, relevo: {name: Record or text}."""

    def __init__(self, rows, files, directory):
        self.directory = directory
        names = [row.name for row in rows]
        assert len(set(names)) == len(names), "names of rows are not unique"
        for name, text in files.items():
            (directory / name).write_bytes(text)
        self.sites = [Site(row, number) for number, row in enumerate(rows)]
        self.haproxy = self._run(haproxy_binary(), "haproxy", {})
        self.relevo = self._run(relevo_binary(), "relevo",
                                {n: found for n, found in self.haproxy.items() if isinstance(found, Record)},
                                "--control", str(directory / "control.sock"))

    def _run(self, binary, name, expected, *options):
        sink = LogSink()
        refused = self._refused(binary, self.sites, sink)
        sites = [site for site in self.sites if site.row.name not in refused]
        results = {row: f"{name} refuses the file: {text}" for row, text in refused.items()}
        program = Program(binary, self.directory / name, self._cfg(sites, sink), *options)
        try:
            self._wait_listens(program, sites)
            results |= asyncio.run(run_rows(sites, sink, expected))
            assert program.process.poll() is None, f"{name} has ended: {program.said()}"
        finally:
            sink.socket.close()
            program.stop()
        return results

    def _refused(self, binary, sites, sink):
        """{name: what is said}: one word that is refused must not hide all other rows."""
        said = check(binary, self.directory, self._cfg(sites, sink))
        if not said or len(sites) == 1:
            return {sites[0].row.name: said} if said else {}
        half = len(sites) // 2
        return self._refused(binary, sites[:half], sink) | self._refused(binary, sites[half:], sink)

    def _cfg(self, sites, sink):
        extra = "\n    ".join(sorted({s.row.extra_global for s in sites}))
        # Defaults are those of all sections that follow.
        texts = sorted((s.text(self.directory) for s in sites), key=lambda text: text.startswith("defaults "))
        return GLOBAL.format(log_port=sink.port, extra=extra) + TURNS % Pace.address + "".join(texts)

    @staticmethod
    def _wait_listens(program, sites):
        """Looks at the table of sockets: a connection would show in logs and counts."""
        import time
        wanted = {s.bind() for s in sites} | {Pace.address}
        end = time.monotonic() + 20
        while wanted:
            assert program.process.poll() is None, f"ended at its start: {program.said()}"
            assert time.monotonic() < end, f"does not listen on {sorted(wanted)[:3]}: {program.said()}"
            with open("/proc/net/tcp", encoding="ascii") as table:
                for line in table:
                    words = line.split()
                    if words[3] == "0A":
                        host, port = words[1].split(":")
                        wanted.discard((socket.inet_ntoa(bytes.fromhex(host)[::-1]), int(port, 16)))
            time.sleep(0.02)
