# SPDX-License-Identifier: Apache-2.0
"""Log lines: byte for byte HAProxy's, and understood by a real rsyslogd."""
import json
import os
import re
import socket
import subprocess
import time

import pytest

from lab.local import free_port
from lab.software import relevo_binary, wait_for
from programs import programs

FORMATS = ["", "format local", "format rfc3164", "format rfc5424", "format priority", "format short",
           "format timed", "format iso", "format raw", "len 80", "len 80 format rfc5424",
           "len 80 format raw"]


class Udp:
    """A socket on loopback that keeps what comes."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.lines = []

    def take(self):
        self.socket.setblocking(False)
        while True:
            try:
                self.lines.append(self.socket.recv(70000).decode())
            except BlockingIOError:
                return self.lines


class UnixDatagrams(Udp):
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o666)
        self.lines = []


def connect_refused(port):
    """One connection whose server refuses it: it ends when the proxy has logged it."""
    def connects():
        try:
            sock = socket.create_connection(("127.0.0.1", port), 5)
        except ConnectionRefusedError:
            return False
        with sock:
            sock.settimeout(10)
            try:
                sock.recv(1)
            except ConnectionResetError:
                pass
        return True
    wait_for(f"a connection to port {port}", 20, connects)


def normal(line):
    """What differs between two runs becomes a sign; a number's width never matters."""
    line = re.sub(r"[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d ", "DATE ", line)
    line = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d ", "ISO ", line)
    line = re.sub(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\]", "[ACCEPT]", line)
    line = re.sub(r"\[\d+\]: ", "[PID]: ", line)
    line = re.sub(r"(1 ISO \S+ .*?) \d+ - - ", r"\1 PID - - ", line)
    line = re.sub(r"127\.0\.0\.1:\d+ ", "CLIENT ", line)
    line = re.sub(r" -?\d+/-?\d+/\d+ (\d+) ([A-Zs][A-Z-]) ", r" TIMERS \1 \2 ", line)
    # Connections of the process and the frontend: one may still be on its way out.
    return re.sub(r"(TIMERS \d+ \S+) \d+/\d+/", r"\1 N/N/", line)


def traffic(lines):
    """The lines of streams; HAProxy and relevo tell their own starts and stops in their own words."""
    return [normal(line) for line in lines if "127.0.0.1:" in line and " level " not in line]


def cut_lines(lines):
    """Lines that may end anywhere: up to where the timers are, and how long they are."""
    return [(re.sub(r"\d", "9", line)[:58], len(line)) for line in lines if "127.0.0.1:" in line]


def run_both(tmp_path, make_cfg, drive):
    """{name: what drive(program, sinks) gives} for both programs with the same configuration."""
    results = {}
    for name, start in programs(tmp_path):
        sinks = {}
        cfg = make_cfg(sinks, tmp_path / f"{name}.sock")
        program = start(cfg)
        try:
            results[name] = drive(program, sinks)
        finally:
            program.stop()
    return results


@pytest.mark.parametrize("hostname", ["", "log-send-hostname\n", "log-send-hostname a.host\n"],
                         ids=["no-hostname", "own-hostname", "given-hostname"])
def test_lines_are_haproxys(tmp_path, hostname):
    port, tagged_port = free_port(), free_port()

    def make_cfg(sinks, path):
        for i, words in enumerate(FORMATS):
            sinks[words or "default"] = Udp()
        sinks["unix"] = UnixDatagrams(str(path))
        logs = [f"log 127.0.0.1:{sinks[words or 'default'].port} {words} local{i % 8}\n"
                for i, words in enumerate(FORMATS)]
        logs += [f"log {path} local0\n", "log stdout format raw local0\n",
                 "log fd@1 len 80 format rfc3164 daemon\n", "log stderr format short daemon\n"]
        return ("global\n" + "".join(logs) + hostname +
                "defaults\nmode tcp\nlog global\noption tcplog\nretries 0\ntimeout client 5s\n"
                "timeout server 5s\ntimeout connect 2s\n"
                f"listen plain\nbind 127.0.0.1:{port}\nserver s 127.0.0.1:1\n"
                f"listen tagged\nlog-tag other-tag\nbind 127.0.0.1:{tagged_port}\nserver s 127.0.0.1:1\n")

    def drive(program, sinks):
        connect_refused(port)
        connect_refused(tagged_port)
        wait_for("all lines", 10,
                 lambda: all(len(traffic(sink.take())) >= 2 for sink in sinks.values()) and
                 len(traffic(program.out.read_text().splitlines())) >= 4 and
                 len(traffic(program.err.read_text().splitlines())) >= 2)
        # What two threads write to one place may come in either order.
        taken = {name: sorted(cut_lines(sink.lines) if "len 80" in name else traffic(sink.lines))
                 for name, sink in sinks.items()}
        out = program.out.read_text().splitlines(keepends=True)
        taken["stdout"] = sorted(line for line in traffic(out) if " SC " in line)
        taken["stdout, cut"] = sorted(line for line in cut_lines(out) if "<" in line)
        taken["stderr"] = sorted(traffic(program.err.read_text().splitlines(keepends=True)))
        return taken

    results = run_both(tmp_path, make_cfg, drive)
    for name, lines in results["haproxy"].items():
        assert results["relevo"][name] == lines, name
        assert "len 80" not in name or {length for _, length in lines} == {81}


def test_levels_are_haproxys(tmp_path):
    """A server that goes down is told at alert and emerg, streams at info."""
    port, server_port = free_port(), free_port()
    levels = ["", "notice", "alert", "debug err", "info notice"]

    def make_cfg(sinks, path):
        sinks.update({words: Udp() for words in levels})
        return ("global\n" + "".join(f"log 127.0.0.1:{sinks[w].port} format priority local3 {w}\n" for w in levels) +
                "defaults\nmode tcp\nlog global\noption tcplog\nretries 0\ntimeout client 5s\n"
                "timeout server 5s\ntimeout connect 2s\n"
                f"listen l\nbind 127.0.0.1:{port}\nserver s 127.0.0.1:{server_port} check inter 50ms fall 1\n")

    def drive(program, sinks):
        wait_for("the server to be down", 15, lambda: len(sinks["alert"].take()) >= 2)
        connect_refused(port)
        for words, sink in sinks.items():
            for part in ("DOWN", "no server", "127.0.0.1:"):
                if part[0] != "1" or words not in ("notice", "alert"):
                    wait_for(f"{part} at level {words!r}", 10, lambda: any(part in line for line in sink.take()))
        seen = {}
        for words, sink in sinks.items():
            seen[words] = sorted({(line[:line.index(">") + 1], "down" if "DOWN" in line else
                                   "none" if "no server" in line else "stream")
                                  for line in sink.take()
                                  if "DOWN" in line or "no server" in line or "127.0.0.1:" in line})
        return seen

    results = run_both(tmp_path, make_cfg, drive)
    assert results["relevo"] == results["haproxy"]
    assert results["relevo"]["alert"] == [("<152>", "none"), ("<153>", "down")]


def test_samples_are_haproxys(tmp_path):
    """Of the lines that `sample 1:1` gets, each other sample gets those of its numbers: in HAProxy too."""
    port = free_port()
    samples = {"1:1": {0}, "1:4": {0}, "2-3:4": {1, 2}, "1,3-4:4": {0, 2, 3}, "4:4": {3}}

    def make_cfg(sinks, path):
        sinks.update({words: Udp() for words in samples})
        return ("global\nnbthread 1\ndefaults\nmode tcp\noption tcplog\nretries 0\ntimeout client 5s\n"
                f"timeout server 5s\ntimeout connect 2s\nlisten l\nbind 127.0.0.1:{port}\n"
                "server s 127.0.0.1:1\n" +
                "".join(f"log 127.0.0.1:{sinks[s].port} format raw sample {s} local0\n" for s in samples))

    def drive(program, sinks):
        for _ in range(13):
            connect_refused(port)
        wait_for("13 lines", 10, lambda: len(traffic(sinks["1:1"].take())) >= 13)
        lines = len(sinks["1:1"].take())
        for words, numbers in samples.items():
            wanted = sum(i % int(words.split(":")[1]) in numbers for i in range(lines))
            wait_for(words, 10, lambda words=words, wanted=wanted: len(sinks[words].take()) >= wanted)
        return {words: sink.take() for words, sink in sinks.items()}

    for name, got in run_both(tmp_path, make_cfg, drive).items():
        for words, numbers in samples.items():
            size = int(words.split(":")[1])
            assert got[words] == [line for i, line in enumerate(got["1:1"]) if i % size in numbers], (name, words)


RSYSLOG = """
module(load="imudp")
module(load="imuxsock" SysSock.Use="off")
template(name="seen" type="list" option.jsonf="on") {{
  property(outname="pri" name="pri" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="program" name="programname" format="jsonf")
  property(outname="tag" name="syslogtag" format="jsonf")
  property(outname="pid" name="procid" format="jsonf")
  property(outname="said" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="version" name="protocol-version" format="jsonf")
  property(outname="text" name="msg" format="jsonf")
  property(outname="input" name="inputname" format="jsonf")
}}
ruleset(name="keep") {{ action(type="omfile" file="{out}" template="seen") }}
input(type="imudp" address="127.0.0.1" port="{port}" ruleset="keep")
input(type="imuxsock" Socket="{unix}" CreatePath="on" ruleset="keep" useSpecialParser="on")
"""


@pytest.fixture
def rsyslogd(tmp_path):
    """A real rsyslogd on loopback: .port, .unix, .seen()."""
    class Rsyslogd:
        port, unix, out = free_port(), str(tmp_path / "log"), tmp_path / "seen"

        def start(self):
            (tmp_path / "rsyslog.conf").write_text(RSYSLOG.format(out=self.out, port=self.port, unix=self.unix))
            self.process = subprocess.Popen(["/usr/sbin/rsyslogd", "-n", "-f", str(tmp_path / "rsyslog.conf"),
                                             "-i", str(tmp_path / "rsyslogd.pid")])
            wait_for("rsyslogd", 10, lambda: os.path.exists(self.unix))

        def stop(self):
            self.process.terminate()
            self.process.wait(10)

        def seen(self):
            text = self.out.read_text() if self.out.exists() else ""
            return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    server = Rsyslogd()
    assert os.access("/usr/sbin/rsyslogd", os.X_OK), "the tests need Debian's rsyslog package"
    server.start()
    yield server
    server.stop()


def stream_lines(rsyslogd):
    return [line for line in rsyslogd.seen() if "127.0.0.1:" in line["text"] or "127.0.0.1:" in line["tag"]]


@pytest.mark.parametrize("words", FORMATS[:6])
def test_rsyslogd_understands(tmp_path, rsyslogd, words):
    port = free_port()
    cfg = ("global\nlog-send-hostname a-host\n"
           f"log 127.0.0.1:{rsyslogd.port} {words} local5\n"
           "defaults\nmode tcp\nlog global\noption tcplog\nretries 0\ntimeout client 5s\ntimeout server 5s\n"
           f"timeout connect 2s\nlisten web\nbind 127.0.0.1:{port}\nserver s 127.0.0.1:1\n")
    program = programs(tmp_path)[1][1](cfg)
    try:
        connect_refused(port)
        wait_for("rsyslogd to write the line", 10, lambda: stream_lines(rsyslogd))
    finally:
        program.stop()
    line = stream_lines(rsyslogd)[0]
    assert line["pri"] == ("14" if "short" in words else "174") or ("short" in words and line["pri"] == "6")
    assert " web web/s " in line["text"]
    if "short" in words or "priority" in words:
        return
    assert line["program"] == "haproxy"
    assert line["pid"].isdigit()
    assert re.fullmatch(r" ?127\.0\.0\.1:\d+ \[[^]]+\] web web/s \S+ 0 SC \d+/\d+/\d+/\d+/\d+ \d+/\d+",
                        line["text"])
    assert line["version"] == ("1" if "5424" in words else "0")
    if "local" not in words:
        assert line["host"] == "a-host"


def test_unix_socket_survives_a_restart_of_rsyslogd(tmp_path, rsyslogd):
    port = free_port()
    cfg = (f"global\nlog {rsyslogd.unix} local5\n"
           "defaults\nmode tcp\nlog global\noption tcplog\nretries 0\ntimeout client 5s\ntimeout server 5s\n"
           f"timeout connect 2s\nlisten web\nbind 127.0.0.1:{port}\nserver s 127.0.0.1:1\n")
    program = programs(tmp_path)[1][1](cfg)
    try:
        connect_refused(port)
        wait_for("the first line", 10, lambda: len(stream_lines(rsyslogd)) == 1)
        rsyslogd.stop()
        connect_refused(port)
        os.unlink(rsyslogd.unix) if os.path.exists(rsyslogd.unix) else None
        rsyslogd.start()
        time.sleep(1.1)  # a socket that was not there is not looked for more often than each second
        connect_refused(port)
        wait_for("a line after the restart", 10, lambda: len(stream_lines(rsyslogd)) >= 2)
    finally:
        program.stop()
    first = stream_lines(rsyslogd)[0]
    assert first["pri"] == "174" and first["program"] == "haproxy"


def test_a_stopped_reader_blocks_nobody(tmp_path):
    """Standard output into a pipe nobody reads, and a datagram socket whose reader hangs."""
    port = free_port()
    hung = UnixDatagrams(str(tmp_path / "hung.sock"))
    cfg = (f"global\nlog stdout format raw local0\nlog {tmp_path}/hung.sock local0\nnbthread 1\n"
           "defaults\nmode tcp\nlog global\noption tcplog\nretries 0\ntimeout client 5s\ntimeout server 5s\n"
           f"timeout connect 2s\nlisten web\nbind 127.0.0.1:{port}\nserver s 127.0.0.1:1\n")
    (tmp_path / "haproxy.cfg").write_text(cfg)
    process = subprocess.Popen([relevo_binary(), "-db", "-f", str(tmp_path / "haproxy.cfg"), "--control",
                                str(tmp_path / "control.sock")], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        connect_refused(port)
        began = time.monotonic()
        for _ in range(1500):
            connect_refused(port)
        assert time.monotonic() - began < 20
        text = b""
        os.set_blocking(process.stdout.fileno(), False)
        while piece := process.stdout.read():
            text += piece
        lines = text.decode().splitlines(keepends=True)
        assert len(lines) > 300
        for line in lines:  # whole lines only
            assert line == "Proxy web started.\n" or re.fullmatch(r"127\.0\.0\.1:\d+ \[.*\] web web/s .*\d/\d+\n", line), line
    finally:
        process.terminate()
        _, said = process.communicate(timeout=15)
    assert b"Sanitizer" not in said
    assert hung.take()
