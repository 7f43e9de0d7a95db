# SPDX-License-Identifier: Apache-2.0
"""What Keepalived 2.2.7 and relevo say about one line, for the lines of verdicts_keepalived.tsv.

`keepalived -t` fails for anything it has to say; relevo says the same as a warning or an error. Where
one takes what the other does not, the row has its reason. All files are checked in one network
namespace of their own, which has eth0 and eth1 and nothing else. UPDATE_GOLDEN=1 rewrites relevo's column.
"""
import os
import pathlib
import shutil
import subprocess

import pytest

from test_golden import program

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE / "verdicts_keepalived.tsv"
SCRIPTS = "global_defs {\n script_user root\n enable_script_security\n}\n"
INSTANCE = "vrrp_instance V {\n interface eth0\n virtual_router_id 51\n"
ADDRESS = " virtual_ipaddress {\n  10.0.0.1\n }\n"
SERVER = "virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_sched rr\n lvs_method NAT\n"
REAL = " real_server 10.0.0.2 80 {\n"
# The file that a line of each place stands in; "C:NAME" is a check of a real server.
PLACES = {
    "F": "{}\n",
    "G": "global_defs {{\n script_user root\n enable_script_security\n{}\n}}\n" + (INSTANCE + ADDRESS + "}\n")
         .replace("{", "{{").replace("}", "}}"),
    "I": SCRIPTS.replace("{", "{{").replace("}", "}}") +
         (INSTANCE + ADDRESS).replace("{", "{{").replace("}", "}}") + "{}\n}}\n",
    "N": INSTANCE.replace("{", "{{") + "{}\n}}\n",
    "V": (SCRIPTS + SERVER).replace("{", "{{").replace("}", "}}") + "{}\n real_server 10.0.0.2 80 {{\n }}\n}}\n",
    "R": (SCRIPTS + SERVER + REAL).replace("{", "{{").replace("}", "}}") + "{}\n }}\n}}\n",
}
NAMESPACE = ["unshare", "-n", "sh", "-c", "ip link add eth0 type veth peer name eth1 && ip link set eth0 up && "
             "cd \"$1\" && shift && for f in *.conf; do \"$@\" $f > $f.said 2>&1; echo $f $?; done", "sh"]


def rows():
    """Of the table: keepalived, relevo, place, the line, the reason."""
    found = []
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            found.append((line.split("\t") + [""])[:5])
    return found


def text_of(place, line):
    line = line.replace("\\n", "\n")
    if place.startswith("C:"):
        return PLACES["R"].format(place[2:] + " {\n" + line + "\n }")
    return PLACES[place].format(line)


def run_all(tmp_path_factory, *command):
    """The exit status and the words of the command for each row's file, in order."""
    folder = tmp_path_factory.mktemp("verdicts")
    table = rows()
    for i, (_, _, place, line, _) in enumerate(table):
        path = folder / f"{i:04}.conf"
        path.write_text(text_of(place, line))
        path.chmod(0o644)
    done = subprocess.run([*NAMESPACE, str(folder), *command], capture_output=True, text=True, timeout=600, check=True)
    status = [int(line.split()[1]) for line in done.stdout.splitlines()]
    said = [(folder / f"{i:04}.conf.said").read_bytes().decode("utf-8", "replace") for i in range(len(table))]
    assert len(status) == len(table)
    return list(zip(status, said))


@pytest.fixture(scope="module")
def of_relevo(tmp_path_factory):
    assert os.geteuid() == 0, "needs root for a network namespace"
    return run_all(tmp_path_factory, str(program()), "-c", "-i", "nodea", "-k")


@pytest.fixture(scope="module")
def of_keepalived(tmp_path_factory):
    assert os.geteuid() == 0 and shutil.which("keepalived"), "needs keepalived, and root"
    return run_all(tmp_path_factory, "timeout", "5", "keepalived", "-t", "-i", "nodea", "-f")


def verdict_of_relevo(status, said):
    if status != 0:
        assert "error:" in said, said
        errors = [line for line in said.splitlines() if " error: " in line]
        return "later" if all("[not-supported]" in line for line in errors) else "no"
    warnings = [line for line in said.splitlines() if " warning: " in line and "does not run virtual_server" not in line]
    return "warn" if warnings else "ok"


def rewrite(row, verdict):
    """relevo's column of one row, as it is now. A row that agrees again has no reason any more."""
    agrees = verdict in ("ok", "warn") if row[0] == "ok" else verdict in ("warn", "no", "later")
    old = "\t".join(row[:4] + row[4:] if row[4] else row[:4])
    new = "\t".join([row[0], verdict, *row[2:4]] + ([row[4]] if row[4] and not agrees else []))
    lines = TABLE.read_text().split("\n")
    lines[lines.index(old)] = new
    TABLE.write_text("\n".join(lines))


def name_of(row):
    return f"{row[2]} {row[3]}"[:60]


@pytest.mark.parametrize("at", range(len(rows())), ids=[name_of(row) for row in rows()])
def test_relevo(of_relevo, at):
    row, (status, said) = rows()[at], of_relevo[at]
    if os.environ.get("UPDATE_GOLDEN"):
        rewrite(row, verdict_of_relevo(status, said))
        return
    assert "Sanitizer" not in said and "broken invariant" not in said, said
    assert verdict_of_relevo(status, said) == row[1], said


@pytest.mark.reference
@pytest.mark.parametrize("at", range(len(rows())), ids=[name_of(row) for row in rows()])
def test_keepalived(of_keepalived, at):
    row, (status, said) = rows()[at], of_keepalived[at]
    assert ("ok" if status == 0 else "no") == row[0], said


def test_differences_have_reasons():
    for keepalived, relevo, place, line, reason in rows():
        agree = relevo in ("ok", "warn") if keepalived == "ok" else relevo in ("warn", "no", "later")
        assert agree or reason, f"{place} {line}"
    assert len(rows()) >= 250
