# SPDX-License-Identifier: Apache-2.0
"""Which IPv4 addresses a network holds, told by its kernel (RTM_NEWADDR, RTM_DELADDR)."""
import socket
import struct
import threading
import time

from . import namespaces

RTMGRP_IPV4_IFADDR = 0x10
RTM_NEWADDR, RTM_DELADDR = 20, 21
IFA_LOCAL = 2


class AddressWatch:
    """`events`: (monotonic ns, added, address); a renewed lifetime is no event."""

    def __init__(self, network):
        self.events = []
        self._held = {}
        self._socket = namespaces.in_network(network, self._open)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def _open():
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        sock.bind((0, RTMGRP_IPV4_IFADDR))
        sock.settimeout(0.5)
        return sock

    def holds(self, address):
        return address in self._held

    def since(self, address):
        """Moment the address came, in monotonic ns, or None."""
        return self._held.get(address)

    def changes(self, address, after_ns=0):
        return [(ns, added) for ns, added, which in list(self.events)
                if which == address and ns >= after_ns]

    def _run(self):
        while True:
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            self._read(data, time.monotonic_ns())

    def _read(self, data, now):
        while len(data) >= 16:
            length, kind = struct.unpack_from("=IH", data)
            if kind in (RTM_NEWADDR, RTM_DELADDR):
                self._note(kind == RTM_NEWADDR, self._address(data[24:length]), now)
            data = data[(length + 3) & ~3:]

    @staticmethod
    def _address(attributes):
        while len(attributes) >= 4:
            length, kind = struct.unpack_from("=HH", attributes)
            if kind == IFA_LOCAL:
                return socket.inet_ntoa(attributes[4:8])
            attributes = attributes[(length + 3) & ~3:]
        return None

    def _note(self, added, address, now):
        if added == (address in self._held):
            return
        self.events.append((now, added, address))
        if added:
            self._held[address] = now
        else:
            del self._held[address]

    def close(self):
        self._socket.close()
        self._thread.join(2)
