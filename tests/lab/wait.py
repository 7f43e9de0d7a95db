# SPDX-License-Identifier: Apache-2.0
"""How tests wait: for the very condition that they assert, for so long, and with the logs when it does not come.

What happens after one thing that was seen (an address, a line) has not happened yet: a notify script writes
later than the address moves, a log line is read later than it is written. Wait for each of them.
"""
import time

from .namespaces import LabError

STALL = 0.02  # seconds: a sleep that is longer by more was no fault of what we look at
STALLS = 10  # seconds of that at most: then something is wrong after all


def until(condition, seconds, what, logs=None, poll=0.01):
    """Polls; returns how many seconds it took. After `seconds` it fails with `what` and the text of logs().

    Time in which this machine did not run us is in neither: where `seconds`, or a bound of what is returned, is
    a promise of the program, it is one for a machine that runs it.
    """
    start, stalled = time.monotonic(), 0
    while not condition():
        looked = time.monotonic()
        if looked - start - stalled > seconds:
            raise LabError(f"not within {seconds} s: {what}\n{logs() if logs else ''}")
        time.sleep(poll)
        late = time.monotonic() - looked - poll
        if late > STALL and stalled < STALLS:
            stalled += late
    return time.monotonic() - start - stalled
