# SPDX-License-Identifier: Apache-2.0
"""relevo log beside Debian's halog: the same log, the same flags, the same columns; and what is its own."""
import os
import pathlib
import random
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from lab.local import free_port
from lab.software import wait_for

RELEVO = os.path.abspath(os.environ.get("RELEVO", pathlib.Path(__file__).parents[2] / "build" / "relevo"))
PREFIX = "Feb  6 10:00:00 localhost haproxy[14389]: "
HEADER = "#req err"


def http_line(rng, index):
    """A line of option httplog, with times, status and termination state that go together."""
    status = rng.choice([200] * 20 + [304] * 5 + [101, 302, 404, 404, 500, 502, 503, 504, 400, 401, -1])
    request, queue, connect, response = rng.choice([0, 1, 10, 30]), rng.choice([0, 0, 4, 20]), rng.randrange(3), rng.randrange(900)
    server, term, words = rng.choice(["s1", "s2", "s3"]), rng.choice(["----"] * 9 + ["cDVN", "--VN", "--NI", "sDVN", "CDNI"]), None
    if status in (503, 504):
        connect, response, term = (-1 if status == 503 else connect), -1, "SC--" if status == 503 else "sH--"
    if status in (400, 401, -1):
        queue = connect = response = -1
        server, term = "<NOSRV>", "CR--" if status == 400 else "PR--" if status == 401 else "CD--"
        request = -1 if status == 400 else request
        words = "<BADREQ>" if status == 400 else None
    total = sum(t for t in (request, queue, connect, response) if t > 0) + rng.randrange(5000)
    url = rng.choice(["/", "/img/logo.png", "/items?x=1", "/items?x=2", "/search;a=b", "http://h/abs"] + [f"/p/{i}" for i in range(30)])
    words = words or f"{rng.choice(['GET', 'POST'])} {url} HTTP/1.1"
    second = index // 4
    return (f"{PREFIX}10.0.{rng.randrange(3)}.{rng.randrange(9)}:{rng.randrange(1024, 65000)} "
            f"[06/Feb/2009:10:{second // 60:02}:{second % 60:02}.{rng.randrange(250) + 250 * (index % 4):03}] "
            f"fe{rng.choice(['', '~'])} be/{server} {request}/{queue}/{connect}/{response}/{total} {status} {rng.randrange(99999)} - - "
            f"{term} {rng.randrange(9)}/3/2/1/0 {rng.choice(['0/0', '0/0', '1/0', '0/2', '3/4'])} "
            f"{rng.choice(['', '', '{www.example.com|curl} ', '{a b|c d} {e} '])}\"{words}\"")


def tcp_line(rng):
    return (f"{PREFIX}10.0.0.{rng.randrange(9)}:4000 [06/Feb/2009:10:01:00.500] fe be-tcp/t{rng.randrange(3)} "
            f"0/{rng.randrange(9)}/{rng.randrange(9999)} {1000 + rng.randrange(9999)} -- 1/1/1/1/0 0/0")


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """{"http": requests alone, "mixed": sessions and other lines between them}: paths."""
    rng = random.Random(7)
    directory = tmp_path_factory.mktemp("logs")
    requests = [http_line(rng, i) for i in range(1500)]
    mixed = []
    for line in requests:
        mixed.append(line)
        if rng.random() < 0.2:
            mixed.append(tcp_line(rng))
        if rng.random() < 0.05:
            mixed.append(rng.choice(["", "not ours", PREFIX + "Server be/s1 is DOWN, reason: Layer4 timeout."]))
    paths = {}
    for name, lines in (("http", requests), ("mixed", mixed)):
        paths[name] = directory / name
        paths[name].write_text("\n".join(lines) + "\n")
    return paths


def run(program, flags, path):
    with open(path, "rb") as log:
        return subprocess.run([*program, *flags.split()], stdin=log, capture_output=True, text=True, timeout=30)


def both(flags, path):
    ours, theirs = run([RELEVO, "log"], flags, path), run(["halog"], flags, path)
    assert ours.returncode == 0, ours.stderr
    assert theirs.stdout.strip() not in ("", "0"), "halog says nothing of this log: the test compares nothing"
    return ours, theirs


URLS = ["-u", "-uc", "-ue", "-ua", "-ut", "-uao", "-uto", "-uba", "-ubt"]
TABLES = ["-c", "-pct", "-gt", "-st", "-cc", "-tc", "-srv", "-ad 300", "-ac 1", "-ad 100 -ac 1",
          "-hdr 1:1", "-hdr 1:2", "-hdr 2:1", *URLS]
FILTERS = ["-e", "-E", "-rt 300", "-RT 300", "-Q", "-QS", "-tcn SC", "-tcn --", "-TCN --", "-hs 404", "-hs 400:499",
           "-hs 400:", "-hs :299", "-HS 200", "-HS 200:399", "-time 1233914460:1233914520", "-time 1233914460",
           "-time :1233914460", "-v -e", "-v -hs 200", "-v -Q", "-e -Q", "-H -rt 100 -hs 200"]


@pytest.mark.parametrize("flags", [*TABLES, *FILTERS, *(f + " -query" for f in URLS), "-uc -m 5", "-st -m 2",
                                   "-e -m 4", "-c -m 7", "-e -c", "-v -H -E -c", "-q -st", "-st -e", "-srv -hs 200",
                                   "-uc -rt 300", "-pct -hs 200", "-s 1 -st"])
def test_a_log_of_requests_as_halog(logs, flags):
    ours, theirs = both(flags, logs["http"])
    assert ours.stdout.splitlines() == theirs.stdout.splitlines()
    if "-m" not in flags:
        assert ours.stderr == theirs.stderr


@pytest.mark.parametrize("flags", ["-c", "-H", "-v -H", "-e", "-E", "-rt 300", "-RT 300", "-HS 404", "-hs 404",
                                   "-time 1233914460:1233914461", "-ad 100", *URLS, "-pct", "-gt", "-cc", "-ic"])
def test_sessions_and_other_lines_between_as_halog(logs, flags):
    ours, theirs = both(flags, logs["mixed"])
    order = sorted if flags == "-ic" else list
    assert order(ours.stdout.splitlines()) == order(theirs.stdout.splitlines())


def test_clients_as_halog_in_the_order_of_their_requests(logs):
    ours, theirs = both("-ic", logs["http"])
    assert sorted(ours.stdout.splitlines()) == sorted(theirs.stdout.splitlines())
    counts = [int(line.split()[0]) for line in ours.stdout.splitlines() if not line.startswith(HEADER)]
    assert counts == sorted(counts, reverse=True)


def test_what_halog_cannot_read_is_counted(tmp_path):
    """A '+' for "so far", mode tcp in tables, CLF, and any syslog prefix or none."""
    log = tmp_path / "log"
    log.write_text(
        '10.0.0.1:1 [06/Feb/2009:10:00:00.000] fe be/s1 1/2/3/4/+10 200 +500 - - ---- 1/1/1/1/+0 0/0 "GET /a HTTP/1.1"\n'
        '<134>1 2009-02-06T10:00:00Z host haproxy 7 - - 10.0.0.1:1 [06/Feb/2009:10:00:00.000] fe be/s1 0/1/9 7 cD 1/1/1/1/0 0/0\n'
        '10.0.0.2 - - [06/Feb/2009:10:00:00 +0000] "GET /b?c HTTP/1.1" 503 217 "" "" 5 9 "fe" "be" "s2" 0 0 -1 -1 30 SC-- 1 1 0 0 3 0 0 "" "" \n')
    out = run([RELEVO, "log"], "-srv", log).stdout.splitlines()
    assert out[1:] == ["be/s1 0 1 0 0 0 1 2 2 100.0 2 2", "be/s2 0 0 0 0 1 0 1 0 0.0 0 0"]
    assert run([RELEVO, "log"], "-tc -q", log).stdout == "-- 1\nSC 1\ncD 1\n"
    assert run([RELEVO, "log"], "-u", log).stdout.splitlines()[1:] == ["1 1 30 30 0 0 217 217 /b", "1 0 4 4 4 4 500 500 /a"]


def test_the_summary(logs):
    done = subprocess.run([RELEVO, "log", logs["http"], logs["mixed"]], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and done.stderr == ""
    http = int(run(["halog"], "-q -H -c", logs["http"]).stdout) * 2
    assert done.stdout.startswith(f"{http} requests, ")
    assert "from 2009-02-06 10:00:00 to 2009-02-06 10:06:14" in done.stdout
    statuses = dict(line.split() for line in run(["halog"], "-q -st", logs["http"]).stdout.splitlines())
    for status, count in statuses.items():
        assert f"\n  {status:>6} {2 * int(count):12} " in done.stdout
    for words in ("Times in ms", "be/s3", "Most frequent URLs", "Slowest URLs", "/items", "more: -m 3",
                  "The server did not begin its answer in time (timeout server).", "Ended as it should"):
        assert words in done.stdout


def test_a_filter_and_the_summary(logs):
    out = run([RELEVO, "log"], "--summary -hs 404", logs["http"]).stdout
    assert "404" in out and "\n     200 " not in out


@pytest.mark.parametrize("flags, words", [
    ("-zz", "unknown flag '-zz'"), ("-srb", "did you mean '-srv'?"), ("-m", "-m needs a COUNT"), ("-m x", "'x' is no COUNT for -m"),
    ("-u -st", "only one at a time"), ("/nonexistent", "cannot read /nonexistent: No such file or directory")])
def test_wrong_words_are_named(flags, words):
    done = subprocess.run([RELEVO, "log", *flags.split()], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert words in done.stderr


def test_help_and_reference_list_every_flag_of_halog():
    theirs = set()
    for line in subprocess.run(["halog", "--help"], capture_output=True, text=True).stdout.splitlines():
        words = line.split()
        if words and words[0].startswith("-"):
            theirs.update(words[0].rstrip(",}").split("|"))
    theirs = {word for word in theirs if word.startswith("-")} - {"-u*"}
    assert len(theirs) > 20
    ours = subprocess.run([RELEVO, "log", "-h"], capture_output=True, text=True).stdout
    reference = subprocess.run([RELEVO, "reference"], capture_output=True, text=True).stdout
    for word in theirs | set(URLS) | {"-ad", "-ac"}:
        assert f"\n  {word} " in ours, word
        assert f"- `{word}" in reference, word


def test_what_relevo_itself_logs_is_read(start_relevo, echo_server, tmp_path):
    """Requests and sessions in each form, one after a syslog header: all are counted, none is broken."""
    ports = {name: free_port() for name in ("plain", "clf", "tcp", "tcpclf")}
    options = {"plain": "httplog", "clf": "httplog clf", "tcp": "tcplog", "tcpclf": "tcplog clf"}
    cfg = "global\n log stderr format raw local0\ndefaults\n log global\n option dontlognull\n retries 0\n"
    cfg += " timeout client 5s\n timeout server 5s\n timeout connect 1s\n"
    for name, port in ports.items():
        mode = "tcp" if name.startswith("tcp") else "http"
        cfg += f"frontend {name}\n mode {mode}\n bind 127.0.0.1:{port}\n option {options[name]}\n default_backend to-{mode}\n"
    cfg += f"backend to-http\n mode http\n server dead 127.0.0.1:{free_port()}\n"
    cfg += f"backend to-tcp\n mode tcp\n server echo 127.0.0.1:{echo_server.address[1]}\n"
    relevo = start_relevo(cfg)
    for port in ports.values():
        relevo.wait_listens(port)
    for name in ("plain", "clf"):
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(f"http://127.0.0.1:{ports[name]}/{name}?q", timeout=10)
    for name in ("tcp", "tcpclf"):
        with socket.create_connection(("127.0.0.1", ports[name]), 10) as sock:
            sock.sendall(b"hello")
            assert sock.recv(5) == b"hello"
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(5) == b""
    log = tmp_path / "log"

    def all_four():
        log.write_text(relevo.said())
        return run([RELEVO, "log"], "-q -tc", log).stdout == "-- 2\nSC 2\n"
    wait_for("two requests and two sessions", 10, all_four)
    assert [line.split()[-1] for line in run([RELEVO, "log"], "-q -u", log).stdout.splitlines()[1:]] == ["/plain", "/clf"]
    servers = run([RELEVO, "log"], "-q -srv", log).stdout.splitlines()[1:]
    assert [line.split()[:8] for line in servers] == [["to-http/dead", *"000020", "2"], ["to-tcp/echo", *"000002", "2"]]
    assert "2 requests, 2 sessions of mode tcp, 0 refused connections" in run([RELEVO, "log"], "", log).stdout
