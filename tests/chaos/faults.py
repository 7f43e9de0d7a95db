# SPDX-License-Identifier: Apache-2.0
"""What befalls the pair of tests/chaos: a row each. A fault gets the pair and the dice, and returns how to heal it.

A network namespace has no clock of its own: a running process cannot be given another monotonic clock, and the wall
clock is the whole machine's. So the clock jumps over a restart, in a time namespace. A machine that is paused as a
whole is played by stopping all its processes at once, while its kernel goes on to answer ARP.
"""
import signal
import time

from lab.vrrp_lab import VIP
from node import keepalived

NAMES = ["proxy", "vrrp", "scripts", "parent"]


def owner(pair, dice):
    """Mostly the master, for that is what must be survived."""
    owners = pair.owners()
    return owners[0] if owners and dice.random() < 0.7 else dice.randrange(2)


def nothing():
    pass


def revive(pair, index):
    """Starts a node of which nothing runs any more (a killed parent takes the others along)."""
    deadline = time.monotonic() + 5
    while pair.processes(index) and "parent" not in pair.processes(index) and time.monotonic() < deadline:
        time.sleep(0.02)
    if not pair.processes(index):
        pair.start(index)


def kill(pair, dice):
    index, name = owner(pair, dice), dice.choice(NAMES)
    pair.signal(index, signal.SIGKILL, [name])
    time.sleep(dice.random() * 0.5)
    return f"kill {name} of node {index}", lambda: revive(pair, index)


def freeze(pair, dice):
    index, name = owner(pair, dice), dice.choice(NAMES)
    pair.signal(index, signal.SIGSTOP, [name])
    time.sleep(dice.choice([0.05, 0.3, 1, 3]) * dice.random())
    return f"freeze {name} of node {index}", lambda: pair.signal(index, signal.SIGCONT)


def freeze_all(pair, dice):
    index = owner(pair, dice)
    pair.signal(index, signal.SIGSTOP)
    time.sleep(dice.choice([0.3, 1, 4]) * dice.random())
    return f"freeze node {index}", lambda: pair.signal(index, signal.SIGCONT)


def power(pair, dice):
    index = owner(pair, dice)
    pair.run("ip", "link", "set", f"p{index}", "down")
    pair.kill_node(index)
    pair.nodes[index].run("sh", "-c", f"ip addr del {VIP}/32 dev eth0 2>/dev/null || true")
    time.sleep(dice.random())

    def heal():
        pair.run("ip", "link", "set", f"p{index}", "up")
        pair.start(index)
    return f"power of node {index}", heal


def kill_all(pair, dice):
    index = owner(pair, dice)
    pair.kill_node(index)
    time.sleep(dice.random())
    return f"kill every process of node {index}", lambda: pair.start(index)


def lose(pair, dice):
    index, share = dice.randrange(2), dice.choice([30, 60, 100])
    way = dice.choice(["iifname", "oifname", "both"])
    chance = f"numgen random mod 100 < {share} " if share < 100 else ""
    rules = [f"{word} p{index} {chance}drop"
             for word in (["iifname", "oifname"] if way == "both" else [way])]
    pair.run("nft", "add table bridge chaos; add chain bridge chaos f { type filter hook forward priority 0; };" +
             ";".join(f"add rule bridge chaos f {rule}" for rule in rules))
    time.sleep(dice.random() * 2)
    return f"{share} % lost, {way} p{index}", lambda: pair.run("nft", "delete table bridge chaos")


def unplug(pair, dice):
    index = owner(pair, dice)
    pair.nodes[index].run("ip", "link", "set", "eth0", "down")
    time.sleep(dice.random())
    return f"interface of node {index} down", lambda: pair.nodes[index].run("ip", "link", "set", "eth0", "up")


def delete(pair, dice):
    for index in pair.owners():
        pair.nodes[index].run("sh", "-c", f"ip addr del {VIP}/32 dev eth0 2>/dev/null || true")
    return "address deleted", nothing


def duplicate(pair, dice):
    pair.alien_run("ip", "addr", "add", f"{VIP}/32", "dev", "eth0")
    pair.announce_alien()
    time.sleep(dice.random() * 1.5)
    return "duplicate owner", lambda: pair.alien_run("ip", "addr", "del", f"{VIP}/32", "dev", "eth0")


def full_disk(pair, dice):
    index = owner(pair, dice)
    filler = pair.disks[index] / "filler"
    try:
        with open(filler, "wb") as f:
            f.write(b"x" * (2 << 20))
    except OSError:
        pass
    what = dice.choice([kill, freeze, handover])(pair, dice)

    def heal():
        filler.unlink()
        what[1]()
    return f"disk of node {index} full, then {what[0]}", heal


def clock(pair, dice):
    index, ahead = owner(pair, dice), dice.choice([1000, 10 ** 6, 10 ** 8])
    pair.stop_node(index)
    return f"node {index} starts with a clock {ahead} s ahead", lambda: pair.start(index, ahead)


def reload_good(pair, dice):
    index = dice.randrange(2)
    pair.write(index, keepalived(101 - index) + f"# {dice.random()}\n")
    done = pair.command(index, "reload")
    if done is None or done.returncode != 0:
        return f"reload of node {index}, which FAILED: {done}", None
    return f"reload of node {index}", nothing


def reload_bad(pair, dice):
    index = dice.randrange(2)
    pair.write(index, keepalived(101 - index).replace("priority", "priorty"))
    done = pair.command(index, "reload")
    pair.write(index, keepalived(101 - index))
    if done is None or done.returncode == 0:
        return f"reload of a bad file on node {index}, which was TAKEN: {done}", None
    return f"reload of a bad file on node {index}", nothing


def handover(pair, dice):
    for index in pair.owners():
        pair.command(index, "handover")
    return "handover", nothing


def maintenance(pair, dice):
    index = owner(pair, dice)
    pair.command(index, "maintenance", "on")
    time.sleep(dice.random() * 0.5)
    if pair.nodes[index].owns() and pair.nodes[1 - index].owns():
        return f"maintenance of node {index}, which still has the address", None
    return f"maintenance of node {index}", lambda: pair.command(index, "maintenance", "off")


FAULTS = [kill, kill, freeze, freeze, freeze_all, power, kill_all, lose, lose, unplug, delete, duplicate, full_disk, clock,
          reload_good, reload_bad, handover, maintenance]
