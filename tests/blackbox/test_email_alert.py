# SPDX-License-Identifier: Apache-2.0
"""email-alert: mails about a server that goes down, comes up and drains, beside HAProxy's."""
import json
import os
import re
import subprocess
import sys

import pytest

from check_lab import ScriptedServer
from cli_client import ask, wait_socket
from lab.local import free_port
from lab.software import wait_for
from programs import programs


class Sink:
    def __init__(self, out, *options):
        self.out = out
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(__file__), "smtp_sink.py"), "--out", str(out), *options],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def mails(self):
        return [json.loads(line) for line in self.out.read_text().splitlines()] if self.out.exists() else []

    def close(self):
        self.process.kill()
        self.process.wait()


def play(start, directory, sink_options=(), level="info"):
    """The mails of one life: up, down, up, drained."""
    directory.mkdir()
    sinks = [Sink(directory / f"mails{number}", *sink_options) for number in range(2)]
    admin = directory / "admin.sock"
    server = ScriptedServer(())
    program = start(f"""
global
    stats socket {admin} level admin
mailers admins
    timeout mail 5s
    mailer one 127.0.0.1:{sinks[0].port}
    mailer two 127.0.0.1:{sinks[1].port}
defaults
    timeout connect 1s
    timeout client 5s
    timeout server 5s
listen web
    bind 127.0.0.1:{free_port()}
    option log-health-checks
    email-alert mailers admins
    email-alert from lb@relevo.example
    email-alert to admins@relevo.example
    email-alert myhostname lb1.relevo.example
    email-alert level {level}
    server s1 127.0.0.1:{server.port} check inter 200ms rise 1 fall 2
""")

    def told(word):
        return lambda: all(any(word in mail["lines"][3] for mail in sink.mails()) for sink in sinks)
    try:
        wait_socket(admin)
        if level == "info":
            wait_for("a mail of the first check", 15, told("succeeded"))
        server.close()
        wait_for("a mail that it is down", 15, told("is DOWN"))
        server = ScriptedServer((), port=server.port)
        if level == "info":
            wait_for("a mail that it is up", 15, told("is UP"))
            ask(admin, "set server web/s1 state drain")
            wait_for("a mail that it drains", 15, told("drain"))
    finally:
        program.stop()
        server.close()
        for sink in sinks:
            sink.close()
    return [sink.mails() for sink in sinks]


def normal(mails):
    found = set()
    for mail in mails:
        lines = [re.sub(r"duration: \d+ms", "duration: Tms", line) for line in mail["lines"]]
        assert re.fullmatch(r"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000 \(UTC\)", lines[2])
        lines[2] = "Date"
        while lines[-1] == "":
            lines.pop()
        found.add((mail["helo"], mail["from"], *mail["to"], *lines))
    return found


def test_mails_are_haproxys(tmp_path):
    lives = {name: play(start, tmp_path / f"life-{name}") for name, start in programs(tmp_path)}
    haproxy, relevo = lives["haproxy"], lives["relevo"]
    assert len(normal(haproxy[0])) >= 6
    assert normal(relevo[0]) == normal(haproxy[0])
    assert normal(relevo[1]) == normal(relevo[0]), "each mailer sends each mail"


@pytest.mark.parametrize("options", [("--refuse", "1"), ("--reject", "2")])
def test_a_mail_that_is_refused_is_sent_again(tmp_path, options):
    name, start = list(programs(tmp_path))[1]
    assert name == "relevo"
    for mails in play(start, tmp_path / "life", options, level="alert"):
        assert [mail["lines"][3].split(".")[0] for mail in mails] == ["Subject: [HAProxy Alert] Server web/s1 is DOWN"]
