# SPDX-License-Identifier: Apache-2.0
"""What the console tells of a pair: what is tracked and what that does, who was master when, and what it cost."""
import re

import pytest

from test_console_handover import Consoles
from test_vrrp_interop import config


@pytest.fixture
def lab():
    made = Consoles()
    yield made
    made.close()


def page(lab, index):
    """Its text, without tags; each piece of it on a line."""
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"<(style|script)>.*?</\1>|<[^>]*>", "\n", lab.curl(index), flags=re.S))


def test_tracks_and_turns(lab):
    number = lab.directory / "number"
    number.write_text("0\n")
    blocks = f"""
track_file weigh {{
    file {number}
}}
"""
    lab.start(0, config(101, extra="track_file {\n        weigh weight 1\n    }") + blocks)
    lab.start(1, config(100))
    lab.until_owner(0, 9)
    lab.until(lambda: lab.heard(0).get("state") == "BACKUP", 8, "hellos reach node 0")
    lab.until(lambda: re.search(r"weigh\n.*up\n.*file says 0", page(lab, 0), re.S), 5, "the file is on the page")
    assert "weight +1" in page(lab, 0) and "now" not in page(lab, 0).split("weight +1")[1].split("Who was")[0]
    # the file takes its priority below the other's, which takes over
    number.write_text("-20\n")
    lab.until_owner(1, 9)
    lab.until(lambda: re.search(r"file says -20\n.*-20 now", page(lab, 0), re.S), 5, "the page knows why")
    turns = page(lab, 0).split("In words\n")[1]
    rows = re.findall(r"\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n.\n(MASTER|BACKUP)\n([^\n]*)\n", turns)
    assert [state for state, _ in rows[:2]] == ["BACKUP", "MASTER"]
    assert rows[1][1] == "this node" and rows[0][1] == "lab"  # the other one's router_id
    # one that is gone is missed for as long as the events say
    lab.nodes[1].kill_all()
    lab.until_owner(0, 9)
    lab.until(lambda: "MASTER" in page(lab, 0).split("In words\n")[1].split("\n")[:20], 5, "the page knows")
    missed = re.search(r"\nMASTER\nthis node\n[^\n]*\n([\d.]+)\u202fs\n(no advertisement[^\n]*)\n", page(lab, 0))
    assert missed and 3 < float(missed[1]) < 5


def test_who_is_master_while_this_node_is_in_fault(lab):
    number = lab.directory / "number"
    number.write_text("0\n")
    blocks = f"""
track_file stop {{
    file {number}
}}
"""
    lab.start(0, config(101, extra="track_file {\n        stop weight 0\n    }") + blocks)
    lab.start(1, config(100))
    lab.until_owner(0, 9)
    lab.until(lambda: lab.heard(0).get("state") == "BACKUP", 8, "hellos reach node 0")
    number.write_text("1\n")
    lab.until_owner(1, 9)

    def rows():
        return re.findall(r"\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n.\n(MASTER|BACKUP|FAULT)\n([^\n]*)\n",
                          page(lab, 0).split("In words\n")[1])
    lab.until(lambda: rows()[0] == ("FAULT", "lab"), 6, "by its hello")
    assert "in fault by it" in page(lab, 0)
    number.write_text("0\n")
    lab.until_owner(0, 9)
    lab.until(lambda: rows()[0] == ("MASTER", "this node"), 6, "it is back")
    assert ("FAULT", "lab") in rows()
