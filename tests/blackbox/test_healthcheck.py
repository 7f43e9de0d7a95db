# SPDX-License-Identifier: Apache-2.0
"""healthcheck sections of HAProxy 3.4: servers of one backend, each checked as its line says."""
import subprocess

import pytest

from check_lab import CLOSE, RECV, ScriptedServer
from cli_client import answer, wait_socket
from lab.local import free_port
from lab.software import relevo_binary, wait_for

CFG = """
global
    stats socket {socket} level admin
defaults
    mode tcp
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend f
    bind 127.0.0.1:{port}
    default_backend b
backend b
    option httpchk GET /backend
    default-server inter 100ms fall 1 rise 1 check
    server own 127.0.0.1:{web}
    server named 127.0.0.1:{web} healthcheck web
    server late 127.0.0.1:{web} healthcheck pong
    server bad 127.0.0.1:{redis} healthcheck web
    server redis 127.0.0.1:{redis} healthcheck redis
    server steps 127.0.0.1:{redis} healthcheck pong
backend c
    default-server inter 100ms check healthcheck web
    server named 127.0.0.1:{web}
healthcheck web
    type httpchk
    http-check send meth HEAD uri /named ver HTTP/1.1 hdr Host www.example.com
    http-check expect status 204
healthcheck redis
    type redis-check
healthcheck pong
    type tcp-check
    tcp-check send PING\\r\\n
    tcp-check expect string +PONG
"""


def states(path, backend="b"):
    rows = [line.split(",") for line in answer(path, f"show stat {backend} 4 -1").splitlines() if line.startswith(backend + ",")]
    return {row[1]: (row[17].split(" ")[0], row[36].removeprefix("* ")) for row in rows}


def test_each_server_is_checked_as_its_line_says(start_relevo, tmp_path):
    web = ScriptedServer((RECV, b"HTTP/1.1 204 No\r\n\r\n", CLOSE))
    redis = ScriptedServer((RECV, b"+PONG\r\n", CLOSE))
    socket = tmp_path / "s.sock"
    start_relevo(CFG.format(socket=socket, port=free_port(), web=web.port, redis=redis.port))
    wait_socket(socket)
    expected = {"own": ("UP", "L7OK"), "named": ("UP", "L7OK"), "late": ("DOWN", "L7RSP"), "bad": ("DOWN", "L7RSP"),
                "redis": ("UP", "L7OK"), "steps": ("UP", "L7OK")}
    def seen():
        return states(socket)
    wait_for(f"all results, not {seen()}", 10, lambda: seen() == expected)
    wait_for("the other backend", 10, lambda: states(socket, "c") == {"named": ("UP", "L7OK")})
    heard = {line.lower() for data in web.said for line in bytes(data).split(b"\r\n")}
    assert {b"get /backend http/1.0", b"head /named http/1.1", b"host: www.example.com"} <= heard
    # A server that is added says it, too.
    assert "New server" in answer(socket, f"add server c/more 127.0.0.1:{redis.port} check inter 100ms healthcheck redis")
    assert answer(socket, "enable server c/more; enable health c/more").strip() == ""
    wait_for("the added one", 10, lambda: states(socket, "c")["more"] == ("UP", "L7OK"))
    assert "there is no healthcheck section 'none'" in answer(socket, f"add server c/x 127.0.0.1:{redis.port} check healthcheck none")


@pytest.mark.parametrize("text, said", [
    ("backend b\n server s 127.0.0.1:1 check healthcheck none\n", "there is no healthcheck section 'none'"),
    ("healthcheck h\n http-check send meth GET\n", "the healthcheck section 'h' has no type"),
    ("healthcheck h\n type httpchk\nhealthcheck h\n type httpchk\n", "another healthcheck section is called 'h'"),
    ("healthcheck h\n type httpchek\n", "did you mean 'httpchk'"),
    ("healthcheck h\n type external-check\n", "not supported"),
    ("healthcheck h\n type httpchk\n balance roundrobin\n", "balance"),
])
def test_what_is_wrong_is_said(tmp_path, text, said):
    (tmp_path / "h.cfg").write_text("defaults\n timeout connect 1s\n timeout client 1s\n timeout server 1s\nfrontend f\n bind :1\n" + text)
    done = subprocess.run([relevo_binary(), "-c", "-f", str(tmp_path / "h.cfg")], capture_output=True, text=True, check=False)
    assert done.returncode == (0 if "has no type" in said else 1) and said in done.stderr, done.stderr
