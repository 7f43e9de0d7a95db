# SPDX-License-Identifier: Apache-2.0
"""Pairs of nodes for the tests here. Without root everything runs in an own user namespace."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import article, namespaces
from lab.pair import Pair
from lab.software import Relevo

MANY_IDS = namespaces.become_root()


def edit(text):
    return text if MANY_IDS else article.without_users(text)


def relevo(node):
    return Relevo(node, edit)


@pytest.fixture(scope="module")
def pair():
    """Two nodes of relevo with the article's files, the first of them master."""
    with Pair(relevo) as made:
        made.start()
        made.settle()
        yield made
