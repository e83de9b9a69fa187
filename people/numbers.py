"""Whole numbers out of addresses and forms: what anybody may type there."""

# The largest key of either database; a larger number breaks the query that looks it up.
LARGEST = 2**63 - 1


def whole_number(
    text: str | None, *, least: int = 0, most: int = LARGEST, otherwise: int = 0
) -> int:
    """The number ``text`` writes in decimal digits, or ``otherwise`` when it writes none in range.

    ``str.isdigit`` also says yes to "²", which ``int`` refuses; thousands of digits ``int`` refuses too.
    """
    if not text or not text.isdecimal() or len(text) > len(str(LARGEST)):
        return otherwise
    number = int(text)
    return number if least <= number <= most else otherwise
