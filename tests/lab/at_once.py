# SPDX-License-Identifier: Apache-2.0
"""Cases of a test that mostly wait, played several at a time: each test then says how its own went."""
import concurrent.futures
import contextlib


@contextlib.contextmanager
def played(request, name, play, limit):
    """play(*case) for each case of the test function `name` that runs, `limit` at a time: {case: future}."""
    cases = [item.callspec.params["case"] for item in request.session.items
             if item.fspath == request.node.fspath and item.function.__name__ == name]
    with concurrent.futures.ThreadPoolExecutor(limit) as pool:
        futures = {case: pool.submit(play, *case) for case in cases}
        try:
            yield futures
        finally:
            for future in futures.values():
                future.cancel()
