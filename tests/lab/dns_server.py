# SPDX-License-Identifier: Apache-2.0
"""A DNS server for tests, over UDP and TCP at one port of the loopback.

What it answers may change while it runs:

    dns = DnsServer()
    dns.set("app.test", A=["127.0.0.1", "127.0.0.2"], AAAA=["::1"])
    dns.set("_http._tcp.test", SRV=[(1, 10, 8080, "one.test")])     # priority, weight, port, target
    dns.set("www.test", CNAME="app.test")
    dns.fail("app.test", NXDOMAIN)      # or REFUSED, SERVFAIL, SILENT
    dns.forget("app.test")              # then NXDOMAIN

`queries`: (name, type word, "udp" or "tcp") of all that was asked.
"""
import ipaddress
import socket
import struct
import threading
import time

from .local import free_port

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
SILENT = "silent"
TYPES = {"A": 1, "CNAME": 5, "AAAA": 28, "SRV": 33, "OPT": 41}
WORDS = {number: word for word, number in TYPES.items()}
TTL = 5


def pack_name(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split(".")) + b"\0"


def unpack_name(data, at):
    """Of a question, where names are not compressed."""
    parts = []
    while data[at]:
        parts.append(data[at + 1:at + 1 + data[at]].decode("latin-1"))
        at += 1 + data[at]
    return ".".join(parts), at + 1


def pack_value(word, value):
    if word == "A" or word == "AAAA":
        return ipaddress.ip_address(value).packed
    if word == "CNAME":
        return pack_name(value)
    priority, weight, port, target = value
    return struct.pack("!HHH", priority, weight, port) + pack_name(target)


def pack_record(name, word, value):
    data = pack_value(word, value)
    return pack_name(name) + struct.pack("!HHIH", TYPES[word], 1, TTL, len(data)) + data


class DnsServer:
    def __init__(self, address="127.0.0.1"):
        self.queries = []
        self.truncate = False       # UDP answers have no record and say so
        self.additional = True      # answers of SRV bring the targets' addresses
        self.delay = 0              # seconds before an answer
        self.mangle = None          # bytes of an answer -> bytes that are sent
        self._zone, self._failures = {}, {}
        self._lock = threading.Lock()
        self._open = True
        self._tcp = socket.socket()
        self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._tcp.bind((address, free_port()))
        self._tcp.listen(16)
        self._tcp.settimeout(0.2)
        self.address, self.port = self._tcp.getsockname()
        self._udp = socket.socket(type=socket.SOCK_DGRAM)
        self._udp.bind((address, self.port))
        self._udp.settimeout(0.2)
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._run_udp, self._run_tcp)]
        for thread in self._threads:
            thread.start()

    # ---- what it answers

    def set(self, name, **records):
        """All records of the name: A=[...], AAAA=[...], SRV=[(priority, weight, port, target)], CNAME="..."."""
        with self._lock:
            self._failures.pop(name, None)
            self._zone[name] = records

    def fail(self, name, how):
        with self._lock:
            self._failures[name] = how

    def heal(self, name):
        with self._lock:
            self._failures.pop(name, None)

    def forget(self, name):
        with self._lock:
            self._zone.pop(name, None)

    def asked(self, name, word=None):
        """How often."""
        return sum(1 for query in list(self.queries) if query[0] == name and word in (None, query[1]))

    def close(self):
        self._open = False
        for thread in self._threads:
            thread.join(2)
        self._udp.close()
        self._tcp.close()

    # ---- how

    def _records(self, name, word):
        """(rcode, [(name, word, value)]), along CNAMEs."""
        found = []
        for _ in range(8):
            if name in self._failures:
                return self._failures[name], found
            if name not in self._zone:
                return NXDOMAIN, found
            records = self._zone[name]
            if "CNAME" not in records:
                return NOERROR, found + [(name, word, value) for value in records.get(word, [])]
            found.append((name, "CNAME", records["CNAME"]))
            name = records["CNAME"]
        return SERVFAIL, found

    def _more(self, answers):
        """The addresses of what SRV records name."""
        if not self.additional:
            return []
        targets = dict.fromkeys(value[3] for _, word, value in answers if word == "SRV")
        return [record for target in targets for word in ("A", "AAAA") for record in self._records(target, word)[1]]

    def _answer(self, query, transport):
        number, flags, _, _, _, _ = struct.unpack("!6H", query[:12])
        name, end = unpack_name(query, 12)
        kind = struct.unpack("!H", query[end:end + 2])[0]
        word = WORDS.get(kind, str(kind))
        question = query[12:end + 4]
        with self._lock:
            self.queries.append((name.lower(), word, transport))
            rcode, answers = self._records(name.lower(), word)
            more = self._more(answers)
        if rcode == SILENT:
            return None
        # The question's own case is kept in the answers.
        answers = [(name if answer[0] == name.lower() else answer[0], *answer[1:]) for answer in answers]
        cut = self.truncate and transport == "udp"
        if cut:
            answers, more = [], []
        head = struct.pack("!6H", number, 0x8480 | flags & 0x0100 | (0x0200 if cut else 0) | rcode, 1, len(answers), 0,
                           len(more))
        said = head + question + b"".join(pack_record(*record) for record in answers + more)
        return self.mangle(said) if self.mangle else said

    def _run_udp(self):
        while self._open:
            try:
                query, peer = self._udp.recvfrom(65536)
            except TimeoutError:
                continue
            said = self._answer(query, "udp")
            if self.delay:
                time.sleep(self.delay)
            if said is not None:
                self._udp.sendto(said, peer)

    def _run_tcp(self):
        while self._open:
            try:
                connection, _ = self._tcp.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self._serve_tcp, args=(connection,), daemon=True).start()

    def _serve_tcp(self, connection):
        connection.settimeout(10)
        with connection:
            try:
                while True:
                    size = self._exactly(connection, 2)
                    if not size:
                        return
                    said = self._answer(self._exactly(connection, struct.unpack("!H", size)[0]), "tcp")
                    if said is not None:
                        connection.sendall(struct.pack("!H", len(said)) + said)
            except OSError:
                pass

    @staticmethod
    def _exactly(connection, size):
        data = b""
        while len(data) < size:
            more = connection.recv(size - len(data))
            if not more:
                return b""
            data += more
        return data
