# SPDX-License-Identifier: Apache-2.0
"""Rows of the differential tests: what expressions know of a connection, of its end and of the rules it met."""
from differential import READ, is_refused, row
from http_peers import CLOSE, answers, get, mirror, ok, post

FILES = {}

STATE = "%[fc_err] %[fc_err_str] %[bc_err] %[bc_err_str] %[cpu_ns_tot] %[cpu_ns_avg] %[lat_ns_tot] %[lat_ns_avg]"
RULE = "%[last_rule_line] %ts"


def logs(name, text, *lines, data=get("/"), servers=(answers(ok()),), **more):
    return row(f"state-{name}", "\n".join([f'log-format "{text}"', *lines]), data, *servers, **more)


CONNECTIONS = [
    logs("errors", STATE),
    logs("errors-no-server", STATE, "retries 0", "server s1 @DEAD"),
    logs("errors-refused", STATE, "http-request deny"),
    logs("errors-server-closes", STATE, servers=(answers([CLOSE]),)),
    row("state-no-header", 'listen @NAME\nbind @BIND accept-proxy\nerror-log-format "%[fc_err] %[fc_err_str]"\nserver s1 @S1', get("/")),
    row("state-cut-header", 'listen @NAME\nbind @BIND accept-proxy\nerror-log-format "%[fc_err] %[fc_err_str]"\nserver s1 @S1',
        (b"", CLOSE)),
]

RULES = [
    logs(f"rule-{name}", RULE, *rules, data=[get("/a"), READ, get("/b"), READ]) for name, *rules in (
        ("none", "http-request set-header X-A b"),
        ("deny", "http-request set-header X-A b", "http-request deny if { path /b }"),
        ("allow", "http-request allow if { path /a }", "http-request set-header X-A b"),
        ("return", "http-request return if { path /b }"),
        ("redirect", "http-request redirect location /x if { path /a }"),
        ("redirect-line", "redirect location /x if { path /a }"),
        ("response", "http-request allow", "http-response set-header X-A b", "http-response allow if { status 200 }"),
        ("response-deny", "http-response deny if { res.hdr(none) -m found }"),
        ("content", "tcp-request inspect-delay 1s", "tcp-request content accept if HTTP"),
    )
]

PRIORITIES = [
    logs(f"priority-{name}", "%[prio_class] %[prio_offset]", *rules) for name, *rules in (
        ("unset",),
        ("class", "http-request set-priority-class int(5)"),
        ("both", "http-request set-priority-class int(-5)", "http-request set-priority-offset int(-3000)"),
        ("most", "http-request set-priority-class int(999999)", "http-request set-priority-offset int(999999)"),
        ("least", "http-request set-priority-class int(-999999)", "http-request set-priority-offset int(-999999)"),
        ("content", "tcp-request content set-priority-class int(7)", "tcp-request content set-priority-offset int(70)"),
        ("nothing", "http-request set-priority-class req.hdr(x-none)"),
    )
]

UPGRADED = """frontend @NAME
    mode tcp
    bind @BIND
    {}
    backend @NAME-http
    mode http
    http-request set-header X-Backend yes
    server s1 @S1
    backend @NAME-tcp
    mode tcp
    server s2 @S2"""
BANNER = answers(b"tcp server\r\n")


def upgrade(name, *lines, data=get("/a"), servers=(mirror, mirror), **more):
    return row(f"upgrade-{name}", UPGRADED.format("\n".join(lines)), data, *servers,
               **{"normal": ((r"((?:-1|T)/(?:-1|T)/T) \d+ ", r"\1 B "),), **more})


UPGRADES = [
    upgrade("default", "option tcplog", "default_backend @NAME-http"),
    upgrade("httplog", "option httplog", "default_backend @NAME-http"),
    upgrade("keep-alive", "option tcplog", "default_backend @NAME-http", data=[get("/1"), READ, get("/2"), READ, post("/3"), READ]),
    upgrade("pipelined", "option tcplog", "default_backend @NAME-http", data=get("/1") + get("/2")),
    upgrade("in-pieces", "option tcplog", "default_backend @NAME-http", data=[get("/a")[:9], 0.05, get("/a")[9:], READ]),
    upgrade("bad-request", "option tcplog", "default_backend @NAME-http", data=b"BAD\r\n\r\n",
            ours={"log": lambda log: "upgrade-bad-request-http/<NOSRV>" in log[0] and " PR " in log[0]},
            why="the backend that made a request of it is chosen by then"),
    upgrade("inspected", "option tcplog", "tcp-request inspect-delay 2s", "tcp-request content accept if HTTP",
            "use_backend @NAME-http if HTTP", "default_backend @NAME-tcp"),
    upgrade("inspected-in-pieces", "option tcplog", "tcp-request inspect-delay 2s", "tcp-request content accept if HTTP",
            "use_backend @NAME-http if HTTP", "default_backend @NAME-tcp", data=[get("/a")[:9], 0.05, get("/a")[9:], READ]),
    upgrade("inspected-other", "option tcplog", "tcp-request inspect-delay 2s", "tcp-request content accept if HTTP",
            "use_backend @NAME-http if HTTP", "default_backend @NAME-tcp", data=b"SSH-2.0-x\r\n\r\n",
            normal=((r"T/T/T \d+ ", "T/T/T B "),)),
    upgrade("switch", "option httplog", "tcp-request inspect-delay 2s", "tcp-request content switch-mode http if HTTP",
            "http-request set-header X-Front yes", "default_backend @NAME-http"),
    upgrade("switch-keep-alive", "option httplog", "tcp-request inspect-delay 2s", "tcp-request content switch-mode http if HTTP",
            "http-request set-header X-Front yes", "http-request deny if { path /no }", "default_backend @NAME-http",
            data=[get("/1"), READ, get("/2"), READ, get("/no"), READ]),
    upgrade("switch-to-tcp", "option httplog", "tcp-request inspect-delay 2s", "tcp-request content switch-mode http if HTTP",
            "default_backend @NAME-tcp", ours={"client": is_refused(503), "log": lambda log: " SC " in log[0]},
            why="whose request was read is answered"),
    upgrade("http-rules-without-switch", "option tcplog", "http-request set-header X-Front yes", "monitor-uri /a", "default_backend @NAME-http",
            data=[get("/1"), READ, get("/2"), READ, get("/a"), READ]),
    upgrade("no-server", "option tcplog", "default_backend @NAME-none", "backend @NAME-none", "mode http", "retries 0", "server s1 @DEAD"),
    upgrade("variables", "option tcplog", "tcp-request content set-var(txn.a) src", "default_backend @NAME-x", "backend @NAME-x", "mode http",
            "http-request set-header X-A %[var(txn.a)]", "server s1 @S1"),
]

EXPECTED = [
    row(f"expect-proxy-{name}", f"tcp-request connection expect-proxy layer4 {rule}\nhttp-request set-header X-Src %[src],%[fc_rcvd_proxy]", data, mirror)
    for name, rule, data in (
        ("always", "", b"PROXY TCP4 192.0.2.1 192.0.2.2 1111 80\r\n" + get("/a")),
        ("matched", "if { src 127.0.0.0/8 }", b"PROXY TCP4 192.0.2.1 192.0.2.2 1111 80\r\n" + get("/a")),
        ("not-matched", "if { src 10.0.0.0/8 }", get("/a")),
    )
]


def hexed(data):
    return f"bin({data.hex()})"


def fix(*fields, version="FIX.4.4", length=None, total=None):
    """A message of Financial Information eXchange."""
    body = b"".join(f"{tag}={value}\x01".encode() for tag, value in fields)
    head = f"8={version}\x019={len(body) if length is None else length}\x01".encode() + body
    return head + b"10=%03d\x01" % (sum(head) % 256 if total is None else total)


def mqtt_text(text):
    return len(text).to_bytes(2, "big") + text


def mqtt(kind, body):
    return bytes([kind << 4, len(body)]) + body


def connect(flags=2, level=4, name=b"MQTT", properties=None, payload=(b"client",)):
    own = b"" if properties is None else bytes([len(properties)]) + properties
    return mqtt(1, mqtt_text(name) + bytes([level, flags, 0, 60]) + own +
                b"".join(p if isinstance(p, bytearray) else mqtt_text(p) for p in payload))


LOGON = fix((35, "A"), (49, "me"), (56, "you"), (34, 1), (108, 30))
MESSAGES = [LOGON, LOGON + LOGON, LOGON[:-3], LOGON[:9], b"", fix((35, "0"), version="FIX.4.0"), fix((35, "0"), version="FIXT.1.1"),
            fix((35, "0"), version="FIX.5.0"), fix((35, "0"), version="FIX.4.9"), fix((35, "0"), version="FOO"),
            fix((49, "me"), (35, "A")), fix((35, "A"), length=3), fix((35, "A"), total=1), fix((35, "A"), ("x", 1)), fix((35, "A"), (49, "")),
            b"9=5\x01" + LOGON, LOGON.replace(b"\x01", b"|")]
CONNECTS = [connect(), connect()[:-2], connect()[:1], connect(level=3, name=b"MQIsdp"), connect(level=3), connect(level=9), connect(flags=3),
            connect(flags=0xC2, payload=(b"c", b"user", b"pass")), connect(flags=0xC2, payload=(b"c", b"user")),
            connect(flags=0x26, payload=(b"c", b"topic", b"gone")), connect(flags=0x1E, payload=(b"c", b"topic", b"gone")),
            connect(flags=0x0A), connect() + b"more", connect(payload=(b"",)), connect(payload=()), connect(flags=0x40, payload=(b"c", b"pass")),
            connect(level=5, properties=b""), connect(level=5, properties=b"\x11\0\0\1\0"), connect(level=5, properties=b"\x21\0\5\x15\0\3abc"),
            connect(level=5, properties=b"\x63\1"), connect(level=5, properties=b"\x11\0"),
            connect(level=5, flags=0x06, properties=b"", payload=(b"c", bytearray(b"\5\x18\0\0\0\7"), b"topic", b"gone")),
            mqtt(2, b"\0\0"), mqtt(2, b"\1\5"), mqtt(2, b"\2\0"), mqtt(2, b"\0\0\0"), mqtt(2, b"\0\0\5\x11\0\0\0\7"), mqtt(3, b"ab"), b"\x11\0",
            b"\x10\xff\xff\xff\xff\1"]


def asked(name, *expressions, **more):
    text = "|".join(f"%[{e}]" for e in expressions)
    return row(f"converted-{name}", f'http-request return content-type text/plain lf-string "{text}"', get("/"), **more)


def answered(text):
    return lambda client: client[0][0][-1] == ("body", text)


def otherwise(why, text):
    return {"ours": {"client": answered(text)}, "why": why}


NO_PROPERTY = "a property that is not there has no value; HAProxy shows numbers as 0"
OURS = {
    "fix-9": otherwise("a version that there is not makes a message that does not hold", b"0|0||5||220"),
    "fix-14": otherwise("the manual: values are not empty", b"0|A||9||"),
    "mqtt-4": otherwise("MQTT 3.1.1, 3.1.2.2: the protocol MQTT has the levels 4 and 5", b"0" + b"|" * 17),
    "mqtt-10": otherwise("MQTT 3.1.1, 3.1.2.6: a QoS of 3 must not be", b"0" + b"|" * 17),
    "mqtt-11": otherwise("MQTT 3.1.1, 3.1.2.6: without a will it has no QoS", b"0" + b"|" * 17),
    "mqtt-16": otherwise(NO_PROPERTY, b"1|2|MQTT|5|client|||||60||||||||"),
    "mqtt-17": otherwise(NO_PROPERTY, b"1|2|MQTT|5|client|||||60|256|||||||"),
    "mqtt-18": otherwise(NO_PROPERTY, b"1|2|MQTT|5|client|||||60||5|abc|||||"),
    "mqtt-21": otherwise(NO_PROPERTY, b"1|6|MQTT|5|c|topic|gone|||60||||||||"),
    "mqtt-25": otherwise(NO_PROPERTY, b"1||||||||||||||0|5|0|"),
}


CONVERTED = [
    *(asked(f"fix-{n}", f"{hexed(m)},fix_is_valid", *(f"{hexed(m)},fix_tag_value({t})" for t in ("MsgType", "49", "BodyLength", "999", "CheckSum")),
            **OURS.get(f"fix-{n}", {}))
      for n, m in enumerate(MESSAGES) if m),
    *(asked(f"mqtt-{n}", f"{hexed(m)},mqtt_is_valid",
            *(f"{hexed(m)},mqtt_field_value(connect,{f})" for f in ("flags", "protocol_name", "protocol_version", "client_identifier", "will_topic",
                                                                  "will_payload", "username", "password", "keepalive", "17", "33", "21", "8")),
            *(f"{hexed(m)},mqtt_field_value(2,{f})" for f in ("flags", "protocol_version", "reason_code", "17")),
            **OURS.get(f"mqtt-{n}", {}))
      for n, m in enumerate(CONNECTS)),
    asked("names", "str(@NAME),nbsrv", "str(none),nbsrv", "str(@NAME/s1),srv_queue", "str(@NAME/none),srv_queue", "str(none/s1),srv_queue", "str(),nbsrv"),
    row("converted-capture", "declare capture request len 4\ndeclare capture response len 6\nlog-format \"%hr|%hs|%HP\"\n"
        "http-request set-header X-A %[path,capture-req(0),upper]\nhttp-request set-header X-B %[path,capture-req(7),lower]\n"
        "http-response set-header X-C %[res.hdr(server),capture-res(0)]", get("/some/path"), answers(ok(b"x", "Server: origin/1"))),
]

ROWS = [*CONNECTIONS, *UPGRADES, *EXPECTED, *CONVERTED, *RULES, *PRIORITIES]
