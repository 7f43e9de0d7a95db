# SPDX-License-Identifier: Apache-2.0
"""Process 1 of a node: makes it a machine of its own, then reaps what is left to it.

Started in new mount, pid and uts namespaces with: HOSTNAME. Says "ready" on standard output.
"""
import os
import signal
import socket
import subprocess
import sys
import tempfile


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def add_user(name):
    """The article's user, where the machine has none: files of our own over /etc/passwd and group."""
    for path, line in (("/etc/passwd", f"{name}:x:399:399::/nonexistent:/usr/sbin/nologin\n"),
                       ("/etc/group", f"{name}:x:399:\n")):
        with open(path) as f:
            text = f.read()
        if any(row.startswith(name + ":") for row in text.splitlines()):
            continue
        with tempfile.NamedTemporaryFile("w", dir="/run", delete=False) as f:
            f.write(text + line)
        os.chmod(f.name, 0o644)
        mount("--bind", f.name, path)


def main():
    socket.sethostname(sys.argv[1])
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    add_user("haproxy")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    print("ready", flush=True)
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        signal.sigtimedwait([signal.SIGCHLD], 1)


main()
