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

ROWS = [*CONNECTIONS, *UPGRADES, *RULES, *PRIORITIES]
