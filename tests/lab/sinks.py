# SPDX-License-Identifier: Apache-2.0
"""Small servers that the pair talks to: syslog, mail, echo. Each is a thread with its own socket.

The socket is opened in the network it serves; `address` says where.
"""
import socket
import threading
import time

from . import namespaces


class Sink:
    """Accepts and gives each connection to serve(sock), in a thread of its own."""

    def __init__(self, network, address):
        self.address = address
        self._open = True
        self._socket = namespaces.in_network(network, self._listen)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _listen(self):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(self.address)
        sock.listen(64)
        sock.settimeout(0.5)
        return sock

    def _run(self):
        while self._open:
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection):
        with connection:
            connection.settimeout(60)
            try:
                self.serve(connection)
            except OSError:
                pass

    def close(self):
        self._open = False
        self._socket.close()
        self._thread.join(2)


class EchoServer(Sink):
    def serve(self, connection):
        while data := connection.recv(65536):
            connection.sendall(data)


class MailSink(Sink):
    """SMTP, as much as a notification needs. `mails`: (monotonic ns, sender, receivers, text)."""

    def __init__(self, network, address):
        self.mails = []
        super().__init__(network, address)

    def serve(self, connection):
        stream = connection.makefile("rwb", buffering=0)
        sender, receivers = None, []
        stream.write(b"220 sink ESMTP\r\n")
        while line := stream.readline(2000):
            verb = line.strip().upper()
            answer = b"250 ok\r\n"
            if verb.startswith(b"MAIL FROM:"):
                sender, receivers = line[10:].strip().decode(), []
            elif verb.startswith(b"RCPT TO:"):
                receivers.append(line[8:].strip().decode())
            elif verb == b"DATA":
                stream.write(b"354 go on\r\n")
                self.mails.append((time.monotonic_ns(), sender, receivers, self._text(stream)))
            elif verb == b"QUIT":
                stream.write(b"221 bye\r\n")
                return
            stream.write(answer)

    @staticmethod
    def _text(stream):
        lines = []
        while (line := stream.readline(2000)) and line.rstrip(b"\r\n") != b".":
            lines.append(line.rstrip(b"\r\n").decode(errors="replace"))
        return "\n".join(lines)

    def subjects(self, after_ns=0):
        return [line[9:] for ns, _, _, text in list(self.mails) if ns >= after_ns
                for line in text.splitlines() if line.startswith("Subject: ")]


class SyslogSink(Sink):
    """`lines`: (monotonic ns, sender's address, text)."""

    def __init__(self, network, address):
        self.lines = []
        super().__init__(network, address)

    def _listen(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(self.address)
        sock.settimeout(0.5)
        return sock

    def _run(self):
        while self._open:
            try:
                data, (sender, _) = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            self.lines.append((time.monotonic_ns(), sender, data.decode(errors="replace")))

    def since(self, after_ns, sender=None):
        return [text for ns, host, text in list(self.lines)
                if ns >= after_ns and sender in (None, host)]
