# SPDX-License-Identifier: Apache-2.0
"""`stats admin`: servers changed by forms, in HAProxy's fields and answers; never by another site."""
import re
import subprocess

import pytest

from agent_lab import Agent
from cli_client import answer, wait_socket
from lab.local import free_port
from lab.software import wait_for
from programs import programs


def config(directory, port, options=""):
    return f"""
global
    stats socket {directory}/admin.sock level admin
defaults
    mode http
    log stderr local0
    timeout client 5s
    timeout server 5s
    timeout connect 1s
listen st
    bind 127.0.0.1:{port}
    stats enable
    stats uri /stats
    stats admin if {{ src 127.0.0.1 }} !{{ req.hdr(x-guest) -m found }}
listen be
    bind 127.0.0.1:{free_port()}
    server s1 127.0.0.1:1 {options}
    server s2 127.0.0.1:2
"""


class Running:
    def __init__(self, start, directory, options=""):
        directory.mkdir()
        self.port = free_port()
        self.program = start(config(directory, self.port, options))
        self.admin = directory / "admin.sock"
        wait_socket(self.admin)
        wait_for("the page", 10, lambda: self.curl("-o", "/dev/null").returncode == 0)

    def curl(self, *args, path="/stats", text=None):
        return subprocess.run(["curl", "-s", "--max-time", "10", *args, f"http://127.0.0.1:{self.port}{path}"],
                              input=text, capture_output=True, text=True, timeout=20)

    def post(self, form, *args):
        """The status and where it sends the browser."""
        said = self.curl("-i", "-d", form, *args).stdout
        head = said.split("\n\n")[0].lower().split("\n")
        location = next((line.split(": ", 1)[1] for line in head if line.startswith("location: ")), None)
        return int(head[0].split()[1]), location

    def status(self, server, column="status"):
        names, *lines = answer(self.admin, "show stat").splitlines()
        for line in lines:
            fields = line.split(",")
            if fields[:2] == ["be", server]:
                return fields[names.split(",").index(column)]
        raise AssertionError(server)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    directory = tmp_path_factory.mktemp("forms")
    running = {name: Running(start, directory / f"run-{name}") for name, start in programs(directory)}
    yield running
    for one in running.values():
        one.program.stop()


FORMS = ["s=s1&action=maint&b=be", "s=s1&action=ready&b=%233", "s=s1&action=ready&b=%2399", "s=s1&s=zz&action=drain&b=be",
         "s=zz&action=drain&b=be", "action=drain&b=be", "s=s1&action=foo&b=be", "s=s1&action=ready&b=nobody", "garbage",
         "s=s1&action=ready&b=be", "s=s1&s=s2&action=shutdown&b=be", "s=s1&action=ehlth&b=be", "b=be&action=stop&s=s2",
         "action=start&s=s2&b=be", "s=s1&action=disable&b=be", "s=s1&action=enable&b=be", "s=s1&action=drain&b=be",
         "s=s1&action=ready&b=be"]


@pytest.mark.parametrize("number", range(len(FORMS)), ids=lambda number: f"{number}-{FORMS[number]}")
def test_forms_do_what_haproxys_do(both, number):
    said = {name: running.post(FORMS[number]) for name, running in both.items()}
    assert said["relevo"] == said["haproxy"]
    for server in ("s1", "s2"):
        shown = {name: running.status(server) for name, running in both.items()}
        assert shown["relevo"] == shown["haproxy"], server


TWICE = ["maint", "maint", "disable", "ready", "ready", "enable", "disable", "disable", "enable", "drain", "drain", "stop",
         "start", "start", "stop", "stop", "ready", "start", "dhlth", "ehlth", "hrunn", "hdown", "hrunn"]


def test_what_is_so_already_is_done(both):
    for action in TWICE:
        said = {name: running.post(f"s=s2&action={action}&b=be") for name, running in both.items()}
        assert said["relevo"] == said["haproxy"], action


@pytest.fixture(scope="module")
def agented(tmp_path_factory):
    """`s1` has an agent that is asked once and no more; `s2` has none."""
    directory, agent = tmp_path_factory.mktemp("agents"), Agent()
    agent.says = b"up\n"
    running = {name: Running(start, directory / f"run-{name}", f"agent-check agent-inter 1h agent-port {agent.port}")
               for name, start in programs(directory)}
    for one in running.values():
        wait_for("the agent", 10, lambda: one.status("s1", "agent_status") == "L7OK")
    yield running
    for one in running.values():
        one.program.stop()
    agent.close()


# each with the status that the server has then
AGENT_FORMS = [("s1", "adown", "DOWN (agent)"), ("s1", "adown", "DOWN (agent)"), ("s1", "arunn", "no check"), ("s1", "arunn", "no check"),
               ("s2", "adown", "no check"), ("s2", "arunn", "no check"), ("s2", "dagent", "no check"), ("s2", "eagent", "no check"),
               ("s1", "dagent", None), ("s1", "dagent", None), ("s1", "arunn", None), ("s1", "adown", None),
               ("s1", "eagent", None), ("s1", "eagent", None)]


def test_agents_as_haproxys_forms(agented):
    for server, action, status in AGENT_FORMS:
        said = {name: running.post(f"s={server}&action={action}&b=be") for name, running in agented.items()}
        assert said["relevo"] == said["haproxy"], action
        for name, running in agented.items():
            if status is not None:
                wait_for(f"{action} of {name}", 5, lambda: running.status(server) == status)
    assert "Server be/s1: 'adown' asked for on the statistics page of st by 127.0.0.1: done." in agented["relevo"].program.said()


@pytest.mark.parametrize("who", [("-H", "x-guest: 1"), ("-H", "Origin: http://evil.example"), ("-H", "Origin: null"),
                                 ("-H", "Referer: http://evil.example/x"), ("-H", "Sec-Fetch-Site: cross-site"), ("-H", "Sec-Fetch-Site: same-site")])
def test_others_are_denied(both, who):
    relevo = both["relevo"]
    assert relevo.post("s=s1&action=maint&b=be", *who) == (303, "/stats;st=deny")
    assert relevo.status("s1") == "no check"


def test_its_own_page_is_let_in_and_the_change_is_in_the_log(both):
    relevo = both["relevo"]
    for who in (("-H", f"Origin: http://127.0.0.1:{relevo.port}"), ("-H", "Sec-Fetch-Site: same-origin"),
                ("-H", f"Referer: http://127.0.0.1:{relevo.port}/stats;st=DONE")):
        assert relevo.post("s=s1&action=maint&b=be", *who) == (303, "/stats;st=done")
        assert relevo.status("s1") == "MAINT"
        assert relevo.post("s=s1&action=ready&b=be", *who) == (303, "/stats;st=done")
    wait_for("the log", 5, lambda: "'maint' asked for on the statistics page of st by 127.0.0.1" in relevo.program.said())


def token(relevo, *args):
    return re.search(r'name=t value=([0-9A-F]{64})', relevo.curl(*args).stdout)[1]


def weight(relevo, server):
    return answer(relevo.admin, f"get weight be/{server}").split()[0]


def test_what_haproxy_has_not_needs_the_token(both):
    relevo = both["relevo"]
    right = token(relevo)
    form = "s=s1&action=weight&w=7&b=be"
    assert weight(relevo, "s1") == "1"
    for wrong in ("", "&t=", "&t=" + "0" * 64, "&t=" + right[:-1], "&t=" + right + "0", "&t=" + "A" * 300):
        assert relevo.post(form + wrong) == (303, "/stats;st=deny")
    # and one that is wrong is refused where none would do
    assert relevo.post("s=s1&action=maint&b=be&t=" + "0" * 64) == (303, "/stats;st=deny")
    assert weight(relevo, "s1") == "1"
    assert relevo.post(form + "&t=" + right, "-H", "Origin: http://evil.example") == (303, "/stats;st=deny")
    assert relevo.post(form + "&t=" + right) == (303, "/stats;st=done")
    assert weight(relevo, "s1") == "7"
    for nonsense in ("", "x", "257", "-1", "1e3", "99999999999"):
        assert relevo.post(f"s=s1&action=weight&w={nonsense}&b=be&t={right}")[1] in ("/stats;st=none", "/stats;st=deny")
    assert weight(relevo, "s1") == "7"
    assert relevo.post(f"s=s1&action=weight&w=100%25&b=be&t={right}") == (303, "/stats;st=done")
    assert weight(relevo, "s1") == "1"
    said = relevo.program.said()
    assert "Server be/s1: 'weight 7' asked for on the statistics page of st by 127.0.0.1" in said
    assert "is refused: it comes from a page of another site." in said
    assert "is refused: it is not from a page of this process: load that anew." in said


def test_without_a_script_it_is_asked_once_more(both):
    relevo = both["relevo"]
    page = relevo.curl("-i", "-d", "s=s1&s=%3Cscript%3E&action=maint&b=be&ask=1").stdout
    assert page.startswith("HTTP/1.1 200 ") and "<h2>Maintenance?</h2>" in page
    assert page.count("<script>") == 1 and "&lt;script&gt;" in page  # the console's own
    assert 'name=s value="s1"' in page and "name=ask" not in page
    assert relevo.status("s1") == "no check"
    assert relevo.post("s=s1&action=maint&b=be&ask=1", "-H", "Origin: http://evil.example") == (303, "/stats;st=deny")


def test_the_page_has_forms_for_those_who_may(both):
    page = both["relevo"].curl("-i").stdout
    assert page.count("<form method=post") == 1 and 'name=s aria-label="choose s1" value="s1"' in page
    assert "form-action 'self'" in page and "referrer-policy: same-origin" in page
    guest = both["relevo"].curl("-i", "-H", "x-guest: 1").stdout
    assert "<form" not in guest and "form-action 'none'" in guest
    assert "The change was made." in both["relevo"].curl(path="/stats;st=DONE").stdout
    assert "You may not change anything" in both["relevo"].curl(path="/stats;st=DENY").stdout


def test_a_long_form_is_refused_and_harms_nobody(both):
    relevo = both["relevo"]
    said = relevo.curl("-i", "-d", "@-", text="s=" + "x" * 300000 + "&action=maint&b=be").stdout
    assert said == "" or " 303 " in said.splitlines()[0] or " 4" in said.splitlines()[0]
    assert relevo.status("s1") == "no check"
    assert relevo.post("s=" + "%41" * 2000 + "&action=maint&b=be") == (303, "/stats;st=errp")
