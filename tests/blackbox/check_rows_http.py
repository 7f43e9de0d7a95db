# SPDX-License-Identifier: Apache-2.0
"""Checks by HTTP, as HAProxy does them: a row a test (check_lab.py)."""
from check_lab import CLOSE, RECV, RESET, CheckRow, row

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
LISTED = b"HTTP/1.0 200 Fine\r\nX-A: b, c\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
BIG = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"a" * 99997 + b"zzz"


def status(number, reason=b"Oops"):
    return b"HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n" % (number, reason)


def http(name, rules, *script, **more):
    """`option httpchk`, or what stands for it, and rules."""
    rules = rules if "option httpchk" in rules else "option httpchk\n" + rules
    return row(name, rules, (RECV, *script), **more)


def turns(name, cfg, *answers, **more):
    """Each check gets the next answer, the last one again and again."""
    scripts = [(RECV, answer, CLOSE) for answer in answers]
    return CheckRow(name, "option httpchk\n" + cfg, (lambda number: scripts[min(number, len(scripts) - 1)],),
                    options="inter 700ms", **more)


ROWS = [
    # requests
    http("plain", "", HELLO),
    http("mode_http", "mode http", HELLO, CLOSE),
    http("uri", "option httpchk /x", HELLO),
    http("method_uri", "option httpchk GET /x", HELLO),
    http("old_headers", r"option httpchk GET /x HTTP/1.1\r\nHost:\ www\r\nX-A:\ b", HELLO),
    http("head", "option httpchk HEAD / HTTP/1.0", b"HTTP/1.0 200 OK\r\n\r\n", CLOSE),
    http("version_2", "option httpchk GET / HTTP/2.0", status(301), CLOSE),
    http("version_odd", "option httpchk GET / FOO", status(301), CLOSE),
    http("send_all", "http-check send meth POST uri /a ver HTTP/1.1 hdr Host a.b hdr X-Y z body xyz", HELLO),
    http("send_joins", "option httpchk GET /foo HTTP/1.1\nhttp-check send hdr Host a.b", HELLO),
    http("send_instead", "option httpchk GET /\nhttp-check send meth PUT uri /2\nhttp-check expect status 404",
         status(404)),
    http("send_state", "http-check send-state", HELLO),
    http("send_state_body", "http-check send-state\nhttp-check send ver HTTP/1.1 meth PUT body-lf z%[int(3)]", HELLO),
    http("send_own_framing", "option httpchk GET / HTTP/1.1\n"
         "http-check send hdr Connection keep-alive hdr Content-Length 7", HELLO),
    http("http_variables", "http-check set-var(check.x) str(abc)\n"
         'http-check send hdr x-v "a%[var(check.x)]b" uri-lf "/%[var(check.x)]"', HELLO),
    # answers
    http("status_500", "", status(500)),
    http("status_404", "", status(404, b"Not Found")),
    http("status_204", "", b"HTTP/1.1 204 No\r\n\r\n"),
    http("no_reason", "", b"HTTP/1.1 301\r\n\r\n", CLOSE),
    http("continue_is_an_answer", "", b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO),
    http("nothing", "", CLOSE),
    http("reset", "", RESET),
    http("garbage", "", b"HELLO WORLD\r\n\r\n"),
    http("long_status", "", b"HTTP/1.1 2000 OK\r\n\r\n", CLOSE,
         unlike={"columns": lambda columns: columns["s1"]["check_status"] == "L7RSP",
                 "log": lambda log: "Layer7 invalid response" in log[0]},
         why="a status has three digits"),
    http("silent", ""),
    http("half", "", b"HTTP/1.1 200 OK\r\nCont"),
    http("half_closed", "", b"HTTP/1.1 200 OK\r\nCont", CLOSE),
    row("dead", "option httpchk\nserver s1 127.0.0.1:1 check inter 300ms"),
    http("dead_port", "http-check connect port 1 comment foo"),
    # expectations
    http("expect_status", "http-check expect status 200-299,404", status(404)),
    http("expect_no_status", "http-check expect ! status 404", status(404)),
    http("expect_rstatus", "http-check expect rstatus ^5", status(404)),
    http("expect_string", "http-check expect string ell", HELLO),
    http("expect_string_missing", "http-check expect string nope", HELLO),
    http("expect_string_of_an_error", "http-check expect string a", b"HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\na"),
    http("expect_string_half", "http-check expect string nope", HELLO[:-1]),
    http("expect_string_half_closed", "http-check expect string nope", HELLO[:-1], CLOSE),
    http("expect_no_string", "http-check expect ! string ell", HELLO),
    http("expect_no_string_no_body", "http-check expect ! string a", status(200)),
    http("expect_string_no_body", "http-check expect string a", status(200)),
    http("expect_string_lf", "http-check expect string-lf a%[str(z)]", HELLO),
    http("expect_rstring", "http-check expect rstring e.*o", HELLO),
    http("expect_no_rstring", "http-check expect ! rstring ^h", HELLO),
    http("expect_rstring_comment", "http-check expect comment hallo\\ du rstring ^x", HELLO),
    http("expect_until_close", "http-check expect string abc", b"HTTP/1.0 200 Fine\r\n\r\nxxabc", CLOSE),
    http("expect_in_chunks", "http-check expect string hello", CHUNKED),
    http("expect_beyond_the_buffer", "http-check expect string zzz", BIG),
    http("expect_min_recv", "http-check comment xx\nhttp-check expect min-recv 5 string a", HELLO[:-4]),
    http("expect_hdr", "http-check expect hdr name x-a", LISTED, CLOSE),
    http("expect_hdr_value", "http-check expect hdr name x-a value c", LISTED, CLOSE),
    http("expect_hdr_missing", "http-check expect hdr name nope comment wah", LISTED, CLOSE),
    http("expect_no_hdr", "http-check expect ! hdr name X-A value b", LISTED, CLOSE),
    http("expect_hdr_regex", "http-check expect hdr name -m reg ^x value -m reg ^c$", LISTED, CLOSE),
    http("expect_hdr_lf", "http-check expect hdr name-lf x%[str(-a)] value-lf %[str(b)]", LISTED, CLOSE),
    http("expect_fhdr_value", "http-check expect fhdr name x-a value c", LISTED, CLOSE),
    http("expect_fhdr_methods", "http-check expect fhdr name -m beg x- value -m end c", LISTED, CLOSE),
    http("http_ok_status", 'http-check expect ok-status L7OKC on-success "yes %[status]" status 200', HELLO),
    http("http_error_status", 'http-check expect error-status L6RSP on-error "no %[status]" status 201', HELLO),
    http("http_tout_status", "http-check expect tout-status L6TOUT status 201"),
    http("status_code", "http-check expect status-code int(77) status 201", HELLO),
    http("two_requests", "option httpchk GET /foo\nhttp-check connect\nhttp-check send hdr Host a.b\n"
         "http-check expect status 200\nhttp-check connect port @S1\nhttp-check send meth GET uri /b\n"
         "http-check comment blah\nhttp-check expect status 201", HELLO),
    # what follows
    http("soft_404", "http-check disable-on-404", status(404)),
    http("soft_404_first", "http-check disable-on-404\nhttp-check expect status 200", status(404)),
    http("reasons_in_changes", "", status(500), log_checks=False),
    http("weights_of_results", "", status(500), options="rise 3 fall 2"),
    # First the one, then the other: what is left is said of each.
    turns("backup", "server b1 127.0.0.1:1 check inter 100ms backup\nserver s1 127.0.0.1:@S1 check inter 800ms fall 1",
          HELLO, status(500)),
    turns("falls", "", HELLO, HELLO, status(500)),
    turns("falls_told_once", "", HELLO, HELLO, status(500), log_checks=False),
    turns("rises", "", status(500), HELLO),
    turns("rises_told_once", "", status(500), HELLO, log_checks=False),
    turns("wavers", "", HELLO, HELLO, status(500), HELLO),
    turns("wavers_down", "", status(500), HELLO, status(503)),
    turns("stops", "http-check disable-on-404", HELLO, status(404)),
    turns("stops_and_comes_back", "http-check disable-on-404", HELLO, status(404), HELLO, log_checks=False),
    turns("stops_and_comes_back_told", "http-check disable-on-404", HELLO, status(404), HELLO),
    turns("stops_and_falls", "http-check disable-on-404", HELLO, status(404), status(500), log_checks=False),
    turns("down_stays_down_at_404", "http-check disable-on-404", status(500), status(404)),
    row("tracks", "server s1 127.0.0.1:1 check inter 300ms\nserver s2 127.0.0.1:@S1 track s1\n"
        "server s3 127.0.0.1:@S1 track tracks/s2", ()),
]
