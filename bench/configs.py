# SPDX-License-Identifier: Apache-2.0
"""The files that the compared proxies are started with: one for relevo and HAProxy, one for nginx."""

BACKEND = {"short": 9001, "pong": 9002, "bulk": 9003, "bulk_up": 9004, "http": 9005, "log": 9006}
LISTENERS = ("short", "pong", "bulk", "bulk_up", "http_plain", "http_logged", "http_acl10", "http_acl100",
             "http_many100", "http_many1000")
TCP = ("short", "pong", "bulk", "bulk_up")

_HEAD = """\
global
	maxconn 7000
	nbthread {threads}
{more}
defaults
	mode tcp
	timeout connect 5s
	timeout client 60s
	timeout server 60s
"""


def _servers(count):
    port = BACKEND["http"]
    return "".join(f"\tserver s{number} 127.0.0.1:{port}\n" for number in range(1, count + 1))


def _acls(count):
    """Each is asked, and none is true."""
    return "".join(f"\thttp-request deny if {{ path_beg /forbidden/{number} }}\n" for number in range(count))


def _http(listener):
    """The lines of a section in mode http behind its bind line."""
    lines = "\toption forwardfor\n"
    if listener == "http_logged":
        # What most files do with HTTP: a log line and an ACL for each request.
        lines += f"\tlog 127.0.0.1:{BACKEND['log']} local0\n\toption httplog\n" + _acls(1)
    if listener.startswith("http_acl"):
        lines += _acls(int(listener[len("http_acl"):]))
    if listener.startswith("http_many"):
        return lines + "\tbalance leastconn\n" + _servers(int(listener[len("http_many"):]))
    return lines + _servers(1)


def haproxy(ports, threads=1, tuned=False):
    more = "\ttune.pipesize 1048576\n\ttune.bufsize 262144\n" if tuned else ""
    text = _HEAD.format(threads=threads, more=more)
    for listener, port in ports.items():
        text += f"\nlisten {listener}\n\tbind 127.0.0.1:{port}\n"
        if listener in TCP:
            text += "\toption splice-auto\n" if listener.startswith("bulk") else ""
            text += f"\tserver backend 127.0.0.1:{BACKEND[listener]}\n"
        else:
            text += "\tmode http\n" + _http(listener)
    return text


def many_servers(count):
    """For the time that reading takes."""
    servers = "".join(f"\tserver s{number} 10.{number >> 16}.{number >> 8 & 255}.{number & 255}:80 check weight 10\n"
                      for number in range(1, count + 1))
    return _HEAD.format(threads=1, more="") + "\nlisten many\n\tbind 127.0.0.1:8999\n" + servers


def nginx(ports, directory):
    """Mode http only: Debian's nginx-light has no stream module."""
    log = f"access_log syslog:server=127.0.0.1:{BACKEND['log']},nohostname combined;"
    text = f"""\
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
worker_rlimit_nofile 20000;
events {{ worker_connections 16000; }}
http {{
	access_log off;
	keepalive_requests 1000000000;
	client_max_body_size 10m;
	client_body_temp_path {directory}/body;
	proxy_temp_path {directory}/temp;
	upstream backend {{
		server 127.0.0.1:{BACKEND['http']};
		keepalive 512;
		keepalive_requests 1000000000;
	}}
"""
    for listener in ("http_plain", "http_logged"):
        text += f"""\
	server {{
		listen 127.0.0.1:{ports[listener]};
		{log if listener == "http_logged" else ""}
		location / {{
			proxy_pass http://backend;
			proxy_http_version 1.1;
			proxy_set_header Host $host;
			proxy_set_header Connection "";
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
		}}
	}}
"""
    return text + "}\n"
