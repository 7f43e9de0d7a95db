# SPDX-License-Identifier: Apache-2.0
"""What is measured: one row a workload, and the most its ratios may be (issue 6, "Must be shown")."""
import dataclasses

HAPROXY = "haproxy 2.6"
TUNED = "haproxy 2.6, 1 MiB pipes"
NULL = "null proxy"
NULL_RING = "null proxy, io_uring"


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    kind: str			# of load.c, with its shape
    listener: str		# a key of configs.PORTS
    connections: int
    unit: str = "us"		# CPU per operation; "s/GB": CPU seconds per 10^9 bytes
    bounds: dict = dataclasses.field(default_factory=dict)	# {peer: most}
    threads: int = 1


WORKLOADS = (
    Workload("HTTP keep-alive, 8 connections", "http", "http_plain", 8),
    Workload("HTTP keep-alive, 64", "http", "http_plain", 64, bounds={HAPROXY: 0.80, NULL: 1.12}),
    Workload("HTTP keep-alive, 256", "http", "http_plain", 256, bounds={HAPROXY: 0.65, NULL: 1.15}),
    Workload("the same with a log, 8", "http", "http_logged", 8),
    Workload("the same with a log, 64", "http", "http_logged", 64, bounds={HAPROXY: 0.85}),
    Workload("the same with a log, 256", "http", "http_logged", 256, bounds={HAPROXY: 0.75}),
    Workload("20 request headers, 64", "http:headers=20", "http_plain", 64),
    Workload("10 ACLs, 64", "http", "http_acl10", 64),
    Workload("100 ACLs, 64", "http", "http_acl100", 64),
    Workload("100 servers, leastconn, 64", "http", "http_many100", 64),
    Workload("1,000 servers, leastconn, 64", "http", "http_many1000", 64),
    Workload("HTTP connection for each request, 64", "http:close", "http_plain", 64),
    Workload("answers of 10 kB, 64", "http:down=10240", "http_plain", 64),
    Workload("answers of 10 kB in chunks, 64", "http:down=10240,chunked", "http_plain", 64),
    Workload("answers of 1 MB, 16", "http:down=1000000", "http_plain", 16, "s/GB"),
    Workload("requests of 10 kB, 64", "http:up=10240", "http_plain", 64),
    Workload("requests of 1 MB, 16", "http:up=1000000", "http_plain", 16, "s/GB"),
    Workload("WebSocket messages, 64", "ws", "http_plain", 64),
    Workload("TCP connection, 100 bytes, 64", "short", "short", 64, bounds={HAPROXY: 0.95, NULL: 1.03}),
    Workload("TCP connection, reset by the client, 64", "ramp", "pong", 64),
    Workload("TCP round trip of 64 bytes, 64", "pong", "pong", 64, bounds={HAPROXY: 0.92, NULL: 1.08}),
    Workload("TCP stream down, 1", "bulk", "bulk", 1, "s/GB"),
    Workload("TCP streams down, 16", "bulk", "bulk", 16, "s/GB", {HAPROXY: 0.50, TUNED: 0.90}),
    Workload("TCP stream up, 1", "bulk_up", "bulk_up", 1, "s/GB"),
    Workload("TCP streams up, 16", "bulk_up", "bulk_up", 16, "s/GB"),
    Workload("HTTP keep-alive, 64, 2 threads", "http", "http_plain", 64, threads=2),
    Workload("TCP connection, 64, 2 threads", "short", "short", 64, threads=2),
)


@dataclasses.dataclass(frozen=True)
class Idle:
    """Memory of connections that do nothing, in user space."""
    name: str
    kind: str
    listener: str
    most: int			# bytes of relevo for each


IDLE = (
    Idle("idle TCP pair", "hold", "pong", 256),
    Idle("idle HTTP connection", "hold_http", "http_plain", 512),
)
