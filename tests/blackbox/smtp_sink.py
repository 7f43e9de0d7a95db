#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A mail server for tests: takes every mail and writes it down, or fails as told.

Each mail becomes one line of JSON in --out:
  {"helo": ..., "from": ..., "to": [...], "lines": [...], "time": seconds}

--refuse N    the first N connections get 421 and are closed
--reject N    the first N mails get 554 after DATA
--mute        connections are accepted and never answered
The port that was taken (--port 0: a free one) is the first line of standard output.
"""
import argparse
import json
import socket
import sys
import threading
import time


class Sink:
    def __init__(self, args):
        self.args = args
        self.refuse = args.refuse
        self.reject = args.reject
        self.lock = threading.Lock()

    def take(self, name):
        """True while the count of failures to play is not used up."""
        with self.lock:
            left = getattr(self, name)
            setattr(self, name, max(0, left - 1))
            return left > 0

    def write(self, mail):
        with self.lock, open(self.args.out, "a", encoding="utf-8") as out:
            out.write(json.dumps(mail) + "\n")

    def serve(self, connection):
        with connection:
            if self.args.mute:
                while connection.recv(4096):
                    pass
            elif self.take("refuse"):
                connection.sendall(b"421 busy\r\n")
            else:
                try:
                    self.talk(connection, connection.makefile("rb"))
                except (ConnectionError, ValueError):
                    pass

    def talk(self, connection, lines):
        mail = {}
        connection.sendall(b"220 sink ESMTP\r\n")
        for raw in lines:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            word = line.split(" ")[0].upper()
            if word == "EHLO":
                mail = {"helo": line[5:], "to": []}
                connection.sendall(b"250-sink\r\n250 8BITMIME\r\n")
                continue
            if word == "HELO":
                mail = {"helo": line[5:], "to": []}
            elif word == "MAIL":
                mail["from"] = line.split(":", 1)[1].strip()
            elif word == "RCPT":
                mail["to"].append(line.split(":", 1)[1].strip())
            elif word == "DATA":
                connection.sendall(b"354 go on\r\n")
                self.data(lines, mail)
                if self.take("reject"):
                    connection.sendall(b"554 not wanted\r\n")
                    continue
                self.write(mail)
                mail = {"helo": mail["helo"], "to": []}
            elif word == "QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            connection.sendall(b"250 fine\r\n")

    @staticmethod
    def data(lines, mail):
        mail["lines"] = []
        for raw in lines:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if line == ".":
                break
            mail["lines"].append(line[1:] if line.startswith("..") else line)
        mail["time"] = time.time()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--out", required=True)
    parser.add_argument("--refuse", type=int, default=0)
    parser.add_argument("--reject", type=int, default=0)
    parser.add_argument("--mute", action="store_true")
    args = parser.parse_args()
    sink = Sink(args)
    listener = socket.create_server((args.address, args.port))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=sink.serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
