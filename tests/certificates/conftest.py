from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections


@pytest.fixture
def in_threads():
    """``in_threads(n, work)``: do it n times at once, each thread with its own connection."""

    def run(times, work):
        def once(_):
            try:
                return work()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(once, range(times)))

    return run
