"""QTI 1.2 items, as Canvas and older systems write them: choices, true/false, several answers, blanks,
numbers with margins, matching, ordering, essays. Read only.

The type is told by ``question_type`` where it is given, otherwise by the shape of the response.
"""

from __future__ import annotations

from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.answers import are_truth_words, truth_of
from exams.engine.formats.base import Collector, Place, Refused, clip
from exams.engine.formats.markup import looks_like_html, plain_of_html
from exams.engine.formats.qti.conditions import range_of, within
from exams.engine.formats.qti.older_rules import conditions_of, tags_in, values_of
from exams.engine.formats.xml import Element, inner, text_at

_NOT_OURS = {
    "file_upload_question", "hot_spot_question", "formula_question", "calculated_question",
    "categorization_question",
}  # fmt: skip
_GAPS = {"fill_in_multiple_blanks_question", "multiple_dropdowns_question"}
MOST_RESPONSES, MOST_LABELS = 200, 2000
_NEUTRAL = ("general_fb", "general_feedback")


def read_root(root: Element, place: Place, out: Collector) -> None:
    """Every item of a file, whatever sections it stands in."""
    items = list(root.iter("item"))
    stimuli: dict[str, tuple[Place, str]] = {}
    used: set[str] = set()
    for section in root.iter("section"):
        if section.find("selection_ordering") is not None:
            out.note_file(
                "field_dropped", place, name="selection_ordering", value=section.get("title", "")
            )
    for number, item in enumerate(items, 1):
        where = place if len(items) == 1 and place.at != 1 else Place("item", number)
        _one(item, where, stimuli, used, out)
    for ident, (where, stem) in stimuli.items():
        if ident not in used:
            out.note_file("description_skipped", where, value=stem)


def _facts(item: Element) -> dict[str, str]:
    return {
        text_at(each, "fieldlabel").strip(): text_at(each, "fieldentry").strip()
        for each in item.iter("qtimetadatafield")
    }


def _text(element: Element | None, out: Collector) -> str:
    """The words of a ``material`` (several ``mattext``), HTML made plain."""
    if element is None:
        return ""
    lines = []
    for text in element.iter():
        if text.tag not in ("mattext", "mat_formattedtext"):  # the second is Blackboard's
            continue
        raw = inner(text) if len(text) else (text.text or "")
        marked = text.get("texttype", "") == "text/html" or text.get("type", "") == "HTML"
        is_html = marked or len(text) or looks_like_html(raw)
        lines.append(plain_of_html(raw, out) if is_html else raw)
    for image in element.iter("matimage"):
        out.note("image", value=image.get("uri", ""))
    for name in ("mataudio", "matvideo", "matapplet"):
        for media in element.iter(name):
            out.note("media", value=media.get("uri", ""))
    return "\n".join(line for line in lines if line.strip())


def _one(
    item: Element,
    place: Place,
    stimuli: dict[str, tuple[Place, str]],
    used: set[str],
    out: Collector,
) -> None:
    facts = _facts(item)
    kind = facts.get("question_type", "")
    presentation = item.find("presentation")
    title = item.get("title", "").strip()
    if presentation is None:
        out.refuse(place, Refused("no_stem"), {"stem": title})
        return
    responses = [
        e
        for e in presentation.iter()
        if e.tag in ("response_lid", "response_str", "response_num", "response_xy", "response_grp")
    ]
    labels = sum(1 for _label in presentation.iter("response_label"))
    if len(responses) > MOST_RESPONSES or labels > MOST_LABELS:
        reason = f"{len(responses)} responses, {labels} choices"
        out.refuse(place, Refused("syntax", reason=reason), {"stem": title})
        return
    stem = _stem(presentation, out)
    if kind in _NOT_OURS or any(e.tag in ("response_xy", "response_grp") for e in responses):
        tags = [e.tag for e in responses if e.tag in ("response_xy", "response_grp")]
        out.note_file("not_representable", place, value=f"{kind or tags[0]}: {title or clip(stem)}")
        out.drop_notes(place)
        return
    if not responses:
        stimuli[item.get("ident", "")] = (place, stem or title)
        out.drop_notes(place)
        return
    above = facts.get("parent_stimulus_item_ident", "")
    parent = stimuli[above][1] if above in stimuli else ""
    used.add(above)
    try:
        plain = _question(item, kind, stem, responses, out)
        _feedback(item, plain, out)
    except Refused as refusal:
        if refusal.code == "not_representable":
            out.note_file("not_representable", place, **dict(refusal.params))
            out.drop_notes(place)
        else:
            out.refuse(place, refusal, {"stem": stem})
        return
    if parent:  # a stimulus with a question: a case of one part, the text is not lost
        part = {k: v for k, v in plain.items() if k != "explanation"}
        more = {"explanation": plain["explanation"]} if "explanation" in plain else {}
        plain = {"type": "case", "stem": parent, "parts": [part], **more}
    worth = facts.get("points_possible") or text_at(item, "itemmetadata/qmd_absolutescore_max")
    out.add(place, plain, it.decimal_of(worth))


def _stem(presentation: Element, out: Collector) -> str:
    """The text before the choices; blanks stand where the responses are."""
    pieces: list[str] = []
    blanks = list(presentation.iter("response_str"))
    many = len(blanks) > 1

    def walk(element: Element) -> None:
        for child in element:
            if child.tag == "material":
                pieces.append(_text(child, out) if many else _text(child, out).strip())
            elif child.tag in ("response_str", "response_num"):
                own = child.find("material")
                if own is not None:
                    pieces.append(_text(own, out))
                if many:
                    pieces.append(f"[[{blanks.index(child) + 1}]]" if child in blanks else "")
            elif child.tag in ("flow", "flow_mat"):
                walk(child)

    walk(presentation)
    return ("" if many else "\n").join(piece for piece in pieces if piece).strip()


def _labels(response: Element, out: Collector) -> dict[str, str]:
    return {
        label.get("ident", ""): _text(label, out).strip()
        for label in response.iter("response_label")
    }


def _question(
    item: Element,
    kind: str,
    stem: str,
    responses: list[Element],
    out: Collector,
) -> it.Plain:
    first = responses[0]
    name = first.get("ident", "")
    choices = first.tag == "response_lid"
    if choices and first.get("rcardinality") == "Ordered":
        return _ordering(item, stem, first, out)
    if choices and len(responses) > 1:
        if kind in _GAPS or (kind != "matching_question" and _own_choices(responses, out)):
            return _gaps(item, kind, stem, responses, out)
        return _matching(item, stem, responses, out)
    if choices and kind == "fill_in_multiple_blanks_question":
        return _gaps(item, kind, stem, responses, out)
    if choices:
        return _choice(item, kind, stem, first, out)
    fib = first.find("render_fib")
    number = first.tag == "response_num" or (
        fib is not None and fib.get("fibtype") in ("Decimal", "Integer")
    )
    if kind == "numerical_question" or (number and len(responses) == 1):
        return _number(item, stem, name)
    if kind == "essay_question" or not any(
        values_of(tests, "") or "varsubstring" in tags_in(tests)
        for tests, _score in conditions_of(item)
    ):
        return {"type": "essay", "stem": stem}
    if any(response.tag == "response_num" for response in responses):
        raise Refused("not_representable", value="response_num among other gaps")
    return _blanks(item, stem, responses, out)


def _choice(item: Element, kind: str, stem: str, response: Element, out: Collector) -> it.Plain:
    labels = _labels(response, out)
    ids = list(labels)
    several = response.get("rcardinality") == "Multiple" or kind == "multiple_answers_question"
    worth: dict[str, Decimal] = {}
    exact = False
    for tests, score in conditions_of(item):
        values = values_of(tests, response.get("ident", ""))
        if several and score > 0 and (len(values) > 1 or (values and "not" in tags_in(tests))):
            exact = True
            worth |= dict.fromkeys(values, score)
        elif len(values) == 1 or not several:
            for value in values:
                worth[value] = worth.get(value, Decimal(0)) + score
        if several and score > 0 and not values:
            # ILIAS gives points for what is left unchosen: the choice is worth so much less.
            for value in values_of(tests, response.get("ident", ""), negated=True):
                worth[value] = worth.get(value, Decimal(0)) - score
                out.note("scoring_simplified", value="not", read="weights")
    right = [ident for ident in ids if worth.get(ident, 0) > 0]
    if not right:
        raise Refused("no_key")
    options: list[it.Plain] = [{"text": labels[ident]} for ident in ids]
    if not several:
        best = max(worth[ident] for ident in right)
        key = next(ident for ident in right if worth[ident] == best)
        if are_truth_words([labels[ident] for ident in ids]):
            return {"type": "true_false", "stem": stem, "key": bool(truth_of(labels[key]))}
    # Most tools leave the word out and mean nothing by it.
    if any(choices.get("shuffle") == "No" for choices in response.iter("render_choice")):
        out.note("shuffle_dropped")
    if not several:
        for ident, option in zip(ids, options, strict=True):
            if ident != key and worth.get(ident):
                option["credit"] = it.plain_number(
                    (worth[ident] / best).quantize(Decimal("0.0000001")).normalize()
                )
        return {
            "type": "single",
            "stem": stem,
            "options": options,
            "key": it.LETTERS[ids.index(key)],
        }
    letters = [it.LETTERS[ids.index(ident)] for ident in right if ids.index(ident) < 26]
    plain: it.Plain = {"type": "multiple", "stem": stem, "options": options, "key": letters}
    if exact or _facts(item).get("scoring_algorithm") == "AllOrNothing":
        return plain | {"rule": "exact"}
    total = sum((worth[ident] for ident in right), Decimal(0))
    for ident, option in zip(ids, options, strict=True):
        if worth.get(ident):
            option["credit"] = it.plain_number(
                (worth[ident] / total).quantize(Decimal("0.0000001")).normalize()
            )
    return plain | {"rule": "weights"}


def _own_choices(responses: list[Element], out: Collector) -> bool:
    """Has each response choices that no other one has? Then they are questions, not pairs."""
    texts = [set(_labels(response, out).values()) for response in responses]
    return sum(map(len, texts)) == len(set().union(*texts))


def _gaps(
    item: Element, kind: str, stem: str, responses: list[Element], out: Collector
) -> it.Plain:
    """Gaps named ``[colour]`` in the text: words to fill in, or choices, each a part of a case.

    Of words to fill in Canvas lists every one it accepts as a label, and names one as right.
    """
    asked: list[it.Plain] = []
    for number, response in enumerate(responses, 1):
        labels = list(response.iter("response_label"))
        typed = kind == "fill_in_multiple_blanks_question" and all(
            label.get("answer_type", "openEntry") == "openEntry" for label in labels
        )
        if typed:
            # Upper and lower case are the same to Canvas and to us.
            words = {text.casefold(): text for text in reversed(_labels(response, out).values())}
            if not any(words):
                raise Refused("no_key")
            asked.append(
                {"type": "fill_in", "blanks": [{"accept": list(reversed(words.values()))}]}
            )
        else:
            part = _choice(item, "multiple_choice_question", f"（{number}）", response, out)
            own = _text(response.find("material"), out).strip()
            mark = f"[{response.get('ident', '').removeprefix('response_')}]"
            if own and mark not in stem:
                part["stem"] = own
            asked.append(part)
    fill_in = all(part["type"] == "fill_in" for part in asked)
    for number, response in enumerate(responses, 1):
        mark = f"[{response.get('ident', '').removeprefix('response_')}]"
        stem = stem.replace(mark, f"[[{number}]]" if fill_in else f"（{number}）___")
    if fill_in:
        blanks = [part["blanks"][0] for part in asked]
        return {"type": "fill_in", "stem": stem, "blanks": blanks}
    parts = [{"stem": f"（{number}）", **part} for number, part in enumerate(asked, 1)]
    if len(parts) == 1:
        return {**parts[0], "stem": stem}
    return {"type": "case", "stem": stem or parts[0]["stem"], "parts": parts}


def _matching(item: Element, stem: str, responses: list[Element], out: Collector) -> it.Plain:
    key: dict[str, str] = {}
    for tests, score in conditions_of(item):
        for test in tests.iter("varequal"):
            if score > 0:
                key.setdefault(test.get("respident", ""), (test.text or "").strip())
    texts: dict[str, str] = {}
    pairs = []
    for response in responses:
        labels = _labels(response, out)
        texts |= labels
        answer = key.get(response.get("ident", ""))
        left = _text(response.find("material"), out).strip()
        if answer is None or answer not in labels or not left:
            raise Refused("no_key")
        pairs.append([left, labels[answer]])
    used = set(key.values())
    extra = [text for ident, text in texts.items() if ident not in used]
    rule = "exact" if _facts(item).get("scoring_algorithm") == "AllOrNothing" else "per_pair"
    return {"type": "matching", "stem": stem, "pairs": pairs, "distractors": extra, "rule": rule}


def _ordering(item: Element, stem: str, response: Element, out: Collector) -> it.Plain:
    labels = _labels(response, out)
    by_place = {
        int(place): (test.text or "").strip()
        for tests, score in conditions_of(item)
        for test in tests.iter("varequal")
        if score > 0 and (place := test.get("index", "")).isdecimal()
    }
    if sorted(by_place.values()) == sorted(labels):  # ILIAS: each in its place earns a share
        sequence = [labels[by_place[place]] for place in sorted(by_place)]
        return {"type": "ordering", "stem": stem, "sequence": sequence, "rule": "position"}
    for tests, _score in conditions_of(item):
        values = values_of(tests, response.get("ident", ""))
        if sorted(values) == sorted(labels):
            return {
                "type": "ordering",
                "stem": stem,
                "sequence": [labels[ident] for ident in values],
            }
    raise Refused("no_key")


def _number(item: Element, stem: str, name: str) -> it.Plain:
    accept: list[it.Plain] = []
    whole = any(e.get("numtype") == "Integer" for e in item.iter("response_num"))
    best = max((score for _tests, score in conditions_of(item)), default=Decimal(0))
    for tests, score in conditions_of(item):
        if score <= 0:
            continue
        low, high = (
            [
                within(tag, (e.text or "").strip(), whole=whole)
                for tag in tags
                for e in tests.iter(tag)
            ]
            for tags in (("vargte", "vargt"), ("varlte", "varlt"))
        )
        credit = (
            {}
            if score == best
            else {"credit": it.plain_number((score / best).quantize(Decimal("0.0000001")))}
        )
        if low and high:
            accept.append(range_of(low[0], high[0]) | credit)
        else:
            accept += [{"value": value, **credit} for value in values_of(tests, name)]
    if not accept:
        raise Refused("no_key")
    return {"type": "numeric", "stem": stem, "accept": accept}


def _blanks(item: Element, stem: str, responses: list[Element], out: Collector) -> it.Plain:
    blanks = []
    conditions = list(conditions_of(item))
    together = len(responses) > 1 and any(
        len({e.get("respident") for e in tests.iter("varequal")}) > 1
        for tests, _score in conditions
    )
    weights = []
    for response in responses:
        name = response.get("ident", "")
        found: dict[str, Decimal] = {}  # what each wording earns
        sensitive = wild = False
        for tests, score in conditions:
            for test in tests.iter():
                text = (test.text or "").strip()
                if score <= 0 or test.get("respident") != name or not text:
                    continue
                if test.tag == "varsubstring":
                    wild, text = True, f"*{text}*"
                elif test.tag != "varequal":
                    continue
                found.setdefault(text, score)
                sensitive = sensitive or test.get("case", "No").casefold() == "yes"
        if not found:
            raise Refused("no_key")
        best = max(found.values())
        weights.append(best)
        folded = {text.casefold(): text for text in reversed(list(found))}
        accept: list[it.Plain | str] = []
        for text, score in found.items():
            if sensitive or folded[text.casefold()] == text:
                share = (score / best).quantize(Decimal("0.0000001")).normalize()
                credit = {"text": text, "credit": it.plain_number(share)}
                accept.append(text if share == 1 else credit)
        blank: it.Plain = {"accept": accept} | ({"match": "wildcard"} if wild else {})
        blanks.append(blank | ({"case_sensitive": True} if sensitive else {}))
    if any(response.find(".//render_choice") is not None for response in responses):
        return _offered(stem, responses, blanks, weights, out)
    if len(set(weights)) > 1 and not together:
        said = ", ".join(f"{weight:f}" for weight in weights)
        out.note("scoring_simplified", value=said, read="per_blank")
    rule = {"rule": "exact"} if together else {}
    return {"type": "fill_in", "stem": stem, "blanks": blanks, **rule}


def _offered(
    stem: str,
    responses: list[Element],
    blanks: list[it.Plain],
    weights: list[Decimal],
    out: Collector,
) -> it.Plain:
    """Gaps in a text of which some offer their words (ILIAS): a case, each gap a part."""
    parts: list[it.Plain] = []
    for number, (response, blank) in enumerate(zip(responses, blanks, strict=True), 1):
        options: list[it.Plain] = [{"text": text} for text in _labels(response, out).values()]
        part: it.Plain = {"type": "fill_in", "blanks": [blank]}
        if options:
            worth = {
                each if isinstance(each, str) else each["text"]: each for each in blank["accept"]
            }
            key = next(
                (n for n, o in enumerate(options) if worth.get(o["text"]) == o["text"]), None
            )
            if key is None:
                raise Refused("no_key")
            for option in options:
                given = worth.get(option["text"])
                if isinstance(given, dict):
                    option["credit"] = given["credit"]
            part = {"type": "single", "options": options, "key": it.LETTERS[key]}
        weight = it.plain_number(weights[number - 1])
        parts.append({**part, "stem": f"（{number}）", "weight": weight})
        stem = stem.replace(f"[[{number}]]", f"（{number}）___")
    if len(parts) == 1:
        return {k: v for k, v in parts[0].items() if k != "weight"} | {"stem": stem}
    return {"type": "case", "stem": stem, "parts": parts}


def _options_of(item: Element, plain: it.Plain, out: Collector) -> dict[str, tuple[it.Plain, str]]:
    """Where the feedback of each choice belongs, by the choice's ident."""
    found: dict[str, tuple[it.Plain, str]] = {}
    parts = plain["parts"] if plain["type"] == "case" else [plain]
    responses = list(item.iter("response_lid"))
    for part, response in zip(parts, responses, strict=False):
        labels = _labels(response, out)
        if part["type"] in ("single", "multiple"):
            for ident, option in zip(labels, part["options"], strict=True):
                found[ident] = (option, "feedback")
        elif part["type"] == "true_false":
            said: it.Plain = part.setdefault("feedback", {})
            for ident, text in labels.items():
                found[ident] = (said, "true" if truth_of(text) else "false")
    return found


def _feedback(item: Element, plain: it.Plain, out: Collector) -> None:
    """General feedback is the explanation; the rest is named."""
    links: dict[str, str] = {}
    for condition in item.iter("respcondition"):
        for shown in condition.iter("displayfeedback"):
            values = [(e.text or "").strip() for e in condition.iter("varequal")]
            if len(values) == 1:
                links[shown.get("linkrefid", "")] = values[0]
    places = _options_of(item, plain, out)
    for feedback in item.iter("itemfeedback"):
        words = _text(feedback, out).strip()
        ident = feedback.get("ident", "")
        if not words:
            continue
        answer = links.get(ident, ident.removesuffix("_fb"))
        if ident in _NEUTRAL:
            plain["explanation"] = words
        elif answer in places:
            where, name = places[answer]
            where[name] = words
        else:
            out.note("feedback_dropped", value=f"{ident}: {words}")
    for part in [plain, *plain.get("parts", [])]:
        if part.get("feedback") == {}:
            del part["feedback"]
    if next(item.iter("hint"), None) is not None:
        out.note("hint_dropped")
