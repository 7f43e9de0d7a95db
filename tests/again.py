#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pytest for CI's machine: again.py PYTEST-ARGUMENT...

A machine shared with strangers stops for a second now and then, in the middle of one of ten thousand tests. So
the few that failed run three times more, alone, and must pass each time: a test that is broken stays red, and
what was unsteady is named at the end, with its first failure above it. It is a bug to mend, of the test or of
relevo (HACKING.md). Who works on the code runs pytest itself, and sees red at once.
"""
import subprocess
import sys

import pytest

MOST, TIMES = 3, 3


class Failures:
    """A pytest plugin that remembers which tests failed."""

    def __init__(self):
        self.tests = []

    def pytest_runtest_logreport(self, report):
        test = report.nodeid
        if "@" in test[test.rfind("]") + 1:]:  # where xdist keeps together: tests/a.py::test[x]@group
            test = test[:test.rfind("@")]
        if report.failed and test not in self.tests:
            self.tests.append(test)


def passes(tests):
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]).returncode == 0


def main():
    failures = Failures()
    status = pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[failures])
    if status != pytest.ExitCode.TESTS_FAILED or not 0 < len(failures.tests) <= MOST:
        return int(status)
    print(f"{len(failures.tests)} failed; {TIMES} times more, alone:", flush=True)
    if not all(passes(failures.tests) for _ in range(TIMES)):
        return int(status)
    for test in failures.tests:
        print(f"unsteady: {test}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
