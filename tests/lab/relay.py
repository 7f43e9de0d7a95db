# SPDX-License-Identifier: Apache-2.0
"""A door into the lab: a loopback port of the machine that leads to an address inside."""
import socket
import threading

from . import namespaces


class Relay:
    """Listens on 127.0.0.1:port (another one if that is taken) and carries bytes both ways."""

    def __init__(self, port, network, target):
        self._network, self._target = network, target
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError:
            self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(64)
        self._socket.settimeout(0.5)
        self.port = self._socket.getsockname()[1]
        self._open = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while self._open:
            try:
                outside, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=self._serve, args=(outside,), daemon=True).start()

    def _serve(self, outside):
        outside.settimeout(60)
        with outside:
            try:
                inside = namespaces.in_network(
                    self._network, lambda: socket.create_connection(self._target, timeout=5))
            except OSError:
                return
            inside.settimeout(60)
            with inside:
                back = threading.Thread(target=self._carry, args=(inside, outside), daemon=True)
                back.start()
                self._carry(outside, inside)
                back.join()

    @staticmethod
    def _carry(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self._open = False
        self._socket.close()
        self._thread.join(2)
