# SPDX-License-Identifier: Apache-2.0
"""What a reload carries over: counters, maxima, and of servers their health and what an operator said."""
import csv
import io
import os
import signal
import time

import pytest
from reload_lab import Load, exchange, free_port, one_echo, wait_for
from streams import Server, connect, echo
from test_reload import Site, site  # pylint: disable=unused-import


def stat(running, proxy, name):
    """A row of `show stat`, by column."""
    rows = csv.DictReader(io.StringIO(running.ask("show stat").lstrip("# ")))
    return next(row for row in rows if (row["pxname"], row["svname"]) == (proxy, name))


def info(running):
    return dict(line.split(": ", 1) for line in running.ask("show info").splitlines() if ": " in line)


def total(running, column="stot"):
    return [int(stat(running, "l", name)[column]) for name in ("FRONTEND", "s1", "BACKEND")]


def test_totals_are_what_the_clients_did(site):
    """Counted by seven processes, of which some still drain: each connection once, in every row, at any time."""
    running = site()
    load = Load(running.port, rate=150, long_lived=10)
    seen = 0
    for i in range(6):
        time.sleep(0.5)
        least = load.done
        running.running.good(running.cfg(threads=(1, 3, 2)[i % 3]))
        now = int(stat(running, "l", "FRONTEND")["conn_tot"])
        assert now >= max(least, seen)
        seen = now
    made = load.stop()
    running.running.wait_drained()
    assert total(running) == [made] * 3
    assert int(stat(running, "l", "FRONTEND")["conn_tot"]) == made == int(info(running)["CumConns"])
    assert total(running, "bin") == total(running, "bout") == [made + load.exchanges] * 3
    running.running.good()
    assert total(running) == [made] * 3
    assert int(info(running)["CumReq"]) == made
    # Maxima too, and clearing means all of it.
    assert int(stat(running, "l", "FRONTEND")["smax"]) >= 10
    running.ask("clear counters all")
    assert total(running) == [0] * 3
    running.running.good()
    assert total(running) == [0] * 3
    one_echo(running.port)
    wait_for("the one that came", 5, lambda: total(running) == [1] * 3)


def drains(running):
    facts = info(running)
    return facts.get("Draining_processes"), facts.get("Draining_connections")


def test_those_that_drain_go_on_counting(site):
    running = site()
    with connect(running.port) as old:
        exchange(old)
        for _ in range(3):
            running.running.good()
        with connect(running.port) as new:
            exchange(new)
            for _ in range(4):
                exchange(old)
            wait_for("those without a connection to end", 10, lambda: drains(running) == ("1", "1"))
        old.close()
        running.running.wait_drained()
        wait_for("all bytes of both", 5, lambda: total(running, "bin") == [6] * 3)
        wait_for("none to drain", 5, lambda: drains(running) == (None, None))
    running.ask("clear counters all")
    assert total(running, "bin") == [0] * 3


def test_a_frontend_that_is_gone_stays_in_the_totals(site):
    running = site()
    port = free_port()
    more = f"listen m\n    bind 127.0.0.1:{port}\n    server s1 127.0.0.1:{running.server.port}\n"
    running.running.good(running.cfg(more=more))
    for _ in range(3):
        one_echo(port)
    one_echo(running.port)
    for _ in range(3):
        running.running.good()
        wait_for("four connections", 5, lambda: info(running)["CumConns"] == "4")
    running.running.good(running.cfg(more=more))
    one_echo(port)
    wait_for("five connections", 5, lambda: info(running)["CumConns"] == "5")


def test_counters_outlive_a_crash(site):
    running = site()
    for _ in range(3):
        one_echo(running.port)
    wait_for("three", 5, lambda: total(running) == [3] * 3)
    was = running.running.proxies()[0]
    os.kill(was, signal.SIGKILL)
    wait_for("another process", 10, lambda: running.running.proxies()[0] not in (None, was))
    one_echo(running.port)
    wait_for("four", 10, lambda: total(running) == [4] * 3)


CHECKED = """
backend b
    server up 127.0.0.1:{up} check inter 500ms rise 3 weight 10
    server down 127.0.0.1:{down} check inter 100ms fastinter 60s downinter 60s rise 3 fall 1
    server maint 127.0.0.1:{up} check inter 60s
    server drain 127.0.0.1:{up}
    server off 127.0.0.1:{up} disabled
    server slow 127.0.0.1:{up} weight 100
"""


def states(running, backend="b"):
    names = ("up", "down", "maint", "drain", "off", "slow")
    return {name: (lambda row: (row["status"], row["weight"]))(stat(running, backend, name)) for name in names}


@pytest.fixture
def checked(site):
    running = site()
    text = CHECKED.format(up=running.server.port, down=free_port())
    running.running.good(running.cfg(more=text))
    wait_for("checks of both", 10,
             lambda: [stat(running, "b", name)["status"] for name in ("up", "down")] == ["UP", "DOWN"])
    for command in ("set server b/maint state maint", "set server b/drain state drain", "set server b/off state ready",
                    "set weight b/slow 7", "set weight b/up 20"):
        assert running.ask(command) in ("", "\n"), command
    return running, text


def test_servers_go_on_as_they_were(checked):
    running, text = checked
    was = states(running)
    assert was == {"up": ("UP", "20"), "down": ("DOWN", "1"), "maint": ("MAINT", "1"), "drain": ("DRAIN", "1"),
                   "off": ("no check", "1"), "slow": ("no check", "7")}
    down = stat(running, "b", "down")
    for _ in range(3):
        running.running.good(running.cfg(more=text))
        assert states(running) == was
    after = stat(running, "b", "down")
    for column in ("check_status", "chkfail", "chkdown", "lastsess"):
        assert after[column] == down[column], column
    assert int(after["lastchg"]) >= int(down["lastchg"])
    assert int(after["downtime"]) >= int(down["downtime"])


def test_the_file_wins_where_it_changed(checked):
    running, text = checked
    was = states(running)
    new = text.replace("weight 10\n", "weight 11\n").replace(" disabled", "").replace("weight 100", "weight 100 disabled")
    running.running.good(running.cfg(more=new))
    now = states(running)
    assert (now["up"], now["off"], now["slow"]) == (("UP", "11"), ("no check", "1"), ("MAINT", "7"))
    assert {name: now[name] for name in ("down", "maint", "drain")} == {name: was[name] for name in ("down", "maint", "drain")}
    # A server at another address is another server.
    other = Server(echo)
    lines = new.splitlines()
    lines[3] = f"    server down 127.0.0.1:{other.port} check inter 60s rise 3"
    running.running.good(running.cfg(more="\n".join(lines) + "\n"))
    assert stat(running, "b", "down")["status"].startswith("UP")
    assert stat(running, "b", "down")["chkdown"] == "0"
    other.close()


def test_streaks_are_not_counted_anew(site):
    """A server that is down with two of three good checks needs one more after the reload, not three."""
    alive = Server(echo)
    port = alive.port
    alive.close()
    running = site()
    text = f"backend b\n    server s 127.0.0.1:{port} check inter 1s downinter 1s fastinter 1s rise 3 fall 1\n"
    running.running.good(running.cfg(more=text))
    wait_for("it is down", 10, lambda: stat(running, "b", "s")["status"] == "DOWN")
    alive = Server(echo, port)
    wait_for("two good checks", 10, lambda: stat(running, "b", "s")["status"] == "DOWN 2/3")
    running.running.good(running.cfg(more=text))
    assert stat(running, "b", "s")["status"] in ("DOWN 2/3", "UP")
    begun = time.monotonic()
    wait_for("it is up", 10, lambda: stat(running, "b", "s")["status"] == "UP")
    assert time.monotonic() - begun < 2
    alive.close()
