# SPDX-License-Identifier: Apache-2.0
"""relevo and a real Keepalived on the same keepalived.conf: who takes it?

`keepalived -t` fails for anything it has to say, and then runs with what is left; so each case
carries both verdicts, and the test keeps both true. relevo may be stricter only where it says
so, with an error, and never takes a word silently that Keepalived refuses.
"""
import os
import re
import shutil
import subprocess

import pytest

from test_golden import SECONDS, program

INSTANCE = "vrrp_instance VI_1 {\n interface lo\n virtual_router_id 51\n"
ADDRESS = " virtual_ipaddress {\n  10.1.1.80\n }\n"
SCRIPT = "global_defs {\n script_user root\n enable_script_security\n}\n"

TAKEN, REFUSED, WARNED = "taken", "refused", "warned"


def instance(lines=""):
    return INSTANCE + ADDRESS + lines + "\n}\n"


# (name, text, relevo, keepalived): keepalived only says TAKEN or REFUSED.
GROUP = "vrrp_sync_group G {{\n group {{\n  VI_1\n  VI_2\n }}\n{}\n}}\n"
TWO = instance() + instance().replace("VI_1", "VI_2").replace("51", "52").replace("80", "81")

CASES = [
    ("plain", instance(), TAKEN, TAKEN),
    ("no newline", instance()[:-1], TAKEN, TAKEN),
    ("crlf", instance().replace("\n", "\r\n"), TAKEN, TAKEN),
    ("brace on the next line", instance().replace(" {", "\n{"), TAKEN, TAKEN),
    ("brace without space", instance().replace(" {", "{"), TAKEN, TAKEN),
    ("block on one line", instance(" authentication { auth_type PASS\n auth_pass x }"),
     TAKEN, TAKEN),
    ("comments", instance(" priority 7 # x\n ! y\n advert_int 1!z"), TAKEN, TAKEN),
    ("definition", "$P=100\n" + instance(" priority $P"), TAKEN, TAKEN),
    ("multi-line definition", "$M= \\\n priority 9 \\\n advert_int 1\n" + instance(" $M"),
     TAKEN, TAKEN),
    ("other node's line", instance(" @other bogus"), TAKEN, TAKEN),
    ("unclosed block", INSTANCE + ADDRESS, REFUSED, REFUSED),
    ("extra brace", instance() + "}\n", REFUSED, REFUSED),
    ("unclosed quote", instance(' notify "/bin/true'), REFUSED, REFUSED),
    ("unknown word", instance(" prioritty 7"), REFUSED, REFUSED),
    ("unknown block", "foo {\n bar\n}\n", REFUSED, REFUSED),
    ("priority 300", instance(" priority 300"), REFUSED, REFUSED),
    ("priority word", instance(" priority x"), REFUSED, REFUSED),
    ("advert_int 0", instance(" advert_int 0"), REFUSED, REFUSED),
    ("advert_int 1.5", instance(" advert_int 1.5"), WARNED, REFUSED),
    ("state FOO", instance(" state FOO"), REFUSED, REFUSED),
    ("preempt_delay 1001", instance(" preempt_delay 1001"), REFUSED, REFUSED),
    ("preempt_delay and MASTER", instance(" state MASTER\n priority 9\n preempt_delay 5"),
     WARNED, REFUSED),
    ("no address", INSTANCE + "}\n", WARNED, REFUSED),
    ("no vrid", instance().replace("virtual_router_id 51", ""), REFUSED, REFUSED),
    ("no interface", instance().replace("interface lo", ""), REFUSED, REFUSED),
    ("no such interface", instance().replace(" lo", " nosuch0"), REFUSED, REFUSED),
    ("same name twice", instance() + instance(), REFUSED, REFUSED),
    ("same vrid twice", instance() + instance().replace("VI_1", "VI_2").replace("80", "81"),
     REFUSED, REFUSED),
    ("unknown script", instance(" track_script {\n  x\n }"), REFUSED, REFUSED),
    ("unknown tracked interface", instance(" track_interface {\n  nosuch0\n }"),
     REFUSED, REFUSED),
    ("auth_type FOO", instance(" authentication {\n  auth_type FOO\n }"), REFUSED, REFUSED),
    ("no auth_pass", instance(" authentication {\n  auth_type PASS\n }"), REFUSED, REFUSED),
    ("no auth_type", instance(" authentication {\n  auth_pass x\n }"), WARNED, TAKEN),
    ("long auth_pass", instance(" authentication {\n  auth_type PASS\n  auth_pass 123456789\n }"),
     WARNED, REFUSED),
    ("prefix 33", instance().replace(".80", ".80/33"), REFUSED, REFUSED),
    ("bad address", instance().replace("10.1.1.80", "300.1.1.1"), REFUSED, REFUSED),
    ("bad scope", instance().replace(".80", ".80 scope x"), REFUSED, REFUSED),
    ("bad option", instance().replace(".80", ".80 bogus"), REFUSED, REFUSED),
    ("address options", instance().replace(".80", ".80/24 brd 10.1.1.255 dev lo scope link "
                                           "label lo:1"), TAKEN, TAKEN),
    ("script", SCRIPT + "vrrp_script a {\n script \"/bin/true 'a b'\"\n interval 2\n timeout 1\n"
     " weight -5 reverse\n rise 2\n fall 3\n}\n" + instance(" track_script {\n  a weight 3\n }"),
     TAKEN, TAKEN),
    ("script without script", "vrrp_script a {\n}\n" + instance(), REFUSED, REFUSED),
    ("script weight 254", SCRIPT + "vrrp_script a {\n script /bin/true\n weight 254\n}\n" +
     instance(" track_script {\n  a\n }"), REFUSED, REFUSED),
    ("script rise 0", SCRIPT + "vrrp_script a {\n script /bin/true\n rise 0\n}\n" +
     instance(" track_script {\n  a\n }"), REFUSED, REFUSED),
    ("script without end of quote", SCRIPT + "vrrp_script a {\n script \"/bin/true 'x\"\n}\n" +
     instance(" track_script {\n  a\n }"), REFUSED, REFUSED),
    ("garp", "global_defs {\n vrrp_garp_master_delay 1\n vrrp_garp_interval 0.5\n}\n" +
     instance(" garp_master_repeat 3\n garp_lower_prio_repeat 0"), TAKEN, TAKEN),
    ("garp repeat 0", instance(" garp_master_repeat 0"), REFUSED, REFUSED),
    ("unicast", instance(" unicast_src_ip 127.0.0.1\n unicast_peer {\n  127.0.0.2\n }"),
     TAKEN, TAKEN),
    ("unicast without peers", instance(" unicast_src_ip 127.0.0.1"), WARNED, REFUSED),
    ("mail", "global_defs {\n notification_email {\n  a@b.c\n }\n smtp_server 10.0.0.1 2525\n"
     " notification_email_from x@y.z\n smtp_connect_timeout 30\n smtp_helo_name n\n"
     " router_id n\n}\n" + instance(" smtp_alert"), TAKEN, TAKEN),
    ("mail nowhere", instance(" smtp_alert"), WARNED, TAKEN),
    ("sync group", GROUP.format("") + TWO, TAKEN, TAKEN),
    ("sync group of one", "vrrp_sync_group G {\n group {\n  VI_1\n }\n}\n" + instance(), WARNED, REFUSED),
    ("sync group with a stranger", GROUP.format("") + instance(), REFUSED, REFUSED),
    ("sync group without group", "vrrp_sync_group G {\n}\n" + instance(), REFUSED, REFUSED),
    ("sync group notifies", GROUP.format(" notify /bin/true\n notify_master /bin/true\n smtp_alert off") +
     "global_defs {\n script_user root\n enable_script_security\n}\n" + TWO, TAKEN, TAKEN),
    ("track in group", "track_file F {\n file /tmp/F\n}\n" +
     GROUP.format(" track_file {\n  F weight 2 reverse\n }") + TWO, TAKEN, TAKEN),
    ("track before its block", instance(" track_file {\n  F\n }") + "track_file F {\n file /tmp/F\n}\n",
     TAKEN, REFUSED),
    ("global_tracking", GROUP.format(" global_tracking") + TWO, WARNED, REFUSED),
    ("track_file", "track_file F {\n file /tmp/F\n weight 2 reverse\n init_file 3\n}\n" +
     instance(" track_file {\n  F\n }"), TAKEN, TAKEN),
    ("vrrp_track_file", "vrrp_track_file F {\n file /tmp/F\n}\n" + instance(" track_file {\n  F weight 254\n }"),
     WARNED, TAKEN),
    ("track_file without file", "track_file F {\n weight 2\n}\n" + instance(" track_file {\n  F\n }"),
     REFUSED, REFUSED),
    ("track_file weight", "track_file F {\n file /tmp/F\n}\n" + instance(" track_file {\n  F weight 255\n }"),
     REFUSED, REFUSED),
    ("track_process", "vrrp_track_process P {\n process haproxy -x\n param_match partial\n full_command\n"
     " weight -254\n quorum 2\n quorum_max 3\n fork_delay 0.5\n terminate_delay 1\n}\n" +
     instance(" track_process {\n  P\n }"), TAKEN, TAKEN),
    ("track_process quorum", "vrrp_track_process P {\n process haproxy\n quorum 3\n quorum_max 2\n}\n" +
     instance(" track_process {\n  P\n }"), REFUSED, REFUSED),
    ("track_process none", "vrrp_track_process P {\n process haproxy\n quorum_max 0\n}\n" +
     instance(" track_process {\n  P weight 0\n }"), TAKEN, TAKEN),
    ("bfd", "bfd_instance B {\n neighbor_ip 10.9.9.9\n source_ip 10.9.9.8\n min_tx 3.5\n min_rx 20\n idle_tx 1500\n"
     " multiplier 3\n passive\n ttl 254\n max_hops 3\n weight -3 reverse\n}\n" +
     instance(" track_bfd {\n  B weight 5\n }"), TAKEN, TAKEN),
    ("bfd idle_tx", "bfd_instance B {\n neighbor_ip 10.9.9.9\n idle_tx 500\n}\n" + instance(" track_bfd {\n  B\n }"),
     REFUSED, REFUSED),
    ("bfd nobody", "bfd_instance B {\n}\n" + instance(), REFUSED, REFUSED),
    ("fifos", "global_defs {\n notify_fifo /tmp/a\n vrrp_notify_fifo /tmp/b root root\n"
     " vrrp_notify_fifo_script /bin/true root\n vrrp_notify_priority_changes on\n script_user root\n enable_script_security\n}\n" +
     instance(" notify_priority_changes on\n notify_master_rx_lower_pri /bin/true"), TAKEN, TAKEN),
    # What relevo refuses because it does not do it yet, or has of its own.
    ("version 3", instance(" version 3"), TAKEN, TAKEN),
    ("sequence", instance().replace("10.1.1.80", "~SEQ(A, 1, 3) 10.1.1.${A}"), TAKEN, TAKEN),
    ("proxy_fault_delay", "global_defs {\n proxy_fault_delay 1\n}\n" + instance(),
     TAKEN, REFUSED),
]


ROOT = os.geteuid() == 0
# A real Keepalived takes no loopback interface, so both get an eth0 where one can be made.
NAMESPACE = ["unshare", "-n", "sh", "-c",
             "ip link add eth0 type veth peer name eth1 && ip link set eth0 up && exec \"$@\"",
             "sh"] if ROOT else []


def run(*command):
    return subprocess.run([*NAMESPACE, *command], capture_output=True, text=True, timeout=SECONDS,
                          check=False)


def write(tmp_path, text):
    path = tmp_path / "k.conf"
    path.write_bytes((re.sub(r"\blo\b", "eth0", text) if ROOT else text).encode())
    path.chmod(0o644)
    return str(path)


@pytest.mark.parametrize("name,text,ours,theirs", CASES, ids=[case[0] for case in CASES])
def test_relevo(tmp_path, name, text, ours, theirs):
    done = run(str(program()), "-c", "-k", write(tmp_path, text))
    if done.returncode != 0:
        verdict = REFUSED
        assert "error:" in done.stderr
    else:
        verdict = WARNED if "warning:" in done.stderr else TAKEN
    assert verdict == ours, done.stderr


@pytest.mark.reference
@pytest.mark.parametrize("name,text,ours,theirs", CASES, ids=[case[0] for case in CASES])
def test_keepalived(tmp_path, name, text, ours, theirs):
    assert ROOT and shutil.which("keepalived"), "needs keepalived, and root for a network namespace"
    done = run("keepalived", "-t", "-l", "-i", "nodea", "-f", write(tmp_path, text))
    verdict = TAKEN if done.returncode == 0 else REFUSED
    assert verdict == theirs, done.stdout + done.stderr
