# SPDX-License-Identifier: Apache-2.0
"""Marks and types of service of packets, counted by nftables in a network namespace of its own."""
import os
import re
import socket
import subprocess
import sys
import threading
import time

from lab.software import relevo_binary

CFG = """
global
    user nobody
    stats socket {dir}/s
defaults
    mode http
    timeout connect 2s
    timeout client 5s
    timeout server 5s
listen web
    bind 127.0.0.1:8080
    {rules}
    server s1 127.0.0.1:9090
"""
MARKS = """http-request set-mark 0x21 if { path /front }
    http-request set-bc-mark int(34) if { path /back }
    http-response set-fc-mark 35 if { status 201 }
    http-request set-bc-tos 0x10 if { path /tos }"""
COUNTERS = {"front": "meta mark 0x21 tcp sport 8080", "back": "meta mark 34 tcp dport 9090", "late": "meta mark 35 tcp sport 8080",
            "tos": "ip dscp 4 tcp dport 9090", "any": "meta mark != 0 tcp sport 9090"}


def serve(listener):
    """Answers each connection's requests; 201 is for /late."""
    def talk(peer):
        while data := peer.recv(65536):
            status = b"201 Made" if b"/late" in data else b"200 OK"
            peer.sendall(b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nok" % status)
    while True:
        threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()


def counts():
    said = subprocess.run(["nft", "list", "ruleset"], check=True, capture_output=True, text=True).stdout
    return {name: int(n) for n, name in re.findall(r"counter packets (\d+) .*comment \"(\w+)\"", said)}


def inside(directory):
    """Runs in the namespace: a line for each path, with the counters that it moved, and the capabilities."""
    rules = "".join(f'add rule ip t c {match} counter comment "{name}"\n' for name, match in COUNTERS.items())
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["nft", "-f", "-"], check=True, text=True, input="add table ip t\nadd chain ip t c { type filter hook output "
                   "priority 0; }\n" + rules)
    threading.Thread(target=serve, args=(socket.create_server(("127.0.0.1", 9090)),), daemon=True).start()
    with subprocess.Popen([relevo_binary(), "-f", f"{directory}/haproxy.cfg"], stderr=subprocess.DEVNULL) as relevo:
        for _ in range(100):
            try:
                client = socket.create_connection(("127.0.0.1", 8080))
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        for path in ("/none", "/back", "/none", "/tos", "/late", "/none", "/front"):
            before = counts()
            client.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode())
            assert client.recv(65536).endswith(b"ok")
            time.sleep(0.1)
            print("path", path, *(name for name, n in counts().items() if n > before[name] and name != "any"))
        children = subprocess.run(["ps", "--ppid", str(relevo.pid), "-o", "pid=,comm="], check=True, capture_output=True, text=True)
        pid = re.search(r"(\d+) haproxy", children.stdout)[1]
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            print(re.search(r"CapEff:\s*\w+", f.read())[0].replace("\t", " "))
        relevo.terminate()


def run(directory, rules):
    (directory / "haproxy.cfg").write_text(CFG.format(dir=directory, rules=rules))
    done = subprocess.run(["unshare", "-n", sys.executable, __file__, str(directory)], check=True, capture_output=True, text=True,
                          timeout=60, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    return done.stdout.splitlines()


def test_packets_are_marked(tmp_path):
    said = run(tmp_path, MARKS)
    # A mark of the client's connection stays on it; one of a server's connection is never another request's.
    assert said == ["path /none", "path /back back", "path /none", "path /tos tos", "path /late late", "path /none late",
                    "path /front front", "CapEff: 0000000000001000"]


def test_without_marks_no_capability_is_kept(tmp_path):
    assert run(tmp_path, "http-request set-bc-tos 0x10 if { path /tos }")[-1] == "CapEff: 0000000000000000"


if __name__ == "__main__":
    inside(sys.argv[1])
