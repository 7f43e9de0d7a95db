# SPDX-License-Identifier: Apache-2.0
"""agent-check: what agents say changes servers as HAProxy does it (agent_lab.py): a row a test."""
import pytest

import agent_rows
from agent_lab import Agents
from programs import programs

FIELDS = ("columns", "state", "log", "said", "heard")


@pytest.fixture(scope="session")
def agents(request, tmp_path_factory):
    """Plays the rows of the tests that were chosen, all at once, in both programs."""
    chosen = {item.callspec.params["agent_row"].name for item in request.session.items
              if getattr(item, "callspec", None) and "agent_row" in item.callspec.params}
    rows = [row for row in agent_rows.ROWS if row.name in chosen]
    directory = tmp_path_factory.mktemp("agents")
    return {name: Agents(lambda cfg, start=start: start(cfg).stop, rows, directory / f"run-{name}").found
            for name, start in programs(directory)}


@pytest.mark.parametrize("agent_row", agent_rows.ROWS, ids=lambda row: row.name)
def test_is_haproxys(agents, agent_row):
    assert bool(agent_row.unlike) == bool(agent_row.why), "a difference has its reason"
    haproxy, relevo = agents["haproxy"][agent_row.name], agents["relevo"][agent_row.name]
    for number, step in enumerate(agent_row.steps):
        for field in FIELDS:
            expected = getattr(haproxy[number], field)
            if field == "columns":
                expected = {**expected, **agent_row.unlike.get((number, field), {})}
            assert getattr(relevo[number], field) == expected, (number, step, field)
