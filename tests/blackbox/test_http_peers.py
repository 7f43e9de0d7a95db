# SPDX-License-Identifier: Apache-2.0
"""mode http with real peers: curl, nginx, WebSocket, wrk; big bodies, many connections, servers that die."""
import asyncio
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from http_peers import get, take_message
from lab.local import free_port
from lab.software import wait_for
from streams import Log, wait_bound

CFG = """
global
    maxconn 4000
    nbthread 2
    log 127.0.0.1:{log} local0
defaults
    mode http
    log global
    option httplog
    timeout connect 2s
    timeout client 20s
    timeout server 20s
"""

NGINX = """
daemon off;
master_process off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 2000; }}
http {{
    access_log {dir}/access.log combined;
    log_format reuse '$connection $connection_requests $request';
    access_log {dir}/reuse.log reuse;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    client_max_body_size 200m;
    keepalive_requests 1000000;
    gzip on;
    gzip_min_length 100;
    gzip_types text/plain;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {dir}/pages;
        location /upload {{ dav_methods PUT; create_full_put_path on; }}
        location = /name {{ return 200 "{name}"; }}
        location = /missing {{ return 404 "not here"; }}
        location = /moved {{ return 302 /name; }}
    }}
}}
"""


class Nginx:
    """A real web server; `kill` is its sudden death."""

    def __init__(self, directory, name):
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        assert os.access(nginx, os.X_OK), "the tests need Debian's nginx-light package"
        self.name, self.port, self.directory = name, free_port(), directory / name
        (self.directory / "pages").mkdir(parents=True)
        # It may give its root rights up for www-data, who must get at the pages.
        for path in [self.directory, *self.directory.parents][:4]:
            path.chmod(path.stat().st_mode | 0o755)
        for path in (self.directory, self.directory / "pages"):
            path.chmod(0o777)
        self._argv = [nginx, "-c", str(self.directory / "nginx.conf"), "-p", str(self.directory)]
        (self.directory / "nginx.conf").write_text(NGINX.format(dir=self.directory, port=self.port, name=name))
        self.start()

    def page(self, name, data):
        (self.directory / "pages" / name).write_bytes(data)

    def start(self):
        self.process = subprocess.Popen(self._argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_for("nginx", 10, self._listens)

    def _listens(self):
        assert self.process.poll() is None, self.process.stderr.read()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def kill(self):
        self.process.kill()
        self.process.wait()

    def reuse(self):
        """[(connection, how many requests it had by then)]"""
        return [tuple(map(int, line.split()[:2])) for line in (self.directory / "reuse.log").read_text().splitlines()]

    def close(self):
        self.kill()
        self.process.stderr.close()


@pytest.fixture
def log():
    sink = Log()
    yield sink
    sink.close()


@pytest.fixture
def nginxes(tmp_path):
    servers = []

    def start(count=1):
        servers.extend(Nginx(tmp_path, f"nginx{len(servers)}") for _ in range(count))
        return servers
    yield start
    for server in servers:
        server.close()


@pytest.fixture
def proxy(start_relevo, log):
    """proxy(servers, lines) -> (relevo, port)"""
    def start(servers, *lines, options=""):
        port = free_port()
        text = "\n".join(f"    {line}" for line in lines)
        all_servers = "\n".join(f"    server s{i} 127.0.0.1:{s if isinstance(s, int) else s.port} {options}"
                                for i, s in enumerate(servers))
        relevo = start_relevo(f"{CFG.format(log=log.port)}\nlisten web\n    bind 127.0.0.1:{port}\n{text}\n{all_servers}\n")
        return wait_bound(relevo, port), port
    return start


def curl(port, path, *options, data=None):
    """Its standard output; it must end well."""
    done = subprocess.run(["curl", "-sS", "--max-time", "30", *options, f"http://127.0.0.1:{port}{path}"],
                          input=data, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_and_nginx(proxy, nginxes):
    server, = nginxes()
    _, port = proxy([server], "option forwardfor")
    assert curl(port, "/name") == b"nginx0"
    assert b"HTTP/1.1 200 OK" in curl(port, "/name", "-I")
    assert curl(port, "/missing", "-w", "%{http_code}") == b"not here404"
    assert curl(port, "/moved", "-L") == b"nginx0"
    assert curl(port, "/name", "--http1.0") == b"nginx0"
    assert curl(port, "/name", "-H", "Connection: close", "-w", "%{num_connects}") == b"nginx01"
    text = b"some words that repeat " * 1000
    server.page("text.txt", text)
    assert curl(port, "/text.txt", "--compressed") == text
    assert curl(port, "/text.txt", "-r", "5-9") == text[5:10]
    two = curl(port, "/name", "-w", "%{num_connects} ", f"http://127.0.0.1:{port}/name")
    assert two == b"nginx01 nginx00 "


BIG = 24 << 20


def test_big_bodies_both_ways(proxy, nginxes):
    server, = nginxes()
    _, port = proxy([server])
    data = os.urandom(1 << 20) * (BIG >> 20)
    server.page("big", data)
    assert hashlib.sha256(curl(port, "/big")).digest() == hashlib.sha256(data).digest()
    assert curl(port, "/upload/one", "-T", "-", "-w", "%{http_code}", data=data) == b"201"  # chunked, Expect
    assert (server.directory / "pages/upload/one").read_bytes() == data
    path = server.directory / "data"
    path.write_bytes(data)
    assert curl(port, "/upload/two", "-T", str(path), "-w", "%{http_code}") == b"201"
    assert (server.directory / "pages/upload/two").read_bytes() == data


def test_a_slow_reader_gets_all(proxy, nginxes):
    server, = nginxes()
    _, port = proxy([server])
    data = os.urandom(1 << 20) * 6
    server.page("big", data)
    assert curl(port, "/big", "--limit-rate", "8M") == data


def test_server_connections_are_shared(proxy, nginxes):
    server, = nginxes()
    _, port = proxy([server], "http-reuse always")
    for _ in range(20):
        assert curl(port, "/name") == b"nginx0"
    wait_for("nginx's log of the last request", 5, lambda: len(server.reuse()) >= 20)
    # At most one for each thread, and the one that waited for nginx to listen had no request.
    assert len({connection for connection, _ in server.reuse()}) <= 2
    assert len(server.reuse()) == 20


def test_websocket(proxy):
    import websockets

    async def echo(socket, path=None):
        async for message in socket:
            await socket.send(message)

    async def talk():
        async with websockets.serve(echo, "127.0.0.1", 0) as server:
            _, port = proxy([server.sockets[0].getsockname()[1]], "timeout tunnel 10s")
            async with websockets.connect(f"ws://127.0.0.1:{port}/chat", max_size=None) as client:
                for message in ("hello", "", "x" * 300000, b"\x00\xff" * 40000):
                    await client.send(message)
                    assert await asyncio.wait_for(client.recv(), 10) == message
            many = [await websockets.connect(f"ws://127.0.0.1:{port}/{i}") for i in range(50)]
            await asyncio.gather(*(c.send(f"number {i}") for i, c in enumerate(many)))
            assert await asyncio.gather(*(c.recv() for c in many)) == [f"number {i}" for i in range(50)]
            for client in many:
                await client.close()
    asyncio.run(talk())


def test_wrk(proxy, nginxes, log):
    servers = nginxes(2)
    _, port = proxy(servers, "option forwardfor", "balance roundrobin")
    assert shutil.which("wrk"), "the tests need Debian's wrk package"
    done = subprocess.run(["wrk", "-t1", "-c64", "-d1s", f"http://127.0.0.1:{port}/name"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    count = int(re.search(r"(\d+) requests in", done.stdout)[1])
    assert count > 100
    assert "Socket errors" not in done.stdout and "Non-2xx" not in done.stdout, done.stdout
    wait_for("a log line a request", 10, lambda: sum("/name" in text for text in log.texts()) >= 0.9 * count)


class Load:
    """Keep-alive connections that each ask again as soon as they are answered. Whatever is not a whole, right
    answer is in `errors`."""

    def __init__(self, port, connections, is_right, path="/name"):
        self.port, self.connections, self.is_right, self.path = port, connections, is_right, path
        self.answers, self.errors, self.closed = 0, [], 0
        self.over = False
        self.stopping = False  # the proxy: a new connection may be refused, also after it was in the queue

    async def run(self):
        await asyncio.gather(*(self._connection() for _ in range(self.connections)))

    async def _connection(self):
        while not self.over:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                return  # a listener that is closed: whoever runs us knows whether that is right
            refusable, errors = self.stopping, []
            try:
                while not self.over and await self._request(reader, writer, errors):
                    refusable = False
            except OSError as error:
                errors.append(repr(error))
            if not refusable:
                self.errors += errors
            writer.close()

    async def _request(self, reader, writer, errors):
        """Whether the connection goes on."""
        writer.write(get(self.path))
        await writer.drain()
        data = b""
        while not (message := take_message(data)):
            piece = await asyncio.wait_for(reader.read(65536), 20)
            if not piece:
                errors.append(f"closed after {data!r}")
                return False
            data += piece
        line, fields, body, _, rest = message
        self.answers += 1
        if not self.is_right(line, body) or rest:
            errors.append((line, body, rest))
        if any(n == "connection" and "close" in v for n, v in fields):
            self.closed += 1
            return False
        return True


def is_name(line, body):
    return line == "HTTP/1.1 200 OK" and body.startswith(b"nginx")


def test_many_keep_alive_connections(proxy, nginxes):
    _, port = proxy(nginxes(2), "balance roundrobin")
    load = Load(port, 400, is_name)

    async def for_a_while():
        async def end():
            await asyncio.sleep(1.5)
            while load.answers < 400 and not load.errors:
                await asyncio.sleep(0.01)
            load.over = True
        await asyncio.wait_for(asyncio.gather(load.run(), end()), 30)
    asyncio.run(for_a_while())
    assert load.errors == []
    assert load.answers >= 400


def test_a_server_that_dies_costs_no_request(proxy, nginxes):
    servers = nginxes(2)
    _, port = proxy(servers, "balance roundrobin", "retries 3", "option redispatch 1",
                    "retry-on conn-failure empty-response", "timeout connect 500ms",
                    options="check inter 100ms fall 2 rise 2")
    load = Load(port, 32, is_name)

    async def scenario():
        task = asyncio.ensure_future(load.run())
        await asyncio.sleep(0.4)
        await asyncio.to_thread(servers[0].kill)
        await asyncio.sleep(0.8)
        await asyncio.to_thread(servers[0].start)
        await asyncio.sleep(0.6)
        load.over = True
        await task
    asyncio.run(scenario())
    assert load.errors == []
    assert load.answers > 100


def test_a_server_that_restarts_gracefully_costs_no_request(proxy, nginxes):
    """nginx closes its idle connections when it is told to quit; requests meet some of them on their way."""
    servers = nginxes(2)
    _, port = proxy(servers, "balance roundrobin", "retries 3", "option redispatch 1",
                    "retry-on conn-failure empty-response", "http-reuse always")
    load = Load(port, 32, is_name)

    async def scenario():
        task = asyncio.ensure_future(load.run())
        await asyncio.sleep(0.4)
        servers[0].process.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(servers[0].process.wait)
        await asyncio.sleep(0.3)
        load.over = True
        await task
    asyncio.run(scenario())
    assert load.errors == []


def test_soft_stop_under_keep_alive_load(proxy, nginxes):
    relevo, port = proxy(nginxes(2), "balance roundrobin")
    load = Load(port, 48, is_name)

    async def scenario():
        task = asyncio.ensure_future(load.run())
        while load.answers <= 48 and not load.errors:
            await asyncio.sleep(0.1)
        before, load.stopping = load.answers, True
        relevo.process.send_signal(signal.SIGUSR1)
        await asyncio.wait_for(task, 15)
        return before
    before = asyncio.run(scenario())
    assert load.errors == []
    assert load.answers > before > 48
    assert load.closed >= 48, "each connection was told that it ends"
    assert relevo.process.wait(5) == 0


def test_soft_stop_closes_idle_connections(proxy, nginxes):
    relevo, port = proxy(nginxes())
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.sendall(get("/name"))
        assert b"nginx0" in sock.recv(65536)
        relevo.process.send_signal(signal.SIGUSR1)
        begun = time.monotonic()
        assert sock.recv(1) == b""
        assert time.monotonic() - begun < 5
    assert relevo.process.wait(5) == 0


def test_log_lines_of_a_load_are_json_when_asked(proxy, nginxes, log):
    """Each line of a load parses, whatever two threads write at the same time."""
    _, port = proxy(nginxes(), r'''log-format '{"method":"%HM","path":"%HP","status":%ST,"ms":%Ta}' ''')
    load = Load(port, 16, is_name)

    async def for_a_while():
        asyncio.get_running_loop().call_later(0.5, setattr, load, "over", True)
        await load.run()
    asyncio.run(for_a_while())
    assert load.errors == []
    wait_for("the lines", 10, lambda: sum("/name" in text for text in log.texts()) >= min(load.answers, 100))
    for text in log.texts():
        if "{" in text:
            line = json.loads(text[text.index("{"):])
            assert (line["method"], line["path"], line["status"]) == ("GET", "/name", 200)
