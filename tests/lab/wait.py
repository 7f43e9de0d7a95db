# SPDX-License-Identifier: Apache-2.0
"""How tests wait: for the very condition that they assert, for so long, and with the logs when it does not come.

What happens after one thing that was seen (an address, a line) has not happened yet: a notify script writes
later than the address moves, a log line is read later than it is written. Wait for each of them.
"""
import threading
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


class Stopwatch:
    """seconds() since it was made, but for those in which this machine did not run us, as in until().

    For a bound that says how soon something is: what the machine stood still is not the program's.
    """

    def __init__(self):
        self._start, self._stalled, self._read = time.monotonic(), 0, threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while not self._read.is_set():
            looked = time.monotonic()
            time.sleep(0.01)
            late = time.monotonic() - looked - 0.01
            if late > STALL and self._stalled < STALLS:
                self._stalled += late

    def seconds(self):
        """To be asked once: nobody watches the machine from then on."""
        self._read.set()
        return time.monotonic() - self._start - self._stalled

    def within(self, low, high):
        """Whether it took `low` or more by the clock, and less than `high` of seconds()."""
        return low <= time.monotonic() - self._start and self.seconds() < high
