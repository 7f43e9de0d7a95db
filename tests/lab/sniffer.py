# SPDX-License-Identifier: Apache-2.0
"""Frames of an interface, each with the moment at which the kernel had it: not when a busy test came to read it."""
import select
import socket
import struct
import time

from . import namespaces

SO_TIMESTAMPNS = 35
ALL = 3  # ETH_P_ALL


class Sniffer:
    """A packet socket on an interface of a network; moments are of the monotonic clock."""

    def __init__(self, network, interface, protocol=ALL):
        self._socket = namespaces.in_network(network, lambda: self._open(interface, protocol))

    @staticmethod
    def _open(interface, protocol):
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
        made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        made.bind((interface, protocol))
        made.setblocking(False)
        return made

    def fileno(self):
        return self._socket.fileno()

    def read(self, seconds=0.2):
        """(moment, frame), or None when nothing comes in that time."""
        if not select.select([self], [], [], seconds)[0]:
            return None
        frame, ancillary, *_ = self._socket.recvmsg(2048, 64)
        now, wall = time.monotonic(), time.time()
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                whole, nano = struct.unpack("=qq", data[:16])
                return now - (wall - whole - nano / 1e9), frame
        return now, frame

    def close(self):
        self._socket.close()
