"""In which language a page speaks."""

from django.utils.translation import get_language


def in_chinese() -> bool:
    """Whether it is Chinese, as it is unless another was chosen."""
    return (get_language() or "zh").startswith("zh")
