"""Reads a rule pack from YAML. Every mistake is named with its line and path, all at once."""

from tracker.rules.pack.reading import load_pack, read_pack

__all__ = ["load_pack", "read_pack"]
