# SPDX-License-Identifier: Apache-2.0
"""One HTTP request from inside a network, as a browser with a password would send it."""
import base64
import http.client
import socket

from . import namespaces


def fetch(network, address, path, user, port=80):
    """(status, body). user: "name:password" or None."""
    connection = http.client.HTTPConnection(address, port, timeout=5)
    connection.sock = namespaces.in_network(network, lambda: _connect(address, port))
    try:
        headers = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()} if user else {}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _connect(address, port):
    return socket.create_connection((address, port), timeout=5)
