# SPDX-License-Identifier: Apache-2.0
"""Health checks: verdict, code, text, log lines and bytes are HAProxy's (check_lab.py): a row a test."""
import pytest

import check_rows_http
import check_rows_tcp
from check_lab import Checking
from programs import programs

ROWS = [*check_rows_http.ROWS, *check_rows_tcp.ROWS]
SECONDS = 2		# three checks of each server


@pytest.fixture(scope="session")
def checking(request, tmp_path_factory):
    """Runs the rows of the tests that were chosen, all at once, in both programs."""
    chosen = {item.callspec.params["row"].name for item in request.session.items
              if getattr(item, "callspec", None) and "row" in item.callspec.params}
    rows = [row for row in ROWS if row.name in chosen]
    found = {}
    for name, start in programs(tmp_path_factory.mktemp("checks")):
        found[name] = Checking(lambda cfg, start=start: start(cfg).stop, rows, SECONDS,
                               expected=found.get("haproxy")).found
    return found


def is_right(expected, value):
    return expected(value) if callable(expected) else value == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_is_haproxys(checking, row):
    haproxy, relevo = checking["haproxy"][row.name], checking["relevo"][row.name]
    assert haproxy.columns, "HAProxy did not run"
    assert bool(row.unlike) == bool(row.why), "a difference has its reason"
    for field in ("columns", "log", "sent"):
        if field in row.unlike:
            assert is_right(row.unlike[field], getattr(relevo, field)), (field, getattr(relevo, field))
        else:
            assert getattr(relevo, field) == getattr(haproxy, field), field
