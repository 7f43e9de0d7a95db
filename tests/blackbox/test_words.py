# SPDX-License-Identifier: Apache-2.0
"""Words of bind and server lines: what servers and clients see of them, beside HAProxy's where it knows the word."""
import contextlib
import os
import socket
import struct
import subprocess

import pytest

from lab import namespaces
from lab.local import free_port
from lab.wait import until
from programs import haproxy_binary
from test_daemon import RELEVO

TIMES = """defaults
    timeout client 5s
    timeout server 5s
    timeout connect 2s
"""
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


@contextlib.contextmanager
def proxy(binary, directory, text, port=None):
    cfg = directory / "words.cfg"
    cfg.write_text(text)
    extra = ["--control", str(directory / "control")] if binary == RELEVO else []
    with open(directory / "said", "w") as said:
        process = subprocess.Popen([binary, "-db", "-f", str(cfg), *extra], stderr=said, stdout=said)
    try:
        if port is not None:
            wait_listens([], port, directory)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_listens(namespace, port, directory, address="127.0.0.1"):
    """Without a connection, which servers would see."""
    def listens():
        return f"{address}:{port} " in subprocess.run([*namespace, "ss", "-Hltn"], capture_output=True, text=True,
                                                      check=True).stdout
    until(listens, 20, f"something listens on {port}", (directory / "said").read_text)


def both():
    return pytest.mark.parametrize("binary", [RELEVO, pytest.param(haproxy_binary(), marks=pytest.mark.reference)],
                                   ids=["relevo", "haproxy"])


@contextlib.contextmanager
def listening(address=("127.0.0.1", 0)):
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(address)
        server.listen(16)
        server.settimeout(10)
        yield server


def receive(peer, count):
    data = b""
    while len(data) < count:
        more = peer.recv(count - len(data))
        if not more:
            break
        data += more
    return data


def curl(port, *args):
    done = subprocess.run(["curl", "-s", "-m", "5", *args, f"http://127.0.0.1:{port}/"], capture_output=True, text=True,
                          check=True)
    return done.stdout


# ---- bind ----

@both()
def test_an_address_of_some_threads(binary, tmp_path):
    first, second, all_of_them = free_port(), free_port(), free_port()
    text = f"""global
    nbthread 3
{TIMES}
frontend f
    mode http
    bind 127.0.0.1:{first} thread 2
    bind 127.0.0.1:{second} thread 1 thread 3
    bind 127.0.0.1:{all_of_them} thread all shards by-thread
    http-request return status 200 content-type text/plain lf-string "%[thread]"
"""
    with proxy(binary, tmp_path, text, first):
        assert {curl(first) for _ in range(20)} == {"1"}
        served = {curl(second) for _ in range(40)}
        assert served <= {"0", "2"}
        assert {curl(all_of_them) for _ in range(10)} <= {"0", "1", "2"}


def test_threads_beyond_the_last_begin_at_the_first(tmp_path):
    port = free_port()
    text = f"""global
    nbthread 2
{TIMES}
frontend f
    mode http
    bind 127.0.0.1:{port} thread 4
    http-request return status 200 content-type text/plain lf-string "%[thread]"
"""
    with proxy(RELEVO, tmp_path, text, port):
        assert {curl(port) for _ in range(10)} == {"1"}


# ---- PROXY protocol ----

def tlv(kind, value):
    return struct.pack(">BH", kind, len(value)) + value


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def told(peer):
    """What a PROXY header of version 2 says: its command, addresses and TLVs, the checksum verified."""
    head = receive(peer, 16)
    assert head[:12] == SIGNATURE
    rest = receive(peer, struct.unpack(">H", head[14:])[0])
    size = {0: 0, 1: 12}[head[13] >> 4]
    tlvs, at = [], size
    while at < len(rest):
        length = struct.unpack(">H", rest[at + 1:at + 3])[0]
        value = rest[at + 3:at + 3 + length]
        if rest[at] == 3:
            zeroed = head + rest[:at + 3] + bytes(4) + rest[at + 7:]
            value = struct.unpack(">I", value)[0] == crc32c(zeroed)
        tlvs.append((rest[at], value))
        at += 3 + length
    return head[12], rest[:size], tlvs


def introduced(binary, directory, mode, options):
    """The header that a server gets for a client whose own header has names."""
    addresses = bytes([192, 0, 2, 9, 192, 0, 2, 1]) + struct.pack(">HH", 1000, 80)
    body = addresses + tlv(2, b"host.example") + tlv(5, b"theirs")
    with listening() as server:
        port = free_port()
        text = f"""{TIMES}
frontend f
    mode {mode}
    bind 127.0.0.1:{port} accept-proxy
    unique-id-format id-%ci-%cp
    default_backend b
backend b
    mode {mode}
    server s 127.0.0.1:{server.getsockname()[1]} {options}
"""
        with proxy(binary, directory, text, port), socket.create_connection(("127.0.0.1", port), 5) as client:
            client.sendall(SIGNATURE + bytes([0x21, 0x11]) + struct.pack(">H", len(body)) + body +
                           b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            peer = server.accept()[0]
            peer.settimeout(5)
            with peer:
                header = told(peer)
                assert receive(peer, 5) == b"GET /"
                return header


OPTIONS = ["crc32c", "unique-id", "authority", "crc32c,unique-id,authority"]


@both()
@pytest.mark.parametrize("mode", ["tcp", "http"])
@pytest.mark.parametrize("options", OPTIONS)
def test_what_a_header_says_besides_addresses(binary, tmp_path, mode, options):
    command, addresses, tlvs = introduced(binary, tmp_path, mode, f"send-proxy-v2 proxy-v2-options {options}")
    said = {"crc32c": (3, True), "authority": (2, b"host.example"), "unique-id": (5, b"id-192.0.2.9-1000")}
    assert command == 0x21
    assert addresses == bytes([192, 0, 2, 9, 192, 0, 2, 1]) + struct.pack(">HH", 1000, 80)
    assert tlvs == [said[name] for name in ("crc32c", "authority", "unique-id") if name in options.split(",")]


@both()
@pytest.mark.parametrize("words,command,family", [("", 0x20, 0), ("pp2-never-send-local", 0x21, 1)])
def test_what_a_check_says_of_itself(binary, tmp_path, words, command, family):
    with listening() as server:
        text = f"""global
    {words}
{TIMES}
listen b
    mode tcp
    bind 127.0.0.1:{free_port()}
    server s 127.0.0.1:{server.getsockname()[1]} check send-proxy-v2 proxy-v2-options crc32c
"""
        with proxy(binary, tmp_path, text):
            peer, address = server.accept()
            with peer:
                said = told(peer)
            assert said[0] == command and said[2] == [(3, True)]
            if family:
                assert said[1] == socket.inet_aton(address[0]) + socket.inet_aton("127.0.0.1") + struct.pack(
                    ">HH", address[1], server.getsockname()[1])


# ---- where connections come from ----

@both()
def test_a_range_of_source_ports(binary, tmp_path):
    port = free_port()
    ports = sorted(free_port() for _ in range(3))
    low, high = ports[0], ports[2]
    with listening() as server:
        text = f"""{TIMES}
listen b
    mode tcp
    bind 127.0.0.1:{port}
    server s 127.0.0.1:{server.getsockname()[1]} source 127.0.0.1:{low}-{high}
"""
        with proxy(binary, tmp_path, text, port), contextlib.ExitStack() as open_ones:
            seen = set()
            for _ in range(3):
                client = open_ones.enter_context(socket.create_connection(("127.0.0.1", port), 5))
                client.sendall(b"x")
                peer, address = server.accept()
                open_ones.enter_context(peer)
                seen.add(address[1])
            assert len(seen) == 3 and low <= min(seen) and max(seen) <= high


@pytest.fixture
def networks():
    """Of the proxy with its server, and of its clients: 198.51.100.2 to .4. What the server answers to them goes to the
    proxy first, as where the proxy is its gateway."""
    def run(*words):
        subprocess.run(words, check=True, capture_output=True)
    fds = [namespaces.new_network() for _ in range(2)]
    here, there = (f"/proc/{os.getpid()}/fd/{fd}" for fd in fds)
    inside, outside = (["nsenter", f"--net={network}", "--"] for network in (here, there))
    try:
        run(*inside, "ip", "link", "add", "w0", "type", "veth", "peer", "name", "w0", "netns", there)
        for prefix, last in ((inside, [1]), (outside, [2, 3, 4])):
            for number in last:
                run(*prefix, "ip", "address", "add", f"198.51.100.{number}/24", "dev", "w0")
            run(*prefix, "ip", "link", "set", "w0", "up")
            run(*prefix, "ip", "link", "set", "lo", "up")
        run(*inside, "ip", "rule", "add", "from", "127.0.0.1", "lookup", "100")
        run(*inside, "ip", "route", "add", "local", "198.51.100.0/24", "dev", "lo", "table", "100")
        run(*inside, "sysctl", "-qw", "net.ipv4.tcp_fastopen=3")
        yield inside, outside
    finally:
        for fd in fds:
            os.close(fd)


PEER = """
import socket, sys, threading
server = socket.create_server(("127.0.0.1", 8002))
if "tfo" in sys.argv:
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
print("listens", flush=True)
def serve(peer, body):
    while peer.recv(4000):
        peer.sendall(("HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body)).encode())
    peer.close()
while True:
    peer, address = server.accept()
    threading.Thread(target=serve, args=(peer, "%s %d" % address), daemon=True).start()
"""
ASKS = """
import socket, sys
client = socket.socket()
client.settimeout(5)
client.bind((sys.argv[1], 0))
client.connect(("198.51.100.1", 8001))
said = []
for header in sys.argv[2:]:
    client.sendall(("GET / HTTP/1.1\\r\\nHost: a\\r\\n%s\\r\\n" % (header + "\\r\\n" if header else "")).encode())
    said.append(client.recv(4000).decode().split("\\r\\n\\r\\n")[1])
print(client.getsockname()[1], *said, sep="\\n")
"""


@contextlib.contextmanager
def inside(namespace, directory, binary, server, *peer_words, mode="http", backend=""):
    text = f"""{TIMES}
listen b
    mode {mode}
    bind 198.51.100.1:8001
    {backend}
    server s 127.0.0.1:8002 {server}
"""
    (directory / "words.cfg").write_text(text)
    extra = ["--control", str(directory / "control")] if binary == RELEVO else []
    peer = subprocess.Popen([*namespace, "python3", "-c", PEER, *peer_words], stdout=subprocess.PIPE)
    assert peer.stdout.readline() == b"listens\n"
    with open(directory / "said", "w") as said:
        process = subprocess.Popen([*namespace, binary, "-db", "-f", str(directory / "words.cfg"), *extra], stderr=said,
                                   stdout=said)
    try:
        wait_listens(namespace, 8001, directory, "198.51.100.1")
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)
        peer.kill()
        peer.wait()
        peer.stdout.close()


def ask(namespace, source, *headers):
    done = subprocess.run([*namespace, "python3", "-c", ASKS, source, *headers], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 0, done.stderr
    port, *said = done.stdout.split("\n")[:-1]
    return int(port), [line.split(" ") for line in said]


@both()
def test_servers_see_the_clients_address_and_port(binary, tmp_path, networks):
    with inside(networks[0], tmp_path, binary, "source 127.0.0.1 usesrc client"):
        port, said = ask(networks[1], "198.51.100.2", "", "")
        assert said == [["198.51.100.2", str(port)]] * 2


@both()
@pytest.mark.parametrize("where", ["server", "backend"])
def test_servers_see_the_clients_address(binary, tmp_path, networks, where):
    words = "source 127.0.0.1 usesrc clientip"
    with inside(networks[0], tmp_path, binary, words if where == "server" else "",
                backend=words if where == "backend" else "http-reuse always"):
        for source in ("198.51.100.3", "198.51.100.4", "198.51.100.3"):
            assert ask(networks[1], source, "")[1][0][0] == source


@both()
def test_servers_see_the_address_of_a_header(binary, tmp_path, networks):
    with inside(networks[0], tmp_path, binary, "source 127.0.0.3 usesrc hdr_ip(X-Forwarded-For)", backend="http-reuse always"):
        _, said = ask(networks[1], "198.51.100.2", "X-Forwarded-For: 198.51.100.61, 198.51.100.62",
                      "X-Forwarded-For: 198.51.100.69")
        assert [address for address, _ in said] == ["198.51.100.62", "198.51.100.69"]


@both()
def test_servers_see_an_address_of_somebody_else(binary, tmp_path, networks):
    with inside(networks[0], tmp_path, binary, "source 127.0.0.1 usesrc 198.51.100.77"):
        assert ask(networks[1], "198.51.100.2", "")[1][0][0] == "198.51.100.77"


def fast_opens(namespace):
    text = subprocess.run([*namespace, "cat", "/proc/net/netstat"], capture_output=True, text=True, check=True).stdout
    names, values = [line.split() for line in text.splitlines() if line.startswith("TcpExt:")]
    return int(values[names.index("TCPFastOpenActive")])


def test_requests_go_with_the_first_packet(tmp_path, networks):
    with inside(networks[0], tmp_path, RELEVO, "tfo", "tfo", backend="http-reuse never"):
        for _ in range(3):
            assert ask(networks[1], "198.51.100.2", "")[1][0][0] == "127.0.0.1"
        assert fast_opens(networks[0]) >= 2


def test_nobody_waits_who_wants_to_hear_first(tmp_path, networks):
    """In mode tcp without bytes of the client there is nothing to send with the first packet."""
    with inside(networks[0], tmp_path, RELEVO, "tfo", "tfo", mode="tcp"):
        for _ in range(3):
            assert ask(networks[1], "198.51.100.2", "")[1][0][0] == "127.0.0.1"


def told_at_run_time(directory, file_words, added):
    """What `add server` answers in a backend whose server in the file has `file_words`."""
    path, port = directory / "cli.sock", free_port()
    text = f"""global
    stats socket {path} level admin
{TIMES}
listen b
    mode http
    bind 127.0.0.1:{port}
    server s 127.0.0.1:1 {file_words}
"""
    with proxy(RELEVO, directory, text, port), socket.socket(socket.AF_UNIX) as user:
        user.settimeout(5)
        user.connect(str(path))
        user.sendall(f"add server b/new 127.0.0.1:2 {added}\n".encode())
        return receive(user, 4000).decode()


@pytest.mark.parametrize("file_words,added,answer", [
    ("", "source 127.0.0.1 usesrc clientip", "'usesrc' needs a line of the file"),
    ("source 127.0.0.1 usesrc client", "source 127.0.0.1 usesrc clientip", "New server registered"),
    ("source 127.0.0.1 usesrc client", "source 127.0.0.1 usesrc hdr_ip(x)", "needs a server of this backend"),
    ("source 127.0.0.1 usesrc hdr_ip(x)", "source 127.0.0.1 usesrc hdr_ip(x)", "New server registered"),
    ("", "send-proxy-v2 proxy-v2-options authority", "needs a line of the file"),
    ("", "tfo send-proxy-v2 proxy-v2-options crc32c,unique-id source 127.0.0.1:2000-2002", "New server registered"),
])
def test_servers_of_run_time_have_what_the_process_can_do(tmp_path, file_words, added, answer):
    assert answer in told_at_run_time(tmp_path, file_words, added)


# ---- old files ----

def verdict(binary, directory, text):
    (directory / "old.cfg").write_text(text)
    return subprocess.run([binary, "-c", "-f", str(directory / "old.cfg")], capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("words,says", [
    ("bind 127.0.0.1:{port} process 1", "there is one process"),
    ("bind 127.0.0.1:{port} process 3-4", "there is one process"),
    ("bind 127.0.0.1:{port} process 1/2", "thread 2"),
    ("bind-process odd\n bind 127.0.0.1:{port}", "there is one process"),
    ("grace 20000\n bind 127.0.0.1:{port}", "write it in 'global'"),
    ("bind 127.0.0.1:{port} shards 2", "each thread has a listening socket"),
])
def test_words_of_processes_start_with_a_warning(tmp_path, words, says):
    done = verdict(RELEVO, tmp_path, f"{TIMES}\nfrontend f\n {words.format(port=free_port())}\n")
    assert done.returncode == 0, done.stderr
    assert "warning" in done.stderr and says in done.stderr


@pytest.mark.parametrize("words", ["process foo", "process", "thread 0", "thread 2/1", "thread x", "shards 0", "shards y"])
def test_nonsense_is_no_thread(tmp_path, words):
    done = verdict(RELEVO, tmp_path, f"{TIMES}\nfrontend f\n bind 127.0.0.1:{free_port()} {words}\n")
    assert done.returncode == 1 and "old.cfg:7:" in done.stderr


def test_options_of_tls_are_named(tmp_path):
    done = verdict(RELEVO, tmp_path, f"{TIMES}\nbackend b\n server s 127.0.0.1:1 send-proxy-v2 proxy-v2-options crc32c,cert-cn\n")
    assert done.returncode == 1 and "'proxy-v2-options cert-cn' is not supported yet" in done.stderr
