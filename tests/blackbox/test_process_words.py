# SPDX-License-Identifier: Apache-2.0
"""Words of `global` and of statistics that change what the process is: seen from outside."""
import os
import pathlib
import pwd
import signal
import socket
import subprocess

import pytest

from lab.local import free_port
from test_daemon import RELEVO, SANITIZED, children, run, wait_until

HTTP = """defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
"""


def curl(*args):
    done = subprocess.run(["curl", "-s", "-m", "5", "-o", "-", "-w", "\n%{http_code}", *args], capture_output=True,
                          text=True, check=True)
    body, status = done.stdout.rsplit("\n", 1)
    return int(status), body


def test_variables_of_the_process_are_set_in_order(start_relevo):
    port = free_port()
    relevo = start_relevo(f"""global
    set-var proc.limit int(100)
    set-var proc.more var(proc.limit),add(11)
    set-var-fmt proc.text "%[var(proc.more)] of %[var(proc.limit)]"
    set-var proc.limit str(later)
{HTTP}
frontend web
    bind 127.0.0.1:{port}
    http-request return status 200 content-type text/plain lf-string "%[var(proc.text)], %[var(proc.limit)]"
""")
    relevo.wait_listens(port)
    assert curl(f"http://127.0.0.1:{port}/") == (200, "111 of 100, later")


STATS = """listen admin
    bind 127.0.0.1:{port}
    acl may http_auth(people)
    stats uri /stats
    stats http-request deny if {{ req.hdr(x-deny) -m found }}
    stats http-request allow if {{ req.hdr(x-allow) -m found }}
    stats http-request auth {realm} unless may
userlist people
    user ann insecure-password pear
"""


@pytest.mark.parametrize("realm,asked", [("", 'Basic realm="HAProxy Statistics"'), ("realm Shop", 'Basic realm="Shop"')])
def test_who_sees_the_statistics(start_relevo, realm, asked):
    port = free_port()
    start_relevo(HTTP + STATS.format(port=port, realm=realm)).wait_listens(port)
    url = f"http://127.0.0.1:{port}/stats;csv"
    assert curl("-H", "X-Deny: 1", url)[0] == 403
    assert curl("-H", "X-Allow: 1", url)[0] == 200
    assert curl("-u", "ann:pear", url)[0] == 200
    assert curl("-u", "ann:plum", url)[0] == 401
    head = subprocess.run(["curl", "-sI", url], capture_output=True, text=True, check=True).stdout
    assert f"www-authenticate: {asked}" in head
    assert curl(f"http://127.0.0.1:{port}/elsewhere")[0] == 503


def test_strict_limits_refuse_what_is_otherwise_lowered(tmp_path):
    (tmp_path / "a.cfg").write_text(f"global\n maxconn 30000\n strict-limits\n{HTTP}frontend f\n bind 127.0.0.1:{free_port()}\n")
    done = subprocess.run(["prlimit", "--nofile=500:500", "setpriv", "--bounding-set=-sys_resource",
                           "--inh-caps=-sys_resource", RELEVO, "-db", "-f", str(tmp_path / "a.cfg"), "--control",
                           str(tmp_path / "control")], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "error: maxconn 30000 needs" in done.stderr and "'strict-limits'" in done.stderr


def test_fd_hard_limit_bounds_the_connections_that_nobody_asked_for(start_relevo, tmp_path):
    path, port = tmp_path / "admin.sock", free_port()
    relevo = start_relevo(f"global\n fd-hard-limit 400\n stats socket {path}\n{HTTP}frontend f\n bind 127.0.0.1:{port}\n")
    relevo.wait_listens(port)
    said = run("ctl", "--socket", path, "show", "info").stdout
    maxconn = int(next(line for line in said.splitlines() if line.startswith("Maxconn:")).split()[1])
    assert 0 < maxconn < 200


@pytest.mark.skipif(SANITIZED, reason="a sanitizer takes the crash itself")
def test_a_crash_leaves_a_core_file_if_asked(tmp_path):
    """Who owns /proc/PID says whether the kernel would write one; where it writes to, it has to be."""
    here = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip() == "core"
    (tmp_path / "run").mkdir()
    os.chmod(tmp_path / "run", 0o777)
    nobody = pwd.getpwnam("nobody").pw_uid
    config = tmp_path / "a.cfg"
    owners, found = [], []
    ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ready.bind(str(tmp_path / "notify"))
    ready.settimeout(20)
    for word in ("", "set-dumpable"):
        config.write_text(f"global\n user nobody\n {word}\n{HTTP}frontend f\n bind 127.0.0.1:{free_port()}\n")
        relevo = subprocess.Popen([RELEVO, "-Ws", "-C", str(tmp_path / "run"), "-f", str(config), "--control",
                                   str(tmp_path / "control")], stderr=subprocess.DEVNULL,
                                  env=dict(os.environ, NOTIFY_SOCKET=str(tmp_path / "notify")))
        try:
            def confined():
                pid = children(relevo.pid).get("relevo: proxy")
                try:
                    status = pathlib.Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    return None
                return pid if f"Uid:\t{nobody}" in status and "Seccomp:\t2" in status else None

            assert ready.recv(100) == b"READY=1"  # a crash before that is a failed start
            crashed = wait_until(confined)
            owners.append(pathlib.Path(f"/proc/{crashed}/environ").stat().st_uid)
            os.kill(crashed, signal.SIGSEGV)
            wait_until(lambda: confined() not in (None, crashed))
        finally:
            relevo.terminate()
            relevo.wait(10)
            assert ready.recv(100) == b"STOPPING=1"
        found.append(len(list((tmp_path / "run").glob("core*"))))
    assert owners == [0, nobody]
    assert found == [0, int(here)]


def test_unix_sockets_take_what_unix_bind_says(start_relevo, tmp_path):
    port = free_port()
    relevo = start_relevo(f"""global
    unix-bind prefix {tmp_path}/ mode 640 user nobody
    stats socket {tmp_path}/admin.sock
{HTTP}
frontend f
    bind unix@plain.sock
    bind unix@own.sock mode 600 user root
    bind 127.0.0.1:{port}
""")
    relevo.wait_listens(port)
    nobody = pwd.getpwnam("nobody").pw_uid
    found = {name: (tmp_path / name).stat() for name in ("plain.sock", "own.sock", "admin.sock")}
    assert {name: (status.st_mode & 0o777, status.st_uid) for name, status in found.items() if name != "admin.sock"} == {
        "plain.sock": (0o640, nobody), "own.sock": (0o600, 0)}
    assert found["admin.sock"].st_uid == 0


@pytest.mark.parametrize("word,status", [("", 413), ("h1-accept-payload-with-any-method", 200)])
def test_old_requests_have_a_body_only_if_told(start_relevo, word, status):
    port = free_port()
    start_relevo(f"""global
    {word}
{HTTP}
frontend web
    bind 127.0.0.1:{port}
    http-request wait-for-body time 2s
    http-request return status 200 content-type text/plain lf-string "%[req.body]"
""").wait_listens(port)
    answer = curl("--http1.0", "-X", "GET", "-d", "abc", f"http://127.0.0.1:{port}/")
    assert answer[0] == status
    assert status != 200 or answer[1] == "abc"
