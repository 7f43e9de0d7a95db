# SPDX-License-Identifier: Apache-2.0
"""What agents say, and what is done by hand beside them: a row a test (agent_lab.py)."""
from agent_lab import REFUSE, row

CHECK = "check inter 100ms port @SERVER"

ROWS = [
    row("words", b"up\n", b"down\n", b"up\n", b"stopped\n", b"UP\n", b"failed\n", b"fail\n", b"Up\r\n"),
    row("description", b"down # disk full \n", b"fail#x,y z\n", b"stopped #  a\n", b"up # all well\n", b"# nothing\n"),
    row("weights", b"50%\n", b"0%\n", b"75% \n", b"300%\n", b"100%\n", b"5x%\n", b"5\n", b"%\n", b"-5%\n", options="weight 100"),
    row("weight_of_1", b"50%\n", b"75%\n", b"0%\n", b"100%\n"),
    row("weight_static", b"50%\n", b"0%\n", b"up 50%\n", b"100%\n", b"down 50% # x\n", cfg="balance source", options="weight 10"),
    row("limit", b"maxconn:30\n", b"maxconn:0\n", b"maxconn:-1\n", b"maxconn:x\n", b"maxconn:5x\n", b"MAXCONN:7\n", b"maxconn:\n", b"up maxconn:x\n", options="maxconn 10"),
    row("admin", b"drain\n", b"ready\n", b"maint\n", b"ready\n", b"drain\n", b"maint\n", b"drain\n", b"ready\n"),
    row("several", b"up,ready,50%,maxconn:3\n", b"down drain\n", b"up\n", b"ready\n", b"up down\n", b"down up\n", b"\tup\t30%  \n", b"drain ready up\n", options="weight 10"),
    row("unknown", b"foo\n", b"up foo bar\n", b"down foo\n", b"foo # descr\n", b"up\n", b"foo\n", b"ready foo\n", b"50% foo\n"),
    row("no_line", b"up", b"", b"\n", b"down\rup\n", b"  \n", b"down", (b"u", b"p\n"), b"x" * 300 + b"\n", b"down # " + b"y" * 300 + b"\n"),
    row("refused", b"up\n", options="agent-port 1"),
    row("silent", (b"", ) * 30, b"up\n", b"down\n", (b"",) * 30, options="agent-inter 100ms"),
    row("checked", b"up\n", b"down\n", b"maint\n", b"up ready\n", b"drain\n", b"ready\n", b"down # x\n", b"up\n", options=CHECK),
    row("check_fails", b"up\n", b"down\n", b"up\n", b"ready\n", options="check inter 100ms port 1"),
    row("sends", b"up\n", "set server @ agent-send foo\\n", "set server @ agent-send", asks=r'"who\n"'),
    row("switched_off", b"down\n", "disable agent @", "enable agent @", b"up\n", "disable agent @", b"down\n", "enable agent @"),
    row("switched_off_checked", b"down\n", "disable agent @", "enable agent @", options=CHECK),
    row("forced", b"50%\n", "set server @ agent down", b"20%\n", "set server @ agent up", "set server @ agent foo", "set server @ agent", options="weight 10"),
    row("forced_checked", b"foo\n", "set server @ agent down", "set server @ agent up", "set server @ health down", options=CHECK),
    row("forced_health", b"down\n", "set server @ health up", "set server @ state maint", b"up\n", "set server @ state ready", options=CHECK),
    row("maint_by_hand", b"up\n", "set server @ state maint", b"ready\n", "set server @ state drain", b"ready\n"),
    row("begins_disabled", b"up\n", b"ready\n", options="disabled"),
    row("begins_disabled_checked", b"50%\n", b"ready up\n", options="disabled weight 10 " + CHECK),
    row("weight_by_hand", b"50%\n", "set server @ weight 3", "disable agent @", "set server @ weight 3", options="weight 10"),
    row("backup", b"down\n", b"drain\n", b"up\n", b"ready\n", options="backup"),
    row("address", b"up\n", "set server @ agent-addr 127.0.0.2", "set server @ agent-addr 127.0.0.1", "set server @ agent-addr x",
        "set server @ agent-addr 127.0.0.1 port x", "set server @ agent-addr 127.0.0.1 port 1", "set server @ agent-port 1", "set server @ agent-port x", "set server @ agent-port 70000"),
    row("elsewhere", b"up\n", options="agent-addr 127.0.0.2"),
]
