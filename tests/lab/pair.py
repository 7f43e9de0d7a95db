# SPDX-License-Identifier: Apache-2.0
"""The article's network on one machine: two nodes, two web servers, a client, syslog and mail.

	switch ── node1 10.1.1.20      web01 10.1.1.30     client 10.1.1.100..107
	       └─ node2 10.1.1.21      web02 10.1.1.31     office 10.1.1.10 (syslog), .25 (mail)
"""
import os
import shutil
import tempfile
import time

from . import article, namespaces, prober
from .namespaces import LabError
from .node import Node
from .sinks import EchoServer, MailSink, SyslogSink

CLIENTS = [f"10.1.1.{n}" for n in range(100, 108)]

NGINX = """
daemon off; master_process off; pid {directory}/{name}.pid; error_log {directory}/{name}.log; {user}
events {{ worker_connections 1024; }}
http {{
	access_log off;
	client_body_temp_path {directory}/{name}-body; proxy_temp_path {directory}/{name}-proxy;
	fastcgi_temp_path {directory}/{name}-fastcgi; uwsgi_temp_path {directory}/{name}-uwsgi;
	scgi_temp_path {directory}/{name}-scgi;
	server {{
		listen {address}:80 reuseport;
		default_type text/plain;
		location / {{ return 200 "{name}\\n"; }}
	}}
}}
"""


class WebServer:
    """nginx on port 80, and an echo server on 443 for connections that are held."""

    def __init__(self, name, network, address, directory):
        self.name, self.network = name, network
        self._config = f"{directory}/{name}.conf"
        with open(self._config, "w") as f:
            f.write(NGINX.format(name=name, address=address, directory=directory, user="user root;"))
        self._echo = EchoServer(network, (address, 443))
        self._process = None

    def start(self):
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        if not os.access(nginx, os.X_OK):
            raise LabError("nginx is not installed: apt-get install nginx-light")
        self._process = namespaces.start([nginx, "-c", self._config, "-e", f"{self._config}.log"],
                                         self.network)

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process = None

    def running(self):
        return self._process is not None and self._process.poll() is None

    def close(self):
        if self.running():
            self.kill()
        self._echo.close()


class Pair:
    """A context manager: what was started is ended at its end, whatever happened.

    `first` and `second` make what runs on each node, as Relevo(node) and RealPair(node) do.
    """

    def __init__(self, first, second=None, sources=CLIENTS[:1], timeout_ms=1000):
        self._make = {"node1": first, "node2": second or first}
        self._client = {"sources": sources, "timeout_ms": timeout_ms}
        self._closers = []

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _build(self):
        self.directory = tempfile.mkdtemp(prefix="relevo-lab-")
        os.chmod(self.directory, 0o755)
        self._closers.append(lambda: shutil.rmtree(self.directory, ignore_errors=True))
        self._networks = []
        self._closers.append(self._close_networks)
        self._build_switch()
        office = self._plug("office", "10.1.1.10", "10.1.1.25")
        self.syslog = self._closing(SyslogSink(office, ("10.1.1.10", 514)))
        self.mail = self._closing(MailSink(office, ("10.1.1.25", 25)))
        self.web = {name: self._build_web(name, address)
                    for name, address in (("web01", "10.1.1.30"), ("web02", "10.1.1.31"))}
        self.nodes = {name: self._build_node(name, address)
                      for name, address in article.NODES.items()}
        self.node1, self.node2 = self.nodes.values()
        self.software = {name: self._make[name](node) for name, node in self.nodes.items()}
        client = self._plug("client", *CLIENTS)
        self.client = client
        program = prober.build(self.directory)
        self.prober = self._closing(prober.Prober(program, client, article.VIP, **self._client))

    def _closing(self, thing):
        self._closers.append(thing.close)
        return thing

    def _new_network(self):
        network = namespaces.new_network()
        self._networks.append(network)
        return network

    def _close_networks(self):
        for network in self._networks:
            os.close(network)

    def _build_switch(self):
        self._switch = self._new_network()
        self._ip_switch("link", "add", "switch", "type", "bridge", "mcast_snooping", "0")
        self._ip_switch("link", "set", "switch", "up")

    def _ip_switch(self, *words, **options):
        namespaces.run(["ip", *words], self._switch, **options)

    def _plug(self, name, *addresses):
        """A network with an eth0 that is joined to the switch's port `name`."""
        network = self._new_network()
        self._ip_switch("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns",
                        f"/proc/self/fd/{network}", pass_fds=(network,))
        self._ip_switch("link", "set", name, "master", "switch", "up")
        namespaces.run(["ip", "link", "set", "lo", "up"], network)
        namespaces.run(["ip", "link", "set", "eth0", "up"], network)
        for address in addresses:
            namespaces.run(["ip", "addr", "add", f"{address}/24", "dev", "eth0"], network)
        return network

    def _build_web(self, name, address):
        web = self._closing(WebServer(name, self._plug(name, address), address, self.directory))
        web.start()
        return web

    def _build_node(self, name, address):
        node = self._closing(Node(name, self._plug(name, address), address, self.directory))
        node.boot()
        return node

    # What runs

    def start(self):
        for software in self.software.values():
            software.start()

    def master(self):
        """The node that holds the address, or None for none or both."""
        holders = [node for node in self.nodes.values() if node.holds(article.VIP)]
        return holders[0] if len(holders) == 1 else None

    def settle(self, node=None, limit=20):
        """Waits until that node (default: the first) alone has the address and the client is served."""
        node = node or self.node1
        deadline = time.monotonic() + limit
        while not (self.master() is node and self.prober.steady(0.5)):
            if time.monotonic() > deadline:
                raise LabError(f"{node.name} alone does not come to serve within {limit} s\n{self.report()}")
            time.sleep(0.02)

    # What may happen

    def power_off(self, node):
        """Silent from one moment to the next: off the switch first, then no process is left."""
        self._ip_switch("link", "set", node.name, "nomaster")
        node.halt()
        node.flush()

    def power_on(self, node):
        self._ip_switch("link", "set", node.name, "master", "switch", "up")
        node.boot()
        self.software[node.name].start()

    def kill_everything(self, node):
        """Every process at once, but kernel and cable stay."""
        node.halt()

    def part(self):
        """The two nodes do not hear each other; everybody else hears both."""
        self._isolate("on")

    def heal(self):
        self._isolate("off")

    def _isolate(self, word):
        for name in self.nodes:
            self._ip_switch("link", "set", name, "type", "bridge_slave", "isolated", word)

    # What is seen

    def report(self, seconds=20):
        """For a failed test: who holds what, what runs, the last of the logs."""
        after = time.monotonic_ns() - int(seconds * 1e9)
        lines = []
        for node in self.nodes.values():
            lines.append(f"{node.name}: VIP {'held' if node.holds(article.VIP) else 'not held'}, "
                         f"processes {node.processes() if node.init else 'none, off'}")
        lines.append(f"client: {dict(self.prober.count(after))}")
        lines += [f"syslog from {host}: {text}" for ns, host, text in self.syslog.lines
                  if ns >= after and "/0 " not in text][-30:]
        for name in sorted(os.listdir(self.directory)):
            if name.endswith(".log"):
                with open(f"{self.directory}/{name}", errors="replace") as f:
                    lines += [f"{name}: {line.rstrip()}" for line in f.readlines()[-15:]]
        return "\n".join(lines)

    def close(self):
        """All of it, even if a part of it fails to close; the first failure is raised at the end."""
        failures = []
        while self._closers:
            try:
                self._closers.pop()()
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]
