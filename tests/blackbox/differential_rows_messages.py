# SPDX-License-Identifier: Apache-2.0
"""Rows of the differential tests: messages, connections, early answers, smuggling, limits, time-outs."""
from differential import READ, New, is_refused, row, served
from http_peers import (CLOSE, FIN, OK, RESET, answers, chunk, chunked, continues, early, get, greets, mirror, ok, post, silent,
                        switches)

NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 100\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n"
BROKEN_AT_ONCE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"
HEAD_ONLY = b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"
UNTIL_CLOSE = [b"HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nuntil the end", CLOSE]
OLD_SERVER = [b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", CLOSE]
OLD_SERVER_KEEPS = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold"
SERVER_CLOSES = [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", CLOSE]

def is_log_of(status, state="PR--"):
    return lambda log: len(log) == 1 and f" {status} " in log[0] and f" {state} " in log[0]


def refused(status):
    """What relevo has where it refuses and HAProxy does not, or with another status."""
    return {"client": is_refused(status), "server": [[]], "log": is_log_of(status)}


def only(*fields):
    """One request to /, with just these headers."""
    return lambda servers: [m for m in servers[0][0] if isinstance(m, list)] == [["GET / HTTP/1.1", *fields]]


def one_ok(client):
    return [m[0] for m in client[0]] == ["HTTP/1.1 200 OK"]


def get_lines(*numbers):
    return [f"GET /{n} HTTP/1.1" for n in numbers]


says_close = {"ours": {"server": lambda servers: "connection: close" in servers[0][0][0]},
              "why": "what HTTP/1.0 means by saying nothing, said"}


LAZY = "HAProxy closes what is over its estimate of the need; relevo keeps idle connections for pool-purge-delay"


def lazy_pool(*numbers):
    return {"ours": {"server": served(*get_lines(*numbers))}, "why": LAZY}


METHODS = [row(f"method-{m.lower()}", "", get("/x", method=m)) for m in
           ("GET", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH", "LONGMETHODNAMETHATNOBODYKNOWS")]
METHODS += [row(f"method-{m.lower()}-body", "", get("/x", method=m, body=b"abc"), mirror)
            for m in ("POST", "PUT", "PATCH", "GET", "DELETE", "REPORT")]
def old_request(method, length, **more):
    data = f"{method} / HTTP/1.0\r\nContent-Length: {length}\r\n\r\n".encode() + b"abc"[:length]
    return row(f"old-{method.lower()}-with-{length}-bytes", "", data, mirror, **more)


METHODS += [old_request(m, 0) for m in ("GET", "HEAD", "DELETE", "OPTIONS")] + [old_request("OPTIONS", 3)]
METHODS += [old_request(m, 3, refused=True, ours={"client": is_refused(413)},
                        why="the answer says that the connection ends with it") for m in ("GET", "DELETE")]
METHODS += [
    row("method-lower-case", "", get("/x", method="get")),
    row("method-bad-character", "", get("/x", method="G(T")),
    row("options-asterisk", "", get("*", method="OPTIONS"), mirror),
    row("get-asterisk", "", get("*"), mirror,
        ours=refused(400), why="RFC 9112, 3.2.4: '*' is for OPTIONS only"),
    row("post-empty", "", get("/", "Content-Length: 0", method="POST"), mirror),
    row("post-without-length", "", get("/", method="POST"), mirror),
    row("absolute-target", "", get("http://a.test/x?y=1", host="a.test"), mirror),
    row("absolute-target-other-host", "", get("http://b.test/x", host="a.test"), mirror),
    row("absolute-target-no-path", "", get("http://a.test", host="a.test"), mirror),
    row("absolute-target-no-host", "", get("http://a.test/x", host=None), mirror,
        ours=refused(400), why="RFC 9112, 3.2: a request of HTTP/1.1 has exactly one Host, else it is answered with 400"),
    row("target-with-fragment", "", get("/x#y"), mirror),
    row("target-with-space", "", b"GET /x y HTTP/1.1\r\nHost: a\r\n\r\n", mirror),
    row("target-high-bit", "", b"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", mirror),
    row("target-empty", "", b"GET  HTTP/1.1\r\nHost: a\r\n\r\n", mirror),
    row("host-missing", "", get("/", host=None), mirror,
        ours=refused(400), why="RFC 9112, 3.2: a request of HTTP/1.1 has exactly one Host, else it is answered with 400"),
    row("host-empty", "", get("/", host=""), mirror),
    row("host-twice-same", "", get("/", "Host: a.test"), mirror,
        ours=refused(400), why="RFC 9112, 3.2: a request of HTTP/1.1 has exactly one Host, else it is answered with 400"),
    row("many-headers-order", "", get("/", *(f"X-{i}: v{i}" for i in range(40)), "X-1: again"), mirror),
    row("header-blanks", "", get("/", "X-A:   b \t ", "X-Empty:", "X-Tab:\tc"), mirror),
    row("header-case", "", get("/", "x-LOWer: Value-CASE"), mirror),
    row("header-high-bit", "", b"GET / HTTP/1.1\r\nHost: a\r\nX-A: \xe4\xff\r\n\r\n", mirror),
    row("empty-line-first", "", b"\r\n" + get("/"), mirror),
    row("bare-lf", "", b"GET / HTTP/1.1\nHost: a\n\n", mirror,
        ours=refused(400), why="RFC 9112, 2.2 leaves it open; two readings of where a line ends are what request smuggling is made of"),
    row("head-in-pieces", "", [b"GET / HT", 0.03, b"TP/1.1\r\nHo", 0.03, b"st: a\r\n", 0.03, b"\r\n", READ], mirror),
    row("head-by-bytes", "", [*(bytes([b]) for b in get("/abc", "X-A: b")), READ], mirror),
    row("no-http-at-all", "", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 20),
    row("http-0.9", "", b"GET /\r\n\r\n"),
    row("version-2.0", "", get("/", version="2.0"),
        ours=refused(505), why="RFC 9110, 15.6.6: a major version that is not spoken here is answered with 505"),
    row("version-1.2", "", get("/", version="1.2"), mirror),
    row("version-garbage", "", b"GET / HTTQ/1.1\r\nHost: a\r\n\r\n"),
    row("h2-preface", "", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ours=refused(400), why="HTTP/2 is not spoken here yet, and said so"),
]

KEEP_ALIVE = [
    row("keep-alive", "", [get("/1"), READ, get("/2"), READ]),
    row("keep-alive-three-replies", "", [get("/1"), READ, get("/2"), READ, get("/3"), READ],
        answers(ok(b"1"), ok(b"22"), ok(b"333"))),
    row("client-close", "", get("/", "Connection: close")),
    row("client-1.0", "", get("/", version="1.0")),
    row("client-1.0-no-host", "", get("/", version="1.0", host=None)),
    row("client-1.0-keep-alive", "", [get("/", "Connection: keep-alive", version="1.0"), READ,
                                      get("/", version="1.0"), READ]),
    row("client-1.0-chunked-reply", "", get("/", version="1.0"), answers(chunked(b"abc", b"def"))),
    row("server-closes", "", [get("/1"), READ, get("/2"), READ], answers(SERVER_CLOSES)),
    row("server-until-close", "", [get("/1"), READ], answers(UNTIL_CLOSE)),
    row("server-1.0", "", [get("/1"), READ, get("/2"), READ], answers(OLD_SERVER),
        ours={"client": [[["HTTP/1.1 200 OK", "content-length: 3", ("body", b"old")]] * 2]}, why="RFC 9110, 2.5: a proxy sends its own version, whatever the server's is"),
    row("server-1.0-keep-alive", "", [get("/1"), READ, get("/2"), READ], answers(OLD_SERVER_KEEPS),
        ours={"client": [[["HTTP/1.1 200 OK", "content-length: 3", ("body", b"old")]] * 2]}, why="RFC 9110, 2.5: a proxy sends its own version, whatever the server's is"),
    row("server-1.0-until-close", "", get("/"), answers([b"HTTP/1.0 200 OK\r\n\r\nold body", CLOSE]),
        ours={"client": [[["HTTP/1.1 200 OK", "connection: close", ("body", b"old body")]]]}, why="RFC 9110, 2.5: a proxy sends its own version, whatever the server's is"),
    row("server-closes-silently", "", [get("/1"), READ, 0.05, get("/2"), READ], answers([OK, CLOSE])),
    row("connection-header-names-a-header", "", get("/", "Connection: hop, x-kept", "Hop: 1", "X-Kept: 2"), mirror,
        ours={"server": only("host: a.test", "x-kept: 2"), "client": one_ok}, why="RFC 9110, 7.6.1: headers of one hop are not passed on; X-... stay, or a client could strip what a proxy before us has added"),
    row("proxy-connection", "", get("/", "Proxy-Connection: keep-alive"), mirror,
        ours={"server": only("host: a.test"), "client": one_ok}, why="RFC 9110, 7.6.1: headers of one hop are not passed on"),
    row("keep-alive-header", "", get("/", "Connection: keep-alive", "Keep-Alive: timeout=5"), mirror,
        ours={"server": only("host: a.test"), "client": one_ok}, why="RFC 9110, 7.6.1: headers of one hop are not passed on"),
    row("te-header", "", get("/", "TE: trailers", "Connection: TE"), mirror),
    row("client-half-closes", "", [get("/"), FIN, READ], answers([0.1, OK])),
    row("client-half-closes-abortonclose", "option abortonclose", [get("/"), FIN, READ], answers([0.1, OK]),
        ours={"client": [[]], "server": lambda servers: len(servers[0]) <= 1,
              "log": lambda log: " -1 B - - C" in log[0]}, why="who has aborted is sent nothing; HAProxy answers 400 to a request that was right"),
    row("client-half-closes-before-a-request", "", [FIN, READ]),
    row("client-half-closes-in-a-head", "", [b"GET / HTTP/1.1\r\nHos", FIN, READ]),
    row("client-half-closes-in-a-body", "", [post("/")[:-3], 0.05, FIN, READ]),
    row("client-resets-before-the-answer", "", [get("/"), 0.4, RESET, READ], answers([1.2, OK]),
        ours={"log": is_log_of(-1, "CH--"), "server": [[[["GET / HTTP/1.1", "host: a.test"], "closed"]]]}, why="nobody is there to read the answer: the server is let go at once"),
    row("client-connects-only", "", [New(), 0.02, CLOSE, READ]),
    row("client-connects-only-dontlognull", "option dontlognull", [New(), 0.02, CLOSE, READ]),
    row("http-ignore-probes", "option http-ignore-probes", [New(), 0.02, FIN, READ]),
    row("two-clients-reuse", "", [get("/1"), READ, New(), get("/2"), READ, get("/3"), READ],
        ours={"server": served(*get_lines(1, 2, 3))}, why="HAProxy closes what is over its estimate of the need; relevo keeps idle connections for pool-purge-delay"),
    row("reuse-after-close", "", [get("/1"), READ, CLOSE, New(), get("/2"), READ, get("/3"), READ],
        ours={"server": served(*get_lines(1, 2, 3))}, why="HAProxy closes what is over its estimate of the need; relevo keeps idle connections for pool-purge-delay"),
]
for words in ("http-server-close", "httpclose", "http-keep-alive", "http-pretend-keepalive", "prefer-last-server"):
    KEEP_ALIVE += [
        row(f"option-{words}", f"option {words}", [get("/1"), READ, get("/2"), READ]),
        row(f"option-{words}-client-close", f"option {words}", get("/", "Connection: close")),
        row(f"option-{words}-client-1.0", f"option {words}", get("/", version="1.0"),
            **(says_close if words in ("http-server-close", "httpclose") else {})),
        row(f"option-{words}-server-close", f"option {words}", [get("/1"), READ, get("/2"), READ],
            answers(SERVER_CLOSES)),
        row(f"option-{words}-chunked", f"option {words}", [get("/1"), READ, get("/2"), READ],
            answers(chunked(b"abc"))),
    ]
KEEP_ALIVE.append(row("option-server-close-and-pretend", "option http-server-close\noption http-pretend-keepalive",
                      [get("/1"), READ, get("/2"), READ], mirror))
for words in ("never", "safe", "aggressive", "always"):
    KEEP_ALIVE += [
        row(f"reuse-{words}", f"http-reuse {words}",
            [get("/1"), READ, get("/2"), READ, New(), get("/3"), READ, get("/4"), READ],
            **(lazy_pool(1, 2, 3, 4) if words == "safe" else {})),
        row(f"reuse-{words}-client-closed", f"http-reuse {words}",
            [get("/1"), READ, CLOSE, New(), get("/2"), READ, get("/3"), READ],
            **(lazy_pool(1, 2, 3) if words in ("safe", "aggressive") else {})),
    ]
KEEP_ALIVE += [
    row("pool-max-conn-0", "http-reuse always\nserver s1 @S1 pool-max-conn 0",
        [get("/1"), READ, CLOSE, New(), get("/2"), READ]),
    row("pool-purge-delay", "http-reuse always\nserver s1 @S1 pool-purge-delay 100ms",
        [get("/1"), READ, CLOSE, 0.8, New(), get("/2"), READ], quiet=0.3,
        ours={"server": served(*get_lines(1, 2))}, why="the manual: half of the idle connections each time; the half of one may be one"),
    row("max-reuse", "http-reuse always\nserver s1 @S1 max-reuse 1",
        [get("/1"), READ, get("/2"), READ, get("/3"), READ, get("/4"), READ],
        ours={"server": lambda servers: [len(connection) - 1 for connection in servers[0]] == [2, 2]},
        why="what the manual says of max-reuse; HAProxy heeds it with HTTP/2 only"),
    row("keep-alive-idle-server-gone-get", "http-reuse always", [get("/1"), READ, 0.1, get("/2"), READ],
        answers([OK, 0.05, CLOSE])),
    row("keep-alive-server-gone-when-asked", "http-reuse always", [get("/1"), READ, get("/2"), READ],
        answers(OK, [CLOSE], OK),
        ours={"client": lambda client: [m[0] for m in client[0]] == ["HTTP/1.1 200 OK"] * 2,
              "server": served(*get_lines(1, 2, 2)), "log": lambda log: len(log) == 2}, why="RFC 9112, 9.3.1: a GET that met the end of an idle connection is sent again; HAProxy leaves that to the client"),
    row("keep-alive-server-gone-when-posted", "http-reuse always", [get("/1"), READ, post("/2"), READ],
        answers(OK, [CLOSE], OK),
        ours={"log": lambda log: len(log) == 2 and " -1 B - - SH-- " in log[1]},
        why="both leave it to the client to repeat a POST; HAProxy logs nothing of it"),
    row("http-use-proxy-header", "option http-use-proxy-header",
        [get("/1", "Proxy-Connection: keep-alive", version="1.0"), READ],
        ours={"server": lambda servers: "connection: keep-alive" in servers[0][0][0]}, why="RFC 9110, 7.6.1: headers of one hop are not passed on"),
]

PIPELINING = [
    row("pipeline-2", "", get("/1") + get("/2"), answers(ok(b"1"), ok(b"22"))),
    row("pipeline-5-close", "", b"".join(get(f"/{i}") for i in range(4)) + get("/4", "Connection: close"),
        answers(*(ok(b"%d" % i) for i in range(5)))),
    row("pipeline-post-get", "", post("/1") + get("/2"), mirror),
    row("pipeline-chunked-get", "", get("/1", "Transfer-Encoding: chunked", method="POST") + chunk(b"abc", b"d") +
        get("/2"), mirror),
    row("pipeline-slow", "", get("/1") + get("/2") + get("/3"), answers([0.05, OK])),
    row("pipeline-bad-second", "", get("/1") + b"GARBAGE\r\n\r\n"),
    row("pipeline-head-get", "", get("/1", method="HEAD") + get("/2"), answers(HEAD_ONLY, OK)),
    row("pipeline-server-close", "option http-server-close", get("/1") + get("/2") + get("/3")),
    row("pipeline-half-close", "", [get("/1") + get("/2"), 0.05, FIN, READ]),
    row("pipeline-after-close", "", get("/1", "Connection: close") + get("/2")),
]

BODIES = [
    row("head", "", [get("/", method="HEAD"), READ, get("/"), READ], answers(HEAD_ONLY, OK)),
    row("head-chunked", "", [get("/", method="HEAD"), READ, get("/"), READ],
        answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", OK)),
    row("head-without-length", "", [get("/", method="HEAD"), READ], answers(b"HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n")),
    row("status-204", "", [get("/"), READ, get("/"), READ], answers(NO_CONTENT)),
    row("status-304", "", [get("/"), READ, get("/"), READ], answers(NOT_MODIFIED)),
    row("status-205", "", [get("/"), READ], answers(b"HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n")),
    row("status-without-reason", "", [get("/"), READ], answers(b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")),
    row("status-without-blank", "", [get("/"), READ], answers(b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")),
    row("status-299", "", [get("/"), READ], answers(ok(status=b"299 Odd Thing"))),
    row("status-599", "", [get("/"), READ], answers(ok(status=b"599 Odd Thing"))),
    row("length-0", "", [get("/"), READ, get("/"), READ], answers(ok(b""))),
    row("no-length-204", "", [get("/"), READ], answers(NO_CONTENT)),
    row("chunked-reply", "", [get("/"), READ, get("/"), READ], answers(chunked(b"abc", b"x" * 500))),
    row("chunked-reply-extension", "", get("/"),
        answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0;x\r\n\r\n")),
    row("chunked-reply-trailers", "", [get("/"), READ, get("/"), READ],
        answers(chunked(b"abc", trailers=["X-Sum: 12", "X-More: 3"], headers=["Trailer: X-Sum"]))),
    row("chunked-reply-in-pieces", "", get("/"),
        answers([b"HTTP/1.1 200 OK\r\nTransfer-Enc", 0.02, b"oding: chunked\r\n\r\n3", 0.02, b"\r\nab", 0.02,
                 b"c\r", 0.02, b"\n0\r\n", 0.02, b"\r\n"])),
    row("chunked-reply-broken-size", "", get("/"),
        answers([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n", 0.1, CLOSE])),
    row("chunked-reply-broken-at-once", "", get("/"), answers([BROKEN_AT_ONCE, 0.1, CLOSE])),
    row("chunked-reply-broken-at-once-behind-103", "", get("/"),
        answers([b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n", 0.03, BROKEN_AT_ONCE, 0.1, CLOSE])),
    row("chunked-reply-cut", "", get("/"),
        answers([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30\r\nabc", 0.05, CLOSE])),
    row("length-reply-cut", "", get("/"), answers([b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc", 0.05, CLOSE])),
    row("length-reply-reset", "", get("/"), answers([b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc", 0.05, RESET])),
    row("chunked-request", "", get("/", "Transfer-Encoding: chunked", method="POST") + chunk(b"abc", b"defgh"), mirror),
    row("chunked-request-trailers", "", get("/", "Transfer-Encoding: chunked", method="POST") +
        chunk(b"abc", trailers=["X-Sum: 7"]), mirror),
    row("chunked-request-pieces", "", [get("/", "Transfer-Encoding: chunked", method="POST"), 0.03, b"3\r\nab", 0.03,
                                       b"c\r\n0", 0.03, b"\r\n\r\n", READ], mirror),
    row("chunked-request-capital", "", get("/", "Transfer-Encoding: Chunked", method="POST") + chunk(b"abc"), mirror),
    row("body-in-pieces", "", [post("/")[:-5], 0.03, b"he", 0.03, b"llo", READ], mirror),
    row("body-large", "", [post("/", body=b"0123456789" * 20000), READ], answers(ok(b"x" * 100000))),
    row("body-large-wait", "option http-buffer-request", [post("/")[:-5], 0.05, b"he", 0.05, b"llo", READ], mirror),
    row("body-wait-too-large", "option http-buffer-request", post("/", body=b"0123456789" * 4000)),
    row("wait-for-body", "http-request wait-for-body time 1s\nhttp-request set-header X-Len %[req.body_len]",
        [post("/")[:-5], 0.05, b"hello", READ], mirror),
    row("wait-for-body-timeout", "http-request wait-for-body time 600ms", [post("/")[:-5], READ], mirror, quiet=1.5),
]

CONTINUE = [
    row("expect-100", "", [get("/", "Expect: 100-continue", "Content-Length: 5", method="POST"), READ, b"hello", READ],
        continues),
    row("expect-100-impatient", "", [get("/", "Expect: 100-continue", "Content-Length: 5", method="POST") + b"hello",
                                     READ], continues),
    row("expect-100-refused", "", [get("/", "Expect: 100-continue", "Content-Length: 5", method="POST"), READ],
        early([b"HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", CLOSE]),
        ours={"log": is_log_of(417, "----"), "reads": lambda reads: reads[-1][1] == "closed"}, why="the server has refused the body: nobody waits for it"),
    row("expect-100-chunked", "", [get("/", "Expect: 100-continue", "Transfer-Encoding: chunked", method="POST"), READ,
                                   chunk(b"abc"), READ], continues),
    row("expect-100-buffer", "option http-buffer-request",
        [get("/", "Expect: 100-continue", "Content-Length: 5", method="POST"), READ, b"hello", READ], mirror),
    row("several-100s", "", get("/"), answers([b"HTTP/1.1 100 Continue\r\n\r\n", 0.03,
                                               b"HTTP/1.1 100 Continue\r\n\r\n", OK])),
    row("early-hints-103", "", get("/"), answers([b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n", 0.03, OK])),
    row("processing-102-http-1.0", "", get("/", version="1.0"), answers([b"HTTP/1.1 102 Wait\r\n\r\n", 0.03, OK]),
        ours={"client": lambda client: len(client[0]) == 1}, why="RFC 9110, 15.2: no 1xx for a client of HTTP/1.0"),
]

WEBSOCKET = get("/chat", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Version: 13")
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
TUNNELS = [
    row("websocket", "", [WEBSOCKET, READ, b"\x81\x05hello", READ, b"more", READ], switches(SWITCH)),
    row("websocket-eager", "", [WEBSOCKET + b"\x81\x05hello", READ], switches(SWITCH)),
    row("websocket-client-ends", "", [WEBSOCKET, READ, b"x", READ, FIN, READ], switches(SWITCH)),
    row("websocket-server-ends", "", [WEBSOCKET, READ, 0.05, READ], answers([SWITCH, b"bye", 0.05, CLOSE])),
    row("websocket-refused", "", [WEBSOCKET, READ, get("/2"), READ], answers(ok(status=b"403 No"))),
    row("websocket-server-close-option", "option http-server-close", [WEBSOCKET, READ, b"abc", READ], switches(SWITCH)),
    row("websocket-httpclose", "option httpclose", [WEBSOCKET, READ, b"abc", READ], switches(SWITCH)),
    row("upgrade-without-connection", "", get("/", "Upgrade: websocket"), mirror,
        ours={"server": only("host: a.test"), "client": one_ok}, why="RFC 9110, 7.8: Upgrade goes with Connection: upgrade, else it is not passed on"),
    row("upgrade-h2c", "", get("/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
        mirror,
        ours={"server": only("host: a.test"), "client": one_ok}, why="RFC 9113, 3.1 has no h2c any more, and what goes through such a tunnel no rule can see"),
    row("switching-not-asked-for", "", get("/"), answers(SWITCH)),
    row("tunnel-timeout", "timeout tunnel 800ms", [WEBSOCKET, READ, b"abc", READ, 1.2, READ], switches(SWITCH)),
    row("connect", "", [get("b.test:443", method="CONNECT", host="b.test:443"), READ, b"abc", READ],
        switches(b"HTTP/1.1 200 Established\r\n\r\n"),
        ours={"server": lambda servers: "host: b.test:443" in servers[0][0][0]}, why="Host is passed on as it came; HAProxy takes its port off"),
    row("connect-refused", "", [get("b.test:443", method="CONNECT", host="b.test:443"), READ],
        answers(ok(status=b"403 No")),
        ours={"server": lambda servers: "host: b.test:443" in servers[0][0][0]}, why="Host is passed on as it came; HAProxy takes its port off"),
    row("connect-bad-target", "", get("/x", method="CONNECT")),
]

EARLY = [
    row("early-response", "", [post("/")[:-5], READ, b"hello", READ], early(ok(status=b"413 Too large"))),
    row("early-response-close", "", [post("/", body=b"x" * 300000)[:-10], READ, b"x" * 10, READ],
        early([b"HTTP/1.1 413 Too large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig", 0.6, CLOSE]),
        quiet=1, ours={"reads": lambda reads: reads[-1][1] == "closed"}, why="the answer says close, and the connection is closed"),
    row("server-answers-before-a-request", "", [New(), 0.05, get("/"), READ], greets(OK)),
    row("server-closes-at-once", "", get("/"), greets(CLOSE)),
    # not before HAProxy has seen the connection stand: else it tries again, a second later
    row("server-resets-at-once", "", get("/"), greets(0.02, RESET)),
    row("server-closes-after-request", "", get("/"), answers([CLOSE])),
    row("server-closes-after-post", "", post("/"), answers([CLOSE])),
    row("server-resets-after-request", "", get("/"), answers([RESET])),
    row("server-closes-in-head", "", get("/"), answers([b"HTTP/1.1 200 OK\r\nConte", 0.03, CLOSE])),
    row("server-says-garbage", "", get("/"), answers([b"SSH-2.0-OpenSSH\r\n", 0.1, CLOSE])),
    row("server-http-0.9", "", get("/"), answers([b"<html>hello</html>", 0.03, CLOSE])),
    row("server-bad-status", "", get("/"), answers(b"HTTP/1.1 20x OK\r\nContent-Length: 0\r\n\r\n")),
    row("server-bad-version", "", get("/"), answers(b"HTTP/3.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ours={"client": is_refused(502), "log": is_log_of(502, "PH--"),
              "server": served("GET / HTTP/1.1")}, why="RFC 9112, 2.3: HTTP/3.1 is not how an answer of HTTP/1.1 starts"),
    row("server-bad-header-name", "", get("/"), answers(b"HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n")),
    row("server-header-without-colon", "", get("/"), answers(b"HTTP/1.1 200 OK\r\nXA\r\nContent-Length: 0\r\n\r\n")),
    row("server-too-many-bytes", "", [get("/"), READ, get("/"), READ], answers(OK + b"extra")),
    row("server-lengths-differ", "", get("/"),
        answers(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok")),
    row("server-lengths-same", "", get("/"),
        answers(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok")),
    row("server-length-and-chunked", "", get("/"),
        answers(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")),
    row("server-head-too-large", "", get("/"), answers(ok(b"", "X-Big: " + "x" * 20000))),
    row("server-too-many-headers", "", get("/"), answers(ok(b"", *(f"X-{i}: y" for i in range(120))))),
]


def smuggled(*lines, body=b"", method="POST"):
    return (method + " / HTTP/1.1\r\nHost: a.test\r\n").encode() + b"".join(l + b"\r\n" for l in lines) + b"\r\n" + body


NEXT = get("/smuggled")
SMUGGLING = [row(f"smuggle-{name}", "", data + NEXT, mirror, refused=True) for name, data in (
    ("lengths-differ", smuggled(b"Content-Length: 3", b"Content-Length: 4", body=b"abc")),
    ("lengths-differ-list", smuggled(b"Content-Length: 3, 4", body=b"abc")),
    ("length-plus", smuggled(b"Content-Length: +3", body=b"abc")),
    ("length-minus", smuggled(b"Content-Length: -3", body=b"abc")),
    ("length-hex", smuggled(b"Content-Length: 0x3", body=b"abc")),
    ("length-empty", smuggled(b"Content-Length:", body=b"")),
    ("length-blank-inside", smuggled(b"Content-Length: 1 0", body=b"abc")),
    ("length-overflow", smuggled(b"Content-Length: 99999999999999999999999", body=b"abc")),
    ("blank-before-colon", smuggled(b"Content-Length : 3", body=b"abc")),
    ("coding-blank-before-colon", smuggled(b"Transfer-Encoding : chunked", body=chunk(b"abc"))),
    ("coding-not-last", smuggled(b"Transfer-Encoding: chunked, identity", body=chunk(b"abc"))),
    ("coding-chunked-twice", smuggled(b"Transfer-Encoding: chunked, chunked", body=chunk(b"abc"))),
    ("coding-twice", smuggled(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=chunk(b"abc"))),
    ("coding-vtab", smuggled(b"Transfer-Encoding: \x0bchunked", body=chunk(b"abc"))),
    ("name-nul", smuggled(b"X\0-A: b")),
    ("value-bare-cr", smuggled(b"X-A: b\rX-B: c")),
    ("name-empty", smuggled(b": value")),
    ("name-bad-character", smuggled(b"X(A): b")),
    ("no-colon", smuggled(b"just a line")),
    ("chunk-size-not-hex", smuggled(b"Transfer-Encoding: chunked", body=b"xyz\r\nabc\r\n0\r\n\r\n")),
    ("chunk-size-negative", smuggled(b"Transfer-Encoding: chunked", body=b"-3\r\nabc\r\n0\r\n\r\n")),
    ("chunk-size-overflow", smuggled(b"Transfer-Encoding: chunked", body=b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n")),
    ("chunk-size-0x", smuggled(b"Transfer-Encoding: chunked", body=b"0x3\r\nabc\r\n0\r\n\r\n")),
    ("chunk-no-crlf-after", smuggled(b"Transfer-Encoding: chunked", body=b"3\r\nabcX0\r\n\r\n")),
    ("host-differs", b"GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n"),
    ("coding-unknown", smuggled(b"Transfer-Encoding: xchunked", body=chunk(b"abc"))),
    ("coding-identity", smuggled(b"Transfer-Encoding: identity", b"Content-Length: 3", body=b"abc")),
    ("connect-with-length", smuggled(b"Content-Length: 3", body=b"abc", method="CONNECT")),
)]
# HAProxy 2.6 forwards these after it has made them unambiguous, or as they are.
SMUGGLING += [row(f"smuggle-{name}", "", data + NEXT, mirror, refused=True, ours=refused(400), why=why) for name, data, why in (
    ("blank-before-name", smuggled(b" Content-Length: 3", body=b"abc"), "RFC 9112, 5.2: a folded line is refused with 400"),
    ("folded", smuggled(b"X-A: b", b" folded"), "RFC 9112, 5.2: a folded line is refused with 400"),
    ("folded-coding", smuggled(b"Transfer-Encoding:", b" chunked", body=chunk(b"abc")),
     "RFC 9112, 5.2: a folded line is refused with 400"),
    ("value-del", smuggled(b"X-A: b\x7fc"), "RFC 9110, 5.5: control characters are not for values"),
    ("value-nul", smuggled(b"X-A: b\0c"), "RFC 9110, 5.5: NUL in a value is dangerous; a server behind may cut there"),
    ("length-and-chunked", smuggled(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=chunk(b"abc")),
     "RFC 9112, 6.1: both together ought to be handled as an error"),
    ("chunked-and-length", smuggled(b"Transfer-Encoding: chunked", b"Content-Length: 3", body=chunk(b"abc")),
     "RFC 9112, 6.1: both together ought to be handled as an error"),
    ("coding-in-1.0", smuggled(b"Transfer-Encoding: chunked", body=chunk(b"abc")).replace(b"/1.1", b"/1.0"),
     "RFC 9112, 6.1: the framing of an HTTP/1.0 message with a transfer coding is to be taken as faulty"),
    ("chunk-lf-only", smuggled(b"Transfer-Encoding: chunked", body=b"3\nabc\n0\n\n"),
     "RFC 9112, 7.1: a chunk's lines end in CRLF; programs that take LF differ on where it ends"),
)]
SMUGGLING.append(row("smuggle-coding-gzip-chunked", "", smuggled(b"Transfer-Encoding: gzip, chunked", body=chunk(b"abc")) + NEXT,
                     mirror, refused=True, ours={"client": is_refused(422)},
                     why="the answer says that the connection ends with it"))
# These have one meaning once the proxy has written them anew.
SMUGGLING += [row(f"ambiguous-{name}", "", data + NEXT, mirror) for name, data in (
    ("lengths-same", smuggled(b"Content-Length: 3", b"Content-Length: 3", body=b"abc")),
    ("lengths-same-list", smuggled(b"Content-Length: 3, 3", body=b"abc")),
    ("length-zeros", smuggled(b"Content-Length: 0000003", body=b"abc")),
    ("chunk-size-blank", smuggled(b"Transfer-Encoding: chunked", body=b"3 \r\nabc\r\n0\r\n\r\n")),
    ("chunk-extension-quoted", smuggled(b"Transfer-Encoding: chunked", body=b"3;a=\"b\"\r\nabc\r\n0\r\n\r\n")),
    ("underscore-names", smuggled(b"Content_Length: 3", b"X_Forwarded_For: 1.2.3.4")),
)]

LIMITS = [
    row("header-20k", "", get("/", "X-Big: " + "x" * 20000),
        ours=refused(431), why="RFC 6585, 5 and RFC 9110, 15.5.15: the status says what was too large; HAProxy 2.6 says 400"),
    row("header-16000", "", get("/", "X-Big: " + "x" * 15000), mirror),
    row("uri-20k", "", get("/" + "x" * 20000),
        ours=refused(414), why="RFC 6585, 5 and RFC 9110, 15.5.15: the status says what was too large; HAProxy 2.6 says 400"),
    row("uri-10k", "", get("/" + "x" * 10000), mirror),
    row("headers-101", "", get("/", *(f"X-{i}: y" for i in range(100))), mirror,
        ours=refused(431), why="RFC 6585, 5 and RFC 9110, 15.5.15: the status says what was too large; HAProxy 2.6 says 400"),
    row("headers-102", "", get("/", *(f"X-{i}: y" for i in range(101))), mirror,
        ours=refused(431), why="RFC 6585, 5 and RFC 9110, 15.5.15: the status says what was too large; HAProxy 2.6 says 400"),
    row("headers-200", "", get("/", *(f"X-{i}: y" for i in range(200))), mirror,
        ours=refused(431), why="RFC 6585, 5 and RFC 9110, 15.5.15: the status says what was too large; HAProxy 2.6 says 400"),
    row("names-underscore-delete", "option http-restrict-req-hdr-names delete", get("/", "X_A: 1", "X.B: 2", "X-C: 3"),
        mirror),
    row("names-underscore-reject", "option http-restrict-req-hdr-names reject", get("/", "X_A: 1"), mirror),
    row("names-underscore-preserve", "option http-restrict-req-hdr-names preserve", get("/", "X_A: 1"), mirror),
    row("unsafe-request", "option accept-invalid-http-request", b"GET /\xe4\"<> HTTP/1.1\r\nHost: a\r\nX\xe4: 1\r\n\r\n", mirror),
    row("unsafe-version", "option accept-invalid-http-request", b"GET / HTTP/2.7\r\nHost: a\r\n\r\n", mirror),
    row("unsafe-response", "option accept-invalid-http-response", get("/"),
        answers(b"HTTP/1.1 200 OK\r\nX\xe4: b\r\nContent-Length: 0\r\n\r\n")),
]

# Long enough that a busy machine's answers are in time.
TIMEOUTS = [
    row("timeout-http-request", "timeout http-request 800ms", [b"GET / HTTP/1.1\r\nHos", READ], quiet=1.5),
    row("timeout-http-request-nothing-sent", "timeout http-request 800ms", [New(), READ], quiet=1.5),
    row("timeout-http-request-nothing-sent-ignore-probes", "timeout http-request 800ms\noption http-ignore-probes",
        [New(), READ], quiet=1.5),
    row("timeout-http-request-drips", "timeout http-request 1s",
        [b"GET / HTTP/1.1\r\n", 0.4, b"Host: a\r\n", 0.4, b"X-A: b\r\n", 0.4, READ], quiet=1.5),
    row("timeout-client-in-body", "timeout client 800ms", [post("/")[:-3], READ], quiet=1.5),
    row("timeout-client-is-http-request", "timeout client 800ms", [b"GET / HTTP/1.1\r\nHos", READ], quiet=1.5),
    row("timeout-http-keep-alive", "timeout http-keep-alive 800ms", [get("/"), READ, 1.2, READ], quiet=0.1),
    row("timeout-http-keep-alive-half-request", "timeout http-keep-alive 800ms\ntimeout http-request 1100ms",
        [get("/"), READ, b"GET / HTTP/1.1\r\nHo", 1.6, READ], quiet=0.1),
    row("timeout-http-request-keeps-alive", "timeout http-request 800ms", [get("/"), READ, 1.2, READ], quiet=0.1),
    row("timeout-server", "timeout server 800ms", get("/"), silent, quiet=1.5),
    row("timeout-server-post", "timeout server 800ms", post("/"), silent, quiet=1.5),
    row("timeout-server-in-body", "timeout server 800ms", get("/"),
        answers([b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc", 3.0, CLOSE]), quiet=1.5),
    row("timeout-server-in-head", "timeout server 800ms", get("/"), answers([b"HTTP/1.1 200 OK\r\nX-A", 3.0, CLOSE]),
        quiet=1.5),
    row("timeout-queue", "timeout queue 800ms\nserver s1 @S1 maxconn 1",
        [get("/1"), 0.05, New(), get("/2"), READ], silent, quiet=1.5),
    row("timeout-connect", "timeout connect 800ms\nretries 0\nserver s1 192.0.2.1:80", get("/"), quiet=1.5),
    row("server-dead", "retries 0\nserver s1 @DEAD", get("/")),
    row("server-dead-retries-1", "retries 1\nserver s1 @DEAD", get("/"), quiet=1.3),
    row("server-dead-redispatch", "retries 1\noption redispatch 1\nbalance roundrobin\nserver s1 @DEAD\nserver s2 @S1", get("/"),
        quiet=0.3),
    row("server-disabled", "server s1 @S1 disabled", get("/")),
    row("no-server-at-all", "no-server", get("/")),
    row("post-answered-before-its-body", "redirect location /x if { path /old }",
        [post("/old")[:-3], READ, b"llo" + get("/smuggled"), READ]),
    row("post-answered-with-its-body", "redirect location /x if { path /old }", [post("/old"), READ, get("/2"), READ],
        ours={"client": lambda client: [m[0][9:12] for m in client[0]] == ["302", "200"], "server": served(*get_lines(2)),
              "log": lambda log: len(log) == 2},
        why="the body has come: the connection is good for another request"),
    row("post-pipelined-answer", "redirect location /x if { path /old }", post("/old") + get("/2"),
        ours={"client": lambda client: [m[0][9:12] for m in client[0]] == ["302", "200"], "server": served(*get_lines(2)),
              "log": lambda log: len(log) == 2},
        why="the body has come: the connection is good for another request"),
    row("backup-serves", "server s1 @DEAD disabled\nserver s2 @S1 backup", get("/")),
    row("retry-on-empty", "retry-on empty-response\nretries 1", get("/"), answers([CLOSE], OK)),
    row("retry-on-empty-post", "retry-on empty-response\nretries 1", post("/"), answers([CLOSE], OK)),
    row("retry-on-empty-none-left", "retry-on empty-response\nretries 1", get("/"), answers([CLOSE])),
    row("retry-on-503", "retry-on 503\nretries 2", get("/"), answers(ok(status=b"503 No"), ok(status=b"503 No"), OK),
        ours={"server": served(*["GET / HTTP/1.1"] * 3)}, why="the connection of an answer that is not used is closed; HAProxy keeps it, or the other one"),
    row("retry-on-503-to-the-end", "retry-on 503\nretries 1", get("/"), answers(ok(status=b"503 No")),
        ours={"server": served(*["GET / HTTP/1.1"] * 2)}, why="the connection of an answer that is not used is closed; HAProxy keeps it, or the other one"),
    row("retry-on-other-status", "retry-on 503\nretries 2", get("/"), answers(ok(status=b"500 No"), OK)),
    row("retry-on-junk-chunk", "retry-on junk-response\nretries 1", [get("/"), READ, get("/2"), READ],
        answers([BROKEN_AT_ONCE, 0.2, CLOSE], OK)),
    row("retry-on-junk", "retry-on junk-response\nretries 1", get("/"), answers([b"junk\r\n\r\n", 0.2, CLOSE], OK)),
    row("retry-on-timeout", "retry-on response-timeout\nretries 1\ntimeout server 600ms", get("/"),
        answers([1.6, OK], OK), quiet=1.8, ours={"server": served(*["GET / HTTP/1.1"] * 2)}, why=LAZY),
    row("retry-on-all-retryable", "retry-on all-retryable-errors\nretries 2", get("/"),
        answers([CLOSE], ok(status=b"500 No"), OK),
        ours={"server": served(*["GET / HTTP/1.1"] * 3)}, why="the connection of an answer that is not used is closed; HAProxy keeps it, or the other one"),
    row("retry-on-disabled-by-rule", "retry-on empty-response\nretries 1\nhttp-request disable-l7-retry", get("/"),
        answers([CLOSE], OK)),
    row("retry-on-none", "retry-on none\nretries 3\nserver s1 @DEAD", get("/")),
]


WAITS = "http-response wait-for-body time {}\nhttp-response set-header X-Len %[res.body_len]/%[res.body_size]\n" \
    "http-response set-header X-Late yes if {{ res.body -m sub late }}\n"


def in_parts(*parts, pause=0.08):
    """A response that comes in pieces."""
    steps = [parts[0]]
    for part in parts[1:]:
        steps += [pause, part]
    return answers(steps)


HEAD_10 = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
HEAD_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
RESPONSE_WAITS = [
    row("response-wait-whole", WAITS.format("5s"), [get("/1"), READ, get("/2"), READ], answers(ok(b"0123 late9"))),
    row("response-wait-parts", WAITS.format("5s"), [get("/1"), READ, get("/2"), READ], in_parts(HEAD_10, b"0123 ", b"late9"), quiet=0.4),
    row("response-wait-chunked", WAITS.format("5s"), [get("/1"), READ, get("/2"), READ],
        in_parts(HEAD_CHUNKED, b"5\r\n0123 \r\n5\r\nlat", b"e9\r\n0\r\n\r\n"), quiet=0.4),
    row("response-wait-bad-chunk", WAITS.format("5s"), get(), in_parts(HEAD_CHUNKED, b"5\r\n0123 \r\nzz\r\nlat"), quiet=0.4),
    row("response-wait-until-close", WAITS.format("5s"), get(), in_parts(b"HTTP/1.1 200 OK\r\n\r\n", b"0123 ", b"late9", CLOSE), quiet=0.4),
    row("response-wait-at-least", WAITS.format("5s at-least 5"), get(), in_parts(HEAD_10, b"0123 ", b"late9", pause=0.2), quiet=0.5),
    row("response-wait-timeout", WAITS.format("600ms"), get(), in_parts(HEAD_10, b"0123 "), quiet=1.5),
    row("response-wait-server-timeout", "timeout server 800ms\n" + WAITS.format("5s"), get(), in_parts(HEAD_10, b"0123 "), quiet=1.8),
    row("response-wait-server-closes", WAITS.format("5s"), get(), in_parts(HEAD_10, b"0123 ", CLOSE), quiet=0.5),
    row("response-wait-server-resets", WAITS.format("5s"), get(), in_parts(HEAD_10, b"0123 ", RESET), quiet=0.5,
        ours={"client": is_refused(502), "log": is_log_of(502, "SH--")}, why="nothing of it was sent: as when its server closes"),
    row("response-wait-client-closes", WAITS.format("1600ms"), [get(), 0.3, CLOSE, 2], in_parts(HEAD_10, b"0123 ", pause=0.05), quiet=0.5),
    row("response-wait-none", WAITS.format("5s"), [get("/", method="HEAD"), READ, get("/2"), READ],
        answers(HEAD_10, b"HTTP/1.1 204 No\r\n\r\n")),
    row("response-wait-sections", "frontend @NAME\nbind @BIND\ndefault_backend @NAME.be\nhttp-response set-header X-Front %[res.body]\n"
        "backend @NAME.be\nhttp-response add-header X-Back before\nhttp-response wait-for-body time 5s\nhttp-response add-header X-Back %[res.body_len]\nserver s1 @S1",
        get(), in_parts(HEAD_10, b"0123 ", b"late9"), quiet=0.4),
    row("response-wait-huge", "http-response wait-for-body time 5s\nhttp-response set-header X-Big yes if { res.body_len gt 8000 }", get(),
        in_parts(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x" * 50000, b"y" * 50000, pause=0.1), quiet=0.5),
    row("response-wait-and-retry", "retry-on junk-response response-timeout\nretries 1\ntimeout server 800ms\n" + WAITS.format("5s"), get(),
        answers([HEAD_10, 0.1, b"0123"], ok(b"0123456789")), quiet=2),
]

ROWS = [*METHODS, *KEEP_ALIVE, *PIPELINING, *BODIES, *CONTINUE, *TUNNELS, *EARLY, *SMUGGLING, *LIMITS, *TIMEOUTS, *RESPONSE_WAITS]
FILES = {}
