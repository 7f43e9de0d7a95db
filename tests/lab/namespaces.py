# SPDX-License-Identifier: Apache-2.0
"""Network namespaces without a name: held by a descriptor, gone with the process."""
import ctypes
import os
import shutil
import subprocess
import threading

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """The machine did not do what the lab needs of it; the text says what to do."""


def check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise LabError(f"{what}: {os.strerror(number)}")


def become_root():
    """Root is left as it is. Anybody else becomes root of an own user and mount namespace.

    Must be called while the process has one thread.
    """
    if os.geteuid() == 0:
        return
    uid, gid = os.getuid(), os.getgid()
    done_read, done_write = os.pipe()
    mapper = _fork_mapper(os.getpid(), uid, gid, done_read, done_write)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0:
        reason = os.strerror(ctypes.get_errno())
        os.close(done_write)
        os.waitpid(mapper, 0)
        raise LabError(f"an unprivileged user namespace is not allowed here ({reason}); run as root, or allow "
                       "it: sysctl kernel.unprivileged_userns_clone=1 "
                       "kernel.apparmor_restrict_unprivileged_userns=0")
    os.write(done_write, b"x")
    os.close(done_write)
    os.close(done_read)
    _, status = os.waitpid(mapper, 0)
    if status != 0:
        with open("/proc/self/setgroups", "w") as f:
            f.write("deny")
        with open("/proc/self/uid_map", "w") as f:
            f.write(f"0 {uid} 1")
        with open("/proc/self/gid_map", "w") as f:
            f.write(f"0 {gid} 1")
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def has_many_users():
    """Whether `user haproxy` can be become: root, or newuidmap had a range in /etc/subuid."""
    with open("/proc/self/uid_map") as f:
        return sum(int(line.split()[2]) for line in f) > 1


def _fork_mapper(pid, uid, gid, done_read, done_write):
    """A child outside of the new namespace that gives it a range of ids; fails where there is none."""
    child = os.fork()
    if child:
        return child
    os.close(done_write)
    status = 1
    if os.read(done_read, 1) and shutil.which("newuidmap") and shutil.which("newgidmap"):
        status = 0
        for tool, own in (("newuidmap", uid), ("newgidmap", gid)):
            result = subprocess.run([tool, str(pid), "0", str(own), "1", "1", *_sub_range(tool, uid)],
                                    stderr=subprocess.DEVNULL)
            status = status or result.returncode
    os._exit(1 if status else 0)


def _sub_range(tool, uid):
    import pwd
    name = pwd.getpwuid(uid).pw_name
    with open("/etc/subuid" if tool == "newuidmap" else "/etc/subgid") as f:
        for line in f:
            owner, first, count = line.strip().split(":")
            if owner in (name, str(uid)) and int(count) >= 65535:
                return [first, "65535"]
    return ["0", "0"]


def private_network():
    """Moves this process, and all it starts later, to a network of its own with loopback up."""
    check(libc.unshare(CLONE_NEWNET), "a network namespace")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def keep_apart():
    """Moves this process, and all it starts later, to a network and a /run/relevo of its own.

    For tests that run beside others: a port that one of them found free is not taken by another. The
    network has an eth0 without addresses, since files of examples/ name it.
    """
    private_network()
    subprocess.run(["ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1"], check=True)
    check(libc.unshare(CLONE_NEWNS), "a mount namespace")
    os.makedirs("/run/relevo", exist_ok=True)
    for words in (["--make-rprivate", "/"], ["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run/relevo"]):
        subprocess.run(["mount", *words], check=True)


def new_network():
    """A descriptor of a new, empty network namespace. Ours stays as it is."""
    made = []

    def make():
        try:
            check(libc.unshare(CLONE_NEWNET), "a network namespace")
            made.append(os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY))
        except (OSError, LabError) as error:
            made.append(error)
    return _in_thread(make, made)


def in_network(network, function):
    """Calls function() in that network, for the sockets it opens, and returns what it returns.

    None is the network of this process.
    """
    if network is None:
        return function()
    made = []

    def call():
        try:
            check(libc.setns(network, CLONE_NEWNET), "entering a network namespace")
            made.append(function())
        except Exception as error:
            made.append(error)
    return _in_thread(call, made)


def _in_thread(function, made):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()
    if isinstance(made[0], Exception):
        raise made[0]
    return made[0]


def die_with_parent():
    """For preexec_fn: a lab that is killed leaves nothing behind."""
    libc.prctl(PR_SET_PDEATHSIG, 9)


def start(argv, network=None, **options):
    """Starts a process of the lab, in a network if one is given. Main thread only.

    It has a session of its own, so that Ctrl-C at the terminal reaches the lab and not its machines.
    """
    if network is not None:
        argv = ["nsenter", f"--net=/proc/self/fd/{network}", "--", *argv]
        options["pass_fds"] = (*options.get("pass_fds", ()), network)
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(argv, preexec_fn=die_with_parent, start_new_session=True, **options)


def run(argv, network=None, **options):
    """Runs a short command and returns its output; raises with what it said if it fails."""
    process = start(argv, network, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    text=True, **options)
    try:
        output, _ = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        raise LabError(f"{' '.join(argv)}: no end after 30 s")
    if process.returncode:
        raise LabError(f"{' '.join(argv)}: {output.strip() or process.returncode}")
    return output
