"""What a sample says of all: an estimate with its 95 per cent interval."""

from math import floor, sqrt

_Z = 1.96  # two-sided 95 per cent of the normal distribution


def estimate(found: int, looked_at: int, total: int) -> tuple[int, int, int]:
    """(least, most likely, most) of ``total`` when ``found`` of ``looked_at`` were.

    Wilson's interval, which holds for small shares as well. Everybody looked at: exact. Never less
    than was found, nor more than what is left.
    """
    if looked_at >= total or looked_at == 0:
        return found, found, found
    share = found / looked_at
    spread = _Z**2 / looked_at
    centre = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / looked_at + spread / (4 * looked_at)) / (1 + spread)
    least = max(found, floor((centre - half) * total))
    most = min(total - (looked_at - found), round((centre + half) * total))
    likely = min(max(round(share * total), least), most)
    return least, likely, most
