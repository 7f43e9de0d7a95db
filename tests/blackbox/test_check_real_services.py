# SPDX-License-Identifier: Apache-2.0
"""Checks of the real programs: nginx, PostgreSQL, MariaDB, Redis, OpenLDAP and OpenSMTPD as servers of HAProxy and
of relevo. Both find them up with the same results, and down when they are gone."""
import glob
import shutil
import socket
import subprocess

import pytest

from check_lab import COLUMNS, read_csv
from lab.local import free_port
from lab.software import wait_for
from programs import programs

KINDS = {
    "nginx": "option httpchk GET /",
    "postgres": "option pgsql-check user postgres",
    "mariadb": "option mysql-check",
    "mariadb_login": "option mysql-check user haproxy",
    "redis": "option redis-check",
    "ldap": "option ldap-check",
    "smtp": "option smtpchk EHLO relevo.example",
}


def program(name):
    places = f"{name}:/usr/sbin/{name}:/usr/lib/postgresql/*/bin/{name}".split(":")
    found = [path for place in places for path in [shutil.which(place), *glob.glob(place)] if path]
    assert found, f"{name} is not installed (make deps)"
    return found[0]


def nginx(home, port):
    (home / "nginx.conf").write_text(f"""
daemon off; error_log stderr; pid {home}/nginx.pid; events {{}}
http {{ access_log off; server {{ listen 127.0.0.1:{port}; return 200 fine; }} }}
""")
    return [program("nginx"), "-p", home, "-c", home / "nginx.conf"]


def postgres(home, port):
    data = home / "data"
    data.mkdir()
    for path in (data, *home.parents[:-2]):
        path.chmod(0o755)
    shutil.chown(data, "postgres")
    as_postgres = [program("runuser"), "-u", "postgres", "--"]
    subprocess.run([*as_postgres, program("initdb"), "-A", "trust", "-N", "-D", data], check=True, timeout=60,
                   capture_output=True, cwd="/")
    return [*as_postgres, program("postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", ""]


def mariadb(home, port):
    data = home / "data"
    data.mkdir()
    return [program("mariadbd"), "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={home}/sock",
            f"--port={port}", "--bind-address=127.0.0.1", "--skip-grant-tables", "--innodb=OFF",
            "--default-storage-engine=MyISAM", f"--pid-file={home}/pid", "--max-connect-errors=1000000"]


def redis(home, port):
    return [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", home]


def ldap(home, port):
    (home / "slapd.conf").write_text(f"include /etc/ldap/schema/core.schema\npidfile {home}/pid\ndatabase monitor\n")
    return [program("slapd"), "-h", f"ldap://127.0.0.1:{port}", "-f", home / "slapd.conf", "-d", "0"]


def smtp(home, port):
    (home / "smtpd.conf").write_text(f'listen on 127.0.0.1 port {port}\naction "a" mbox\n'
                                     'match for local action "a"\n')
    return [program("smtpd"), "-d", "-f", home / "smtpd.conf"]


class Service:
    def __init__(self, make, home):
        home.mkdir()
        self.name, self.port, self.log = make.__name__, free_port(), home / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(make(home, self.port), stdout=log, stderr=log, cwd="/")

    def listens(self):
        assert self.process.poll() is None, self.log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Checking:
    """One program that checks them all."""

    def __init__(self, start, ports):
        self.stats = free_port()
        self.program = start(f"""
defaults
    mode tcp
    timeout connect 1s
    timeout client 5s
    timeout server 5s
    timeout check 5s
listen stats
    mode http
    bind 127.0.0.1:{self.stats}
    stats enable
    stats uri /
""" + "".join(f"backend {name}\n    {kind}\n    server s1 127.0.0.1:{ports[name.split('_')[0]]} check inter 300ms\n"
              for name, kind in KINDS.items()))

    def rows(self):
        return {line["pxname"]: {name: line[name].replace("* ", "") for name in COLUMNS}
                for line in read_csv(self.stats) if line["svname"] == "s1"}

    def wait(self, status):
        """The rows once every server has this status and a result."""
        rows = {}

        def all_have_it():
            try:
                rows.update(self.rows())
            except OSError:
                return False
            return all(row["status"] == status and row["check_status"] != "INI" for row in rows.values())
        wait_for(f"all servers {status}", 20, all_have_it)
        return rows


@pytest.fixture(scope="module")
def lives(tmp_path_factory):
    """{program: (rows while all run, rows when all are gone)}"""
    directory = tmp_path_factory.mktemp("services")
    services = []
    checking = {}
    try:
        for make in (nginx, postgres, mariadb, redis, ldap, smtp):
            services.append(Service(make, directory / make.__name__))
        wait_for("all services", 30, lambda: all(service.listens() for service in services))
        ports = {service.name: service.port for service in services}
        checking = {name: Checking(start, ports) for name, start in programs(directory)}
        up = {name: program.wait("UP") for name, program in checking.items()}
        for service in services:
            service.stop()
        down = {name: program.wait("DOWN") for name, program in checking.items()}
        yield {name: (up[name], down[name]) for name in checking}
    finally:
        for program_that_checks in checking.values():
            program_that_checks.program.stop()
        for service in services:
            service.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_up_as_haproxy_finds_it(lives, kind):
    haproxy, relevo = lives["haproxy"][0][kind], lives["relevo"][0][kind]
    assert relevo["status"] == "UP"
    assert (relevo["check_status"], relevo["check_code"]) == (haproxy["check_status"], haproxy["check_code"])


@pytest.mark.parametrize("kind", KINDS)
def test_down_when_it_is_gone(lives, kind):
    relevo = lives["relevo"][1][kind]
    assert relevo["status"] == "DOWN"
    assert relevo["chkdown"] == "1"
