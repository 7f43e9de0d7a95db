# SPDX-License-Identifier: Apache-2.0
"""Pairs of nodes for the tests here. Without root everything runs in an own user namespace."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import namespaces
from lab.pair import Pair
from lab.software import Relevo

namespaces.become_root()


@pytest.fixture(scope="module")
def pair():
    """Two nodes of relevo with the article's files, the first of them master."""
    with Pair(Relevo) as made:
        made.start()
        made.settle()
        yield made
