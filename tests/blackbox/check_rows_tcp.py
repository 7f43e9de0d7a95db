# SPDX-License-Identifier: Apache-2.0
"""tcp-check rules and the checks of known protocols, as HAProxy does them: a row a test (check_lab.py)."""
from check_lab import CLOSE, RECV, RESET, row

PING = r"tcp-check send PING\r\n" + "\n"
VARIABLES = ('tcp-check set-var(check.a) int(5)\ntcp-check set-var-fmt(check.b) "x%[var(check.a)]"\n'
             "tcp-check connect\ntcp-check send-lf %[var(check.b)]\ntcp-check unset-var(check.b)\n"
             "tcp-check send-lf z%[var(check.b)]z")


def tcp(name, rules, *script, **more):
    return row(name, "option tcp-check\n" + rules, script, **more)


RULES = [
    tcp("no_rules", "", RECV),
    row("connect_alone", "", (RECV,)),
    row("connect_refused", "server s1 127.0.0.1:1 check inter 300ms"),
    tcp("send", PING, RECV),
    tcp("ping", "tcp-check connect\n" + PING + "tcp-check expect string +PONG", RECV, b"+PONG\r\n"),
    tcp("ping_silent", PING + "tcp-check expect string +PONG", RECV),
    tcp("ping_wrong", PING + "tcp-check expect string +PONG", RECV, b"-ERR\r\n"),
    tcp("ping_wrong_closed", PING + "tcp-check expect string +PONG", RECV, b"-ERR\r\n", CLOSE),
    tcp("ping_closed", PING + "tcp-check expect string +PONG", RECV, CLOSE),
    tcp("ping_reset", PING + "tcp-check expect string +PONG", RECV, RESET),
    tcp("unwanted", "tcp-check connect\ntcp-check comment Hallo\n" + PING + "tcp-check expect ! string +PONG",
        RECV, b"+PONG\r\n"),
    tcp("min_recv_not_there", "tcp-check expect min-recv 20 string +PONG", b"-ERR\r\n"),
    tcp("min_recv_closed", "tcp-check expect min-recv 20 string +PONG", b"-ERR\r\n", CLOSE),
    tcp("min_recv_decides", "tcp-check expect min-recv 3 string ABCDEF", b"xyzxyzxyz"),
    tcp("min_recv_regex", "tcp-check expect min-recv 3 rstring ABCDEF", b"xyzxyz"),
    tcp("min_recv_short_of_pattern", "tcp-check expect min-recv 3 string ABCDEF", b"xyz"),
    tcp("min_recv_zero", "tcp-check expect min-recv 0 rstring PONG", b"-ERR\r\n"),
    tcp("min_recv_holds_back", "tcp-check expect min-recv 9 string ABC", b"xABC"),
    tcp("min_recv_unwanted", "tcp-check expect min-recv 3 ! string ABC", b"xyzxyz"),
    tcp("unwanted_waits", "tcp-check expect ! string ABC", b"xyzz"),
    tcp("two_expects", "tcp-check expect rstring ^B\ntcp-check expect string A", b"BA"),
    tcp("send_forgets", "tcp-check expect string B\ntcp-check send X\ntcp-check expect string A", b"BA"),
    tcp("binary", "tcp-check send-binary 50494e470d0a\ntcp-check expect binary 2b504f4e47", RECV, b"+PONG\r\n"),
    tcp("binary_missing", "tcp-check expect binary 2b504f4e48", b"+PONG\r\n"),
    tcp("binary_closed", "tcp-check expect binary 4142", b"x", CLOSE),
    tcp("binary_unwanted", "tcp-check expect ! binary 78", b"x", CLOSE),
    tcp("rbinary", "tcp-check expect rbinary ^2B.*47", b"+PONG\r\n"),
    tcp("rbinary_lower_case", "tcp-check expect rbinary ^2b.*47", b"+PONG\r\n"),
    tcp("rbinary_unwanted", "tcp-check expect ! rbinary ^78", b"x", CLOSE),
    tcp("rstring_missing", "tcp-check expect rstring ^X", b"BA"),
    tcp("rstring_unwanted", "tcp-check expect ! rstring ^B", b"BA"),
    tcp("send_lf", "tcp-check send-lf %[str(abc)]%[int(3)]\ntcp-check send-binary-lf %[str(41)]42\n"
        "tcp-check expect string-lf x%[str(+P)]", RECV, b"+PONG\r\n"),
    tcp("string_lf_closed", "tcp-check expect string-lf A%[int(3)]", b"x", CLOSE),
    tcp("binary_lf", "tcp-check expect binary-lf 2b%[str(50)]", b"+PONG\r\n"),
    tcp("binary_lf_closed", "tcp-check expect binary-lf 4%[int(3)]", b"x", CLOSE),
    tcp("bytes_behind_nul", "tcp-check expect string B", b"A\0B"),
    tcp("other_port", "tcp-check connect port 1", RECV),
    tcp("other_port_comment", "tcp-check connect port 1 comment dead\\ port", RECV),
    tcp("second_connect", "tcp-check connect\ntcp-check connect port 1 comment dead\\ port", RECV),
    tcp("connect_linger", "tcp-check connect linger\ntcp-check send a\ntcp-check connect port 1", RECV),
    tcp("connect_addr", "tcp-check connect addr 127.0.0.2 port 1", RECV),
    tcp("connect_addr_port", "tcp-check connect addr 127.0.0.1:1", RECV),
    tcp("connect_port_expression", "tcp-check set-var(check.a) int(1)\ntcp-check connect port int(1)", RECV),
    tcp("connect_last", "tcp-check connect\ntcp-check connect", RECV),
    tcp("connect_send_proxy", "tcp-check connect send-proxy\ntcp-check send X", RECV),
    tcp("connect_default", "tcp-check connect default linger\ntcp-check send X", RECV, options="check-send-proxy"),
    tcp("connect_default_v2", "tcp-check connect default linger\ntcp-check send X", RECV,
        options="send-proxy-v2 check-send-proxy"),
    tcp("connect_not_default", "tcp-check connect\ntcp-check send X", RECV, options="send-proxy"),
    row("send_proxy", "", (RECV,), options="send-proxy"),
    row("send_proxy_http", "option httpchk", (RECV,), options="send-proxy"),
    row("send_proxy_other_addr", "option httpchk", (RECV,), options="send-proxy addr 127.0.0.1"),
    tcp("ok_status", 'tcp-check expect ok-status L4OK on-success "%[res.payload(0,3)]" status-code int(42) string A',
        b"ABCDEF"),
    tcp("error_status", 'tcp-check expect error-status L7STS on-error "bad %[res.payload(0,3)]" '
        "status-code int(42) string X", b"ABCDEF", CLOSE),
    tcp("tout_status", "tcp-check expect tout-status L4TOUT string A"),
    tcp("variables", VARIABLES, RECV, 0.1, RECV),
    tcp("comments", "tcp-check comment one\ntcp-check expect string A\ntcp-check expect string B comment two\n"
        "tcp-check expect string C", b"AB", CLOSE),
    tcp("comment_of_connect", "tcp-check connect\ntcp-check comment X\ntcp-check connect port 1", b"A"),
    tcp("comment_not_of_connect", "tcp-check connect\ntcp-check comment X\ntcp-check expect string A\n"
        "tcp-check connect port 1", b"A"),
    tcp("comment_and_set_var", "tcp-check comment X\ntcp-check set-var(check.a) int(3)\ntcp-check expect string A",
        b"B", CLOSE),
    tcp("comment_of_nothing", "tcp-check comment X\ntcp-check expect string A", CLOSE),
    tcp("comment_of_timeout", "tcp-check comment X\ntcp-check expect string A"),
    tcp("comment_on_error", 'tcp-check expect on-error "%[int(3)]" comment X string A', b"B", CLOSE),
]

GREETING = b"\x0a5.5.5-10\0\x01\0\0\0aaaaaaaa\0\x00\xf7\x08\x02\x00\x0f\x80\x15" + b"\0" * 10 + b"bbbbbbbbbbbb\0"
MYSQL_OK = b"\x07\0\0\x02\0\0\0\x02\0\0\0"


def mysql_packet(body, number=0):
    return len(body).to_bytes(3, "little") + bytes([number]) + body


BLOCKED = mysql_packet(b"\xff\x15\x04Host blocked")
DENIED = mysql_packet(b"\xff\x15\x04#28000Access denied for joe", 2)
PG_ERROR = b"E\x00\x00\x00\x19SFATAL\0C28000\0Mno way\0\0"
LDAP_OK = b"0\x0c\x02\x01\x01a\x07\x0a\x01\0\x04\0\x04\0"


def has(status, code, text):
    """Columns of the one server."""
    return lambda columns: (columns["s1"]["check_status"], columns["s1"]["check_code"],
                            columns["s1"]["last_chk"]) == (status, code, text)


def tells(status, code, text, why):
    """A complete wrong answer is told at once; HAProxy waits until its time is up."""
    said = f', code: {code}, info: "{text}"' if code else f', info: "{text}"'
    return {"unlike": {"columns": has(status, code, text), "log": lambda log: said in log[0]}, "why": why}


def keeps(text):
    """HAProxy forgets the text of a good answer after the first check."""
    return {"unlike": {"columns": has("L7OK", "0", text)}, "why": "the last result has its text"}


OURS = {"unlike": {"sent": lambda sent: sent[0][:11] == b"\x16\x03\x00\x00\x79\x01\x00\x00\x75\x03\x00"},
        "why": "the random bytes are our own"}
POLITE = "the login is sent when the greeting has come: a refusal is not lost by a reset"
LOGIN = "option mysql-check user joe"

PROTOCOLS = [
    row("redis", "option redis-check", (RECV, b"+PONG\r\n")),
    row("redis_error", "option redis-check", (RECV, b"-ERR x\r\n"),
        **tells("L7STS", "0", "-ERR x", "Redis has answered")),
    row("redis_silent", "option redis-check", (RECV,)),
    row("redis_half", "option redis-check", (RECV, b"+PO", CLOSE)),
    row("ssl_hello_handshake_half", "option ssl-hello-chk", (RECV, b"\x16\x03\x00"), **OURS),
    row("ssl_hello_alert", "option ssl-hello-chk", (RECV, b"\x15\x03\x00\x00\x02\x02\x28"), **OURS),
    row("ssl_hello_http", "option ssl-hello-chk", (RECV, b"HTTP/1.0 400"), **OURS),
    row("smtp", "option smtpchk", (b"220 hi\r\n", RECV, b"250 ok\r\n", RECV, b"221 bye\r\n")),
    row("smtp_ehlo", "option smtpchk EHLO foo.bar",
        (b"220 hi\r\n", RECV, b"250-ok\r\n250 there\r\n", RECV, b"221 bye\r\n")),
    row("smtp_refused", "option smtpchk", (b"554 no\r\n", RECV)),
    row("smtp_unknown_hello", "option smtpchk", (b"220 hi\r\n", RECV, b"500 what\r\n"),
        **tells("L7STS", "500", "what", "the reply is complete")),
    row("smtp_garbage", "option smtpchk", (b"nonsense\r\n", RECV)),
    row("smtp_long_greeting", "option smtpchk",
        (b"220-hi\r\n220 there\r\n", RECV, b"250 ok\r\n", RECV, b"221 bye\r\n"),
        unlike={"columns": has("L7OK", "221", "bye"), "log": lambda log: "succeeded" in log[0],
                "sent": lambda sent: b"QUIT" in sent[0]},
        why="a greeting may have several lines (RFC 5321, 4.2)"),
    row("smtp_half_greeting", "option smtpchk", (b"22",)),
    row("smtp_closed", "option smtpchk", (CLOSE,)),
    row("pgsql", "option pgsql-check user joe", (RECV, b"R\x00\x00\x00\x08\x00\x00\x00\x00")),
    row("pgsql_md5", "option pgsql-check user joe", (RECV, b"R\x00\x00\x00\x0c\x00\x00\x00\x05abcd")),
    row("pgsql_error", "option pgsql-check user joe", (RECV, PG_ERROR)),
    row("pgsql_garbage", "option pgsql-check user joe", (RECV, b"X1234"),
        **tells("L7STS", "0", "PostgreSQL unknown error", "no message of PostgreSQL begins so")),
    row("pgsql_closed", "option pgsql-check user joe", (RECV, CLOSE)),
    row("mysql", "option mysql-check", (mysql_packet(GREETING), RECV), **keeps("5.5.5-10")),
    row("mysql_blocked", "option mysql-check", (BLOCKED, RECV)),
    row("mysql_half", "option mysql-check", (b"\x05\0\0",)),
    row("mysql_closed", "option mysql-check", (CLOSE,)),
    row("mysql_login", LOGIN, (mysql_packet(GREETING), RECV, MYSQL_OK), **keeps("5.5.5-10")),
    row("mysql_login_old", LOGIN + " pre-41", (mysql_packet(GREETING), RECV, MYSQL_OK), **keeps("5.5.5-10")),
    row("mysql_login_denied", LOGIN, (mysql_packet(GREETING), RECV, DENIED)),
    row("mysql_login_blocked", LOGIN, (BLOCKED, RECV), unlike={"sent": [b""]}, why=POLITE),
    row("mysql_login_garbage", LOGIN, (b"garbage!!!" * 3,), unlike={"sent": [b""]}, why=POLITE),
    row("ldap", "option ldap-check", (RECV, LDAP_OK), **keeps("Success")),
    row("ldap_long_lengths", "option ldap-check",
        (RECV, b"0\x84\0\0\0\x10\x02\x01\x01a\x84\0\0\0\x07\x0a\x01\0\x04\0\x04\0"), **keeps("Success")),
    row("ldap_denied", "option ldap-check", (RECV, b"0\x0c\x02\x01\x01a\x07\x0a\x01\x31\x04\0\x04\0")),
    row("ldap_http", "option ldap-check", (RECV, b"HTTP/1.0 200 OK")),
    row("ldap_half", "option ldap-check", (RECV, b"0\x0c\x02\x01")),
    row("ldap_closed", "option ldap-check", (RECV, CLOSE)),
]

ROWS = RULES + PROTOCOLS
