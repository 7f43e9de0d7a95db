# SPDX-License-Identifier: Apache-2.0
"""`option external-check`: programs decide, in a process of their own, as HAProxy's do."""
import os
import pathlib
import re
import signal
import time

import pytest

from check_lab import Checking, read_csv, row
from lab.local import free_port
from lab.software import wait_for
from programs import programs

PROGRAMS = {
    "good": "exit 0",
    "three": "exit 3",
    "slow": "sleep 10",
    "killed": "kill -9 $$",
    "said": 'dir=$(dirname "$0"); echo "$@" > "$dir/$HAPROXY_PROXY_NAME.args"; env > "$dir/$$"; '
            'mv "$dir/$$" "$dir/$HAPROXY_PROXY_NAME.env"',
}
CONFIGURED = "option external-check\nexternal-check path /usr/bin:/bin\nexternal-check command @DIR/"
ROWS = [
    row("good", CONFIGURED + "good", ()),
    row("three", CONFIGURED + "three", ()),
    row("slow", CONFIGURED + "slow", ()),
    row("killed", CONFIGURED + "killed", ()),
    row("said", CONFIGURED + "said", (), options="maxconn 7 id 33"),
    row("http", "mode http\n" + CONFIGURED + "said", ()),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What both programs found, and what the programs of checks were told."""
    found = {}
    for name, _ in programs(tmp_path_factory.mktemp("unused")):
        directory = tmp_path_factory.mktemp(name)
        for program, body in PROGRAMS.items():
            (directory / program).write_text(f"#!/bin/sh\n{body}\n")
            (directory / program).chmod(0o755)
        start = dict(programs(directory))[name]
        checking = Checking(lambda cfg, start=start, directory=directory:
                            start(cfg.replace("@DIR", str(directory))).stop, ROWS, 1.6,
                            extra="external-check\n    insecure-fork-wanted",
                            expected=found["haproxy"][0] if "haproxy" in found else None)
        told = {path.name: normal(path.read_text()) for path in directory.glob("*.*") if path.suffix in (".args", ".env")}
        found[name] = checking.found, told
    return found


def normal(text):
    text = re.sub(r"^(PWD|OLDPWD|SHLVL|_)=.*\n", "", text, flags=re.M)
    return sorted(re.sub(r"(127\.0\.0\.1|SERVER_PORT=) ?\d{4,5}", r"\1 P", text).splitlines())


@pytest.mark.parametrize("name", [r.name for r in ROWS])
def test_verdict_is_haproxys(found, name):
    (haproxy, _), (relevo, _) = found["haproxy"], found["relevo"]
    assert haproxy[name].columns, "HAProxy did not run"
    assert relevo[name].columns == haproxy[name].columns
    assert relevo[name].log == haproxy[name].log


def test_programs_are_told_the_same(found):
    (_, haproxy), (_, relevo) = found["haproxy"], found["relevo"]
    assert set(haproxy) == {"said.args", "said.env", "http.args", "http.env"}
    assert relevo["said.args"] == haproxy["said.args"] == ["NOT_USED NOT_USED 127.0.0.1 P"]
    for name in ("said.env", "http.env"):
        ours = [line for line in relevo[name] if not line.startswith("HAPROXY_PROXY_ID=")]
        assert ours == [line for line in haproxy[name] if not line.startswith("HAPROXY_PROXY_ID=")]


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_proxy_starts_no_program(start_relevo, tmp_path):
    """A checker process does; when it dies it is started again, and checks go on."""
    stats = free_port()
    (tmp_path / "check").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "check").chmod(0o755)
    relevo = start_relevo(f"""
global
    external-check
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
listen web
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /
    option external-check
    external-check command {tmp_path}/check
    server s 127.0.0.1:1 check inter 200ms fall 2
""")
    relevo.wait_listens(stats)
    wait_for("the first check", 5, lambda: server(stats)["check_status"] == "PROCOK")
    titles = {pid: pathlib.Path(f"/proc/{pid}/comm").read_text().strip() for pid in children(relevo.process.pid)}
    checker = next(pid for pid, title in titles.items() if title == "relevo: checker")
    os.kill(checker, signal.SIGKILL)
    time.sleep(0.5)
    wait_for("checks to go on", 10, lambda: server(stats)["status"] == "UP" and
             server(stats)["check_status"] == "PROCOK")
    assert checker not in children(relevo.process.pid)


def server(port):
    return next(line for line in read_csv(port) if line["svname"] == "s")


def test_it_must_be_allowed(start_relevo, tmp_path):
    relevo = start_relevo("""
defaults
    timeout connect 1s
    timeout client 5s
    timeout server 5s
listen web
    bind 127.0.0.1:1
    option external-check
    external-check command /bin/true
    server s 127.0.0.1:1 check
""")
    assert relevo.process.wait(10) == 1
    assert "add 'external-check' to the global section" in relevo.said()
