# SPDX-License-Identifier: Apache-2.0
"""What docs/ and examples/ say: the files are read without a word, and the table of commands is what `help` prints.

UPDATE_GOLDEN=1 writes the table anew.
"""
import os
import pathlib
import re
import subprocess

import pytest

from cli_client import ask, wait_socket
from lab.software import relevo_binary

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAST = ROOT / "examples" / "fast-pair"
CFG = """global
{sockets}
    stats timeout 1s
defaults
    timeout connect 1s
    timeout client 1s
    timeout server 1s
listen shop
    bind {where}/http
    server web01 127.0.0.1:1
"""
LEVELS = ("user", "operator", "admin")


def check(*argv):
    return subprocess.run([relevo_binary(), "-c", *map(str, argv)], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("argv", [
    ("-f", FAST / "haproxy.cfg", "-k", FAST / "lb1" / "keepalived.conf"),
    ("-f", FAST / "haproxy.cfg", "-k", FAST / "lb2" / "keepalived.conf"),
    ("-f", ROOT / "examples" / "web-checks" / "haproxy.cfg"),
], ids=["lb1", "lb2", "web-checks"])
def test_examples_are_valid(argv):
    done = check(*argv)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Configuration file is valid\n", "")


def test_both_nodes_of_the_fast_pair_agree(tmp_path):
    done = check("-k", FAST / "lb1" / "keepalived.conf", "--peer", FAST / "lb2" / "keepalived.conf")
    assert done.returncode == 0, done.stderr
    other = tmp_path / "other.conf"
    other.write_text((FAST / "lb2" / "keepalived.conf").read_text().replace("10.1.1.80/24", "10.1.1.81/24"))
    done = check("-k", FAST / "lb1" / "keepalived.conf", "--peer", other)
    assert done.returncode == 1 and "10.1.1.81/24" in done.stderr


@pytest.fixture(scope="module")
def sockets(tmp_path_factory):
    """The path of a stats socket of each level."""
    where = tmp_path_factory.mktemp("docs")
    paths = {level: where / level for level in LEVELS}
    (where / "cfg").write_text(CFG.format(where=where, sockets="\n".join(
        f"    stats socket {path} level {level}" for level, path in paths.items())))
    process = subprocess.Popen([relevo_binary(), "-db", "-f", str(where / "cfg"), "--control", str(where / "control")])
    for path in paths.values():
        wait_socket(path)
    yield paths
    process.terminate()
    process.wait(10)


def commands(path):
    """[(command with its arguments, its name alone, what it does)] of help."""
    found = []
    for line in ask(path, "help").splitlines():
        row = re.fullmatch(r"  (\S.*?)\s*: (.*)", line)
        if row:
            name = re.match(r"[a-z_-]+(?: [a-z-]+(?![|a-z-]))*", row[1])[0]
            found.append((row[1], name, row[2]))
    return found


def least_level(sockets, name):
    """The first level that may say it; an administrator may be denied it, too, as without expose-fd."""
    return next((level for level in LEVELS if "Permission denied" not in ask(sockets[level], name)), "admin")


def test_the_table_of_commands_is_help(sockets):
    rows = [f"| `{text}` | {least_level(sockets, name)} | {what} |".replace("|#", r"\|#")
            for text, name, what in commands(sockets["admin"])]
    table = "\n".join(["| command | from level | what |", "|---|---|---|",
                       *(re.sub(r"`[^`]*`", lambda m: re.sub(r"(?<!\\)\|", r"\\|", m[0]), row, count=1) for row in rows)])
    path = ROOT / "docs" / "runtime.md"
    head, old, tail = re.fullmatch(r"(.*<!-- commands -->\n)(.*?)(\n?<!-- end -->.*)", path.read_text(), re.S).groups()
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(head + table + "\n" + tail.lstrip("\n"))
        return
    assert len(rows) > 20
    assert old.strip() == table
