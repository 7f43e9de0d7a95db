# SPDX-License-Identifier: Apache-2.0
"""A pair of nodes on one machine, for tests/net, tests/blackbox, tools/demo.py and people.

namespaces  who we are (root, or root of an own user namespace), network namespaces, sockets in them
node        one machine: a network that outlives power cuts, processes that do not
watch       which addresses a node holds, and since when (netlink)
sinks       syslog, mail, echo: servers of ours, in threads
prober      the client: a fresh connection each 5 ms (prober.c), and what it saw
article     the article's two files, as each program and node needs them
software    what runs on a node: relevo, or Debian's haproxy and keepalived
pair        all of it wired up as in the article
faults      the rows of what may happen to it, and how each outage is measured
local       one relevo on this machine's loopback, for tests/blackbox
stats       one request to the statistics page
relay       a loopback port of the machine that leads into the lab

Nothing here needs more than the standard library, and nothing leaves the namespaces. Processes are
started from the main thread only, since each is told to die with the thread that started it.
"""
