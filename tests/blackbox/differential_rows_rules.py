# SPDX-License-Identifier: Apache-2.0
"""Rows of the differential tests: the rule language, expressions, maps, variables, logs."""
from differential import READ, is_refused, row, served
from http_peers import CLOSE, FIN, answers, get, mirror, ok, post

REQUEST = get("/dir/page.html?a=1&b=two&c=%20x", "User-Agent: Test/1.0 (x)", "Cookie: s=abc; t=d%20e",
              "X-List: one, two,three", "X-Num: 42", "Referer: http://r.test/p?q", host="www.a.test:8080")
REPLY = answers(ok(b"body", "X-Back: b1", "X-Back: b2", "Set-Cookie: sid=s1; path=/", "Server: origin/1", "Cache-Control: no-store"))

LINE = "GET /dir/page.html?a=1&b=two&c=%20x HTTP/1.1"
UNREAD = "what is left of an answer that is not passed on is not read: its connection is closed"


def edits(name, *rules, data=REQUEST, servers=(mirror,), **more):
    return row(name, "\n".join(rules), data, *servers, **more)


def normalized(name, rule, data, **more):
    return edits(f"normalize-{name}", rule, data=data, extra_global="expose-experimental-directives", **more)


REQUEST_RULES = [
    edits("set-header", "http-request set-header X-New value", "http-request set-header User-Agent changed"),
    edits("set-header-all", "http-request set-header X-Dup new", data=get("/", "X-Dup: 1", "X-Dup: 2", "X-End: e")),
    edits("set-header-format", 'http-request set-header X-New "%[src] %ci %[method] %HM %HP %HQ %HV %{+Q}r %{+X}[int(255)]"'),
    edits("set-header-empty", "http-request set-header X-New %[hdr(absent)]"),
    edits("add-header", "http-request add-header X-New one", "http-request add-header X-New two",
          "http-request add-header X-Num 43"),
    edits("del-header", "http-request del-header X-List", "http-request del-header absent", "http-request del-header User-Agent"),
    edits("del-header-matches", "http-request del-header x- -m beg", "http-request del-header gent -m end"),
    edits("del-header-regex", "http-request del-header ^(x-n|ref) -m reg"),
    edits("replace-header", "http-request replace-header Cookie (.*)abc(.*) \\1XYZ\\2"),
    edits("replace-header-no-match", "http-request replace-header Cookie nothere x"),
    edits("replace-value", "http-request replace-value X-List t(.*) T-\\1"),
    edits("replace-value-format", "http-request replace-value X-List ^(.*)$ %[method]-\\1"),
    edits("replace-path", "http-request replace-path /dir/(.*) /new/\\1"),
    edits("replace-path-query", "http-request replace-path (.*) /pre\\1"),
    edits("replace-pathq", "http-request replace-pathq ([^?]*)\\?(.*) \\1/x?y&\\2"),
    edits("replace-uri", "http-request replace-uri ^/dir/(.*) /all/\\1"),
    edits("replace-uri-absolute", "http-request replace-uri ^http://[^/]*/(.*) http://z.test/new/\\1", data=get("http://a.test/x?y")),
    edits("replace-path-absolute", "http-request replace-path /(.*) /new/\\1", data=get("http://a.test/x?y")),
    edits("set-path", "http-request set-path /static%[path]"),
    edits("set-path-lower", "http-request set-path %[path,lower,regsub(page,PAGE)]"),
    edits("set-path-with-question", "http-request set-path /a?b"),
    edits("set-pathq", "http-request set-pathq /only?query=1"),
    edits("set-query", "http-request set-query %[query,regsub(a=1,a=2)]"),
    edits("set-query-empty", "http-request set-query %[hdr(absent)]"),
    edits("set-uri", "http-request set-uri /uri/%[url]"),
    edits("set-uri-absolute", "http-request set-uri http://x.test/y"),
    edits("set-method", "http-request set-method PUT"),
    edits("set-method-post-to-get", "http-request set-method GET", data=post("/")),
    normalized("path-merge-slashes", "http-request normalize-uri path-merge-slashes", get("/a//b///c?d//e")),
    normalized("path-strip-dot", "http-request normalize-uri path-strip-dot", get("/a/./b/.")),
    normalized("path-strip-dotdot", "http-request normalize-uri path-strip-dotdot", get("/a/../b/../../c")),
    normalized("path-strip-dotdot-full", "http-request normalize-uri path-strip-dotdot full", get("/../../c")),
    normalized("percent-upper", "http-request normalize-uri percent-to-uppercase", get("/%aa%bB")),
    normalized("percent-upper-strict", "http-request normalize-uri percent-to-uppercase strict", get("/%zz"),
               ours={"log": lambda log: " 400 " in log[0] and " PR-- " in log[0]},
               why="the request had come whole when a rule refused it, so that %TR is known"),
    normalized("percent-decode", "http-request normalize-uri percent-decode-unreserved", get("/%41%7e%2f")),
    normalized("query-sort", "http-request normalize-uri query-sort-by-name", get("/?c=1&a=2&b=3&a=1")),
    normalized("fragment-strip", "http-request normalize-uri fragment-strip", get("/a#b")),
    normalized("fragment-encode", "http-request normalize-uri fragment-encode", get("/a#b")),
    edits("rules-order", "http-request set-header X-A 1", "http-request set-header X-A %[hdr(X-A)]2 if { hdr(X-A) 1 }",
          "http-request allow if { hdr(X-A) 12 }", "http-request set-header X-A never"),
    edits("unless", "http-request set-header X-A 1 unless { path_beg /dir }", "http-request set-header X-B 1 unless { path_beg /other }"),
    edits("or-and-not", "acl a path_beg /dir", "acl b path_end .png", "http-request set-header X-1 y if a b or a !b",
          "http-request set-header X-2 y if a b || b", "http-request set-header X-3 y if !a or !b"),
    edits("early-hint", "http-request early-hint Link \"</a.css>; rel=preload\""),
    edits("strict-mode-off", "http-request strict-mode off", "http-request set-header X-A b"),
    edits("set-log-level-silent", "http-request set-log-level silent if { path_beg /dir }"),
    edits("set-log-level-alert", "http-request set-log-level alert"),
    edits("set-nice-tos-mark", "http-request set-nice 10", "http-request set-tos 0x10"),
    edits("auth-401", """userlist @NAME-u
        user joe insecure-password secret
        listen @NAME
        bind @BIND
        acl ok http_auth(@NAME-u)
        http-request auth realm "The Place" unless ok
        server s1 @S1""", data=[get("/"), READ, get("/", "Authorization: Basic am9lOnNlY3JldA=="), READ,
                                get("/", "Authorization: Basic am9lOndyb25n"), READ]),
    edits("auth-group", """userlist @NAME-u
        group admins users joe
        user joe insecure-password secret
        user tom insecure-password secret
        listen @NAME
        bind @BIND
        http-request auth unless { http_auth_group(@NAME-u) admins }
        http-request set-header X-User %[http_auth_user]
        server s1 @S1""", data=[get("/", "Authorization: Basic am9lOnNlY3JldA=="), READ,
                                get("/", "Authorization: Basic dG9tOnNlY3JldA=="), READ]),
    edits("auth-crypt", """userlist @NAME-u
        user a password $1$abc$fBDQPiDGTjbAkYnPWqFSL0
        user b password $5$abcdefgh$3Jq7GFGUtWoqHmTL/BnwMBVEM4gwRbI7nP0T/0VOoe9
        user c password $6$abcdefgh$ySV3YlLMZqKuGeeRMlgV6QGFuTIxKYAUX3LoJqkcgmEa9EQbvUxUtzGnMF6YP6Oja2qRFZ6K3IGMy9tbaPWbG.
        listen @NAME
        bind @BIND
        http-request auth unless { http_auth(@NAME-u) }
        server s1 @S1""", data=[get("/", "Authorization: Basic YTpwdw=="), READ, get("/", "Authorization: Basic Yjpwdw=="), READ,
                                get("/", "Authorization: Basic Yzpwdw=="), READ, get("/", "Authorization: Basic YTp4"), READ]),
    edits("auth-proxy", "http-request auth", data=get("http://a.test/")),
    edits("tarpit", "timeout tarpit 800ms", "http-request tarpit if { path_beg /dir }", quiet=1.5),
    edits("tarpit-without-its-time", "timeout connect 400ms", "http-request tarpit", quiet=1.5),
    edits("tarpit-of-a-frontend", """frontend @NAME
        bind @BIND
        http-request tarpit""", quiet=1.5),
    edits("tarpit-client-half-closes", "timeout tarpit 600ms", "http-request tarpit", data=[get("/"), FIN, READ], quiet=1.5),
    edits("tarpit-status", "timeout tarpit 600ms", "http-request tarpit deny_status 429", quiet=1.5),
    edits("silent-drop", "http-request silent-drop if { path_beg /dir }",
        ours={"client": [[]], "server": [[]], "log": lambda log: " PR-- " in log[0]},
        why="the proxy keeps no capability: the reset has a TTL of 1 and dies on the next hop, which loopback has not"),
    edits("reject", "http-request reject if { path_beg /dir }"),
    edits("wait-for-handshake", "http-request wait-for-handshake"),
]

REDIRECTS = [
    edits("redirect-location", "http-request redirect location /new"),
    edits("redirect-prefix", "http-request redirect prefix http://n.test"),
    edits("redirect-prefix-drop-query", "redirect prefix http://n.test drop-query"),
    edits("redirect-prefix-append-slash", "redirect prefix http://n.test drop-query append-slash", data=get("/a?b")),
    edits("redirect-prefix-slash", "redirect prefix /", data=get("/a?b")),
    edits("redirect-scheme", "http-request redirect scheme https"),
    edits("redirect-scheme-code", "redirect scheme https code 301 if { path_beg /dir }"),
    edits("redirect-scheme-no-host", "redirect scheme https", data=get("/x", host=None, version="1.0")),
    edits("redirect-set-cookie", "redirect location /x set-cookie SEEN=1"),
    edits("redirect-clear-cookie", "redirect location /x clear-cookie USERID="),
    edits("redirect-format", "http-request redirect location http://%[hdr(host),regsub(:8080,)]%[path]?%[query]"),
    *(edits(f"redirect-{code}", f"http-request redirect code {code} location /new", data=get("/a?b", version="1.0")) for code in (301, 302, 303, 307, 308)),
    edits("redirect-keeps-alive", "redirect location /new if { path /old }", data=[get("/old"), READ, get("/new"), READ]),
    edits("redirect-head", "redirect location /new", data=get("/", method="HEAD")),
    edits("redirect-in-backend", """frontend @NAME
        bind @BIND
        default_backend @NAME-b
        backend @NAME-b
        redirect location /new
        server s1 @S1"""),
    edits("redirect-server-redir", "server s1 @S1 redir http://other.test",
          ours={"client": lambda client: client[0][0][0] == "HTTP/1.1 302 Found" and
                "location: http://other.test/dir/page.html?a=1&b=two&c=%20x" in client[0][0]},
          why="a redirect has an end: the connection is good for another request"),
    edits("redirect-response", "http-response redirect location /login if { status 401 }",
          servers=(answers(ok(status=b"401 No")),), ours={"server": served(LINE)}, why=UNREAD),
    edits("redirect-ignore-empty", "http-request redirect location %[hdr(absent)] ignore-empty"),
]

RETURNS = [
    edits("return-plain", "http-request return"),
    edits("return-status", "http-request return status 404"),
    edits("return-204", "http-request return status 204"),
    edits("return-string", 'http-request return status 200 content-type text/plain string "hello there"'),
    edits("return-lf-string", 'http-request return content-type text/plain lf-string "%[path] %[hdr(x-num)]"'),
    edits("return-hdr", 'http-request return status 200 content-type "text/plain" string x hdr X-A %[src] hdr X-B b'),
    edits("return-file", "http-request return status 200 content-type text/plain file @DIR/page.txt"),
    edits("return-lf-file", "http-request return status 200 content-type text/plain lf-file @DIR/page.lf"),
    edits("return-errorfile", "http-request return status 503 errorfile @DIR/503.http"),
    edits("return-default-errorfiles", "http-request return status 404 default-errorfiles"),
    edits("return-head", 'http-request return content-type text/plain string "hello"', data=get("/", method="HEAD")),
    edits("return-keeps-alive", 'http-request return content-type text/plain string "hello" if { path /r }',
          data=[get("/r"), READ, get("/2"), READ, get("/r"), READ]),
    edits("return-post", 'http-request return content-type text/plain string "hello" if { path /r }',
          data=[post("/r"), READ, get("/2"), READ]),
    edits("deny-with-content", 'http-request deny status 403 content-type text/plain string "go away" hdr X-A b'),
    edits("deny-after-after-response", "http-after-response set-header X-After yes", "http-request deny"),
    edits("return-in-response", 'http-response return status 200 content-type text/plain string "instead" if { status 404 }',
          servers=(answers(ok(status=b"404 No")),), ours={"server": served(LINE)}, why=UNREAD),
]

RESPONSE_RULES = [row(name, "\n".join(rules), REQUEST, REPLY) for name, *rules in (
    ("res-set-header", "http-response set-header X-New v", "http-response set-header X-Back one"),
    ("res-add-header", "http-response add-header X-Back b3"),
    ("res-del-header", "http-response del-header Server", "http-response del-header x-b -m beg"),
    ("res-replace-header", "http-response replace-header Set-Cookie (.*) \\1;secure"),
    ("res-replace-value", "http-response replace-value Cache-Control no-(.*) yes-\\1"),
    ("res-set-status", "http-response set-status 418 reason \"I am a teapot\""),
    ("res-set-status-plain", "http-response set-status 503"),
    ("res-condition", "http-response set-header X-S ok if { status 200 } { res.hdr(x-back) -m found }"),
    ("res-fetches", 'http-response set-header X-All "%[status]|%[res.hdr(x-back)]|%[res.hdr(x-back,1)]|%[res.hdr_cnt(x-back)]|%[res.fhdr(cache-control)]|%[res.ver]|%[res.cook(sid)]|%[res.hdr_names(:)]"'),
    ("res-var-from-request", "http-request set-var(txn.p) path", "http-response set-header X-P %[var(txn.p)]"),
    ("res-allow", "http-response allow if { status 200 }", "http-response set-header X-No no"),
    ("after-set-header", "http-after-response set-header X-After yes", "http-after-response del-header Server"),
    ("after-set-status", "http-after-response set-status 299 reason Odd"),
    ("after-replace", "http-after-response replace-value X-Back b(.) c\\1"),
    ("res-set-log-level", "http-response set-log-level err"),
    ("res-capture", "declare capture response len 10", "http-response capture res.hdr(server) id 0"),
    ("res-location", "http-response replace-header Location http://[^/]*(.*) https://x\\1"),
)]
RESPONSE_RULES += [
    row("after-on-error", "http-after-response set-header X-After yes\nserver s1 @DEAD\nretries 0", REQUEST),
    row("after-on-bad-request", "http-after-response set-header X-After yes", b"BAD\r\n\r\n",
        ours={"client": lambda client: "x-after: yes" in client[0][0] and is_refused(400)(client)}, why="the manual: rules for all answers, ours as well; HAProxy's earliest errors escape them"),
    row("after-on-redirect", "http-after-response set-header X-After yes\nredirect location /x", REQUEST),
    row("old-words", "http-request set-header X-A b\noption httpclose\nhttp-response set-header X-Y z", REQUEST, mirror),
]


def values(name, *expressions, data=REQUEST, cfg=(), **more):
    """Each expression's value, as the server sees it."""
    rules = [f"http-request set-header X-V{i} \"%[{e}]\"" for i, e in enumerate(expressions)]
    return row(f"value-{name}", "\n".join([*cfg, *rules, "http-request del-header x-v -m beg if { int(0) -m bool }"]), data, mirror, **more)


def texts(name, *expressions, data=REQUEST, cfg=(), **more):
    """The same through http-request return lf-string."""
    text = "|".join(f"%[{e}]" for e in expressions)
    return row(f"text-{name}", "\n".join([*cfg, f'http-request return content-type text/plain lf-string "{text}"']), data, **more)


FETCHES = [
    values("path", "path", "pathq", "url", "query", "base", "method", "req.ver", "url_param(a)", "url_param(b)", "url_param(zz)"),
    values("headers", "req.hdr(x-list)", "req.hdr(x-list,1)", "req.hdr(x-list,-1)", "req.fhdr(x-list)", "req.hdr_cnt(x-list)",
           "req.fhdr_cnt(x-list)", "hdr(host)", "hdr(user-agent)", "req.hdr_val(x-num)", "req.hdr_ip(x-none)", "req.hdr_names", "req.hdr_names(-)"),
    values("cookies", "req.cook(s)", "req.cook(t)", "req.cook(none)", "req.cook_cnt(s)", "cook(s)", "req.cook_val(s)", "req.cook"),
    values("base32", "base32", "url32", "base32+src", "url32+src"),
    values("url-parts", "url_ip", "url_port", "urlp(c)", "urlp(c),url_dec", "url_param", data=get("http://1.2.3.4:99/x?c=%41", host="1.2.3.4:99")),
    values("addresses", "src", "dst", "dst_port", "src_is_local", "dst_is_local", "fe_name", "be_name", "src,ipmask(8)", "so_id", "fc_rcvd_proxy"),
    values("counts", "fe_conn", "be_conn", "nbsrv", "srv_is_up(@NAME/s1)", "srv_conn(@NAME/s1)", "connslots", "queue", "avg_queue", "srv_queue(@NAME/s1)", "srv_weight(@NAME/s1)", "be_conn_free", "srv_conn_free(@NAME/s1)"),
    values("process", "nbproc", "thread", "proc", "always_true", "always_false", "int(7)", "str(abc)", "bool(true)", "bin(616263)", "ipv4(1.2.3.4)", "meth(POST)", "env(ABSENT)"),
    values("body", "req.body", "req.body_len", "req.body_size", "req.body_param(b)", "req.body_param(a)", cfg=["option http-buffer-request"],
           data=post("/", "Content-Type: application/x-www-form-urlencoded", body=b"a=1&b=two&c=3")),
    values("unique", "unique-id", "http_first_req", "req.hdrs,length", cfg=["unique-id-format abc"]),
    values("auth", "http_auth_user", "http_auth_pass", "http_auth_type", "http_auth_bearer", data=get("/", "Authorization: Basic am9lOnNlY3JldA==")),
    values("captured", "capture.req.method", "capture.req.uri", "capture.req.ver", "capture.req.hdr(0)", cfg=["capture request header User-Agent len 4"]),
    values("alias", "hdr_cnt(x-list)", "hdr_val(x-num)", "path,length", "hdr(x-num),add(1)"),
]

CONVERTERS = [
    texts("case", "path,upper", "path,lower", "str(aBc),upper", "str(  a ),length", "str(abc),bytes(1)", "str(abcdef),bytes(1,3)"),
    texts("numbers", "int(7),add(3)", "int(7),sub(10)", "int(7),mul(6)", "int(7),div(2)", "int(7),mod(4)", "int(7),div(0)", "int(7),neg",
          "int(6),and(3)", "int(6),or(3)", "int(6),xor(3)", "int(6),cpl", "int(0),not", "int(5),bool", "int(5),odd", "int(5),even"),
    texts("fields", "str(a.b.c.d),field(2,.)", "str(a.b.c.d),field(-1,.)", "str(a.b.c.d),field(2,.,2)", "str(a..c),field(2,.)",
          "str(a b c),word(2, )", "str(a..c),word(2,.)", "str(a.b.c.d),word(-2,.)", "str(a/b/c),word(1,/,2)"),
    texts("regsub", "str(aXbXc),regsub(X,-)", "str(aXbXc),regsub(X,-,g)", "str(aXbxc),regsub(x,-,gi)", "path,regsub(\\\"(/dir)(.*)\\\",\\\"\\\\2\\\\1\\\")"),
    texts("strcmp", "str(a),strcmp(txn.x)", "str(b),strcmp(txn.x)", "str(ab),concat(-,txn.x,.)", "int(5),add(txn.n)",
          cfg=["http-request set-var(txn.x) str(a)", "http-request set-var(txn.n) int(37)"]),
    texts("base64", "str(hello),base64", "str(aGVsbG8=),b64dec", "str(hello?>),ub64enc", "str(aGVsbG8_Pg),ub64dec", "str(!!),b64dec"),
    texts("hex", "str(hello),hex", "str(ff),hex2i", "bin(68656c6c6f)", "str(abc),be2dec(:,2)", "str(abc),be2hex(:,1)", "bin(010203),be2hex(,2)"),
    texts("hashes", "str(abc),crc32", "str(abc),crc32c", "str(abc),djb2", "str(abc),sdbm", "str(abc),xxh32",
          "str(abc),xxh64", "str(abc),xxh3", "str(abc),sdbm(1)", "str(abc),crc32(1)"),
    texts("digests", "str(abc),sha1,hex", "str(abc),sha2,hex", "str(abc),sha2(224),hex", "str(abc),sha2(512),hex", "str(abc),digest(md5),hex",
          "str(abc),hmac(sha256,a2V5),hex"),
    texts("url", "str(a%20b+c),url_dec", "str(a%20b+c),url_dec(1)", "str(a b/c?d),url_enc", "str(a%zz),url_dec"),
    texts("json", "req.fhdr(x-json),json", "str(abc),json(utf8s)", "req.fhdr(x-json),json_query('\\$.a.b')", "req.fhdr(x-json),json_query('\\$.s')",
          "req.fhdr(x-json),json_query('\\$.l[1]')", "req.fhdr(x-json),json_query('\\$.none')", data=get("/", 'X-Json: {"a":{"b":7},"s":"q\\"r","l":[1,22]}')),
    texts("times", "int(1700000000),http_date", "int(1700000000),utime(%Y-%m-%d_%H:%M:%S)", "int(1700000000),http_date(1)", "int(1700000000123),http_date(0,ms)"),
    texts("ip", "ipv4(1.2.3.4),ipmask(24)", "ipv6(2001:db8::1),ipmask(8,32)", "str(1.2.3.4),ipmask(16)", "ipv4(10.1.2.3),ipmask(8)"),
    texts("htonl", "int(1),htonl,hex", "int(65),hex"),
    texts("lists", "str(gzip;q=0.5),language(en)", "req.hdr(accept-language),language(de;fr,en)", data=get("/", "Accept-Language: fr;q=0.5, de")),
    texts("bool-str", "always_true", "int(0),bool", "str(yes),length,bool", "path,length,add(0)"),
    texts("ltrim", "str(  ab ),ltrim( )", "str(  ab ),rtrim( )", "str(xxab),ltrim(x)", "str(abc),rtrim(bc)"),
    texts("secure-memcmp", "str(abc),secure_memcmp(txn.s)", "str(abd),secure_memcmp(txn.s)", cfg=["http-request set-var(txn.s) str(abc)"]),
    texts("iif", "always_true,iif(yes,no)", "always_false,iif(yes,no)", "int(0),iif(a,b)"),
    texts("digits", "int(0042)", "hdr(x-num),mul(2)", "hdr(x-num),mod(5)"),
    texts("map-in", "hdr(host),map(@DIR/hosts.map,none)", "path,map_beg(@DIR/beg.map)", "path,map_reg(@DIR/reg.map)", "src,map_ip(@DIR/ip.map)",
          "path,map_sub(@DIR/sub.map,no)", "path,map_end(@DIR/end.map,no)", "hdr(host),map_dom(@DIR/dom.map,no)", "int(15),map_int(@DIR/int.map)",
          "path,map_regm(@DIR/reg.map)", data=get("/x/foo.png")),
    texts("map-regm", "path,map_regm(@DIR/reg.map)", "path,map_reg(@DIR/reg.map)", data=get("/x/abc")),
    texts("ungrpc-no", "str(a),concat(b)", "str(a),concat(b,,c)"),
    texts("length-of-fix", "str(8=FIX.4.2),length"),
    texts("protobuf-bytes", "bin(0a03616263),protobuf(1)", "str(a=1),url_enc(query)"),
    texts("xor-add-vars", "int(5),sub(txn.n)", "int(5),mul(txn.n)", cfg=["http-request set-var(txn.n) int(3)"]),
    texts("quoting", "str('a,b')", "str(\\\"a b\\\")", "str(ab)"),
    texts("json-format", "hdr(user-agent),json(ascii)", "hdr(cookie),json"),
    texts("us-ltime-parts", "int(0),utime(%Y)", "int(86400),utime(%d)"),
]


def acl_row(name, *acls, data=REQUEST, **more):
    """A header for each ACL that is true."""
    return row(f"acl-{name}", "\n".join(f"http-request set-header X-A{i} yes if {{ {a} }}" for i, a in enumerate(acls)), data, mirror, **more)


ACLS = [
    acl_row("path", "path /dir/page.html", "path_beg /dir", "path_end .html", "path_sub page", "path_dir dir", "path_dom page", "path_reg ^/d.r/", "path_len 14", "path_len gt 5"),
    acl_row("hdr", "hdr(host) www.a.test:8080", "hdr_beg(host) www.", "hdr_end(host) 8080", "hdr_dom(host) a.test", "hdr_sub(host) .a.", "hdr_reg(host) ^www", "hdr(host) -i WWW.A.TEST:8080", "hdr_cnt(x-list) 3", "hdr_val(x-num) 42", "hdr_val(x-num) 40:50", "hdr_val(x-num) lt 10", "hdr(x-list) two"),
    acl_row("url", "url /dir/page.html?a=1&b=two&c=%20x", "url_beg /dir", "url_end x", "url_sub b=two", "url_reg a=.&", "url_param(a) 1", "urlp(b) two", "urlp_beg(b) tw", "urlp_reg(b) t.o", "urlp(b) -m found", "urlp(z) -m found"),
    acl_row("flags", "path -i /DIR/PAGE.HTML", "path -m beg -i /DIR", "path -m str -f @DIR/paths.lst", "path -m beg -f @DIR/paths.lst -- /dir", "path -m sub pag", "path -m len 14", "path -m reg e$", "hdr(x-num) -m int 42", "hdr(x-num) -m found", "path -m dir dir", "path -m end html"),
    acl_row("addresses", "src 127.0.0.1", "src 127.0.0.0/8", "src 10.0.0.0/8", "src 10.0.0.0/8 127.0.0.1", "src ::1", "dst_port ge 1", "src localhost"),
    acl_row("cookies", "cook(s) abc", "cook_beg(s) a", "cook_sub(t) d", "cook(none) -m found", "cook_reg(s) ^a", "cook_cnt(s) 1"),
    acl_row("methods", "method GET", "method POST", "method GET HEAD", "req.ver 1.1", "req.proto_http"),
    acl_row("conversions", "path,lower,length 14", "path,map(@DIR/hosts.map) -m found", "hdr(x-num),add(1) 43", "src,map_ip(@DIR/ip.map) local", "path,upper -m beg /DIR"),
    acl_row("vars", "var(txn.none) -m found", "nbsrv ge 1", "nbsrv(@NAME) 1", "always_true", "always_false", "srv_is_up(@NAME/s1)"),
    row("acl-predefined", "http-request set-header X-1 y if METH_GET\nhttp-request set-header X-2 y if LOCALHOST\nhttp-request set-header X-3 y if HTTP_1.1\n"
        "http-request set-header X-4 y if HTTP_URL_SLASH\nhttp-request set-header X-5 y if TRUE\nhttp-request set-header X-6 y if FALSE\n"
        "http-request set-header X-7 y if METH_POST\nhttp-request set-header X-8 y if HTTP_CONTENT\nhttp-request set-header X-9 y if HTTP_URL_ABS", REQUEST, mirror),
    row("acl-same-name-twice", "acl a path /x\nacl a path /dir/page.html\nhttp-request set-header X-A y if a", REQUEST, mirror),
    row("acl-file-hit", "http-request deny if { path_beg -f @DIR/paths.lst }", [get("/private/x"), READ]),
    row("acl-file-miss", "http-request deny if { path_beg -f @DIR/paths.lst }", [get("/public"), READ]),
]

ROUTED = """frontend @NAME
    bind @BIND
    {}
    backend @NAME-one
    server s1 @S1
    backend @NAME-two
    server s2 @S2
    backend @NAME-three
    server s3 @S3"""
ROUTES = [row(f"route-{name}", ROUTED.format(cfg), data, *(answers(ok(n)) for n in (b"one", b"two", b"three"))) for name, cfg, data in (
    ("default", "default_backend @NAME-two", get("/")),
    ("none", "", get("/")),
    ("use-backend", "use_backend @NAME-one if { path_beg /one }\nuse_backend @NAME-two if { path_beg /two }\ndefault_backend @NAME-three",
     [get("/one"), READ, get("/two"), READ, get("/"), READ]),
    ("host", "use_backend @NAME-one if { hdr(host) -i A.test }\ndefault_backend @NAME-three", [get("/"), READ, get("/", host="b.test"), READ]),
    ("format", "use_backend @NAME-%[hdr(x-to)] if { hdr(x-to) -m found }\ndefault_backend @NAME-three",
     [get("/", "X-To: one"), READ, get("/", "X-To: two"), READ, get("/", "X-To: nowhere"), READ, get("/"), READ]),
    ("map", "use_backend @NAME-%[hdr(host),lower,map(@DIR/hosts.map,three)]", [get("/"), READ, get("/", host="B.TEST"), READ, get("/", host="x"), READ]),
    ("map-path", "use_backend @NAME-%[path,map_beg(@DIR/beg.map,three)]", [get("/api/v1/x"), READ, get("/api/y"), READ, get("/z"), READ]),
    ("var", "http-request set-var(txn.b) str(two) if { path_end .php }\nuse_backend @NAME-%[var(txn.b)] if { var(txn.b) -m found }\ndefault_backend @NAME-one",
     [get("/x.php"), READ, get("/x.html"), READ]),
)]

VARS = [
    edits("var-scopes", "http-request set-var(sess.n) int(1) if { path /1 }", "http-request set-var(txn.t) path", "http-request set-var(req.r) method",
          'http-request set-header X-V "%[var(sess.n)]|%[var(txn.t)]|%[var(req.r)]"', data=[get("/1"), READ, get("/2"), READ]),
    edits("var-unset", "http-request set-var(txn.a) str(x)", "http-request unset-var(txn.a)", 'http-request set-header X-V "[%[var(txn.a)]]"'),
    edits("var-fmt", 'http-request set-var-fmt(txn.a) "%ci-%[path]"', "http-request set-header X-V %[var(txn.a)]"),
    edits("var-converter", "http-request set-header X-V %[path,set-var(txn.p),upper]", "http-request set-header X-W %[var(txn.p)]"),
    edits("var-default", "http-request set-header X-V %[var(txn.none,fallback)]"),
    edits("var-ifexists", "http-request set-var(txn.a,ifnotexists) str(1)", "http-request set-var(txn.a,ifnotexists) str(2)",
          "http-request set-var(txn.b,ifexists) str(3)", 'http-request set-header X-V "%[var(txn.a)]%[var(txn.b)]"'),
    edits("var-types", "http-request set-var(txn.i) int(5)", "http-request set-var(txn.s) src", 'http-request set-header X-V "%[var(txn.i),mul(2)] %[var(txn.s),ipmask(8)]"'),
    row("acl-changes", "http-request add-acl(@DIR/own.lst) %[hdr(x-add)] if { hdr(x-add) -m found }\nhttp-request del-acl(@DIR/own.lst) %[hdr(x-del)] if { hdr(x-del) -m found }\n"
        "http-request set-header X-In yes if { path -f @DIR/own.lst }", [get("/n"), READ, get("/n", "X-Add: /n"), READ, get("/n"), READ, get("/n", "X-Del: /n"), READ], mirror),
    row("map-changes", "http-request set-map(@DIR/own.map) %[hdr(x-k)] %[hdr(x-v)] if { hdr(x-k) -m found }\nhttp-request del-map(@DIR/own.map) %[hdr(x-del)] if { hdr(x-del) -m found }\n"
        "http-request set-header X-M %[path,map(@DIR/own.map,none)]",
        [get("/n"), READ, get("/n", "X-K: /n", "X-V: added"), READ, get("/n"), READ, get("/n", "X-Del: /n"), READ], mirror),
    row("defaults-rules", """defaults @NAME-d
        mode http
        timeout connect 1s
        timeout client 5s
        timeout server 5s
        http-request set-header X-Default yes
        http-response set-header X-Default too
        frontend @NAME from @NAME-d
        bind @BIND
        log global
        option httplog
        default_backend @NAME-b
        defaults @NAME-e
        mode http
        timeout connect 1s
        timeout server 5s
        backend @NAME-b from @NAME-e
        http-request set-header X-B b
        server s1 @S1""", REQUEST, mirror),
    row("set-timeout", "http-request set-timeout server 600ms", get("/"), answers([3.0, ok()]), quiet=1.5),
    row("do-capture", "declare capture request len 6\nhttp-request capture hdr(user-agent) id 0\nhttp-request capture path len 5", REQUEST, mirror),
]


def logged(name, *lines, data=REQUEST, servers=(REPLY,), **more):
    return row(f"log-{name}", "\n".join(lines), data, *servers, **more)


def formatted(name, text, *lines, **more):
    return logged(name, f"log-format \"{text}\"", *lines, **more)


CAPTURES = ("capture request header User-Agent len 20", "capture request header Absent len 5", "capture request header Host len 3",
            "capture response header Server len 20", "capture response header X-Back len 20")
LOGS = [
    logged("captures", *CAPTURES),
    logged("captures-request-only", *CAPTURES[:2]),
    logged("capture-cookie", "capture cookie s= len 10"),
    logged("capture-cookie-server", "capture cookie sid len 20"),
    logged("clf", "option httplog clf", normal=(
        (r'(" \d{3}) \d+ "" "" \d+ \d+ ', r'\1 B "" "" P MS '), (r'("s1")(?: \d+){5} (----) \d+ ', r'\1 T \2 N '))),
    logged("tcplog", "option tcplog", normal=((r"(T/T/T) \d+ ", r"\1 B "),)),
    logged("dontlog-normal", "option dontlog-normal"),
    logged("dontlog-normal-error", "option dontlog-normal", servers=(answers(ok(status=b"500 Bad")),)),
    logged("separate-errors", "option log-separate-errors", servers=(answers(ok(status=b"500 Bad")),)),
    logged("logasap", "option logasap"),
    logged("two-requests", data=[get("/1"), READ, get("/2"), READ]),
    logged("quotes-in-uri", data=b"GET /a\"b\\c HTTP/1.1\r\nHost: a\r\n\r\n"),
    logged("header-high-bytes", "capture request header X-A len 30", data=b"GET / HTTP/1.1\r\nHost: a\r\nX-A: \xe4{|}\"#\r\n\r\n"),
    logged("long-uri", data=get("/" + "y" * 1500)),
    formatted("names", "%f %ft %b %s %{+Q}r %HM %HP %HPO %HQ %HU %HV %ST %ts %tsc"),
    formatted("addresses", "%ci %fi:%fp %si:%sp %bi %fc %bc %sc %bq %sq %rc"),
    formatted("captures-format", "%hr %hs %hrl %hsl %CC %CS", *CAPTURES, "capture cookie s len 5"),
    formatted("quoting", "%{+Q}hr %{+Q,+X}b %{-Q}r %{+E}HP", *CAPTURES),
    formatted("expressions", "%[src] %{+Q}[var(txn.none)] %[var(txn.x)] %[capture.req.hdr(0)] %[capture.res.hdr(0)]",
              "declare capture request len 20", "declare capture response len 20", "http-request capture hdr(user-agent) id 0",
              "http-response capture res.hdr(server) id 0", "http-request set-var(txn.x) str(xx)"),
    formatted("empty-fields", "a%[var(txn.none)]b%{+Q}[var(txn.none)]c%CC"),
    formatted("json", '{\\\"m\\\":\\\"%HM\\\",\\\"p\\\":\\\"%HP\\\",\\\"s\\\":%ST,\\\"t\\\":\\\"%ts\\\"}'),
    formatted("percent", "100%% %HM %ST"),
    formatted("timers", "%Ta %Tc %Th %Ti %Tq %TR %Tr %Tt %Tw %Td", normal=((r"(?<=[> ])\d+", "T"),)),
    formatted("dates", "%t %T %Tl %Ts %ms %tr %trg %trl", normal=((r"\d\d/\w{3}/\d{4}:[\d:]+(\.\d+)?( [+-]\d{4})?", "D"), (r"(?<=[> ])\d{1,10}\b", "N"))),
    formatted("counters", "%ac %fc %bc %sc %rc %lc %rt %pid %H", normal=((r"\d+", "N"),)),
    logged("sd", "log-format-sd \"[x@1 m=\\\"%HM\\\"]\""),
    logged("error-log-format", "error-log-format \"%ci oops %ST %ts\"", data=b"BAD\r\n\r\n"),
    logged("states-sc", "server s1 @DEAD", "retries 0"),
    logged("states-sh", servers=(answers([CLOSE]),)),
    logged("states-pr", "http-request deny"),
    logged("states-lr", "redirect location /x"),
    logged("states-cookie", "cookie C insert", "server s1 @S1 cookie A", data=[REQUEST, READ, get("/", "Cookie: C=A"), READ, get("/", "Cookie: C=Z"), READ]),
    logged("upload-bytes", data=post("/", body=b"x" * 5000)),
    logged("frontend-and-backend-names", """frontend @NAME
        bind @BIND
        use_backend @NAME-b
        backend @NAME-b
        server other @S1"""),
    logged("no-log", "no log"),
    logged("log-per-frontend-level", data=get("/"), servers=(answers(ok(status=b"404 No")),)),
]

ROWS = [*REQUEST_RULES, *REDIRECTS, *RETURNS, *RESPONSE_RULES, *FETCHES, *CONVERTERS, *ACLS, *ROUTES, *VARS, *LOGS]
FILES = {"own.lst": b"/never\n", "own.map": b"/never x\n"}
