# SPDX-License-Identifier: Apache-2.0
"""Maps and ACLs changed by the runtime API, beside HAProxy and under requests."""
import http.client
import re
import threading
import time

import pytest

from cli_client import answer, ask, started, wait_socket
from lab.local import free_port
from programs import programs

FILES = {"m.map": "127.0.0.0/8 local\n10.0.0.0/8 ten\n", "s.map": "foo bar\nabc def\n", "r.map": "^foo.*bar$ yes\n",
         "a.acl": "10.0.0.0/8\n1.2.3.4\n", "i.acl": "FOO\nBar\n"}


def config(directory, files, port):
    return f"""
global
    stats socket {directory}/admin.sock level admin
    nbthread 2
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 1s
frontend fe
    bind 127.0.0.1:{port}
    http-request set-header x %[src,map_ip({files}/m.map)]
    http-request set-header y %[hdr(host),map({files}/s.map)]
    http-request set-header z %[hdr(host),map_beg({files}/s.map)]
    http-request set-header w %[hdr(host),map_reg({files}/r.map)]
    acl bad src -f {files}/a.acl
    acl named hdr(host) -i -f {files}/i.acl
    http-request deny if bad
    http-request return status 200 content-type text/plain lf-string "%[hdr(host),map({files}/s.map,none)]" if !named
    http-request return status 403 if named
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    directory = tmp_path_factory.mktemp("map")
    for name, text in FILES.items():
        (directory / name).write_text(text)
    running, sockets = [], {}
    for name, start in programs(directory):
        own = directory / f"run-{name}"
        own.mkdir()
        sockets[name] = own / "admin.sock"
        running.append(started(start, config(own, directory, free_port()), sockets[name]))
    yield sockets, directory
    for program in running:
        program.stop()


COMMANDS = [command.encode().decode("unicode_escape") for command in r"""
show map
show acl #3
show acl #9
show map #1
show map #3
show map nobody
show map @1
show map @7 #0
show map @x #0
show map FILES/s.map
get map
get map #0
get map #0 127.0.0.1
get map #0 1.1.1.1
get map #0 foo
get map #1 foo
get map #1 nobody
get map #2 foobar
get map FILES/s.map abc
get acl
get acl #3
get acl #3 10.1.1.1
get acl #3 9.1.1.1
get acl #3 zz
get acl #5 foo
get acl #9 1
add map
add map #0
add map #0 1.0.0.0/8
add map #0 1.0.0.0/8 one
add map #0 foo one
add map #9 1 1
add map #0 <<\n2.0.0.0/8 two\n3.0.0.0/8 three x\n
add map #0 <<\nfoo\n
add map #1 k v w
show map #1
show map #0
add acl
add acl #3
add acl #3 8.8.8.8
add acl #3 8.8.8.8 x
add acl #3 zzz
add acl #9 1
show acl #3
get acl #3 8.8.8.8
set map
set map #0
set map #0 1.0.0.0/8
set map #0 1.0.0.0/8 eins
set map #0 77.0.0.0/8 eins
set map #0 #0x1 eins
set map #9 1 1
get map #0 1.2.3.4
del map
del map #0
del map #0 1.0.0.0/8
del map #0 1.0.0.0/8
del map #0 #0x12
del acl
del acl #3
del acl #3 8.8.8.8
del acl #3 7.7.7.1
clear map
clear map #9
clear acl
clear acl #9
clear acl @1 #3
prepare map
prepare map #9
prepare map #0
prepare map #0
show map @1 #0
show map @9 #0
add map @1 #0 5.0.0.0/8 five
add map @7 #0 5.0.0.0/8 five
show map @1 #0
get map #0 5.5.5.5
commit map
commit map #0
commit map @1
commit map @1 #9
commit map @5 #0
commit map @1 #0
get map #0 5.5.5.5
get map #0 10.1.1.1
commit map @1 #0
show map #0
commit map @2 #0
show map #0
prepare acl #3
add acl @1 #3 4.4.4.4
commit acl @1 #3
show acl #3
get acl #3 4.4.4.4
clear acl #3
show acl #3
clear map #1
show map #1
set severity-output number;get map #9 1;prepare map #1
""".strip().splitlines()]


def same(text):
    return re.sub(r"run-\w+", "run", re.sub(r"0x[0-9a-f]+", "POINTER", text))


@pytest.mark.parametrize("number", range(len(COMMANDS)), ids=lambda number: f"{number}-{COMMANDS[number][:40]!r}")
def test_says_what_haproxy_says(both, number):
    sockets, files = both
    said = {}
    for name, path in sockets.items():
        command = COMMANDS[number].replace("FILES", str(files))
        said[name] = same(ask(path, (command + "\n").encode()))
        said[name] = re.sub(r"file '[^']*haproxy.cfg'", "file 'haproxy.cfg'", said[name])
        if COMMANDS[number] == "show map":
            # relevo tells the first place for each way of matching.
            said[name] = re.sub(r"(, by map at file '[^']*' line \d+)+", "", said[name])
            said[name] = re.sub(r"entry_cnt=\d+", "entry_cnt=N", said[name])  # HAProxy counts some twice
    assert said["relevo"] == said["haproxy"]


@pytest.fixture
def shop(start_relevo, tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    port = free_port()
    start_relevo(config(tmp_path, tmp_path, port)).wait_listens(port)
    wait_socket(tmp_path / "admin.sock")
    return tmp_path / "admin.sock", port


def get(port, host):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers={"Host": host})
    response = connection.getresponse()
    return response.status, response.read().decode()


def test_requests_see_the_change_at_once(shop):
    path, port = shop
    assert get(port, "foo.example") == (200, "none")
    assert answer(path, "add map #1 foo.example here") == ""
    assert get(port, "foo.example") == (200, "here")
    assert answer(path, "set map #1 foo.example there") == ""
    assert get(port, "foo.example") == (200, "there")
    pointer = next(line.split()[0] for line in answer(path, "show map #1").splitlines() if "foo.example" in line)
    assert answer(path, f"set map #1 #{pointer} again") == ""
    assert get(port, "foo.example") == (200, "again")
    assert answer(path, f"del map #1 #{pointer}") == ""
    assert get(port, "foo.example") == (200, "none")
    assert answer(path, "add acl #5 foo.example") == ""
    assert get(port, "FOO.example")[0] == 403
    assert answer(path, "del acl #5 foo.example") == ""
    assert get(port, "foo.example")[0] == 200


def test_a_commit_is_seen_whole_under_requests(shop):
    path, port = shop
    seen, stopped = set(), []

    def ask_on():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while not stopped:
            connection.request("GET", "/", headers={"Host": "first"})
            seen.add(connection.getresponse().read().decode())
            connection.request("GET", "/", headers={"Host": "last"})
            seen.add(connection.getresponse().read().decode())
    assert answer(path, "clear map #1") == ""
    assert answer(path, "add map #1 first v0;add map #1 last v0").strip() == ""
    threads = [threading.Thread(target=ask_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, 30):
            assert answer(path, "prepare map #1") == f"New version created: {number}\n"
            lines = "".join(f"filler{i} x\n" for i in range(200))
            ask(path, f"add map @{number} #1 <<\nfirst v{number}\n{lines}last v{number}\n\n".encode())
            assert answer(path, f"commit map @{number} #1") == ""
    finally:
        stopped.append(True)
        for thread in threads:
            thread.join()
    assert "none" not in seen and seen <= {f"v{number}" for number in range(30)}
    assert len(answer(path, "show map #1").splitlines()) == 202


def test_a_large_map_is_shown_while_it_changes(shop):
    path, _ = shop
    for start in range(0, 20000, 400):
        lines = "".join(f"key{i} value{i}\n" for i in range(start, start + 400))
        assert ask(path, f"add map #1 <<\n{lines}\n".encode()) == "\n"
    stopped = []

    def change():
        while not stopped:
            answer(path, "add map #1 more more;del map #1 more")
            time.sleep(0.001)
    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(3):
            keys = {line.split()[1] for line in answer(path, "show map #1").splitlines()}
            assert {f"key{i}" for i in range(20000)} <= keys
    finally:
        stopped.append(True)
        thread.join()
