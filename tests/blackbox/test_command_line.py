# SPDX-License-Identifier: Apache-2.0
"""The command line under the name haproxy, beside HAProxy's: exit statuses, -cc, -v, -dK, signals, fd@."""
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from cli_client import ask
from lab.local import free_port
from lab.software import relevo_binary, wait_for
from programs import haproxy_binary

SANITIZED = "RELEVO_SANITIZED" in os.environ

GOOD = """
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 1s
frontend fe
    bind 127.0.0.1:{port}
    http-request return status 200 content-type text/plain string hello
"""


@pytest.fixture(scope="module")
def binaries(tmp_path_factory):
    link = tmp_path_factory.mktemp("bin") / "haproxy"
    link.symlink_to(relevo_binary())
    return {"haproxy": haproxy_binary(), "relevo": str(link)}


def run(binary, *words, **kwargs):
    return subprocess.run([binary, *map(str, words)], capture_output=True, text=True, timeout=20, **kwargs)


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.cfg"
    path.write_text(GOOD.format(port=free_port()))
    return path


CONDITIONS = """1
0

defined(HOME)
defined(NO_SUCH)
streq(a,b)
streq("a b","a b")
strneq(a,b)
foo
feature(EPOLL)
feature(QUIC)
feature(NONE)
version_atleast(2.6.0)
version_atleast(2.6.12)
version_atleast(2.7)
version_before(2.7)
version_before(2.6)
(1
1)
1 && 0
1 && !0
1 || 0
!(1 && 1) || streq(a,a)
streq(a)
streq(a,b,c)
version_atleast(2.6) && !feature(NONE)""".split("\n")


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_end_as_haproxys(binaries, condition):
    status = {name: run(binary, "-cc", condition).returncode for name, binary in binaries.items()}
    assert status["relevo"] == status["haproxy"]


def test_a_wrong_condition_is_explained(binaries):
    said = run(binaries["relevo"], "-cc", "streq(a)").stderr
    assert "too few arguments for 'streq'" in said
    assert run(binaries["relevo"], "-cc", "strstr(abc,b)").returncode == 0
    assert run(binaries["relevo"], "-cc", "strstr(abc,x)").returncode == 1
    assert run(binaries["relevo"], "-cc", "enabled(SPLICE)").returncode == 0
    assert run(binaries["relevo"], "-cc", "enabled(KQUEUE)").returncode == 1
    assert run(binaries["relevo"], "-cc").returncode == 1


WARNED = "frontend fe\n    mode http\n    bind 127.0.0.1:{port}\n"


@pytest.mark.parametrize("words", ["-c", "-c -q", "-c -V", "-c -dD", "-c -dI", "-c -L here", "-c -m 500", "-c -N 7",
                                   "-c -n 50", "-c -dS", "-c -dV", "-c -W", "-c -Ws", "-c -db", "-c -dM", "-c -dM0xAA",
                                   "-c -dM0x41,tag", "-c -dMfoo", "-c -dMhelp", "-c -dKnone -q", "-c -dW",
                                   "-c -C /nonexistent"])
@pytest.mark.parametrize("text", [GOOD, WARNED], ids=["good", "warned"])
def test_checks_end_as_haproxys(binaries, tmp_path, words, text):
    path = tmp_path / "file.cfg"
    path.write_text(text.format(port=free_port()))
    done = {name: run(binary, *words.split(), "-f", path) for name, binary in binaries.items()}
    assert done["relevo"].returncode == done["haproxy"].returncode, done["relevo"].stderr
    if "-dMhelp" not in words:
        assert done["relevo"].stdout == done["haproxy"].stdout


def test_what_is_suspicious_is_a_note(binaries, tmp_path):
    path = tmp_path / "file.cfg"
    path.write_text("defaults\n  timeout connect 1s\n  timeout server 1s\nglobal\n  maxconn 10\n"
                    f"listen be\n  bind 127.0.0.1:{free_port()}\n  timeout client 1s\n  server s1 127.0.0.1:1 weight 0\n")
    for binary in binaries.values():
        assert "weight of 0" not in run(binary, "-c", "-f", path).stderr
        said = run(binary, "-c", "-dD", "-dW", "-f", path)
        assert "weight of 0" in said.stderr and "global" in said.stderr, said.stderr
        assert said.returncode == 0


def test_version_lines_are_found_by_tools(binaries):
    first = {name: run(binary, "-v").stdout.splitlines()[0] for name, binary in binaries.items()}
    form = r"HAProxy version (\d+\.\d+\.\d+)\S* \d{4}/\d\d/\d\d - "
    assert all(re.match(form, line) for line in first.values())
    assert re.match(form, first["relevo"])[1] == "2.6.12"
    for binary in binaries.values():
        said = run(binary, "-vv").stdout
        assert re.search(r"^  TARGET  = linux-glibc$", said, re.M)
        assert re.search(r"^Feature list : .*\+EPOLL", said, re.M)
        assert re.search(r"^Built with multi-threading support \(MAX_THREADS=\d+, default=\d+\)\.$", said, re.M)
    assert "HAProxy version 2.6.12" in run(relevo_binary(), "-v").stdout


def listed(binary, kind, path):
    said = run(binary, f"-dK{kind}", "-q", "-c", "-f", path)
    assert said.returncode == 0
    return said.stdout.splitlines()


def test_words_are_listed_as_haproxy_lists_them(binaries, good):
    for kind in ("acl", "cfg", "cli", "cnv", "flt", "smp", "svc"):
        ours, theirs = (listed(binaries[name], kind, good) for name in ("relevo", "haproxy"))
        assert ours[0] == theirs[0]
    assert listed(binaries["relevo"], "help", good) == listed(binaries["haproxy"], "help", good)
    assert "hdr_beg = req.hdr -m beg" in listed(binaries["relevo"], "acl", good)
    assert "\ttimeout client" in listed(binaries["relevo"], "cfg", good)
    assert "lower: str => str" in listed(binaries["relevo"], "cnv", good)
    assert any(line.startswith("src: ") for line in listed(binaries["relevo"], "smp", good))
    assert any(line.startswith("show info") for line in listed(binaries["relevo"], "cli", good))
    names = [line.split("(")[0].split(":")[0] for line in listed(binaries["relevo"], "smp", good)[1:]]
    assert len(names) > 100 and len(set(names)) == len(names)
    everything = listed(binaries["relevo"], "all", good)
    assert sum(line.startswith("# List of registered") for line in everything) == 7


def test_libraries_are_files(binaries, good):
    said = run(binaries["relevo"], "-dL", "-q", "-c", "-f", good).stdout.splitlines()
    assert os.path.realpath(relevo_binary()) == os.path.realpath(said[0])
    assert len(said) > 3 and all(os.path.exists(line) for line in said)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as sock:
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return sock.recv(100).startswith(b"HTTP/1.")
    except OSError:
        return False


def started(binary, path, port, *words, **kwargs):
    """SIGINT is as in a terminal's job: a parent may have it ignored."""
    said = path.with_suffix(".err")
    with open(said, "wb") as err:
        process = subprocess.Popen([binary, *words, "-f", str(path)], stdout=subprocess.DEVNULL, stderr=err,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **kwargs)
    wait_for("an answer", 20, lambda: answers(port) or process.poll() is not None)
    if binary == haproxy_binary() and "-W" in words:  # its master loses a signal that comes earlier
        wait_for("its master", 20, lambda: "Loading success" in said.read_text())
        time.sleep(1)
    assert process.poll() is None, said.read_text()
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
@pytest.mark.parametrize("words", [("-db",), ("-W", "-db")], ids=["alone", "master"])
def test_signals_end_it_as_haproxy(binaries, tmp_path, words, number):
    status = {}
    for name, binary in binaries.items():
        port = free_port()
        path = tmp_path / f"{name}.cfg"
        path.write_text(GOOD.format(port=port))
        process = started(binary, path, port, *words)
        process.send_signal(number)
        status[name] = process.wait(20)
        said = path.with_suffix(".err").read_text()
        assert "Sanitizer" not in said, said
    assert status["relevo"] == status["haproxy"]


def test_listeners_and_stats_sockets_are_inherited(binaries, tmp_path):
    for name, binary in binaries.items():
        with socket.socket() as web, socket.socket(socket.AF_UNIX) as cli:
            web.bind(("127.0.0.1", 0))
            web.listen(5)
            cli.bind(str(tmp_path / f"{name}.sock"))
            cli.listen(5)
            path = tmp_path / f"{name}.cfg"
            path.write_text("global\n  stats socket fd@${CLI} level admin\n" +
                            GOOD.replace("bind 127.0.0.1:{port}", 'bind "fd@${WEB}"'))
            process = started(binary, path, web.getsockname()[1], "-db", pass_fds=(web.fileno(), cli.fileno()),
                              env=dict(os.environ, WEB=str(web.fileno()), CLI=str(cli.fileno())))
            assert "Name: HAProxy" in ask(tmp_path / f"{name}.sock", "show info")
            process.terminate()
            process.wait(20)
    

def test_limits_of_the_command_line_are_in_force(binaries, tmp_path):
    memory = "2000000000" if SANITIZED else "4000"  # MB; a sanitizer takes terabytes of addresses
    for name, binary in binaries.items():
        port = free_port()
        path = tmp_path / f"{name}.cfg"
        path.write_text(f"global\n  stats socket {tmp_path}/{name}.sock level admin\n" + GOOD.format(port=port))
        process = started(binary, path, port, "-db", "-n", "321", "-N", "17", "-m", memory)
        said = ask(tmp_path / f"{name}.sock", "show info")
        assert "\nMaxconn: 321\n" in said and f"\nMemmax_MB: {memory}\n" in said, said
        rows = ask(tmp_path / f"{name}.sock", "show stat").splitlines()
        limit = rows[0].lstrip("# ").split(",").index("slim")
        assert [row.split(",")[limit] for row in rows if row.startswith("fe,FRONTEND")] == ["17"], rows
        process.terminate()
        process.wait(20)


def test_the_local_peer_has_a_name(binaries, tmp_path):
    path = tmp_path / "file.cfg"
    path.write_text(GOOD.format(port=free_port()) + '    .if streq("${HAPROXY_LOCALPEER}",here)\n    .notice "it is here"\n    .endif\n')
    for binary in binaries.values():
        assert "it is here" in run(binary, "-c", "-L", "here", "-f", path).stderr
        assert "it is here" not in run(binary, "-c", "-L", "there", "-f", path).stderr


def test_names_may_fail(binaries, tmp_path):
    """-dr: a server whose name nobody knows waits; without it the file is refused."""
    path = tmp_path / "names.cfg"
    path.write_text(GOOD.format(port=free_port()) + "backend b\n server s no.such.host.invalid:80\n"
                    " server t no.such.host.invalid:80 init-addr libc\n server u no.such.host.invalid:80 init-addr last,libc,none\n")
    for binary in binaries.values():
        assert run(binary, "-f", path, "-c").returncode == 1
        done = run(binary, "-dr", "-f", path, "-c")
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("no.such.host.invalid") >= 3 and "Warnings were found." in done.stdout


@pytest.mark.parametrize("how", ["-dR", "noreuseport", ""])
def test_sockets_without_reuseport(binaries, tmp_path, how):
    """Nobody else, of the same user, gets the port; threads share the one socket."""
    port = free_port()
    path = tmp_path / "alone.cfg"
    path.write_text(f"global\n nbthread 3\n {how if how[:1] != '-' else ''}\n" + GOOD.format(port=port))
    words = [how] if how[:1] == "-" else []
    with subprocess.Popen([binaries["relevo"], "-db", *words, "-f", path]) as process:
        def answers():
            with socket.create_connection(("127.0.0.1", port), 5) as sock:
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                return sock.recv(100).startswith(b"HTTP/1.1 200")

        def listens():
            try:
                return answers()
            except OSError:
                return False
        try:
            wait_for("relevo listens", 20, listens)
            with socket.socket() as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                if how:
                    with pytest.raises(OSError):
                        other.bind(("127.0.0.1", port))
                else:
                    other.bind(("127.0.0.1", port))
            assert all(answers() for _ in range(50))
        finally:
            process.terminate()
