# SPDX-License-Identifier: Apache-2.0
"""The same file and the same bytes to HAProxy and to relevo (differential.py): a row a test."""
import pytest

import differential_rows_messages as messages_rows
import differential_rows_proxy as proxy_rows
import differential_rows_rules as rules_rows
import differential_rows_state as state_rows
from differential import Comparison
from http_peers import CLOSE, FIN, RESET

ROWS = [*messages_rows.ROWS, *proxy_rows.ROWS, *rules_rows.ROWS, *state_rows.ROWS]
FILES = {**messages_rows.FILES, **proxy_rows.FILES, **rules_rows.FILES, **state_rows.FILES}


@pytest.fixture(scope="session")
def comparison(request, tmp_path_factory):
    """Runs the rows of the tests that were chosen, all at once."""
    chosen = {item.callspec.params["row"].name for item in request.session.items
              if getattr(item, "callspec", None) and "row" in item.callspec.params}
    return Comparison([row for row in ROWS if row.name in chosen], FILES, tmp_path_factory.mktemp("differential"))


def is_right(expected, value):
    return expected(value) if callable(expected) else value == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_is_haproxys(comparison, row):
    haproxy, relevo = comparison.haproxy[row.name], comparison.relevo[row.name]
    assert not isinstance(haproxy, str), haproxy
    assert not isinstance(relevo, str), relevo
    assert bool(row.ours) == bool(row.why), "a difference has its reason"
    for field in ("client", "server", "log"):
        if field not in row.ours:
            assert getattr(relevo, field) == getattr(haproxy, field), field
        else:
            assert is_right(row.ours[field], getattr(relevo, field)), (field, getattr(relevo, field))
    if "reads" in row.ours:
        assert is_right(row.ours["reads"], relevo.reads), relevo.reads
    elif not row.ours:
        assert relevo.reads == haproxy.reads
    if not set(row.script) & {FIN, CLOSE, RESET}:
        assert relevo.wire[0] == relevo.wire[1], "the log's bytes are those that the client got"
    if row.refused:
        first = relevo.client[0][0][0] if relevo.client[0] else ""
        assert " 200 " not in first, relevo.client
        assert not any("smuggled" in str(connection) for connections in relevo.server for connection in connections)
