# SPDX-License-Identifier: Apache-2.0
"""HAProxy or relevo in the foreground with the same file, for tests that compare them."""
import os
import shutil
import signal
import subprocess

from lab.software import relevo_binary


class Program:
    """Started with one haproxy.cfg; out, err: what it says."""

    def __init__(self, binary, directory, cfg, *options):
        directory.mkdir()
        (directory / "haproxy.cfg").write_text(cfg)
        self.out = directory / "stdout"
        self.err = directory / "stderr"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen([binary, "-db", "-f", str(directory / "haproxy.cfg"), *options],
                                            stdout=out, stderr=err)

    def said(self):
        return self.err.read_text(errors="replace")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        finally:
            self.process.kill()
            self.process.wait()
        assert "Sanitizer" not in self.said(), self.said()


def haproxy_binary():
    haproxy = shutil.which("haproxy") or "/usr/sbin/haproxy"
    assert os.access(haproxy, os.X_OK), "the tests compare with Debian's haproxy package"
    return haproxy


def programs(directory):
    """(name, start) of both programs."""
    control = str(directory / "control.sock")
    return [("haproxy", lambda cfg: Program(haproxy_binary(), directory / "haproxy", cfg)),
            ("relevo", lambda cfg: Program(relevo_binary(), directory / "relevo", cfg, "--control", control))]
