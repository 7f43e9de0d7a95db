# SPDX-License-Identifier: Apache-2.0
"""Each folder of examples/architecture does what it says, against real servers.

The files run as they are but for addresses and ports, which move to 127/8, and the time between checks.
"""
import http.client
import http.server
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import pytest

from lab.local import free_port
from lab.sinks import SyslogSink
from lab.software import relevo_binary, wait_for

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "architecture"
PORTS = {"80": "8080", "81": "8081", "514": None}


class Places:
    """Where the addresses of the examples are on this machine's loopback."""
    NETWORKS = ("192.168.1", "10.1.1", "10.1.2", "10.2.1", "10.2.2")

    def __init__(self):
        self._middle = 1 + os.getpid() % 250
        self.log_port = str(free_port())

    def address(self, text):
        network, _, last = text.rpartition(".")
        return f"127.{201 + self.NETWORKS.index(network)}.{self._middle}.{last}"

    def rewrite(self, text):
        text = re.sub(r"(?<!\.)(\d+\.\d+\.\d+)\.(\d+)",
                      lambda m: self.address(m[0]) if m[1] in self.NETWORKS else m[0], text)
        text = text.replace(":514", f":{self.log_port}")
        text = re.sub(r"(:|\bport )(80|81)\b", lambda m: m[1] + PORTS[m[2]], text)
        return re.sub(r"inter \S+", "inter 60ms", text)


class Web(http.server.ThreadingHTTPServer):
    """A web server: says its name, gives a session at /app/login."""
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host, port, name):
        self.name, self.seen = name, []
        self.slow, self.at_once, self.most_at_once = 0, 0, 0
        self.lock = threading.Lock()
        super().__init__((host, port), WebRequest)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request, client_address):
        pass	# checks come and go

    def users(self):
        return [(path, fields, address) for path, fields, address in list(self.seen) if path.startswith("/app")]

    def stop(self):
        self.shutdown()
        self.server_close()


class WebRequest(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        web = self.server
        with web.lock:
            web.at_once += 1
            web.most_at_once = max(web.most_at_once, web.at_once)
        if self.path.startswith("/app"):
            time.sleep(web.slow)
        web.seen.append((self.path, dict((n.lower(), v) for n, v in self.headers.items()), self.client_address))
        with web.lock:
            web.at_once -= 1
        body = web.name.encode()
        self.send_response(200)
        if self.path == "/app/login":
            self.send_header("Set-Cookie", "JSESSIONID=session1; path=/")
        self.send_header("ETag", '"1"')	# a page that caches may keep
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *words):
        pass


class Browser:
    """A user: keeps cookies, opens a connection for each request."""

    def __init__(self, address, port=8080, source=None):
        self.address, self.port, self.source = address, port, source
        self.cookies = {}

    def get(self, path="/app", method="GET", **headers):
        connection = http.client.HTTPConnection(self.address, self.port, timeout=10,
                                                source_address=(self.source, 0) if self.source else None)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.body = answer.read().decode()
        connection.close()
        for value in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.split(";")[0]
        return answer


class Setup:
    def __init__(self, start_relevo):
        self.places, self.webs, self._start = Places(), {}, start_relevo

    def at(self, address):
        return self.places.address(address)

    def web(self, name, address, port=8080):
        self.webs[name] = Web(self.at(address), port, name)
        return self.webs[name]

    def start(self, path, edit=lambda text: text):
        return self._start(self.places.rewrite(edit((EXAMPLES / path).read_text())))

    def browser(self, address="192.168.1.1", source=None):
        return Browser(self.at(address), source=source)

    def wait_serves(self, count, address="192.168.1.1"):
        """Until new users get to `count` different servers."""
        def serves():
            try:
                names = {self.browser(address).get("/").body for _ in range(2 * count)}
            except OSError:
                return False
            return len(names & set(self.webs)) == count
        wait_for(f"{count} servers behind {address}", 10, serves)

    def close(self):
        for web in self.webs.values():
            web.stop()


@pytest.fixture
def setup(start_relevo):
    found = Setup(start_relevo)
    yield found
    found.close()


def farm(setup, names="ABCD"):
    return [setup.web(name, f"192.168.1.{11 + i}") for i, name in enumerate(names)]


def test_cookie_insertion(setup):
    farm(setup)
    setup.start("cookie-insertion/haproxy.cfg")
    setup.wait_serves(4)
    user = setup.browser()
    first = user.get()
    assert user.cookies == {"SERVERID": first.body}
    assert first.headers["Cache-Control"] == "private"
    for _ in range(6):
        again = user.get()
        assert again.body == first.body and "Set-Cookie" not in again.headers
    web = setup.webs[first.body]
    assert all("cookie" not in fields and fields["x-forwarded-for"] == "127.0.0.1" for _, fields, _ in web.users())
    web.stop()
    wait_for("another server", 10, lambda: user.get().body not in (first.body, ""))
    assert user.cookies["SERVERID"] in set("ABCD") - {first.body}


def prefix_cookie(setup, path):
    farm(setup)
    setup.start(path)
    setup.wait_serves(4)
    user = setup.browser()
    assert "Set-Cookie" not in user.get().headers
    login = user.get("/app/login")
    assert user.cookies == {"JSESSIONID": f"{login.body}~session1"}
    assert {user.get().body for _ in range(6)} == {login.body}
    assert setup.webs[login.body].users()[-1][1]["cookie"] == "JSESSIONID=session1"


def test_prefix_cookies(setup):
    prefix_cookie(setup, "prefix-cookies/haproxy.cfg")


def test_shared_vip(setup):
    """The proxy's part here; tests/net has pairs on the network."""
    prefix_cookie(setup, "shared-vip/haproxy.cfg")
    with_eth0 = ["unshare", "-n", "sh", "-c", "ip link add eth0 type veth peer name eth1 && exec \"$@\"", "sh"]
    done = subprocess.run([*with_eth0, relevo_binary(), "-c", "-k", str(EXAMPLES / "shared-vip/keepalived.conf")],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_layer4_front(setup):
    farm(setup, "AB")
    log = SyslogSink(None, (setup.at("192.168.1.5"), int(setup.places.log_port)))
    setup.start("layer4-front/haproxy.cfg")
    second = setup.start("layer4-front/haproxy.cfg", lambda text: text.replace("192.168.1.3:", "192.168.1.4:"))
    setup.start("layer4-front/front.cfg")
    try:
        setup.wait_serves(2)
        user = setup.browser(source="127.0.0.7")
        login = user.get("/app/login")
        assert {user.get().body for _ in range(4)} == {login.body}
        assert setup.webs[login.body].users()[-1][1]["x-forwarded-for"] == "127.0.0.7"
        second.stop()
        setup.wait_serves(2)
        assert setup.browser().get("/balancer-alive").status == 200
        lines = [text for _, _, text in list(log.lines)]
        assert any('127.0.0.7:' in line and '"GET /app/login HTTP/1.1"' in line for line in lines)
        assert not any("/balancer-alive" in line for line in lines)
    finally:
        log.close()


def test_ssl_front(setup):
    farm(setup, "AB")
    setup.start("ssl-front/haproxy.cfg")
    setup.wait_serves(2)
    terminator = setup.browser(source=setup.at("192.168.1.1"))
    answer = terminator.get(**{"X-Forwarded-For": "203.0.113.9"})
    assert answer.headers["Cache-Control"] == "private" and terminator.cookies["SERVERID"] == answer.body
    fields = setup.webs[answer.body].users()[-1][1]
    assert fields["x-forwarded-for"] == "203.0.113.9" and fields["x-forwarded-proto"] == "https"
    answer = setup.browser().get()
    fields = setup.webs[answer.body].users()[-1][1]
    assert fields["x-forwarded-for"] == "127.0.0.1" and "x-forwarded-proto" not in fields


def users_stay_until_it_is_gone(setup, example):
    checks = {name: setup.web(f"check {name}", f"192.168.1.{11 + i}", 8081) for i, name in enumerate("AB")}
    farm(setup, "AB")
    setup.start(f"{example}/haproxy.cfg")
    setup.wait_serves(2)
    user = setup.browser()
    home = user.get().body
    other = "AB".replace(home, "")
    checks[home].stop()
    wait_for("new users to go elsewhere", 10, lambda: {setup.browser().get().body for _ in range(6)} == {other})
    assert {user.get().body for _ in range(4)} == {home}
    setup.webs[home].stop()
    assert user.get().body == other and user.cookies["SERVERID"] == other


def test_soft_stop(setup):
    users_stay_until_it_is_gone(setup, "soft-stop")


def test_backup_servers(setup):
    users_stay_until_it_is_gone(setup, "backup-servers")


def to_site_2(text):
    for old, new in (("10.1.1.", "10.0.1."), ("10.1.2.", "10.0.2."), ("10.2.1.", "10.1.1."), ("10.2.2.", "10.1.2."),
                     ("10.0.1.", "10.2.1."), ("10.0.2.", "10.2.2."), ("W1", "W2"), ("S1L1", "S0L1"), ("S2L1", "S1L1"),
                     ("S0L1", "S2L1"), ("SITE1", "SITE0"), ("SITE2", "SITE1"), ("SITE0", "SITE2")):
        text = text.replace(old, new)
    return text


def test_multi_site(setup):
    for name, address in (("W11", "10.1.2.1"), ("W12", "10.1.2.2"), ("W21", "10.2.2.1"), ("W22", "10.2.2.2")):
        setup.web(name, address)
    site1 = setup.start("multi-site/haproxy.cfg")
    setup.start("multi-site/haproxy.cfg", to_site_2)
    director1 = setup.start("multi-site/director.cfg")
    setup.start("multi-site/director.cfg", to_site_2)
    setup.start("multi-site/office.cfg")
    setup.wait_serves(2)
    setup.wait_serves(2, "10.2.1.1")
    user = setup.browser()
    login = user.get("/app/login")
    assert login.body in ("W11", "W12")
    assert user.cookies == {"SITE": "SITE1", "JSESSIONID": f"{login.body}~session1"}
    # The way to site 1 is gone, but site 2 can still reach it: the session goes on.
    director1.stop()
    wait_for("the office to use site 2", 10, lambda: setup.browser().get().body in ("W21", "W22"))
    assert {user.get().body for _ in range(4)} == {login.body}
    # Now site 1 is gone altogether.
    site1.stop()
    wait_for("the user to be moved", 10, lambda: user.get().body in ("W21", "W22"))
    assert user.cookies["SITE"] == "SITE2"


def test_source_addresses(setup):
    web = setup.web("one", "10.1.1.1")
    setup.start("source-addresses/haproxy.cfg")
    setup.wait_serves(1)
    for _ in range(8):
        assert setup.browser().get().body == "one"
    seen = [address[0] for _, _, address in web.users()]
    assert {address: seen.count(address) for address in seen} == {setup.at(f"10.1.2.{i}"): 2 for i in (1, 2, 3, 4)}


def test_monitor_uri(setup):
    webs = farm(setup, "ABC")
    setup.start("monitor-uri/haproxy.cfg")
    setup.wait_serves(3)
    alive = lambda: setup.browser().get("/balancer-alive").status
    assert alive() == 200
    webs[0].stop()
    wait_for("two servers", 10, lambda: {setup.browser().get().body for _ in range(6)} == {"B", "C"})
    assert alive() == 200
    webs[1].stop()
    wait_for("the monitor to fail", 10, lambda: alive() == 503)
    assert setup.browser().get().body == "C"
    assert not any(path == "/balancer-alive" for web in webs for path, _, _ in web.seen)


def test_server_queue(setup):
    webs = farm(setup, "AB")
    setup.start("server-queue/haproxy.cfg")
    setup.wait_serves(2)
    for web in webs:
        web.slow, web.most_at_once = 0.05, 0
    answers = []
    users = [threading.Thread(target=lambda: answers.append(setup.browser().get().status)) for _ in range(40)]
    for user in users:
        user.start()
    # One who gives up while waiting.
    with socket.create_connection((setup.at("192.168.1.1"), 8080)) as impatient:
        impatient.sendall(b"GET /app/impatient HTTP/1.1\r\nHost: a\r\n\r\n")
    for user in users:
        user.join(20)
    assert answers == [200] * 40
    # A check may be on its way beside the four.
    assert all(4 <= web.most_at_once <= 5 for web in webs)


def test_every_folder_has_its_test_and_its_line():
    names = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    tests = {name[5:].replace("_", "-") for name in globals() if name.startswith("test_")}
    assert names <= tests
    assert names == set(re.findall(r"^\| \[([\w-]+)\]", (EXAMPLES / "README.md").read_text(), re.M))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.cfg")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_is_valid_as_it_stands(path):
    done = subprocess.run([relevo_binary(), "-c", "-f", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower(), done.stderr
