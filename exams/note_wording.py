"""Notes and errors of question files in the reader's language."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from exams.enums import QuestionType

NOTES: dict[str, Promise] = {
    "not_this_format": gettext_lazy("the file is damaged or not in the format %(format)s"),
    "old_xls": gettext_lazy("the file is an old .xls: please save it as .xlsx"),
    "unknown_format": gettext_lazy("the format of the file is not recognised"),
    "too_large": gettext_lazy("the file is larger than %(limit)s MB"),
    "too_many_questions": gettext_lazy("the file holds more than %(limit)s questions"),
    "no_questions": gettext_lazy("the file holds no questions"),
    "unsafe": gettext_lazy("the file was refused: %(reason)s"),
    "syntax": gettext_lazy("cannot be read: %(reason)s"),
    "unpaired_colons": gettext_lazy("“::” without a second “::”"),
    "unpaired_braces": gettext_lazy("“{” and “}” do not match"),
    "several_gaps": gettext_lazy("several “{…}” are only read when each is “{=…}”"),
    "no_arrow": gettext_lazy("“->” is missing in “%(value)s”"),
    "no_key": gettext_lazy("no right answer is marked"),
    "bad_key": gettext_lazy("the answer “%(value)s” fits no option"),
    "two_readings": gettext_lazy(
        "the answer “%(value)s” is the option %(words)s by its words and %(number)s by its number:"
        " write the letter"
    ),
    "unknown_type": gettext_lazy("the type of question “%(value)s” is not known here"),
    "not_representable": gettext_lazy(
        "a question of the type “%(value)s” cannot be represented here"
    ),
    "bad_number": gettext_lazy("“%(value)s” is not a number"),
    "no_stem": gettext_lazy("the question has no text"),
    "no_whole_credit": gettext_lazy("no answer is worth 100 %%"),
    "column_missing": gettext_lazy("the column “%(name)s” is missing"),
    "not_text_file": gettext_lazy("the file is not text in UTF-8 or GB18030"),
    "image": gettext_lazy("the image “%(value)s” is not taken over"),
    "media": gettext_lazy("the sound, film or embedded object “%(value)s” is not taken over"),
    "attachment": gettext_lazy("the attached file “%(value)s” is not taken over"),
    "file_missing": gettext_lazy("the package names the file “%(value)s”, which is not in it"),
    "file_unlisted": gettext_lazy(
        "the file “%(value)s” is not named by the package and was not read"
    ),
    "formatting": gettext_lazy("bold, colour and similar formatting is not kept"),
    "feedback_dropped": gettext_lazy("the feedback “%(value)s” has no place here"),
    "hint_dropped": gettext_lazy("hints for repeated tries are not used here"),
    "retry_penalty": gettext_lazy("the penalty for repeated tries (%(value)s) is not used here"),
    "field_dropped": gettext_lazy("the field “%(name)s” is not used here: %(value)s"),
    "column_ignored": gettext_lazy("the column “%(name)s” is not known and was not read"),
    "description_skipped": gettext_lazy("a text without a question was left out: %(value)s"),
    "markdown": gettext_lazy("the markdown is kept as it is written"),
    "instructions_kept": gettext_lazy("kept as an explanation: %(value)s"),
    "fraction_negative": gettext_lazy("the negative worth %(value)s of an answer counts as 0 here"),
    "regular_expression": gettext_lazy("the pattern “%(value)s” is compared as plain text"),
    "lines_joined": gettext_lazy(
        "read as one question with several blanks: %(value)s If they are several questions, put an empty line between them"
    ),
    "line_skipped": gettext_lazy("this line belongs to no question: %(value)s"),
    "scoring_simplified": gettext_lazy("the marking rule “%(value)s” is read as: %(read)s"),
    "shuffle_dropped": gettext_lazy(
        "the fixed order of options is set in the examination, not in the question"
    ),
    "category_cut": gettext_lazy(
        "the category has more than six levels: the last ones were joined"
    ),
    "mended": gettext_lazy("the XML is not well formed and was mended: %(reason)s"),
    "type_not_carried": gettext_lazy(
        "a question of the type “%(value)s” cannot be written in this format"
    ),
    "addition_counts": gettext_lazy(
        "the cell was changed; of it the column 补充 still says: %(value)s"
    ),
    "addition_differs": gettext_lazy(
        "options or answer were changed, and the column 补充 does not fit them: empty it, or put the cells back"
    ),
    "read_otherwise": gettext_lazy("the layout of this format would read it otherwise"),
    "not_carried": gettext_lazy("this format cannot carry: %(value)s"),
    # What only the bank can say.
    "code_taken": gettext_lazy(
        "the code %(value)s is taken in the bank, or comes twice in the file"
    ),
    "text_unknown": gettext_lazy("there is no policy text %(value)s"),
    "text_ambiguous": gettext_lazy("several policy texts are called %(value)s"),
    "anchor_unknown": gettext_lazy("there is no article %(value)s"),
}
# What the fields of the exchange form are called; a name that is missing here is shown as it is.
FIELDS: dict[str, Promise] = {
    "accept": gettext_lazy("accepted wordings"),
    "any_order": gettext_lazy("blanks in any order"),
    "blanks": gettext_lazy("blanks"),
    "case_sensitive": gettext_lazy("capitals count"),
    "category": gettext_lazy("category"),
    "choices": gettext_lazy("answers to choose from"),
    "cites": gettext_lazy("cited articles"),
    "code": gettext_lazy("code of the question"),
    "credit": gettext_lazy("credit for single options"),
    "difficulty": gettext_lazy("difficulty"),
    "explanation": gettext_lazy("explanation"),
    "feedback": gettext_lazy("feedback on options"),
    "key": gettext_lazy("right answer"),
    "key_points": gettext_lazy("key points"),
    "knowledge_point": gettext_lazy("knowledge point"),
    "line breaks": gettext_lazy("line breaks"),
    "marking": gettext_lazy("rule of marking"),
    "match": gettext_lazy("how answers are compared"),
    "max_length": gettext_lazy("greatest length of the answer"),
    "min_length": gettext_lazy("least length of the answer"),
    "model_answer": gettext_lazy("model answer"),
    "open": gettext_lazy("that an end of a range is no answer"),
    "options": gettext_lazy("options"),
    "parts": gettext_lazy("parts of the case"),
    "penalty": gettext_lazy("penalty for wrong answers"),
    "points": gettext_lazy("suggested points"),
    "rubric": gettext_lazy("rubric"),
    "stem": gettext_lazy("question text"),
    "tags": gettext_lazy("tags"),
    "tolerance": gettext_lazy("tolerance"),
    "type true_false": gettext_lazy("that the question is true or false"),
    "unit": gettext_lazy("unit of the number"),
    "units": gettext_lazy("further units"),
    "valid_from": gettext_lazy("valid from"),
    "valid_to": gettext_lazy("valid until"),
    "weight": gettext_lazy("weights"),
}
PLACES: dict[str, Promise] = {
    "line": gettext_lazy("line %(at)s"),
    "row": gettext_lazy("row %(at)s"),
    "item": gettext_lazy("item %(at)s"),
    "question": gettext_lazy("question %(at)s"),
    "file": gettext_lazy("the file"),
}


def note_text(code: str, params: dict[str, Any]) -> str:
    """A note as a sentence; an unknown parameter is left empty."""
    value = str(params.get("value"))
    if code == "not_carried" and value in FIELDS:
        params = params | {"value": FIELDS[value]}
    elif code == "type_not_carried" and value in QuestionType:
        params = params | {"value": QuestionType(value).label}
    return str(NOTES[code]) % _Params(params)


def place_text(kind: str, at: Any) -> str:
    return str(PLACES[kind]) % {"at": at}


class _Params(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return ""
