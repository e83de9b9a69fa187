"""Questions as values, and the plain dictionaries in which they are exchanged and stored.

A *record* is one question of a bank file: its bookkeeping and its item side by side. Files are
YAML or JSON: a list of records, or a mapping with the key ``questions``. Common keys::

    code: DZ-001                  # unique in the bank; may be left out, then it is numbered
    category: 党章党规/党章         # path in the category tree, made when missing
    knowledge_point: 党员义务       # free words (optional)
    difficulty: 2                 # 1 easy … 5 hard; default 3
    points: 2                     # optional: what a paper gives for it unless told otherwise
    tags: [基础]                   # optional
    cites:                        # optional: articles of policy texts the question rests on
      - {text: 沪委发〔2019〕18号, anchor: i3}    # number, title or page id of the text; anchor
    valid_from: 2026-01-01        # optional, first day it may be drawn
    valid_to: 2027-01-01          # optional, first day it may no longer be drawn
    type: single
    stem: 题干……
    explanation: 解析……            # optional, shown after release only
    penalty: 0.25                 # optional: fraction of the points lost by a wrong answer

What follows depends on the type. ``options`` may always be written as a list of texts (named A,
B, C … in that order), as a mapping ``{A: text}``, or as a list of ``{id, text, feedback, credit}``.

single — one right option; ``credit`` gives a wrong option part of the points::

    {type: single, stem: …, options: [甲, 乙, 丙, 丁], key: B}

multiple — ``rule`` is one of exact (all or nothing), half (default: half for a part of the key and
nothing wrong), per_option (each right one counts, a wrong one voids), balanced (right minus wrong,
never below 0), weights (the sum of the options' ``credit``, never below 0)::

    {type: multiple, stem: …, options: {A: 甲, B: 乙, C: 丙}, key: [A, C], rule: half}

true_false — ``feedback`` (optional) is said to whoever answered so::

    {type: true_false, stem: …, key: true, feedback: {"true": 对。, "false": 请看第三条。}}

fill_in — one or several blanks, marked ``[[1]]``, ``[[2]]`` … or by runs of four or more
underscores in the stem. Each blank accepts one text, a list of texts, or
``{accept: [text or {text, credit}], case_sensitive: false, match: normalised}``; ``match`` is
normalised (width, punctuation, spaces, numerals, simplified/traditional), exact, or wildcard (a
``*`` stands for any run of characters, ``\\*`` for itself; the first wording that fits
counts). ``any_order: true`` lets the answers stand in any blank.
``rule`` is per_blank (default) or exact::

    {
        type: fill_in,
        stem: "[[1]]年召开[[2]]。",
        blanks: [["2022"], [二十大, 中国共产党第二十次全国代表大会]],
    }

numeric — ``tolerance`` is absolute, or relative when written ``"5%"``; both ends are included; or
several ``accept`` of ``{value, tolerance, credit}`` or ``{from, to, credit}``, with ``open`` from, to
or both for an end that is itself no answer; ``unit`` is shown behind the box; ``units`` are others that may be written after the number, and how many of them make one::

    {type: numeric, stem: …, key: 86.97, tolerance: 0.01, unit: "%"}
    {type: numeric, stem: …, key: 1.5, tolerance: "2%", unit: m, units: {cm: 100}}

matching — ``pairs`` (and ``distractors`` on the right), or ``left``, ``right`` and a ``key`` that
maps left ids to right ids. ``rule`` is per_pair (default) or exact::

    {type: matching, stem: …, pairs: [[北京, 中国], [东京, 日本]], distractors: [法国]}

ordering — ``sequence`` in the right order, or ``options`` and ``key`` as a list of ids. ``rule`` is
exact (default), position (each in its place) or neighbours (each pair of right neighbours)::

    {type: ordering, stem: …, sequence: [申请入党, 积极分子, 发展对象, 预备党员]}

short_answer — key points; each is found when one of its wordings occurs in the answer. ``marking``
is manual (default: the finding is proposed to a marker) or auto. ``weight`` defaults to 1::

    {type: short_answer, stem: …, key_points: [{text: 坚持党的领导, any_of: [党的领导], weight: 2}, 人民至上]}

essay — marked by a person along a rubric; lengths in characters::

    {type: essay, stem: …, rubric: [{text: 观点正确, weight: 4}], min_length: 300, max_length: 1500}

case — a stem and several parts, each an item of another type with an ``id`` (default 1, 2, …) and a
``weight`` (default 1), the share of the question's points::

    {type: case, stem: 案例……, parts: [{type: single, …}, {type: short_answer, weight: 2, …}]}

An *answer* is plain JSON: single ``"B"``; multiple and ordering ``["A", "C"]``; true_false ``true``;
fill_in ``["2022", "二十大"]``; numeric ``"86.97"``; matching ``{"1": "A"}``; short_answer and essay
a string; case ``{"1": answer of part 1}``. ``null`` is "not answered".

One file a kind of answering, each with its values, how they are read and how they are written:
``choices``, ``blanks``, ``arranging``, ``written``. ``base`` and ``reading`` stand under them,
``whole`` (a question of any type) and ``records`` (with its bookkeeping) upon them.
"""

from exams.engine.items.arranging import Matching, Ordering
from exams.engine.items.base import (
    LETTERS,
    MAX_TEXT,
    InvalidItem,
    Item,
    Option,
    Plain,
    Problem,
    decimal_of,
    plain_number,
)
from exams.engine.items.blanks import (
    Accepted,
    AcceptedNumber,
    Blank,
    FillIn,
    Numeric,
    blank_numbers,
    open_ends,
    plain_stem,
    stem_pieces,
)
from exams.engine.items.choices import MultipleChoice, SingleChoice, TrueFalse
from exams.engine.items.records import Cite, Record, record_from_dict, record_to_dict
from exams.engine.items.whole import (
    RULES,
    TYPES,
    Case,
    Part,
    is_automatic,
    item_from_dict,
    item_to_dict,
    same_shape,
)
from exams.engine.items.written import Criterion, Essay, KeyPoint, ShortAnswer

__all__ = [
    "LETTERS",
    "MAX_TEXT",
    "RULES",
    "TYPES",
    "Accepted",
    "AcceptedNumber",
    "Blank",
    "Case",
    "Cite",
    "Criterion",
    "Essay",
    "FillIn",
    "InvalidItem",
    "Item",
    "KeyPoint",
    "Matching",
    "MultipleChoice",
    "Numeric",
    "Option",
    "Ordering",
    "Part",
    "Plain",
    "Problem",
    "Record",
    "ShortAnswer",
    "SingleChoice",
    "TrueFalse",
    "blank_numbers",
    "decimal_of",
    "is_automatic",
    "item_from_dict",
    "item_to_dict",
    "open_ends",
    "plain_number",
    "plain_stem",
    "record_from_dict",
    "record_to_dict",
    "same_shape",
    "stem_pieces",
]
