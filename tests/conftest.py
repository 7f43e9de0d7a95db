# SPDX-License-Identifier: Apache-2.0
"""Tests run side by side (pytest -n N --dist loadgroup).

Each worker has a network and a /run/relevo of its own. Tests that share something costly (a fixture
of a module or of the session) run in one worker, first; the others go wherever there is room.
"""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lab import namespaces

namespaces.become_root()
if "PYTEST_XDIST_WORKER" in os.environ:
    namespaces.keep_apart()


def pytest_configure(config):
    config.addinivalue_line("markers", "figures: has bounds of milliseconds, so that nothing may run beside it")
    config.addinivalue_line("markers", "coarse: a figure of hundreds of them: a few may run side by side")
    config.addinivalue_line("markers", "reference: runs HAProxy or Keepalived only, and none of relevo")
    config.addinivalue_line("markers", "xdist_group(name): tests of a name run in one worker")


def shared(item):
    """The names of the costly fixtures of this test."""
    definitions = item._fixtureinfo.name2fixturedefs.items()
    return sorted(name for name, made in definitions if made[-1].scope in ("module", "session")
                  and made[-1].func.__module__.partition(".")[0] not in ("_pytest", "xdist"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    if config.getoption("dist", "no") == "no" and "PYTEST_XDIST_WORKER" not in os.environ:
        return
    for item in items:
        if shared(item) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(f"{item.fspath.basename} {' '.join(shared(item))}"))
    items.sort(key=lambda item: not shared(item))
