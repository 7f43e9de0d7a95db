# SPDX-License-Identifier: Apache-2.0
"""Rare words of rules and expressions, in a proxy that answers with what it made of the request."""
import base64
import contextlib
import http.client
import urllib.parse

from lab.local import free_port
from test_daemon import RELEVO
from test_words import TIMES, proxy


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
def answering(binary, directory, lines):
    """Answers with the request's head after these rules."""
    port = free_port()
    text = f"""{TIMES}
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
