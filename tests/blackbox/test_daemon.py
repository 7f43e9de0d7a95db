"""The program as an operator starts, watches and stops it: command line, processes, privileges, signals."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from lab.local import free_port

RELEVO = os.path.abspath(os.environ.get("RELEVO", pathlib.Path(__file__).parents[2] / "build" / "relevo"))
SANITIZED = "RELEVO_SANITIZED" in os.environ
START_TIMEOUT = 20


def run(*args, argv0=None, **kwargs):
    return subprocess.run([argv0 or RELEVO, *map(str, args)], capture_output=True, text=True, timeout=30, **kwargs)


def wait_until(condition, timeout=START_TIMEOUT):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError("timed out waiting for " + getattr(condition, "__name__", "a condition"))


def children(pid):
    """{title: pid} of the children of a process, by what ps shows."""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                title = (stat.parent / "cmdline").read_bytes().split(b"\0")[0].decode()
                found[title] = int(stat.parent.name)
        except (OSError, IndexError):
            continue
    return found


class EchoServer:
    """Answers each connection with what it sent, until the client has finished."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.echo, args=(connection,), daemon=True).start()

    @staticmethod
    def echo(connection):
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                pass

    def close(self):
        self.listener.close()


class Relevo:
    """A running relevo in the foreground."""

    def __init__(self, tmp_path, config, *args, prefix=(), env=None):
        self.file = tmp_path / "haproxy.cfg"
        self.file.write_text(config)
        self.control = tmp_path / "control.sock"
        self.stderr = open(tmp_path / "stderr", "w+")
        self.process = subprocess.Popen(
            [*prefix, RELEVO, "-db", "-f", str(self.file), "--control", str(self.control), *map(str, args)],
            stderr=self.stderr, env=env)

    def said(self):
        self.stderr.flush()
        return pathlib.Path(self.stderr.name).read_text()

    def child(self, name):
        return children(self.process.pid).get(f"relevo: {name}")

    def ready(self, port):
        def serves():
            assert self.process.poll() is None, f"ended at start: {self.said()}"
            return answers(port)
        wait_until(serves)
        return self

    def stop(self, sig=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def answers(port, data=b"ping"):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
            s.sendall(data)
            return s.recv(100) == data
    except OSError:
        return False


@pytest.fixture
def echo():
    server = EchoServer()
    yield server
    server.close()


@pytest.fixture
def tcp(tmp_path, echo):
    """A config text and its port; started relevos are stopped at the end."""
    started = []

    class Maker:
        port = free_port()
        config = f"""global
    nbthread 2
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen echo
    bind 127.0.0.1:{port}
    server s1 127.0.0.1:{echo.port}
"""

        def start(self, *args, config=None, wait=True, **kwargs):
            relevo = Relevo(tmp_path, config or self.config, *args, **kwargs)
            started.append(relevo)
            return relevo.ready(self.port) if wait else relevo

    yield Maker()
    for relevo in started:
        if relevo.process.poll() is None:
            assert relevo.stop() == 0, relevo.said()
        assert "Sanitizer" not in relevo.said()


def test_version_help_and_reference():
    assert run("-v").stdout.startswith("relevo version 0.5")
    assert "seccomp" in run("-vv").stdout
    assert "-k, --keepalived" in run("-h").stdout
    reference = run("reference").stdout
    for word in ("timeout client", "balance", "virtual_router_id", "--control"):
        assert word in reference


def test_command_line_errors_name_the_word():
    assert "no configuration" in run().stderr
    result = run("--controll", "x")
    assert result.returncode == 1 and "did you mean '--control'" in result.stderr
    result = run("-f", "x.cfg", "-de")
    assert result.returncode == 1 and "'-de' is refused: Events come by epoll alone." in result.stderr


def test_missing_file(tmp_path):
    result = run("-c", "-f", tmp_path / "none.cfg")
    assert result.returncode == 1 and "none.cfg" in result.stderr and "No such file" in result.stderr
    result = run("-c", "-k", tmp_path / "none.conf")
    assert result.returncode == 1 and "none.conf" in result.stderr


def test_check_says_everything_that_is_wrong_in_both_files(tmp_path):
    (tmp_path / "h.cfg").write_text("listen x\n  bind :80\n  balance leastcon\n  mode tpc\n")
    (tmp_path / "k.conf").write_text("vrrp_instance V {\n  interface lo\n  virtual_router_id 900\n  priorty 3\n}\n")
    result = run("-c", "-f", "h.cfg", "-k", "k.conf", cwd=tmp_path)
    assert result.returncode == 1
    for expected in ("h.cfg:3:11: error", "did you mean 'leastconn'", "h.cfg:4:8: error", "k.conf:3:21: error",
                     "k.conf:4:3: error", "did you mean 'priority'"):
        assert expected in result.stderr


def test_check_of_a_good_file(tcp, tmp_path):
    (tmp_path / "good.cfg").write_text(tcp.config)
    result = run("-c", "-f", tmp_path / "good.cfg")
    assert result.returncode == 0 and "valid" in result.stdout
    assert run("-c", "-q", "-f", tmp_path / "good.cfg").stdout == ""
    link = tmp_path / "haproxy"
    link.symlink_to(RELEVO)
    assert run("-c", "-f", tmp_path / "good.cfg", argv0=str(link)).returncode == 0
    link = tmp_path / "keepalived"
    link.symlink_to(RELEVO)
    result = run("-t", "-f", tmp_path / "good.cfg", argv0=str(link))
    assert result.returncode == 3 and "good.cfg:1" in result.stderr


def test_warnings_are_fatal_on_demand(tmp_path):
    (tmp_path / "old.cfg").write_text("listen x 127.0.0.1:81\n  mode tcp\n  clitimeout 5000\n  srvtimeout 5000\n"
                                      "  contimeout 5000\n  server a 127.0.0.1:82\n")
    result = run("-c", "-f", tmp_path / "old.cfg")
    assert result.returncode == 0 and "timeout client" in result.stderr
    assert run("-c", "-dW", "-f", tmp_path / "old.cfg").returncode == 1


def test_serves_under_its_names_and_stops(tcp):
    relevo = tcp.start()
    proxy = relevo.child("proxy")
    assert proxy
    assert pathlib.Path(f"/proc/{proxy}/comm").read_text() == "haproxy\n"
    assert pathlib.Path(f"/proc/{relevo.process.pid}/comm").read_text() == "relevo\n"
    assert set(children(relevo.process.pid)) == {"relevo: proxy"}
    assert relevo.stop() == 0
    assert not answers(tcp.port)
    assert not relevo.control.exists()


def test_background_and_pidfile(tcp, tmp_path):
    file, pidfile = tmp_path / "bg.cfg", tmp_path / "relevo.pid"
    file.write_text(tcp.config)
    result = run("-D", "-f", file, "-p", pidfile, "--control", tmp_path / "c.sock")
    assert result.returncode == 0, result.stderr
    pid = int(pidfile.read_text())
    try:
        assert answers(tcp.port), "it returned before it served"
        assert "relevo: proxy" in children(pid)
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists())


def test_background_start_that_fails_says_so(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "x.cfg").write_text(f"listen x\n mode tcp\n bind 127.0.0.1:{port}\n server s 127.0.0.1:1\n")
        result = run("-D", "-f", tmp_path / "x.cfg")
    assert result.returncode == 1
    assert f"cannot bind 127.0.0.1:{port}" in result.stderr and "x.cfg:3" in result.stderr


def test_unknown_user(tmp_path):
    (tmp_path / "x.cfg").write_text("global\n user nobody-knows\nlisten x\n mode tcp\n bind 127.0.0.1:0\n")
    result = run("-f", tmp_path / "x.cfg", "-db")
    assert result.returncode == 1 and "nobody-knows" in result.stderr


def test_the_proxy_keeps_no_privilege(tcp, tmp_path):
    (tmp_path / "jail").mkdir()
    config = tcp.config.replace("global\n", f"global\n    user nobody\n    group nogroup\n    chroot {tmp_path}/jail\n")
    for parent in [tmp_path, *tmp_path.parents]:
        if parent.stat().st_uid == os.geteuid() and parent != pathlib.Path("/"):
            parent.chmod(0o755)
    relevo = tcp.start(config=config)
    proxy = relevo.child("proxy")
    status = dict(line.split(":\t", 1) for line in
                  pathlib.Path(f"/proc/{proxy}/status").read_text().splitlines() if ":\t" in line)
    nobody = pwd.getpwnam("nobody").pw_uid
    assert status["Uid"].split() == [str(nobody)] * 4
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if capabilities != "CapBnd":
            assert int(status[capabilities], 16) == 0, capabilities
    assert status["NoNewPrivs"] == "1"
    if not SANITIZED:
        assert status["Seccomp"] == "2"
    assert os.readlink(f"/proc/{proxy}/root") == f"{tmp_path}/jail"


def test_a_killed_proxy_is_back_and_nobody_is_refused(tcp):
    relevo = tcp.start()
    failures, successes, done = [], [], threading.Event()

    def client():
        while not done.is_set():
            start = time.monotonic()
            try:
                with socket.create_connection(("127.0.0.1", tcp.port), timeout=10) as s:
                    s.sendall(b"x")
                    if s.recv(1) == b"x":
                        successes.append((start, time.monotonic()))
                        continue
                    failures.append("closed")
            except ConnectionRefusedError:
                failures.append("refused")
            except OSError as error:
                failures.append(type(error).__name__)

    thread = threading.Thread(target=client)
    thread.start()
    for _ in range(3):
        wait_until(lambda: len(successes) > 20)
        successes.clear()
        first = relevo.child("proxy")
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: relevo.child("proxy") not in (None, first))
        time.sleep(1.1)  # a life shorter than a second delays the next
    done.set()
    thread.join()
    assert "refused" not in failures
    assert len(failures) <= 3, failures  # the connection that was open at each kill
    why = run("why", "--control", relevo.control).stdout
    assert why.count("the proxy process died (signal 9, Killed); started again at once") == 3


def test_children_end_with_their_parent(tcp):
    relevo = tcp.start()
    proxy = relevo.child("proxy")
    relevo.process.kill()
    relevo.process.wait()
    wait_until(lambda: not pathlib.Path(f"/proc/{proxy}").exists())


def test_soft_stop_lets_streams_finish(tcp):
    relevo = tcp.start()
    with socket.create_connection(("127.0.0.1", tcp.port)) as s:
        s.sendall(b"a")
        assert s.recv(1) == b"a"
        relevo.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: not answers(tcp.port))
        s.sendall(b"b")
        assert s.recv(1) == b"b"
        assert relevo.process.poll() is None
    assert relevo.process.wait(10) == 0


def test_tells_systemd_when_it_is_ready(tcp, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(path))
        s.settimeout(START_TIMEOUT)
        relevo = tcp.start("-Ws", wait=False, env=dict(os.environ, NOTIFY_SOCKET=str(path)))
        assert s.recv(100) == b"READY=1"
        assert answers(tcp.port)
        relevo.stop()
        assert s.recv(100) == b"STOPPING=1"


def test_who_does_not_read_its_notices_stops_nothing(tcp, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        s.bind(str(path))
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                other.sendto(b"full", str(path))
        relevo = tcp.start("-Ws", wait=False, env=dict(os.environ, NOTIFY_SOCKET=str(path)))
        wait_until(lambda: answers(tcp.port))
        relevo.process.send_signal(signal.SIGTERM)
        assert relevo.process.wait(START_TIMEOUT) in (0, 143)


def test_a_low_descriptor_limit_is_a_warning_that_says_what_it_allows(tcp):
    assert shutil.which("setpriv") and shutil.which("prlimit")
    config = tcp.config.replace("global\n", "global\n    maxconn 20000\n")
    relevo = tcp.start(config=config, prefix=("prlimit", "--nofile=500:500", "setpriv",
                                              "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"))
    assert "maxconn 20000 needs" in relevo.said()
    assert "the limit of 500 allows" in relevo.said()


def test_why_without_a_relevo(tmp_path):
    result = run("why", "--control", tmp_path / "none.sock")
    assert result.returncode == 1 and "no relevo answers" in result.stderr


def test_two_relevos_do_not_share_a_port_or_a_control_socket(tcp, tmp_path):
    relevo = tcp.start()
    result = run("-db", "-f", relevo.file, "--control", relevo.control)
    assert result.returncode == 1 and "Address already in use" in result.stderr
    assert answers(tcp.port)


def test_peer_file(tmp_path):
    """relevo -c --peer: the same virtual router in both files, and what must be alike."""
    one = ("vrrp_instance VI_1 {\n interface lo\n virtual_router_id 51\n priority 101\n advert_int 1\n"
           " virtual_ipaddress {\n  10.1.1.80\n }\n}\n")
    ours, theirs = tmp_path / "ours.conf", tmp_path / "theirs.conf"
    ours.write_text(one)

    def compare(text):
        theirs.write_text(text)
        return subprocess.run([RELEVO, "-c", "-k", str(ours), "--peer", str(theirs)], capture_output=True, text=True)

    same = compare(one.replace("VI_1", "VI_X").replace("priority 101", "priority 100"))
    assert same.returncode == 0 and "Both files agree" in same.stdout
    assert "with 'nopreempt'" in same.stdout
    other = compare(one.replace("10.1.1.80", "10.1.1.81").replace("advert_int 1", "advert_int 2"))
    assert other.returncode == 1
    assert "VI_1: advert_int differs: 1.00 here, 2.00 there" in other.stderr
    assert "VI_1: virtual_ipaddress differs: 10.1.1.80/32 here, 10.1.1.81/32 there" in other.stderr
    alone = compare(one.replace("virtual_router_id 51", "virtual_router_id 52"))
    assert alone.returncode == 1 and "there is no virtual_router_id 51 of this family in the other file" in alone.stderr
    bad = compare(one.replace("priority 101", "priority x"))
    assert bad.returncode == 1 and "theirs.conf:4:11: error" in bad.stderr


def test_cpu_map(tmp_path):
    """Each thread runs on the CPUs that it is given; without a line for it on any."""
    cpus = sorted(os.sched_getaffinity(0))[:2]
    port = free_port()
    cfg = tmp_path / "c.cfg"
    cfg.write_text(f"global\n nbthread 3\n cpu-map 1/1 {cpus[0]}\n cpu-map 1/2 {cpus[-1]}\n"
                   f"listen a\n mode tcp\n bind 127.0.0.1:{port}\n timeout client 1s\n timeout server 1s\n"
                   " timeout connect 1s\n server s 127.0.0.1:1\n")
    process = subprocess.Popen([RELEVO, "-db", "-f", str(cfg), "--control", str(tmp_path / "control")])
    try:
        proxy = wait_until(lambda: children(process.pid).get("relevo: proxy"))
        want = [[cpus[0]], [cpus[-1]], sorted(os.sched_getaffinity(0))]  # a sanitizer may add a task of its own

        def found():
            masks = [sorted(os.sched_getaffinity(int(task))) for task in os.listdir(f"/proc/{proxy}/task")]
            return len(masks) >= 3 and all(mask in masks for mask in want)
        wait_until(found)
    finally:
        process.terminate()
        process.wait(10)
