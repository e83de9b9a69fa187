"""What is compared after whole attempts must find what is lost and what is double."""

import json

from benchmarks.whole_attempts import check


class Held:
    """What a database holds of one attempt with one answer, handed in."""

    def __init__(self, *, state=40, receipt="R-1", seq=1, more=()):
        self.attempts = {"a1": (state, receipt, 1, 7), **dict(more)}
        self.seq = seq

    def attempts_held(self):
        return self.attempts

    def answers_held(self):
        return {("a1", 1): (self.seq, '"A"')} if self.seq else {}

    def answers_double(self):
        return 0


def journal(folder):
    answered = json.dumps({"answers": [{"item": 1, "seq": 1, "status": "accepted"}]})
    path = folder / "journal.txt"
    path.write_text(f"t a1\ni 1 1 A\na 200 {answered}\nh\nr R-1\n")
    return [path]


def test_nothing_is_lost_when_answer_and_receipt_are_held(tmp_path):
    assert check(journal(tmp_path), Held()) == {
        "attempts": 1, "handed_in": 1, "answers_acknowledged": 1, "lost": 0, "double": 0,
    }  # fmt: skip


def test_a_missing_answer_another_receipt_and_an_open_attempt_are_losses(tmp_path):
    assert check(journal(tmp_path), Held(seq=0))["lost"] == 1
    assert check(journal(tmp_path), Held(receipt="R-2"))["lost"] == 1
    assert check(journal(tmp_path), Held(state=20))["lost"] == 1


def test_two_attempts_of_one_person_are_double(tmp_path):
    assert check(journal(tmp_path), Held(more={"a2": (20, None, None, 7)}))["double"] == 1
