# SPDX-License-Identifier: Apache-2.0
"""What HAProxy takes, relevo takes, translates, or names as not supported yet.

verdicts.tsv holds more than a thousand lines with what both programs say about them. Relevo's half
is always checked. HAProxy's half is checked where HAProxy 2.6, which the table was made with, is
installed; other versions take other words.
"""
import pathlib
import re
import shutil
import subprocess

import pytest

from test_golden import SECONDS, program

HERE = pathlib.Path(__file__).resolve().parent

TIMEOUTS = "defaults\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n"
LISTEN = TIMEOUTS + "listen a\n bind 127.0.0.1:8000\n server s 127.0.0.1:80\n"
HTTP = TIMEOUTS + "listen a\n mode http\n bind 127.0.0.1:8000\n server s 127.0.0.1:80\n"
PLACES = {
    "G": lambda text: f"global\n {text}\n{LISTEN}",
    "L": lambda text: f"{LISTEN} {text}\n",
    "H": lambda text: f"{HTTP} {text}\n",
    "S": lambda text: f"{TIMEOUTS}listen a\n bind 127.0.0.1:8000\n server s {text}\n",
    "P": lambda text: f"{TIMEOUTS}listen a\n mode http\n bind 127.0.0.1:8000\n server s {text}\n",
    "B": lambda text: f"{TIMEOUTS}listen a\n bind {text}\n server s 127.0.0.1:80\n",
    "X": lambda text: f"{LISTEN}{text}\n",
    "F": lambda text: f"{text}\n",
}


def verdicts():
    for line in (HERE / "verdicts.tsv").read_text().splitlines():
        if not line.startswith("#"):
            haproxy, relevo, place, text = line.split("\t")
            yield haproxy, relevo, place, text.replace("\\n", "\n")


def run(command, file):
    return subprocess.run([*command, "-c", "-f", str(file)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)


def relevo_says(file):
    done = run([program()], file)
    kinds = re.findall(r"error: .* \[([a-z-]+)\]$", done.stderr, re.M)
    assert done.returncode in (0, 1), done.stderr
    if done.returncode == 0:
        return "old" if "[old-form]" in done.stderr else "ok"
    return "later" if kinds and set(kinds) == {"not-supported"} else "no"


def differences(column, says, tmp_path):
    found = []
    file = tmp_path / "verdict.cfg"
    for verdict in verdicts():
        file.write_text(PLACES[verdict[2]](verdict[3]))
        said = says(file)
        if said != verdict[column]:
            found.append(f"{verdict}: {said}")
    return found


def test_relevo(tmp_path):
    assert not differences(1, relevo_says, tmp_path)


@pytest.mark.reference
def test_haproxy(tmp_path):
    haproxy = shutil.which("haproxy")
    if haproxy is None:
        pytest.fail("haproxy is not installed, so nothing was compared")
    version = subprocess.run([haproxy, "-v"], capture_output=True, text=True, check=True).stdout
    assert " 2.6." in version, "the table was made with HAProxy 2.6: compare with that, or make it anew"
    assert not differences(0, lambda file: "ok" if run([haproxy], file).returncode == 0 else "no",
                           tmp_path)


def test_nothing_is_lost():
    """Whatever HAProxy takes is taken or named, but for lines that are wrong and slip through it."""
    strict = [(place, text) for haproxy, relevo, place, text in verdicts()
              if haproxy == "ok" and relevo == "no"]
    assert len(strict) <= 45, strict
