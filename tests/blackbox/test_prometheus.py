# SPDX-License-Identifier: Apache-2.0
"""`use-service prometheus-exporter` beside HAProxy's: names, types, labels, values."""
import re
import subprocess

import pytest

from lab.local import free_port
from lab.software import wait_for
from programs import programs


def config(port):
    return f"""
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 1s
frontend st
    bind 127.0.0.1:{port}
    maxconn 77
    http-request use-service prometheus-exporter if {{ path /metrics }}
    default_backend be
backend be
    server s1 127.0.0.1:1 weight 7
    server s2 127.0.0.1:2 disabled
"""


def fetch(port, path="/metrics"):
    return subprocess.run(["curl", "-s", "-i", "--max-time", "10", f"http://127.0.0.1:{port}{path}"],
                          capture_output=True, text=True, timeout=20).stdout


@pytest.fixture(scope="module")
def ports(tmp_path_factory):
    directory = tmp_path_factory.mktemp("prometheus")
    started, found = [], {}
    for name, start in programs(directory):
        found[name] = free_port()
        started.append(start(config(found[name])))
        wait_for("metrics", 10, lambda port=found[name]: "haproxy_process" in fetch(port))
    yield found
    for program in started:
        program.stop()


def parse(text):
    """{metric: type}, {metric with labels: value}"""
    head, body = text.split("\n\n", 1)
    assert " 200 " in head and "content-type: text/plain; version=0.0.4" in head.lower()
    types, values = {}, {}
    for line in body.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in types
            types[name] = kind
        elif line and not line.startswith("#"):
            key, value = line.rsplit(" ", 1)
            assert key not in values and key.split("{")[0] in types
            values[key] = float(value)
    return types, values


def test_metrics_have_haproxys_names_types_and_labels(ports):
    ours, theirs = parse(fetch(ports["relevo"])), parse(fetch(ports["haproxy"]))
    assert sorted(set(ours[0]) - set(theirs[0])) == []
    assert len(ours[0]) >= 110
    assert all(theirs[0][name] == kind for name, kind in ours[0].items())
    strange = {key for key in ours[1] if key not in theirs[1]}
    assert {key.split("{")[0] for key in strange} <= {"haproxy_process_build_info"}, strange


def test_values_are_haproxys(ports):
    ours, theirs = parse(fetch(ports["relevo"]))[1], parse(fetch(ports["haproxy"]))[1]
    for name in ('haproxy_frontend_limit_sessions{proxy="st"}', 'haproxy_server_weight{proxy="be",server="s1"}',
                 'haproxy_server_status{proxy="be",server="s1",state="UP"}', 'haproxy_frontend_status{proxy="st",state="UP"}',
                 'haproxy_server_status{proxy="be",server="s2",state="MAINT"}', "haproxy_process_nbproc",
                 'haproxy_backend_status{proxy="be",state="UP"}', 'haproxy_backend_active_servers{proxy="be"}'):
        assert ours[name] == theirs[name], name
    assert sum(value for key, value in ours.items() if key.startswith('haproxy_server_status{proxy="be",server="s2"')) == 1


@pytest.mark.parametrize("query", ["scope=global", "scope=frontend&scope=backend", "scope=server", "scope=*",
                                   "scope=server&no-maint"])
def test_scopes_choose_as_haproxys(ports, query):
    kinds = {}
    for name, port in ports.items():
        values = parse(fetch(port, f"/metrics?{query}"))[1]
        kinds[name] = ({re.match("haproxy_([a-z]+)_", key)[1] for key in values}, any('"s2"' in key for key in values))
    assert kinds["relevo"] == kinds["haproxy"]


def test_other_paths_go_on(ports):
    assert " 503 " in fetch(ports["relevo"], "/other")
