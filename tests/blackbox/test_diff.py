# SPDX-License-Identifier: Apache-2.0
"""`relevo diff`: what a reload would change, its exit status, and that asking changes nothing."""
import re
import subprocess

import pytest
from reload_lab import Reloaded, free_port, refused
from streams import Server, connect, echo, wait_bound

from lab.software import relevo_binary

CFG = """
global
    maxconn 200
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
frontend web
    bind 127.0.0.1:{port}
    mode tcp
    acl one src 10.0.0.1
    acl two src 10.0.0.2
    tcp-request connection reject if one
    tcp-request connection accept if two
    default_backend app
backend app
    mode tcp
    server s1 127.0.0.1:{server} weight 10
    server s2 127.0.0.1:{server} weight 10
backend spare
    server x 127.0.0.1:9
"""


class Site(Reloaded):
    def __init__(self, start_relevo, *options):
        self.server, self.port = Server(echo), free_port()
        super().__init__(wait_bound(start_relevo(self.cfg(), *options), self.port))

    def cfg(self, *changes):
        """CFG with pieces of text replaced; each must be there."""
        text = CFG.format(port=self.port, server=self.server.port)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        return text

    def diff(self, *changes):
        self.write(self.cfg(*changes))
        return subprocess.run([relevo_binary(), "diff", "--control", self.control], capture_output=True, text=True,
                              timeout=30, check=False, stdin=subprocess.DEVNULL)

    def says(self, *changes):
        done = self.diff(*changes)
        assert done.returncode == 1 and "error" not in done.stderr
        return done.stdout


@pytest.fixture
def site(start_relevo):
    made = Site(start_relevo)
    yield made
    made.server.close()


def test_nothing(site):
    done = site.diff()
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing would change\n", "")
    # comments, quotes, blanks and the place of a proxy among the same defaults are no change
    text = site.cfg().replace("mode tcp", "mode  \"tcp\"  # as ever").replace("    ", "\t")
    head, spare = text.split("\nbackend spare")
    head, app = head.split("\nbackend app")
    site.write(f"{head}\nbackend spare{spare}\nbackend app{app}")
    done = subprocess.run([relevo_binary(), "diff", "--control", site.control], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "nothing would change\n")


CHANGES = [
    ([("weight 10\n    server s2", "weight 20\n    server s2")],
     "backend app\n  - server s1 127.0.0.1:S weight 10\n"
     "  + server s1 127.0.0.1:S weight 20   (its state and counters carry over)\n"),
    ([("s2 127.0.0.1", "s2 127.0.0.2")],
     "backend app\n  - server s2 127.0.0.1:S weight 10\n"
     "  + server s2 127.0.0.2:S weight 10   (its counters carry over, its state begins anew)\n"),
    ([("    server s2", "    server s3 127.0.0.1:1 check\n    server s2")],
     "backend app\n  + server s3 127.0.0.1:1 check\n"),
    ([("    bind", "    bind 127.0.0.1:1 name 'a b'\n    bind")],
     "frontend web\n  + bind 127.0.0.1:1 name 'a b'\n"),
    ([("server x 127.0.0.1:9", "# none")], "backend spare\n  - server x 127.0.0.1:9\n"),
    ([("backend spare\n    server x 127.0.0.1:9", "")], "backend spare: removed; its connections drain\n"),
    ([("backend spare", "backend other\n    server y 127.0.0.1:1\nbackend spare")],
     "backend other: added\n  + server y 127.0.0.1:1\n"),
    # rules are taken in their order
    ([("reject if one", "X"), ("accept if two", "reject if one"), ("X", "accept if two")],
     "frontend web\n  ~ tcp-request connection accept if two   (in another place)\n"),
    # of anonymous defaults the first is compared with the first
    ([("timeout client 10s", "timeout client 11s")],
     "defaults (number 2 of that name)\n  - timeout client 10s\n  + timeout client 11s\n"),
    ([("timeout client 30s", "timeout client 31s")], "defaults\n  - timeout client 30s\n  + timeout client 31s\n"),
    # a proxy of the same lines below other defaults is another one
    ([("backend spare\n    server x 127.0.0.1:9\n", ""),
      ("defaults\n    mode http", "backend spare\n    server x 127.0.0.1:9\ndefaults\n    mode http")],
     "backend spare\n  ~ its defaults would be those of defaults\n"),
    ([("defaults\n    mode http", "defaults base\n    mode http"), ("backend spare", "backend spare from base")],
     "defaults (number 2 of that name): removed\nfrontend web\n  ~ its defaults would be those of defaults base\n"
     "backend app\n  ~ its defaults would be those of defaults base\n"
     "backend spare\n  - backend spare\n  + backend spare from base\n"
     "defaults base: added\n  + mode http\n  + timeout connect 5s\n  + timeout client 10s\n  + timeout server 10s\n"),
]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_what_would_change(site, number):
    changes, said = CHANGES[number]
    assert site.says(*changes) == said.replace(":S ", f":{site.server.port} ")


def test_a_wrong_file_is_told_of(site):
    done = site.diff(("weight 10", "wieght 10"))
    assert done.returncode == 2 and done.stdout == ""
    assert re.search(r"\.cfg:\d+:\d+: error: .*'wieght'", done.stderr)
    assert "did you mean 'weight'?" in done.stderr


def test_asking_changes_nothing(site):
    other = free_port()
    before = site.proxies()
    assert "+ bind" in site.says(("    bind", f"    bind 127.0.0.1:{other}\n    bind"))
    assert site.proxies() == before and refused(other)
    with connect(site.port) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
    # once it is loaded it is what is there
    site.good(site.cfg(("maxconn 200", "maxconn 300")))
    assert site.diff(("maxconn 200", "maxconn 300")).returncode == 0
    assert site.says() == "global\n  - maxconn 300\n  + maxconn 200\n"
    site.good(site.cfg())


def test_nobody_to_ask(tmp_path):
    done = subprocess.run([relevo_binary(), "diff", "--control", tmp_path / "none"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "no relevo answers" in done.stderr


def test_a_long_answer_is_whole(site):
    servers = "".join(f"    server many{i} 127.0.0.1:{10000 + i} weight 100\n" for i in range(10000))
    said = site.says(("backend spare\n", f"backend many\n{servers}backend spare\n"))
    lines = said.splitlines()
    assert lines[0] == "backend many: added" and len(lines) == 10001
    assert lines[-1] == "  + server many9999 127.0.0.1:19999 weight 100"
