"""What was drawn once from things that do not change, kept in the process's memory."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Kept:
    """The last ``size`` drawings by everything they were drawn from. Safe among threads.

    A key must name all that shows: then nothing is ever out of date, and nothing need be thrown away
    for being old.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._drawn: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, draw: Callable[[], str]) -> str:
        """What was drawn for the key, drawn now where it is missing. Two may draw at once."""
        with self._lock:
            found = self._drawn.get(key)
            if found is not None:
                self._drawn.move_to_end(key)
                return found
        drawn = draw()
        with self._lock:
            self._drawn[key] = drawn
            while len(self._drawn) > self._size:
                self._drawn.popitem(last=False)
        return drawn
