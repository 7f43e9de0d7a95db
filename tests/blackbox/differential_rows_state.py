# SPDX-License-Identifier: Apache-2.0
"""Rows of the differential tests: what expressions know of a connection, of its end and of the rules it met."""
from differential import READ, row
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

ROWS = [*CONNECTIONS, *RULES, *PRIORITIES]
