# SPDX-License-Identifier: Apache-2.0
"""Golden diagnostics: what `relevo -c` says about a file, to the byte.

A case is one of

    NAME.cfg         checked with  relevo -c -f NAME.cfg
    NAME.keepalived  checked with  relevo -c -k NAME.keepalived
    NAME/            checked with  relevo -c -f NAME  (its *.cfg files, in order)

or NAME.cfg and NAME.keepalived together, checked in one run. Beside it stand

    NAME.expected    "exit STATUS" on the first line, then all of stderr
    NAME.args        more options, on one line (optional)
    NAME.env         VARIABLE=value lines (optional; the environment is otherwise empty)

The program runs in this folder, or in the subfolder a case is in, so that paths in messages
are short. RELEVO names it (default: build/relevo of this repository, wherever meson put it).
UPDATE_GOLDEN=1 writes what it says into the .expected files; look at the difference then.
"""
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SECONDS = 20


def program():
    """The binary under test; a missing one fails the tests, since nothing was shown then."""
    named = os.environ.get("RELEVO")
    candidates = [pathlib.Path(named)] if named else [
        ROOT / "build" / "relevo", ROOT / "build" / "src" / "daemon" / "relevo"]
    for path in candidates:
        if path.is_file():
            return path.resolve()
    pytest.fail(f"no program to test: {' nor '.join(map(str, candidates))}")
    return None


def cases():
    """Every case by its path without suffix, sorted."""
    found = set()
    for path in HERE.rglob("*"):
        if "__pycache__" in path.parts:
            continue
        if path.suffix in (".cfg", ".keepalived") and not path.with_suffix(".expected").is_dir():
            if not is_directory_case(path.parent):
                found.add(path.with_suffix(""))
        elif path.is_dir() and is_directory_case(path):
            found.add(path)
    return sorted(found)


def is_directory_case(path):
    return path != HERE and (path.parent / f"{path.name}.expected").is_file()


def beside(case, suffix):
    return case.parent / (case.name + suffix)


def environment(case):
    """Nothing of the caller's, so that a case means the same everywhere."""
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    extra = beside(case, ".env")
    if extra.is_file():
        for line in extra.read_text().splitlines():
            name, _, value = line.partition("=")
            env[name] = value
    return env


def command(case):
    options = ["-c"]
    if beside(case, ".args").is_file():
        options += beside(case, ".args").read_text().split()
    if case.is_dir():
        return options + ["-f", case.name]
    for option, suffix in (("-f", ".cfg"), ("-k", ".keepalived")):
        if beside(case, suffix).is_file():
            options += [option, case.name + suffix]
    return options


def said_of(case):
    done = subprocess.run([program(), *command(case)], cwd=case.parent, env=environment(case),
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    return f"exit {done.returncode}\n" + done.stderr.decode("utf-8", "backslashreplace")


def name_of(case):
    return str(case.relative_to(HERE))


@pytest.mark.parametrize("case", cases(), ids=name_of)
def test_golden(case):
    expected = beside(case, ".expected")
    said = said_of(case)
    assert "Sanitizer" not in said and "broken invariant" not in said, said
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(said)
        return
    assert expected.is_file(), f"{expected} is missing; the program says:\n{said}"
    assert said == expected.read_text()


def test_there_are_cases():
    assert cases()


def test_every_expectation_has_its_case():
    """A renamed case must not leave its old expectation behind, believed to be checked."""
    known = set(cases())
    for path in sorted(HERE.rglob("*")):
        if path.suffix in (".expected", ".args", ".env"):
            assert path.with_suffix("") in known, f"{path} belongs to no case"
