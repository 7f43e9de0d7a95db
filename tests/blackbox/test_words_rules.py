# SPDX-License-Identifier: Apache-2.0
"""Rare words of rules and expressions, in a proxy that answers with what it made of the request."""
import base64
import contextlib
import http.client
import re
import urllib.parse

from cli_client import ask as ask_cli
from lab.local import free_port
from lab.wait import until
from test_daemon import RELEVO
from test_words import TIMES, both, listening, proxy, receive


def pair(*texts):
    """Texts with their lengths, as req.hdrs_bin writes them."""
    return b"".join(size(len(text)) + text.encode() for text in texts)


def size(number):
    if number < 240:
        return bytes([number])
    data, number = bytes([number & 0xff | 0xf0]), (number - 240) >> 4
    while number >= 128:
        data, number = data + bytes([number & 0x7f | 0x80]), (number - 128) >> 7
    return data + bytes([number])


@contextlib.contextmanager
def answering(binary, directory, lines, before=""):
    """Answers with the request's head after these rules."""
    port = free_port()
    text = f"""{before}{TIMES}
listen l
    mode http
    bind 127.0.0.1:{port}
    http-request set-var(txn.list) req.hdr(x-list),b64dec
    http-request del-header x-list
""" + "".join(f"    {line}\n" for line in lines) + """    http-request return status 200 content-type text/plain lf-string %[req.hdrs]
"""
    with proxy(binary, directory, text, port):
        yield port


def ask(port, path, data, *headers):
    """The status, the response's headers, and the request's as they were after the rules."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    for name, value in (("host", "a.test"), *headers):
        client.putheader(name, value)
    client.putheader("x-list", base64.b64encode(data).decode())
    client.endheaders()
    response = client.getresponse()
    body = urllib.parse.unquote(response.read().decode()) # of control bytes a log-format string makes %0D
    client.close()
    lines = [line for line in body.split("\r\n") if line] if response.status == 200 else None
    return response.status, response.getheaders(), lines


LISTS = [
    ("add", pair("x-a", "1", "x-b", "2", "", ""), ["x-a: old", "x-a: 1", "x-b: 2"]),
    ("add", pair("x-a", "1", "x-b", "2"), ["x-a: old", "x-a: 1", "x-b: 2"]),
    ("add", pair("x-a", "1", "", "", "x-b", "2"), ["x-a: old", "x-a: 1"]),
    ("add", b"", ["x-a: old"]),
    ("add", pair("x-l", "v" * 3000), ["x-a: old", "x-l: " + "v" * 3000]),
    ("addp", pair("x-a", "1", "y-a", "2", "Y-B", "3"), ["x-a: old", "y-a: 2", "y-b: 3"]),
    ("set", pair("x-a", "1", "x-b", "2", "", ""), ["x-a: 1", "x-b: 2"]),
    ("set", pair("x-a", "1", "x-a", "2"), ["x-a: 2"]),
    ("set", pair("Host", "b.test", "x-b", ""), ["host: b.test", "x-a: old", "x-b: "]),
    ("setp", pair("x-a", "1", "y-a", "2"), ["x-a: old", "y-a: 2"]),
    ("del", pair("x-a", "x-none"), []),
    ("del", pair("x-", "A"), ["x-a: old"]),
    ("delbeg", pair("X-"), []),
    ("delend", pair("", "-a"), ["x-a: old"]),
    ("delend", pair("-a"), []),
    ("delsub", pair("-"), []),
    # malformed: the request fails, and with strict-mode off nothing happens
    ("add", pair("x-b", "2") + b"\3x-", 500),
    ("add", pair("x-b"), 500),
    ("add", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 500),
    ("add", pair("x b", "2"), 500),
    ("add", pair("x-b", "2\r\nx-c: 3"), 500),
    ("add", pair("content-length", "5"), 500),
    ("add", pair("transfer-encoding", "chunked"), 500),
    ("del", pair("x-a") + b"\5", 500),
    ("lax", pair("x-b", "2") + b"\3x-", ["x-a: old"]),
    ("lax", pair("x-b", "2", "x c", "3"), ["x-a: old", "x-b: 2"]),
]
LIST_RULES = [
    "http-request add-headers-bin var(txn.list) if { path /add }",
    "http-request add-headers-bin var(txn.list) prefix y- if { path /addp }",
    "http-request set-headers-bin var(txn.list) if { path /set }",
    "http-request set-headers-bin var(txn.list) prefix y- if { path /setp }",
    "http-request del-headers-bin var(txn.list) if { path /del }",
    "http-request del-headers-bin var(txn.list) -m beg if { path /delbeg }",
    "http-request del-headers-bin var(txn.list) -m end if { path /delend }",
    "http-request del-headers-bin var(txn.list) -m sub if { path /delsub }",
    "http-request strict-mode off if { path /lax }",
    "http-request add-headers-bin var(txn.list) if { path /lax }",
    "http-request add-headers-bin var(txn.unset)",
    "http-after-response strict-mode off",
    "http-after-response add-headers-bin var(txn.list) prefix R-",
    "http-after-response set-headers-bin var(txn.list) prefix content-t",
]


def test_lists_of_headers(tmp_path):
    with answering(RELEVO, tmp_path, LIST_RULES) as port:
        for path, data, expected in LISTS:
            status, _, lines = ask(port, "/" + path, data, ("x-a", "old"))
            if isinstance(expected, int):
                assert status == expected, (path, data)
            else:
                host = [] if any(line.startswith("host:") for line in expected) else ["host: a.test"]
                assert sorted(lines) == sorted(host + expected), (path, data)
        status, headers, _ = ask(port, "/res", pair("r-a", "1", "Content-Type", "text/x"))
        assert status == 200
        assert ("r-a", "1") in headers
        assert [value for name, value in headers if name.lower() == "content-type"] == ["text/x"]


def test_all_headers_again(tmp_path):
    """The example of the manual: what was deleted comes back."""
    rules = ["http-request set-var(txn.all) req.hdrs_bin", "http-request del-header accept",
             "http-request del-header x- -m beg", "http-request set-headers-bin var(txn.all)"]
    with answering(RELEVO, tmp_path, rules) as port:
        status, _, lines = ask(port, "/", b"", ("accept", "*/*"), ("x-y", "1"))
        assert status == 200
        assert sorted(lines) == ["accept: */*", "host: a.test", "x-y: 1"]


DEBUG = ["http-request set-var(txn.v) str(abc),debug(pfx,stderr)", "http-request set-var(txn.v) src,debug(,stderr)",
         "http-request set-var(txn.v) int(-5),debug(n,stderr)", "http-request set-var(txn.v) method,debug(m,stderr)",
         "http-request set-var(txn.v) bool(1),debug(b,stderr)", "http-request set-var(txn.v) bin(61ff0a7e),debug(x,stderr)",
         "http-request set-var(txn.v) str(::1),ipmask(32,64),debug(v6,stderr)", "http-request set-var(txn.v) path,debug(p,stderr)",
         "http-request set-var(txn.v) var(txn.none),debug(none,stderr)", "http-request set-var(txn.v) str(e),debug(o,stdout)",
         "http-request set-var(txn.kept) str(kept),debug(k,stderr)", "http-request set-header x-kept %[var(txn.kept)]"]
SAID = ["pfx: type=str <abc>", ": type=ipv4 <127.0.0.1>", "n: type=sint <-5>", "m: type=meth <GET>", "b: type=bool <1>",
        "x: type=bin <a..~>", "v6: type=ipv6 <::>", f"p: type=str </{'y' * 2000}>", "o: type=str <e>", "k: type=str <kept>"]


@both()
def test_debug_to_descriptors(binary, tmp_path):
    with answering(binary, tmp_path, DEBUG) as port:
        status, _, lines = ask(port, "/" + "y" * 2000, b"")
        assert status == 200
        assert "x-kept: kept" in lines
        wanted = sorted("[debug] " + line for line in SAID)

        def said():
            return sorted(line for line in (tmp_path / "said").read_text().splitlines() if line.startswith("[debug]"))
        until(lambda: said() == wanted, 10, "all lines", lambda: "\n".join(said()))


@both()
def test_debug_to_memory(binary, tmp_path):
    rules = ["http-request set-var(txn.v) path,debug(p)", "http-request set-var(txn.v) path,debug(q,buf0)",
             "http-request set-var(txn.v) path,debug"]
    with answering(binary, tmp_path, rules, f"global\n    stats socket {tmp_path}/cli level admin\n") as port:
        for path in ("/one", "/two"):
            assert ask(port, path, b"")[0] == 200
        shown = ask_cli(tmp_path / "cli", "show events buf0").splitlines()
        events = [re.fullmatch(r"<0>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00 \[debug\] (.*)", line) for line in shown if line]
        assert [event[1] for event in events] == [f"{prefix}: type=str <{path}>" for path in ("/one", "/two")
                                                  for prefix in ("p", "q", "")]
        assert "buf0 " in ask_cli(tmp_path / "cli", "show events")
        assert "No such event sink" in ask_cli(tmp_path / "cli", "show events nope")


def test_events_give_way(tmp_path):
    """The newest megabyte is kept, in whole lines."""
    rules = ["http-request set-var(txn.v) path,debug(%03d)" % number for number in range(100)]
    with answering(RELEVO, tmp_path, rules, f"global\n    stats socket {tmp_path}/cli level admin\n") as port:
        for turn in range(8):
            assert ask(port, f"/{turn}" + "y" * 2000, b"")[0] == 200
        shown = [line.split(" ", 1)[1] for line in ask_cli(tmp_path / "cli", "show events buf0").splitlines() if line]
        wanted = [f"[debug] {number:03}: type=str </{turn}{'y' * 2000}>" for turn in range(8) for number in range(100)]
        assert 400 < len(shown) < 800
        assert shown == wanted[-len(shown):]


@both()
def test_debug_to_ring(binary, tmp_path):
    with listening() as one:
        before = f"""ring r
    format raw
    maxlen 1200
    size 32768
    timeout connect 5s
    timeout server 10s
    server one 127.0.0.1:{one.getsockname()[1]}
"""
        with answering(binary, tmp_path, ["http-request set-var(txn.v) path,debug(p,r)"], before) as port:
            assert ask(port, "/path", b"")[0] == 200
            peer, _ = one.accept()
            with peer:
                peer.settimeout(10)
                assert receive(peer, 28) == b"[debug] p: type=str </path>\n"


def test_when(tmp_path):
    conditions = ["error", "!error", "normal", "!normal", "forwarded", "!forwarded", "processed", "stopping", "!stopping",
                  "toapplet", "acl,slow", "!acl,slow", "acl,!slow", "acl,fine"]
    line = " ".join(f"%[str({number}),when({word})]" for number, word in enumerate(conditions))
    ports = [free_port() for _ in range(3)]
    text = f"""{TIMES}
    mode http
    retries 0
    log stderr format raw daemon
listen web
    bind 127.0.0.1:{ports[0]}
    http-request set-var(txn.path) path
    acl slow var(txn.path) -m str /slow
    acl fine var(txn.path) -m str /fine
    log-format "when %[var(txn.path)] {line}"
    stats enable
    stats uri /stats
    http-request return status 200 if {{ path /own }}
    use_backend dead if {{ path /dead }}
    http-response set-header x-from %[str(yes),when(forwarded)]-%[str(yes),when(error)]
    server s 127.0.0.1:{ports[1]}
backend dead
    server s 127.0.0.1:{ports[2]}
listen origin
    bind 127.0.0.1:{ports[1]}
    log-format "origin"
    http-request return status 200
"""
    expected = {"/slow": "- 1 2 - 4 - 6 - 8 - 10 - - -", "/fine": "- 1 2 - 4 - 6 - 8 - - 11 12 13",
                "/own": "- 1 2 - - 5 - - 8 - - 11 12 -", "/stats": "- 1 2 - - 5 6 - 8 9 - 11 12 -",
                "/dead": "0 - - 3 - 5 - - 8 - - 11 12 -"}
    with proxy(RELEVO, tmp_path, text, ports[0]):
        for path, words in expected.items():
            status, headers, _ = ask(ports[0], path, b"")
            assert status == (503 if path == "/dead" else 200)
            if path in ("/slow", "/fine"):
                assert dict(headers)["x-from"] == "yes-"
            until(lambda: f"when {path} {words}\n" in (tmp_path / "said").read_text(), 10, f"the line of {path}",
                  (tmp_path / "said").read_text)
