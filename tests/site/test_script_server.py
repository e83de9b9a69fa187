"""``script/server`` as somebody meets it who mistypes."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "script" / "server"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port"], "--port needs a number from 1 to 65535."),
        (["--port", "abc"], "abc is not a port; choose a number from 1 to 65535."),
        (["--port", "0"], "0 is not a port; choose a number from 1 to 65535."),
        (["--port", "65536"], "65536 is not a port; choose a number from 1 to 65535."),
        (["--host"], "--host needs an address, such as 0.0.0.0."),
        (["--prot", "1"], "Unknown option --prot; see script/server --help"),
    ],
)
def test_a_wrong_option_is_told_at_once_and_nothing_is_set_up(options, said):
    ended = subprocess.run([SCRIPT, *options], capture_output=True, text=True, timeout=10)

    assert ended.returncode == 2
    assert (ended.stdout, ended.stderr) == ("", said + "\n")
