# SPDX-License-Identifier: Apache-2.0
"""Rows of the differential tests: what a proxy adds to messages, persistence, balance, errors, mode tcp."""
from differential import READ, New, is_refused, row, served
from http_peers import CLOSE, OK, answers, chunked, get, mirror, ok, post

FROM = lambda *headers, **more: get("/", *headers, **more)


def named(name):
    return answers(ok(name.encode(), f"X-Server: {name}"))


TWO = (named("one"), named("two"))
THREE = (*TWO, named("three"))

HEADERS = [
    row("forwardfor", "option forwardfor", FROM(), mirror),
    row("forwardfor-second-request", "option forwardfor", [FROM(), READ, FROM(), READ], mirror),
    row("forwardfor-present", "option forwardfor", FROM("X-Forwarded-For: 1.2.3.4"), mirror),
    row("forwardfor-if-none", "option forwardfor if-none", FROM("X-Forwarded-For: 1.2.3.4"), mirror),
    row("forwardfor-if-none-absent", "option forwardfor if-none", FROM(), mirror),
    row("forwardfor-header", "option forwardfor header X-Client", FROM("X-Forwarded-For: 1.2.3.4"), mirror),
    row("forwardfor-except", "option forwardfor except 127.0.0.0/8", FROM(), mirror),
    row("forwardfor-except-other", "option forwardfor except 10.0.0.0/8 header X-C", FROM(), mirror),
    row("forwardfor-both-sides", """frontend @NAME
        bind @BIND
        option forwardfor header X-Front
        default_backend @NAME-b
        backend @NAME-b
        option forwardfor header X-Back
        server s1 @S1""", FROM(), mirror),
    row("originalto", "option originalto", FROM(), mirror),
    row("originalto-header-except", "option originalto header X-Dst except 127.0.0.1", FROM(), mirror),
    row("unique-id", "unique-id-format %{+X}o%ci-%rt-fixed\nunique-id-header X-Id\nlog-format %ID", FROM(), mirror,
        normal=((r"7F000001-[0-9A-F]+-fixed", "ID"), (r"7F000001-[0-9A-F]+", "ID"))),
    row("unique-id-in-rule", "unique-id-format a-%[method]-b\nhttp-request set-header X-Got %[unique-id]", FROM(), mirror),
    row("http-no-delay", "option http-no-delay", FROM(), answers(chunked(b"a", b"b"))),
    row("contstats-and-others", "option contstats\noption tcp-smart-accept\noption tcp-smart-connect\noption nolinger", FROM()),
    row("mon-uri", "monitor-uri /alive", [get("/alive"), READ, get("/other"), READ]),
    row("mon-uri-query", "monitor-uri /alive", get("/alive?x=1"), mirror),
    row("mon-uri-head", "monitor-uri /alive", get("/alive", method="HEAD")),
    row("mon-uri-post", "monitor-uri /alive", post("/alive")),
    row("mon-fail", "monitor-uri /alive\nmonitor fail if { nbsrv lt 2 }", [get("/alive"), READ]),
    row("mon-fail-not", "monitor-uri /alive\nmonitor fail if { nbsrv lt 1 }", [get("/alive"), READ]),
    row("client-ip-in-acl", "http-request deny if { src 127.0.0.1 } { dst_port 1 }\nhttp-request set-header X-Src %[src]", FROM(), mirror),
]

ERROR_CFG = "errorfile 503 @DIR/503.http\nserver s1 @DEAD\nretries 0"
FILES = {
    "503.http": b"HTTP/1.1 503 Sorry\r\nContent-Type: text/plain\r\nX-Own: yes\r\n\r\nour own page\n",
    "403.http": b"HTTP/1.0 403 Forbidden\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nno no",
    "page.txt": b"a page from a file\n",
    "page.lf": b"you are %[src], you asked for %[path]\n",
    "paths.lst": b"# comment\n/admin\n\n/private\n",
    "hosts.map": b"# host backend\na.test  one\nb.test  two\n*.c.test three\n",
    "beg.map": b"/api/v1 one\n/api two\n/ three\n",
    "reg.map": b"^/x/([a-z]+)$ got-\\1\n^/y ygot\n",
    "ip.map": b"127.0.0.0/8 local\n10.0.0.0/8 ten\n",
    "int.map": b"1 one\n10:20 teens\n",
    "dom.map": b"test toptest\n",
    "sub.map": b"foo foofound\n",
    "end.map": b".png image\n.css style\n",
}
ERRORS = [
    row("errorfile", ERROR_CFG, FROM()),
    row("errorfile-head", ERROR_CFG, get("/", method="HEAD")),
    row("errorfile-keep-alive", "errorfile 403 @DIR/403.http\nhttp-request deny if { path /no }",
        [get("/no"), READ, get("/yes"), READ],
        ours={"client": lambda client: [m[0] for m in client[0]] == ["HTTP/1.1 403 Forbidden", "HTTP/1.1 200 OK"],
              "server": served("GET /yes HTTP/1.1"), "log": lambda log: len(log) == 2}, why="version and Connection are those of this connection, whatever the file says"),
    row("errorloc", "errorloc 503 http://x.test/sorry\nserver s1 @DEAD\nretries 0", FROM()),
    row("errorloc302", "errorloc302 503 /sorry\nserver s1 @DEAD\nretries 0", post("/")),
    row("errorloc303", "errorloc303 503 /sorry\nserver s1 @DEAD\nretries 0", post("/")),
    row("errorfiles", """http-errors @NAME-e
        errorfile 503 @DIR/503.http
        listen @NAME
        bind @BIND
        errorfiles @NAME-e
        retries 0
        server s1 @DEAD""", FROM()),
    row("errorfiles-only-others", """http-errors @NAME-e
        errorfile 503 @DIR/503.http
        listen @NAME
        bind @BIND
        errorfiles @NAME-e 404
        retries 0
        server s1 @DEAD""", FROM()),
    row("http-error-string", 'http-error status 503 content-type text/plain string "our words"\nserver s1 @DEAD\nretries 0', FROM()),
    row("http-error-lf-string", 'http-error status 403 content-type text/plain lf-string "no %[path]" hdr X-A %[src]\nhttp-request deny',
        get("/abc")),
    row("http-error-file", 'http-error status 503 content-type text/plain file @DIR/page.txt\nserver s1 @DEAD\nretries 0', FROM()),
    row("deny-status-own", "http-request deny deny_status 429", FROM()),
    *(row(f"deny-{status}", f"http-request deny deny_status {status}", FROM())
      for status in (200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 425, 429, 500, 501, 502, 503, 504)),
    row("deny-404-second", "http-request deny deny_status 404 if { path /no }", [get("/no"), READ, get("/yes"), READ]),
    row("deny-post-body", "http-request deny", [post("/"), READ, get("/2"), READ]),
    row("deny-in-backend", """frontend @NAME
        bind @BIND
        default_backend @NAME-b
        backend @NAME-b
        http-request deny
        server s1 @S1""", FROM()),
    row("deny-response", "http-response deny if { status 404 }", FROM(), answers(ok(status=b"404 No")),
        ours={"server": served("GET / HTTP/1.1")}, why="what is left of an answer that is not passed on is not read: its connection is closed"),
    row("deny-response-status", "http-response deny deny_status 503", FROM(),
        ours={"server": served("GET / HTTP/1.1")}, why="what is left of an answer that is not passed on is not read: its connection is closed"),
    row("502-page-head", "", FROM(method="HEAD"), answers([CLOSE])),
]

COOKIE = "cookie SRV {}\nbalance roundrobin\nserver s1 @S1 cookie A\nserver s2 @S2 cookie B"
APP = answers(ok(b"ok", "Set-Cookie: SRV=app; path=/", "Set-Cookie: other=1"))
SESSION = answers(ok(b"ok", "Set-Cookie: JSESSIONID=123; path=/", "Set-Cookie: other=1"))
COOKIES = []
for words in ("insert", "insert indirect", "insert indirect nocache", "insert nocache", "insert postonly",
              "insert indirect preserve", "insert httponly secure", "insert domain a.test domain b.test",
              "insert attr \"SameSite=None\" attr Priority=High", "insert maxidle 30m maxlife 8h",
              "insert indirect maxidle 30m", "rewrite", "rewrite nocache", "prefix", "prefix nocache", ""):
    name = "cookie-" + (words.replace('"', "").replace(" ", "-").replace("=", "") or "passive")
    dated = ((r"(SRV=[AB])\|[A-Za-z0-9+/]{5}(\|[A-Za-z0-9+/]{5})?", r"\1|DATE"),)
    COOKIES += [
        row(f"{name}-none", COOKIE.format(words), [FROM(), READ, FROM("Cookie: x=1"), READ], *TWO, normal=dated),
        row(f"{name}-b", COOKIE.format(words), [FROM("Cookie: SRV=B"), READ, FROM("Cookie: a=1; SRV=B; c=2"), READ], *TWO,
            normal=dated),
        row(f"{name}-unknown", COOKIE.format(words), [FROM("Cookie: SRV=Z; a=1"), READ], *TWO, normal=dated),
        row(f"{name}-server-sets", COOKIE.format(words), [FROM("Cookie: SRV=B"), READ, FROM(), READ], APP, APP, normal=dated),
        row(f"{name}-mirror", COOKIE.format(words), [FROM("Cookie: a=1; SRV=B; c=2"), READ, FROM("Cookie: SRV=B"), READ],
            mirror, mirror, normal=dated),
    ]
BLOCKED = {"client": is_refused(502), "server": served("GET / HTTP/1.1"), "log": lambda log: " 502 " in log[0] and " PH" in log[0]}
BLOCKED_WHY = "the manual: such a response is blocked; HAProxy 2.6 sends its page for status 200"
PREFIX = "cookie JSESSIONID prefix\nbalance roundrobin\nserver s1 @S1 cookie A\nserver s2 @S2 cookie B"
COOKIES += [
    row("cookie-prefix-session", PREFIX, [FROM(), READ, FROM("Cookie: JSESSIONID=A~123"), READ,
                                          FROM("Cookie: JSESSIONID=B~9; x=y"), READ], SESSION, SESSION),
    row("cookie-prefix-removed", PREFIX, FROM("Cookie: JSESSIONID=B~9; x=y"), mirror, mirror),
    row("cookie-prefix-name-unknown", PREFIX, FROM("Cookie: JSESSIONID=Z~9; x=y"), mirror, mirror),
    row("cookie-postonly-post", COOKIE.format("insert postonly"), post("/"), *TWO),
    row("cookie-down-redispatch", "cookie SRV insert\noption redispatch\nretries 1\nserver s1 @DEAD cookie A\nserver s2 @S1 cookie B",
        FROM("Cookie: SRV=A"), quiet=1.3),
    row("cookie-down-no-redispatch", "cookie SRV insert\nretries 0\nserver s1 @DEAD cookie A\nserver s2 @S1 cookie B",
        FROM("Cookie: SRV=A")),
    row("cookie-disabled-server", "cookie SRV insert\nserver s1 @DEAD cookie A disabled\nserver s2 @S1 cookie B",
        FROM("Cookie: SRV=A")),
    row("cookie-weight-0", "cookie SRV insert indirect\nserver s1 @S1 cookie A weight 0\nserver s2 @S2 cookie B",
        [FROM("Cookie: SRV=A"), READ, FROM(), READ], *TWO),
    row("cookie-several-in-header", COOKIE.format("insert indirect"), FROM("Cookie: SRV=B", "Cookie: SRV=A; q=1"), mirror, mirror),
    row("cookie-quoted", COOKIE.format("insert indirect"), FROM('Cookie: SRV="B"; q="a;b"'), mirror, mirror),
    row("cookie-backup-same", "cookie SRV insert indirect\nserver s1 @DEAD cookie A disabled\nserver s2 @S2 cookie B\n"
        "server b1 @S1 cookie A backup", [FROM("Cookie: SRV=A"), READ, FROM(), READ], *TWO),
    row("force-persist", "cookie SRV insert\nforce-persist if { path_beg /force }\n"
        "server s1 @S1 cookie A disabled\nserver s2 @S2 cookie B",
        [get("/force", "Cookie: SRV=A"), READ, get("/", "Cookie: SRV=A"), READ], *TWO,
        ours={"log": lambda log: " --VN " in log[0] and " --DI " in log[1]},
        why="a cookie whose server force-persist has used was valid"),
    row("ignore-persist", "cookie SRV insert indirect\nbalance roundrobin\nignore-persist if { path_beg /static }\n"
        "server s1 @S1 cookie A\nserver s2 @S2 cookie B",
        [get("/static", "Cookie: SRV=B"), READ, get("/static", "Cookie: SRV=B"), READ, get("/", "Cookie: SRV=B"), READ], *TWO),
    row("use-server", "balance roundrobin\nuse-server s2 if { path /two }\nserver s1 @S1\nserver s2 @S2",
        [get("/two"), READ, get("/two"), READ, get("/"), READ], *TWO),
    row("use-server-format", "balance roundrobin\nuse-server %[hdr(x-to)] if { hdr(x-to) -m found }\nserver s1 @S1\nserver s2 @S2",
        [get("/", "X-To: s2"), READ, get("/", "X-To: s2"), READ, get("/", "X-To: nobody"), READ], *TWO),
    row("dynamic-cookie", "cookie SRV insert dynamic\ndynamic-cookie-key secret\nserver s1 @S1", [FROM(), READ],
        normal=((r"SRV=[0-9a-f]{16}", "SRV=HEX"),)),
    *(row(f"cookie-nocache-{name}", COOKIE.format("insert indirect nocache"), FROM(), answers(ok(b"ok", *headers)))
      for name, headers in (("etag", ["ETag: \"1\""]), ("modified", ["Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT"]),
                            ("max-age", ["Cache-Control: max-age=60"]), ("public", ["Cache-Control: public", "ETag: \"1\""]),
                            ("private", ["Cache-Control: private", "ETag: \"1\""]), ("no-store", ["Cache-Control: no-store"]),
                            ("pragma", ["Pragma: no-cache", "ETag: \"1\""]), ("expires", ["Expires: Tue, 14 Nov 2033 22:13:20 GMT"]))),
    row("cookie-nocache-post", COOKIE.format("insert indirect nocache"), post("/"), answers(ok(b"ok", "ETag: \"1\""))),
    row("cookie-nocache-404", COOKIE.format("insert indirect nocache"), FROM(), answers(ok(b"ok", "ETag: \"1\"", status=b"404 No"))),
    row("checkcache-etag", "option checkcache\ncookie SRV insert\nserver s1 @S1 cookie A", FROM(),
        answers(ok(b"ok", "ETag: \"1\"", "Set-Cookie: a=b")), ours=BLOCKED, why=BLOCKED_WHY),
    row("checkcache-public", "option checkcache\nserver s1 @S1 cookie A", FROM(),
        answers(ok(b"ok", "Cache-Control: max-age=60", "Set-Cookie: a=b")), ours=BLOCKED, why=BLOCKED_WHY),
    row("checkcache-no-cookie", "option checkcache", FROM(), answers(ok(b"ok", "Cache-Control: max-age=60"))),
    row("checkcache-no-cache-set-cookie", "option checkcache", FROM(),
        answers(ok(b"ok", "Cache-Control: max-age=60, no-cache=\"set-cookie\"", "Set-Cookie: a=b"))),
    row("checkcache", "option checkcache\ncookie SRV insert\nserver s1 @S1 cookie A", FROM(),
        answers(ok(b"ok", "Set-Cookie: a=b"))),
    row("checkcache-private", "option checkcache\ncookie SRV insert\nserver s1 @S1 cookie A", FROM(),
        answers(ok(b"ok", "Set-Cookie: a=b", "Cache-Control: private"))),
]


def all_answered(client):
    return all(m[0] == "HTTP/1.1 200 OK" and any(f"x-server: {s}" in m for s in ("one", "two", "three"))
               for m in client[0])


ANY_SERVER = {"client": all_answered, "server": lambda servers: sum(map(len, servers)) > 0,
              "log": lambda log: all(" 200 " in line for line in log)}


def several(*paths, headers=()):
    return [step for i, path in enumerate(paths) for step in (get(path, *(headers[i:i + 1])), READ)]


POOL = "\nserver s1 @S1\nserver s2 @S2\nserver s3 @S3"
BALANCE = [
    row("balance-roundrobin", "balance roundrobin" + POOL, several(*"/a /b /c /d".split()), *THREE),
    row("balance-uri", "balance uri" + POOL, several(*(f"/{i}.html" for i in range(12))), *THREE),
    row("balance-uri-query-ignored", "balance uri" + POOL, several("/a?1", "/a?2", "/a?3"), *THREE),
    row("balance-uri-whole", "balance uri whole" + POOL, several("/a?1", "/a?2", "/a?3", "/a?4"), *THREE),
    row("balance-uri-depth", "balance uri depth 2" + POOL, several("/a/b/c", "/a/b/d", "/b/c/e", "/c/d"), *THREE),
    row("balance-uri-len", "balance uri len 3" + POOL, several("/ab1", "/ab2", "/cd1", "/ef1"), *THREE),
    row("balance-uri-path-only", "balance uri path-only" + POOL,
        several("http://a.test/x", "/x", "http://b.test/y", "/y"), *THREE),
    row("balance-uri-consistent", "balance uri\nhash-type consistent" + POOL, several(*(f"/{i}" for i in range(12))), *THREE,
        ours=ANY_SERVER, why="hash-type consistent is rendezvous hashing here: as stable, but another mapping"),
    row("balance-uri-sdbm", "balance uri\nhash-type map-based sdbm avalanche" + POOL,
        several(*(f"/{i}" for i in range(12))), *THREE),
    row("balance-uri-crc32", "balance uri\nhash-type consistent crc32" + POOL, several(*(f"/{i}" for i in range(12))), *THREE,
        ours=ANY_SERVER, why="hash-type consistent is rendezvous hashing here: as stable, but another mapping"),
    row("balance-uri-wt6", "balance uri\nhash-type map-based wt6" + POOL, several(*(f"/{i}" for i in range(12))), *THREE,
        ours=ANY_SERVER, why="wt6 is not documented but by HAProxy's source: ours is another function of the same kind"),
    row("balance-uri-djb2", "balance uri\nhash-type map-based djb2" + POOL, several(*(f"/{i}" for i in range(12))), *THREE),
    row("balance-hdr", "balance hdr(User)" + POOL,
        [s for i in range(8) for s in (get("/", f"User: u{i}"), READ)], *THREE),
    row("balance-hdr-absent", "balance hdr(User)" + POOL, several("/", "/", "/", "/"), *THREE),
    row("balance-hdr-host-domain", "balance hdr(host) use_domain_only" + POOL,
        [s for host in ("www.a.test", "x.a.test", "www.bb.test", "a.ccc.test") for s in (get("/", host=host), READ)], *THREE),
    row("balance-url-param", "balance url_param id" + POOL, several(*(f"/?x=1&id=u{i}" for i in range(8)), "/?id="), *THREE),
    row("balance-url-param-post", "balance url_param id check_post" + POOL,
        [s for i in range(5) for s in (post("/", body=b"id=u%d&x=1" % i), READ)], *THREE),
    row("balance-hash", "balance hash req.cook(user)" + POOL,
        [s for i in range(8) for s in (get("/", f"Cookie: user=u{i}"), READ)], *THREE),
    row("balance-source", "balance source" + POOL, several("/", "/", "/"), *THREE),
    row("balance-source-weights", "balance source\nhash-type consistent\nserver s1 @S1 weight 10\nserver s2 @S2 weight 20",
        several("/", "/"), *TWO),
    row("balance-first", "balance first" + POOL, several("/", "/", "/"), *THREE),
    row("balance-leastconn", "balance leastconn" + POOL, several("/", "/", "/"), *THREE),
    row("balance-hash-balance-factor", "balance uri\nhash-type consistent\nhash-balance-factor 150" + POOL,
        several("/1", "/2", "/3"), *THREE,
        ours=ANY_SERVER, why="hash-type consistent is rendezvous hashing here: as stable, but another mapping"),
    row("balance-http-reuse-two-servers", "balance roundrobin\nhttp-reuse always" + POOL,
        several(*"/a /b /c /d /e /f".split()), *THREE),
    row("queue-server-maxconn", "timeout queue 5s\nserver s1 @S1 maxconn 1", [get("/1"), 0.1, New(), get("/2"), READ], answers([0.6, OK]),
        quiet=0.9, ours={"server": served("GET /1 HTTP/1.1", "GET /2 HTTP/1.1")}, why="HAProxy closes what is over its estimate of the need; relevo keeps idle connections for pool-purge-delay"),
    row("frontend-maxconn", "maxconn 100", FROM()),
]

HELLO = bytes.fromhex(
    "16030100b5010000b10303" + "11" * 32 + "00" + "0004" + "13011302" + "0100" + "0084"
    + "0000000b00090000066c2e74657374" + "000a00040002001d" + "000d00040002" + "0403"
    + "002b0003020304" + "0010000e000c02683208687474702f312e31"
    + "0015" + "0048" + "00" * 72)
TCP = "mode tcp\noption tcplog\ntcp-request inspect-delay 4s\n"		# what is waited for comes
TCP_SOON = "mode tcp\noption tcplog\ntcp-request inspect-delay 200ms\n"	# it does not


async def says_ok(peer):
    await peer.more()
    await peer.act([b"answer", CLOSE])


RDP = bytes.fromhex("0300002c27e00000000000") + b"Cookie: mstshash=user1\r\n" + bytes.fromhex("0100080003000000")
MODE_TCP = [
    row("tcp-sni", TCP + "tcp-request content accept if { req.ssl_hello_type 1 }\nuse-server s2 if { req.ssl_sni -i l.test }\n"
        "server s1 @S1\nserver s2 @S2", [HELLO, READ], says_ok, says_ok),
    row("tcp-ssl-ver", TCP + "tcp-request content reject if { req.ssl_ver gt 3.9 }\ntcp-request content accept if { req.ssl_hello_type 1 }",
        [HELLO, READ], says_ok),
    row("tcp-not-ssl", TCP_SOON + "tcp-request content accept if { req.ssl_hello_type 1 }\ntcp-request content reject",
        [b"SSH-2.0-x\r\n", READ], says_ok, quiet=0.5),
    row("tcp-len", TCP + "tcp-request content accept if { req.len ge 10 }\ntcp-request content reject",
        [b"12345", 0.05, b"67890", READ], says_ok),
    row("tcp-len-too-few", TCP_SOON + "tcp-request content accept if { req.len ge 10 }\ntcp-request content reject",
        [b"12345", READ], says_ok, quiet=0.5),
    row("tcp-payload", TCP + "tcp-request content accept if { req.payload(0,3) -m str abc }\ntcp-request content reject if { req.len ge 3 }",
        [b"abcdef", READ], says_ok),
    row("tcp-payload-bin", TCP + "tcp-request content reject if { req.payload(1,2) -m bin 6263 }", [b"abcdef", READ], says_ok),
    row("tcp-wait-end", TCP_SOON + "tcp-request content accept if WAIT_END", [b"x", READ], says_ok, quiet=0.5),
    row("tcp-http-acl", TCP + "tcp-request content accept if HTTP\ntcp-request content reject", [FROM(), READ], says_ok),
    row("tcp-set-var", TCP + "tcp-request content set-var(sess.a) req.len if { req.len ge 3 }\nlog-format \"%[var(sess.a)] %ts\"", [b"abc", READ], says_ok),
    row("tcp-capture", TCP + "tcp-request content capture req.payload(0,4) len 8\nlog-format \"%[capture.req.hdr(0)]|%hr|%ts\"",
        [b"abcdef", READ], says_ok),
    row("tcp-response-reject", "mode tcp\noption tcplog\ntcp-response inspect-delay 4s\n"
        "tcp-response content reject if { res.payload(0,3) -m str ans }", [b"abc", READ], says_ok),
    row("tcp-response-close", "mode tcp\noption tcplog\ntcp-response inspect-delay 4s\n"
        "tcp-response content close if { res.len ge 3 }", [b"abc", READ], says_ok),
    row("tcp-request-connection-reject", "mode tcp\noption tcplog\ntcp-request connection reject if { src 127.0.0.0/8 }",
        [b"abc", READ], says_ok),
    row("tcp-request-session-reject", "mode tcp\noption tcplog\ntcp-request session reject if { src 127.0.0.0/8 }",
        [b"abc", READ], says_ok),
    row("tcp-request-content-backend", """frontend @NAME
        bind @BIND
        mode tcp
        option tcplog
        use_backend @NAME-b if { src 127.0.0.1 }
        backend @NAME-b
        mode tcp
        tcp-request inspect-delay 4s
        tcp-request content reject if { req.len ge 3 }
        server s1 @S1""", [b"abc", READ], says_ok),
    row("tcp-in-http", "tcp-request inspect-delay 4s\ntcp-request content reject if { path /no }\n"
        "tcp-request content set-var(txn.p) path\nhttp-request set-header X-P %[var(txn.p)]", [get("/yes"), READ, get("/no"), READ], mirror,
        ours={"log": lambda log: log[1].endswith(' PR-- N/1/0/0/0 0/0 "GET /no HTTP/1.1"\n')}, why="the line names the request that was rejected"),
    row("tcp-connection-set-var", "tcp-request connection set-var(sess.a) src\nhttp-request set-header X-A %[var(sess.a)]",
        [FROM(), READ, FROM(), READ], mirror),
    row("http-set-src", "http-request set-src hdr(x-real)\nhttp-request set-header X-A %[src]\noption forwardfor",
        [FROM("X-Real: 1.2.3.4"), READ], mirror, normal=((r"<134>1\.2\.3\.4:\d+", "<134>1.2.3.4:P"),)),
    row("rdp-cookie", TCP + "tcp-request content accept if RDP_COOKIE\nbalance rdp-cookie\npersist rdp-cookie\nserver s1 @S1\nserver s2 @S2",
        [RDP, READ], says_ok, says_ok),
    row("rdp-cookie-fetch", TCP + "tcp-request content accept if RDP_COOKIE\nuse-server s2 if { req.rdp_cookie(mstshash) user1 }\n"
        "server s1 @S1\nserver s2 @S2", [RDP, READ], says_ok, says_ok),
    row("tcp-use-backend-sni", """frontend @NAME
        bind @BIND
        mode tcp
        option tcplog
        tcp-request inspect-delay 4s
        tcp-request content accept if { req.ssl_hello_type 1 }
        use_backend @NAME-%[req.ssl_sni,lower,field(1,.)] if { req.ssl_sni -m found }
        backend @NAME-l
        mode tcp
        server s1 @S1""", [HELLO, READ], says_ok),
]

ROWS = [*HEADERS, *ERRORS, *COOKIES, *BALANCE, *MODE_TCP]
