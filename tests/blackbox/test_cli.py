# SPDX-License-Identifier: Apache-2.0
"""The runtime API beside HAProxy's: the talk itself, show info, show stat, levels, sockets."""
import ctypes
import json
import os
import pathlib
import socket
import stat
import subprocess
import time

import pytest

from cli_client import answer, ask, connect, read_all, started, wait_socket
from lab.local import free_port
from lab.software import relevo_binary, wait_for
from programs import Program, haproxy_binary, programs


def config(directory, ports):
    return f"""
global
    stats socket {directory}/admin.sock mode 600 level admin expose-fd listeners
    stats socket {directory}/operator.sock
    stats socket {directory}/user.sock level user
    stats socket ipv4@127.0.0.1:{ports.tcp} level user
    stats socket abns@{directory.name}-{ports.tcp} level operator
    stats timeout 10s
    nbthread 2
    maxconn 1000
    node here
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 1s
frontend fe
    bind 127.0.0.1:{ports.web}
    maxconn 100
    default_backend be
backend be
    balance roundrobin
    server s1 127.0.0.1:1 weight 7
    server s2 127.0.0.1:1 backup disabled
listen li
    bind 127.0.0.1:{ports.other}
    mode tcp
    balance source
    server t1 127.0.0.1:1 maxconn 10
"""


class Ports:
    def __init__(self):
        self.tcp, self.web, self.other = free_port(), free_port(), free_port()


class Running:
    def __init__(self, start, directory):
        directory.mkdir()
        self.directory, self.ports = directory, Ports()
        self.admin = directory / "admin.sock"
        self.program = started(start, config(directory, self.ports), self.admin)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    directory = tmp_path_factory.mktemp("cli")
    running = {name: Running(start, directory / f"run-{name}") for name, start in programs(directory)}
    yield running
    for one in running.values():
        one.program.stop()


@pytest.fixture
def relevo(both):
    return both["relevo"]


# What both must say alike, byte for byte, but for the names of their directories.
SAME = [
    b"show cli level\n",
    b"show cli level\nshow cli level\n",
    b"show cli level;show cli level\r\n",
    b"  show\tcli   level  \n",
    b"show cli level \\; x\n",
    b"prompt\nshow cli level\nquit\n",
    b"prompt;show cli level\nquit\n",
    b"prompt\nprompt\n",
    b"prompt\nprompt;show cli level\nshow cli level\n",
    b"quit\n",
    b"show cli level;quit\n",
    b"quit;show cli level\n",
    b"show cli level <<\nfoo\nbar\n\n",
    b"show cli level;show cli level <<\nfoo\n\nshow cli level\n",
    b"prompt\nshow cli level <<\nfoo\n\nquit\n",
    b"prompt\nset timeout cli 1\n",
    b"set timeout\n",
    b"set timeout cli\n",
    b"set timeout cli x\n",
    b"set timeout cli 5\n",
    b"set timeout http 5\n",
    b"set severity-output\n",
    b"set severity-output loud\n",
    b"set severity-output number;set timeout http\n",
    b"set severity-output string;set timeout cli x\n",
    b"operator;show cli level;user;show cli level;operator;show cli level\n",
    b"user;show env\n",
    b"operator;expert-mode on\n",
    b"expert-mode;expert-mode on;expert-mode;expert-mode off;expert-mode\n",
    b"experimental-mode;experimental-mode on;experimental-mode\n",
    b"show env HOME\n",
    b"show env NO_SUCH_VARIABLE\n",
    b"show cli level x\n",
]


@pytest.mark.parametrize("line", SAME, ids=lambda line: line.decode().replace("\n", "|").strip())
def test_says_what_haproxy_says(both, line):
    assert ask(both["relevo"].admin, line) == ask(both["haproxy"].admin, line)


def test_sockets_have_the_levels_of_their_lines(both):
    listed = {}
    for name, running in both.items():
        assert answer(running.admin, "show cli level") == "admin\n"
        assert answer(running.directory / "operator.sock", "show cli level") == "operator\n"
        assert answer(running.directory / "user.sock", "show cli level") == "user\n"
        assert stat.S_IMODE(os.stat(running.admin).st_mode) == 0o600
        listed[name] = answer(running.admin, "show cli sockets")
        listed[name] = listed[name].replace(f"run-{name}", "run").replace(str(running.ports.tcp), "PORT")
    assert listed["relevo"] == listed["haproxy"]


def test_tcp_and_abstract_sockets(relevo):
    with socket.create_connection(("127.0.0.1", relevo.ports.tcp), 10) as sock:
        sock.sendall(b"show cli level\n")
        assert read_all(sock) == b"user\n\n"
    name = f"\0{relevo.directory.name}-{relevo.ports.tcp}"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(name.ljust(108, "\0"))
        sock.sendall(b"show cli level\n")
        assert read_all(sock) == b"operator\n\n"


def test_help_lists_and_unknown_words_are_told(relevo):
    everything = answer(relevo.admin, "help")
    assert everything.startswith("The following commands are valid at this level:\n")
    assert everything.splitlines()[-1].startswith("  quit   ")
    shown = answer(relevo.admin, "help show stat")
    assert "  show stat " in shown and "set timeout" not in shown
    near = answer(relevo.admin, "show inof")
    assert near.startswith("Unknown command, but maybe one of the following ones is a better match:\n")
    assert "  show info " in near and "  set " not in near
    assert answer(relevo.admin, "").startswith(
        "Unknown command. Please enter one of the following commands only:\n")


# ---- show info ----

def info(running, options=""):
    return dict(line.split(": ", 1) for line in answer(running.admin, f"show info {options}").splitlines())


def typed(running, command):
    rows = {}
    for line in answer(running.admin, command).splitlines():
        name, tags, kind, value = line.split(":", 3)
        rows[name] = (tags, kind, value)
    return rows


def test_show_info_has_haproxys_fields(both):
    ours, theirs = info(both["relevo"]), info(both["haproxy"])
    assert list(ours) == list(theirs)
    for name in ("Name", "Nbthread", "Nbproc", "Process_num", "Maxconn", "Hard_maxconn", "CurrConns", "node",
                 "Stopping", "Tainted"):
        assert ours[name] == theirs[name], name
    assert int(ours["Pid"]) != both["relevo"].program.process.pid
    assert "relevo" in ours["Version"] and "relevo" in ours["Build info"]
    assert 0 <= int(ours["Idle_pct"]) <= 100


def test_show_info_typed_has_haproxys_types(both):
    ours, theirs = typed(both["relevo"], "show info typed"), typed(both["haproxy"], "show info typed")
    assert {name: value[:2] for name, value in ours.items()} == {name: value[:2] for name, value in theirs.items()}
    described = answer(both["relevo"].admin, "show info typed desc").splitlines()
    assert described[3].startswith('3.Nbthread.1:CGS:u32:2:"')
    assert info(both["relevo"], "desc")["Nbthread"].startswith('2:"')
    assert "." in info(both["relevo"], "float")["Uptime_sec"]


def names_of(fields):
    return [(field["field"], field["processNum"], field["tags"], field["value"]["type"]) for field in fields]


def test_show_info_json_is_haproxys(both):
    ours = json.loads(answer(both["relevo"].admin, "show info json"))
    theirs = json.loads(answer(both["haproxy"].admin, "show info json"))
    assert names_of(ours) == names_of(theirs)


# ---- show stat ----

def stat_rows(running, options=""):
    lines = answer(running.admin, f"show stat {options}").splitlines()
    titles = lines[0].removeprefix("# ").split(",")
    return [dict(zip(titles, line.split(","))) for line in lines[1:] if line]


def keys(rows):
    return [(row["pxname"], row["svname"], row["iid"], row["sid"], row["type"]) for row in rows]


def test_show_stat_has_haproxys_rows(both):
    ours, theirs = stat_rows(both["relevo"]), stat_rows(both["haproxy"])
    assert keys(ours) == keys(theirs)
    assert list(ours[0])[:103] == list(theirs[0])[:103]
    for mine, other in zip(ours, theirs):
        for column in ("slim", "status", "weight", "act", "bck", "qlimit", "mode", "algo", "addr", "uweight"):
            assert mine[column] == other[column], (mine["pxname"], mine["svname"], column)


@pytest.mark.parametrize("options", ["2 1 -1", "3 4 -1", "3 -1 1", "-1 4 -1", "-1 3 0", "9 -1 -1", "no-maint", "up"])
def test_show_stat_chooses_rows_as_haproxy(both, options):
    assert keys(stat_rows(both["relevo"], options)) == keys(stat_rows(both["haproxy"], options))


def test_show_stat_takes_a_name(relevo):
    assert keys(stat_rows(relevo, "be 4 -1")) == keys(stat_rows(relevo, "3 4 -1"))
    assert answer(relevo.admin, "show stat nobody 4 -1") == "No such proxy.\n"


def test_show_stat_typed_has_haproxys_types(both):
    ours, theirs = typed(both["relevo"], "show stat typed"), typed(both["haproxy"], "show stat typed")
    shared = [name for name in ours if name in theirs]
    assert len(shared) > 250
    # What differs: the tags of a backend's rates and of its counts of servers.
    differs = {name.split(".")[4] for name in shared if ours[name][:2] != theirs[name][:2]}
    assert differs <= {"rate", "rate_max", "act", "bck"}, differs
    assert all(name.startswith("B.") or ours[name][:2] == theirs[name][:2] or ".act." in name or ".bck." in name
               for name in shared)


def test_show_stat_json_is_haproxys_shape(both):
    ours = json.loads(answer(both["relevo"].admin, "show stat json"))
    theirs = json.loads(answer(both["haproxy"].admin, "show stat json"))
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs):
        assert mine[0] == other[0]
        assert [field["objType"] for field in mine][:5] == [field["objType"] for field in other][:5]
    json.loads(answer(both["relevo"].admin, "show schema json"))


def test_users_see_no_addresses(relevo):
    rows = [line.split(",") for line in answer(relevo.directory / "user.sock", "show stat").splitlines()]
    assert rows[0][73] == "addr" and not any(row[73] for row in rows[1:] if len(row) > 73)


# ---- sockets, limits, rubbish ----

def test_a_stale_socket_is_replaced(start_relevo, tmp_path):
    path = tmp_path / "stale.sock"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    port = free_port()
    start_relevo(f"global\n stats socket {path} level admin\nlisten x\n bind 127.0.0.1:{port}\n mode tcp\n"
                 " timeout client 1s\n timeout server 1s\n timeout connect 1s\n server s 127.0.0.1:1\n").wait_listens(port)
    wait_socket(path)
    assert answer(path, "show cli level") == "admin\n"


def accepts(path):
    try:
        connect(path).close()
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


def test_a_file_that_is_no_socket_is_left_alone(tmp_path):
    path = tmp_path / "precious"
    path.write_text("kept")
    cfg = (f"global\n stats socket {path}\nlisten x\n bind 127.0.0.1:{free_port()}\n mode tcp\n timeout client 1s\n"
           " timeout server 1s\n timeout connect 1s\n server s 127.0.0.1:1\n")

    program = Program(relevo_binary(), tmp_path / "relevo", cfg, "--control", str(tmp_path / "control"))
    assert program.process.wait(10) != 0
    assert str(path) in program.said() and path.read_text() == "kept"


def test_stats_maxconn_lets_others_wait(start_relevo, tmp_path):
    path, port = tmp_path / "s.sock", free_port()
    start_relevo(f"global\n stats socket {path} level admin\n stats maxconn 2\nlisten x\n bind 127.0.0.1:{port}\n mode tcp\n"
                 " timeout client 1s\n timeout server 1s\n timeout connect 1s\n server s 127.0.0.1:1\n").wait_listens(port)
    wait_socket(path)
    first, second, third = (connect(path) for _ in range(3))
    third.sendall(b"show cli level\n")
    third.settimeout(0.5)
    with pytest.raises(TimeoutError):
        third.recv(100)
    first.close()
    third.settimeout(10)
    assert read_all(third) == b"admin\n\n"
    for sock in (second, third):
        sock.close()


def test_idle_connections_end(start_relevo, tmp_path):
    path, port = tmp_path / "s.sock", free_port()
    start_relevo(f"global\n stats socket {path}\n stats timeout 300ms\nlisten x\n bind 127.0.0.1:{port}\n mode tcp\n"
                 " timeout client 1s\n timeout server 1s\n timeout connect 1s\n server s 127.0.0.1:1\n").wait_listens(port)
    wait_socket(path)
    began = time.monotonic()
    with connect(path) as sock:
        assert read_all(sock) == b""
    assert 0.2 < time.monotonic() - began < 3


@pytest.mark.parametrize("rubbish", [
    b"x" * 20000 + b"\n", b"x" * 20000, b"prompt\n" + b"x" * 20000 + b"\n", b"\x00\x01\xff\n", b";" * 5000 + b"\n",
    b"show stat " * 1600 + b"\n", b"\\\n", b"show stat \\\n", b"show stat -1 99999999999999999999 -1\n", b"<<\n\n",
    b"a <<\n" + b"b\n" * 8000 + b"\n", b"<<\n" + b"c" * 16380], ids=lambda rubbish: repr(rubbish[:12]) + str(len(rubbish)))
def test_rubbish_harms_nobody(relevo, rubbish):
    with connect(relevo.admin) as sock:
        try:
            sock.sendall(rubbish)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        read_all(sock)
    assert answer(relevo.admin, "show cli level") == "admin\n"


def test_a_client_that_does_not_read_holds_nobody_up(relevo):
    with connect(relevo.admin) as lazy:
        lazy.sendall(b"prompt\n" + b"show stat json\n" * 900)
        time.sleep(0.3)
        began = time.monotonic()
        assert answer(relevo.admin, "show cli level") == "admin\n"
        assert time.monotonic() - began < 1


# ---- relevo ctl ----

def ctl(*words, control=None, text=None):
    options = ["--control", str(control)] if control is not None else []
    done = subprocess.run([relevo_binary(), *options, "ctl", *words], input=text, capture_output=True, text=True,
                          timeout=20)
    return done.returncode, done.stdout, done.stderr


def test_relevo_ctl_speaks_with_the_running_relevo(start_relevo, tmp_path):
    path, other, port = tmp_path / "admin.sock", tmp_path / "user.sock", free_port()
    start_relevo(f"global\n stats socket {other} level user\n stats socket {path} level admin\n"
                 f" stats socket ipv4@127.0.0.1:{(tcp := free_port())} level operator\n"
                 f"listen x\n bind 127.0.0.1:{port}\n mode tcp\n timeout client 1s\n timeout server 1s\n"
                 " timeout connect 1s\n server s 127.0.0.1:1\n").wait_listens(port)
    wait_socket(path)
    control = tmp_path / "relevo0" / "control.sock"
    assert ctl("show", "cli", "level", control=control) == (0, "admin\n\n", "")
    assert ctl("-s", str(other), "show cli level") == (0, "user\n\n", "")
    assert ctl("-s", f"127.0.0.1:{tcp}", "show cli level") == (0, "operator\n\n", "")
    assert ctl(control=control, text="show cli level\nget weight x/s\n") == (0, "admin\n\n1 (initial 1)\n\n", "")
    status, _, error = ctl("-s", str(tmp_path / "nobody"), "show info")
    assert status == 1 and "no stats socket answers" in error
    status, _, error = ctl("show info", control=tmp_path / "nobody")
    assert status == 1 and "no relevo answers" in error


# What it is given, and its exit status: the worst of all commands.
STATUSES = [
    (["show version"], 0), (["show", "cli", "level"], 0), (["help nonsense"], 0), (["show env NOBODY"], 2),
    (["get weight be/nobody"], 2), (["show inof"], 3), ([""], 3), ([" ; "], 3),
    (["show cli level;get weight be/nobody;show cli level"], 2),
    (["get weight be/nobody;show inof;show cli level"], 3), (["show inof;get weight be/nobody"], 3),
    (["show cli level;quit;show inof"], 0), (["set server be/s1 addr 300.1.1.1"], 2),
    (["set server be/s1 addr 127.0.0.1 port x"], 2), (["set server be/s1 addr 127.0.0.1"], 0),
    (["set server be/s1 state ready"], 0), (["set server be/s1 state silly"], 2), (["show sess 0x1"], 2), (["show sess"], 0),
    (["show errors nobody"], 2), (["show map nobody"], 2), (["user;show env"], 2),
    (["debug dev"], 3), (["expert-mode on;experimental-mode on;expert-mode"], 0), (["show cli level " + "x" * 20000], 1)]


@pytest.mark.parametrize("words,status", STATUSES, ids=lambda value: str(value)[:40])
def test_relevo_ctl_ends_with_what_became_of_its_commands(relevo, words, status):
    ended, said, error = ctl("-s", str(relevo.admin), *words)
    assert (ended, error) == (status, "")
    if len(words[0]) < 1000:
        assert said == ask(relevo.admin, " ".join(words))


@pytest.mark.parametrize("text,status", [
    ("show cli level\nshow cli level\n", 0), ("show cli level\nshow inof\n", 3), ("show cli level", 0),
    ("prompt\nshow cli level\nget weight be/x\nquit\n", 2), ("add map x <<\na b\n", 2), ("", 0),
    ("show cli level <<\na\n\nshow cli level\n", 0), ("show stat\n" * 300, 0)], ids=lambda value: repr(value)[:40])
def test_relevo_ctl_ends_so_with_lines_of_standard_input_too(relevo, text, status):
    ended, said, error = ctl("-s", str(relevo.admin), text=text)
    assert (ended, error) == (status, "")
    if text.endswith("\n"):
        with connect(relevo.admin) as sock:
            sock.sendall(text.encode())
            sock.shutdown(socket.SHUT_WR)
            told = read_all(sock).decode()
        if not text.startswith("show stat"):
            assert said == told
        assert said.count("\n\n") == told.count("\n\n")


def test_relevo_ctl_speaks_with_haproxy(both):
    haproxy = both["haproxy"].admin
    assert ctl("-s", str(haproxy), "show cli level") == (0, "admin\n\n", "")
    assert ctl("-s", str(haproxy), "get weight be/nobody") == (0, ask(haproxy, "get weight be/nobody"), "")


def was_left(process, path):
    """It has a connected socket, and the other end, which has the name that was bound, is no more."""
    try:
        links = {os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{process.pid}/fd")}
    except FileNotFoundError:
        return False  # it opens and closes what it starts with
    connecting, connected = "02", "03"
    sockets = [line.split() for line in pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]]
    return (any(f"socket:[{words[6]}]" in links and words[5] == connected for words in sockets) and
            not any(words[-1].startswith(str(path)) and words[5] in (connecting, connected) for words in sockets))


def test_relevo_ctl_ends_with_1_when_the_connection_breaks(start_relevo, tmp_path):
    path, port = tmp_path / "s.sock", free_port()
    start_relevo(f"global\n stats socket {path} level admin\n stats timeout 300ms\nlisten x\n bind 127.0.0.1:{port}\n"
                 " mode tcp\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n server s 127.0.0.1:1\n"
                 ).wait_listens(port)
    wait_socket(path)
    ctl_process = subprocess.Popen([relevo_binary(), "ctl", "-s", str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
    wait_for("its connection to be closed", 20, lambda: was_left(ctl_process, path))
    ctl_process.communicate(b"show cli level\n", timeout=20)
    assert ctl_process.returncode == 1


def test_relevo_ctl_says_when_there_is_no_socket(start_relevo, tmp_path):
    port = free_port()
    start_relevo(f"listen x\n bind 127.0.0.1:{port}\n mode tcp\n timeout client 1s\n timeout server 1s\n"
                 " timeout connect 1s\n server s 127.0.0.1:1\n").wait_listens(port)
    status, _, error = ctl("show info", control=tmp_path / "relevo0" / "control.sock")
    assert status == 1 and "there is no 'stats socket'" in error


# ---- variables ----

@pytest.mark.parametrize("line", [
    "get var", "get var proc.y", "get var txn.x", "get var foo", "set var proc.z int(3)",
    "experimental-mode on;set var proc.z int(3);get var proc.z", "get var proc.z",
    "experimental-mode on;set var proc.z expr int(-4);get var proc.z",
    "experimental-mode on;set var proc.z fmt a%[int(4)]b;get var proc.z",
    "experimental-mode on;set var proc.z str(abc),upper;get var proc.z",
    "experimental-mode on;set var proc.z bool(true);get var proc.z",
    "experimental-mode on;set var proc.z ipv4(10.1.2.3);get var proc.z",
    "experimental-mode on;set var proc.z ipv6(::1);get var proc.z",
    "experimental-mode on;set var txn.z int(3)", "user;get var proc.z", "operator;get var proc.z",
    "experimental-mode on;set severity-output number;set var proc.n int(1);get var proc.n"])
def test_variables_are_haproxys(both, line):
    assert ask(both["relevo"].admin, line) == ask(both["haproxy"].admin, line)


@pytest.mark.parametrize("expression", ["foo", "src", "nbsrv(be)", "int(x)", "req.hdr(a)", "str(a),nothing", "map(/etc/passwd)",
                                        "str(x),map(/etc/passwd)", "fmt %[src]", "fmt %ci", "expr", "var(proc.nobody)"])
def test_expressions_that_cannot_be_are_refused(relevo, expression):
    said = ask(relevo.admin, f"experimental-mode on;set var proc.bad {expression};get var proc.bad")
    assert said.endswith("Variable not found.\n\n") and len(said) > 25, said


# ---- threads, sockets handed over ----

def test_threads_tell_what_they_do(relevo):
    activity = dict(line.split(": ", 1) for line in answer(relevo.admin, "show activity").splitlines())
    assert activity["thread_id"] == "1 (1..2)"
    total, _, shares = activity["loops"].partition(" [")
    assert int(total) == sum(int(share) for share in shares.strip(" ]").split()) > 0
    threads = answer(relevo.admin, "show threads").splitlines()
    assert len(threads) == 2 and all(line.endswith("stuck=0") for line in threads)
    pools = answer(relevo.admin, "show pools")
    assert pools.startswith("Dumping pools usage.\n") and pools.count("Pool stream ") == 2


def test_a_hung_thread_does_not_hang_the_runtime_api(start_relevo, tmp_path):
    """The second thread is stopped by ptrace: what it would say is left out, in time."""
    path, port = tmp_path / "admin.sock", free_port()
    relevo = start_relevo(f"global\n stats socket {path} level admin\n nbthread 2\nlisten x\n bind 127.0.0.1:{port}\n"
                          " mode tcp\n timeout client 1s\n timeout server 1s\n timeout connect 1s\n"
                          " server s 127.0.0.1:1\n").wait_listens(port)
    wait_socket(path)
    pid = int(info_of(path)["Pid"])
    thread = max(int(task) for task in os.listdir(f"/proc/{pid}/task"))  # the youngest: TSan has one before it
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    seize, interrupt, detach = 0x4206, 0x4207, 17
    assert libc.ptrace(seize, thread, None, None) == 0, os.strerror(ctypes.get_errno())
    try:
        assert libc.ptrace(interrupt, thread, None, None) == 0
        os.waitpid(thread, 0x40000000)
        began = time.monotonic()
        assert "# thread 2 does not answer" in answer(path, "show sess")
        assert 1 < time.monotonic() - began < 6
        assert answer(path, "show cli level") == "admin\n"
        assert "stuck=1" in answer(path, "show threads")
    finally:
        libc.ptrace(detach, thread, None, None)
    wait_for("both threads", 5, lambda: "does not answer" not in answer(path, "show sess"))
    assert relevo.process.poll() is None


def info_of(path):
    return dict(line.split(": ", 1) for line in answer(path, "show info").splitlines())


def test_haproxy_takes_the_sockets_over(relevo, tmp_path):
    """HAProxy's -x asks for them, and then listens where relevo does."""
    cfg = (f"global\n stats socket {tmp_path}/new.sock level admin\ndefaults\n mode http\n timeout client 1s\n"
           " timeout server 1s\n timeout connect 1s\nfrontend fe\n"
           f" bind 127.0.0.1:{relevo.ports.web}\n http-request return status 200\n")
    taken = Program(haproxy_binary(), tmp_path / "haproxy", cfg, "-x", str(relevo.admin))
    try:
        wait_socket(tmp_path / "new.sock")
        wait_for("HAProxy", 10, lambda: "fe,FRONTEND" in answer(tmp_path / "new.sock", "show stat"))
        assert "cannot" not in taken.said().lower(), taken.said()
        inode = socket_inodes(taken.process.pid, relevo.ports.web)
        assert inode and inode <= socket_inodes(int(info(relevo)["Pid"]), relevo.ports.web)
    finally:
        taken.stop()
    assert answer(relevo.admin, "show cli level") == "admin\n"


def socket_inodes(pid, port):
    """Of the process's sockets, those that listen on that port."""
    listening = {fields[9] for fields in map(str.split, pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:])
                 if fields[3] == "0A" and int(fields[1].split(":")[1], 16) == port}
    open_ones = set()
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            open_ones.add(os.readlink(link))
        except OSError:
            continue
    return {inode for inode in listening if f"socket:[{inode}]" in open_ones}


def test_sockets_are_not_handed_to_others(relevo):
    assert ask(relevo.directory / "operator.sock", "_getsocks") == "Permission denied\n\n"
