"""The marking of QTI items: what conditions say is read as meant, and what is written earns the same."""

import io
import zipfile
from decimal import Decimal

import pytest
from defusedxml.ElementTree import fromstring

from exams.engine import drawing, formats
from exams.engine import items as it
from exams.engine.scoring import score

ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="x" title="T" adaptive="false" timeDependent="false">
{declared}<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody>{body}</itemBody><responseProcessing>{processing}</responseProcessing></assessmentItem>"""
CHOICE = """<choiceInteraction responseIdentifier="{0}" maxChoices="1"><prompt>Which?</prompt>
<simpleChoice identifier="A">one</simpleChoice><simpleChoice identifier="B">two</simpleChoice>
<simpleChoice identifier="C">three</simpleChoice></choiceInteraction>"""
ENTRY = '<p>How much? <textEntryInteraction responseIdentifier="{0}"/> of it</p>'
VARIABLE = '<variable identifier="R"/>'


def declared(base, *correct, name="R"):
    values = "".join(f"<value>{value}</value>" for value in correct)
    right = f"<correctResponse>{values}</correctResponse>" if correct else ""
    return f'<responseDeclaration identifier="{name}" cardinality="single" baseType="{base}">{right}</responseDeclaration>'


def gives(test, points="1", *, tag="responseIf", adds=False):
    value = f'<baseValue baseType="float">{points}</baseValue>'
    if adds:
        value = f'<sum><variable identifier="SCORE"/>{value}</sum>'
    return f'<{tag}>{test}<setOutcomeValue identifier="SCORE">{value}</setOutcomeValue></{tag}>'


def condition(*branches):
    return f"<responseCondition>{''.join(branches)}</responseCondition>"


def matched(name="R"):
    return f'<match><variable identifier="{name}"/><correct identifier="{name}"/></match>'


def of_value(tag, value, base="identifier", **attributes):
    said = "".join(f' {name}="{text}"' for name, text in attributes.items())
    return f'<{tag}{said}>{VARIABLE}<baseValue baseType="{base}">{value}</baseValue></{tag}>'


def read(declarations, body, *conditions):
    xml = ITEM.format(declared=declarations, body=body, processing="".join(conditions))
    reading = formats.read("qti", xml.encode())
    assert reading.error_lines == []
    return it.item_to_dict(reading.records[0].item), {str(note) for note in reading.all_notes}


@pytest.mark.parametrize(
    ("test", "accepted", "noted"),
    [
        (f'<equal toleranceMode="absolute" tolerance="1 3">{VARIABLE}<correct identifier="R"/></equal>', (11, 2), ""),
        (f'<equal toleranceMode="relative" tolerance="5 10">{VARIABLE}<correct identifier="R"/></equal>', ("10.25", "0.75"), ""),
        (f'<equal toleranceMode="absolute" tolerance="2">{VARIABLE}<correct identifier="R"/></equal>', (10, 2), ""),
        (f'<equalRounded roundingMode="decimalPlaces" figures="1">{VARIABLE}<correct identifier="R"/></equalRounded>', (10, "0.05"), "equalRounded"),
        (f'<equalRounded roundingMode="significantFigures" figures="3">{VARIABLE}<correct identifier="R"/></equalRounded>', (10, "0.05"), "equalRounded"),
        ("<and>" + of_value("gte", 8, "float") + of_value("lte", 12, "float") + "</and>", (10, 2), ""),
        (of_value("match", 12, "float"), (12, 0), ""),
    ],
)  # fmt: skip
def test_the_bounds_of_a_number_are_those_of_its_condition(test, accepted, noted):
    item, notes = read(declared("float", 10), ENTRY.format("R"), condition(gives(test)))

    assert item["accept"] == [{"value": accepted[0], "tolerance": accepted[1]}]
    assert any(noted in note for note in notes) if noted else not notes


def test_a_bound_that_is_itself_excluded_is_the_next_whole_number_or_an_open_end():
    def bounded(base):
        return "<and>" + of_value("gt", 7, base) + of_value("lt", 13, base) + "</and>"

    item, notes = read(
        declared("integer", 10), ENTRY.format("R"), condition(gives(bounded("integer")))
    )
    assert (item["accept"], notes) == ([{"value": 10, "tolerance": 2}], set())

    item, notes = read(declared("float", 10), ENTRY.format("R"), condition(gives(bounded("float"))))
    assert (item["accept"], notes) == ([{"value": 10, "tolerance": 3, "open": "both"}], set())


@pytest.mark.parametrize(
    ("ends", "accepted"),
    [
        ('tolerance="2" includeLowerBound="false"', {"value": 10, "tolerance": 2, "open": "from"}),
        ('tolerance="1 3" includeUpperBound="false"', {"value": 11, "tolerance": 2, "open": "to"}),
        ('tolerance="0" includeLowerBound="false"', {"value": 10, "tolerance": 0}),
    ],
)
def test_an_end_that_equal_leaves_out_stays_open(ends, accepted):
    test = f'<equal toleranceMode="absolute" {ends}>{VARIABLE}<correct identifier="R"/></equal>'
    item, notes = read(declared("float", 10), ENTRY.format("R"), condition(gives(test)))
    assert (item["accept"], notes) == ([accepted], set())


def test_an_excluded_bound_of_qti_1_2_does_not_become_a_right_answer():
    xml = """<questestinterop><item ident="a" title="t"><itemmetadata/><presentation>
      <material><mattext>n</mattext></material><response_num ident="R" numtype="%s" rcardinality="Single">
      <render_fib/></response_num></presentation><resprocessing><outcomes><decvar/></outcomes>
      <respcondition><conditionvar><and><vargt respident="R">7</vargt><varlt respident="R">13</varlt></and>
      </conditionvar><setvar action="Set" varname="SCORE">100</setvar></respcondition></resprocessing>
      </item></questestinterop>"""
    (record,) = formats.read("qti", (xml % "Integer").encode()).records
    assert it.item_to_dict(record.item)["accept"] == [{"value": 10, "tolerance": 2}]
    (record,) = formats.read("qti", (xml % "Decimal").encode()).records
    assert it.item_to_dict(record.item)["accept"] == [{"value": 10, "tolerance": 3, "open": "both"}]
    given = ("7", "7.01", "12.99", "13")
    assert [score(record.item, text).fraction for text in given] == [0, 1, 1, 0]
    assert drawing.key_in_words(record.item) == ["(7, 13)"]
    again = formats.read("qti", formats.write("qti", [record]).content).records
    assert [each.item for each in again] == [record.item]
    assert "open" in str(formats.write("gift", [record]).losses)


def test_a_fixed_order_of_options_is_told_and_of_true_and_false_it_is_none():
    _item, notes = read(
        declared("identifier", "A"), CHOICE.format("R").replace("<choiceInteraction", '<choiceInteraction shuffle="false"'),
        condition(gives(matched())),
    )  # fmt: skip
    assert notes == {
        "item 1: the fixed order of options is set in the examination, not in the question"
    }


def test_a_text_is_right_in_every_wording_that_is_compared():
    wordings = "".join(of_value("stringMatch", text, "string", caseSensitive="false") for text in ("York", "Eboracum"))  # fmt: skip
    half = gives(of_value("match", "Jorvik", "string"), "0.5", tag="responseElseIf")

    item, notes = read(
        declared("string", "York"),
        ENTRY.format("R"),
        condition(gives(f"<or>{wordings}</or>"), half),
    )

    accept = ["York", "Eboracum", {"text": "Jorvik", "credit": "0.5"}]
    assert (item["blanks"], notes) == ([{"accept": accept}], set())


def test_a_condition_that_spells_the_answer_out_is_the_key():
    item, notes = read(
        declared("identifier", "A"),
        CHOICE.format("R"),
        condition(
            gives(of_value("match", "B"), "2"),
            gives(of_value("match", "C"), "1", tag="responseElseIf"),
        ),
    )

    assert (item["key"], [option.get("credit") for option in item["options"]]) == (
        "B",
        [None, None, "0.5"],
    )
    assert notes == set()


def test_the_key_of_an_order_is_what_earns_the_most_and_not_what_is_spelled_out():
    body = CHOICE.format("R").replace("choiceInteraction", "orderInteraction")
    values = "".join(f'<baseValue baseType="identifier">{name}</baseValue>' for name in "CBA")
    other = gives(f"<match>{VARIABLE}<ordered>{values}</ordered></match>", tag="responseElseIf")
    right = declared("identifier", "C", "A", "B").replace('"single"', '"ordered"')

    item, notes = read(right, body, condition(gives(matched(), "2"), other))

    texts = {option["id"]: option["text"] for option in item["options"]}
    assert [texts[ident] for ident in item["key"]] == ["three", "one", "two"]
    assert notes


def test_points_taken_for_a_wrong_answer_are_named():
    _item, notes = read(
        declared("identifier", "A"),
        CHOICE.format("R"),
        condition(
            gives(f"<isNull>{VARIABLE}</isNull>", "0"),
            gives(matched(), "2", tag="responseElseIf"),
            gives("", "-0.5", tag="responseElse"),
        ),
    )

    assert notes == {"item 1: the marking rule “responseElse: -0.5” is read as: 0"}


@pytest.mark.parametrize(
    "conditions",
    [
        condition(gives(f"<not>{matched()}</not>")),
        condition(gives(matched(), "0"), gives("", "1", tag="responseElse")),
    ],
)
def test_points_for_the_wrong_answer_are_not_read_as_points_for_the_right_one(conditions):
    xml = ITEM.format(
        declared=declared("identifier", "A"), body=CHOICE.format("R"), processing=conditions
    )

    with pytest.raises(formats.Unreadable) as refused:
        formats.read("qti", xml.encode())

    assert [note.code for note in refused.value.notes] == ["not_representable"]


@pytest.mark.parametrize(
    "conditions",
    [
        condition(gives(f"<not>{matched()}</not>", "0"), gives("", "1", tag="responseElse")),
        condition(gives(f"<and><not><isNull>{VARIABLE}</isNull></not>{matched()}</and>")),
    ],
)
def test_a_not_that_leaves_the_right_answer_right_is_no_matter(conditions):
    item, _notes = read(declared("identifier", "C"), CHOICE.format("R"), conditions)

    assert item["key"] == "C"


def test_one_open_bound_is_named_and_not_read_as_the_number_itself():
    xml = ITEM.format(
        declared=declared("float", 10),
        body=ENTRY.format("R"),
        processing=condition(gives(of_value("gte", 9, "float"))),
    )

    with pytest.raises(formats.Unreadable) as refused:
        formats.read("qti", xml.encode())

    assert "gte" in str(refused.value.notes[0])


def test_parts_are_worth_what_the_item_adds_for_each():
    both = declared("identifier", "A", name="R1") + declared("identifier", "B", name="R2")
    body = f"<div>{CHOICE.format('R1')}</div><div>{CHOICE.format('R2')}</div>"

    item, _notes = read(
        both,
        body,
        *(condition(gives(matched(r), w, adds=True)) for r, w in (("R1", "3"), ("R2", "1"))),
    )
    assert [part["weight"] for part in item["parts"]] == [3, 1]

    _item, notes = read(both, body, condition(gives(f"<and>{matched('R1')}{matched('R2')}</and>")))
    assert notes == {"item 1: the marking rule “and” is read as: sum"}


@pytest.mark.parametrize(
    ("conditions", "rule", "noted"),
    [
        ([condition(gives(f"<and>{matched('R1')}{matched('R2')}</and>"))], "exact", ""),
        ([condition(gives(matched(r), adds=True)) for r in ("R1", "R2")], "per_blank", ""),
        ([condition(gives(matched(r), w, adds=True)) for r, w in (("R1", "2"), ("R2", "1"))], "per_blank", "2, 1"),
    ],
)  # fmt: skip
def test_blanks_count_together_or_each_for_itself(conditions, rule, noted):
    both = declared("string", "a", name="R1") + declared("string", "b", name="R2")

    item, notes = read(both, ENTRY.format("R1") + ENTRY.format("R2"), *conditions)

    assert item["rule"] == rule
    assert any(noted in note for note in notes) if noted else not notes


# What is written, marked by the letter of the QTI specification.


def _value(e, given, state):
    kind = e.tag
    if kind == "variable":
        name = e.get("identifier")
        return given.get(name) if name.startswith("RESPONSE") else state[name]
    if kind == "baseValue":
        return Decimal(e.text) if e.get("baseType") == "float" else e.text
    if kind == "correct":
        return state[e.get("identifier")]
    if kind == "mapResponse":
        return state["map", e.get("identifier")].get(given.get(e.get("identifier")), Decimal(0))
    inside = [_value(child, given, state) for child in e]
    match kind:
        case "and":
            return all(inside)
        case "or":
            return any(inside)
        case "match" | "equal" | "stringMatch":
            return inside[0] is not None and str(inside[0]) == str(inside[1])
        case "sum":
            return sum(inside, Decimal(0))
        case "product":
            return inside[0] * inside[1]
        case "divide":
            return inside[0] / inside[1]
    raise AssertionError(kind)


def score_of(record, given):
    """The score of the exported item for these answers (RESPONSE, RESPONSE2, …)."""
    archive = zipfile.ZipFile(io.BytesIO(formats.write("qti", [record]).content))
    root = fromstring(archive.read("items/q00001.xml"))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    state = {"SCORE": Decimal(0)}
    if (most := root.find("outcomeDeclaration[@identifier='MAXSCORE']")) is not None:
        state["MAXSCORE"] = Decimal(most.findtext("defaultValue/value"))
    for each in root.iter("responseDeclaration"):
        state[each.get("identifier")] = each.findtext("correctResponse/value")
        state["map", each.get("identifier")] = {
            entry.get("mapKey"): Decimal(entry.get("mappedValue"))
            for entry in each.iter("mapEntry")
        }
    for rule in root.find("responseProcessing"):
        if rule.tag == "responseCondition":
            branches = (branch for branch in rule if _value(branch[0], given, state))
            rule = next((branch[1] for branch in branches), None)
        if rule is not None:
            state[rule.get("identifier")] = _value(rule[0], given, state)
    return state["SCORE"]


BLANKS = {"type": "fill_in", "stem": "[[1]] and [[2]]", "blanks": [["a", "α"], ["b"]]}
CASE = {"type": "case", "stem": "Read.", "parts": [
    {"type": "single", "stem": "One", "options": ["x", "y"], "key": "B", "weight": 3},
    {"type": "numeric", "stem": "Two", "key": 5},
    {"type": "fill_in", "stem": "Three _____", "blanks": [["c", {"text": "d", "credit": "0.5"}]], "weight": 4},
]}  # fmt: skip


@pytest.mark.parametrize(
    ("plain", "answers", "score"),
    [
        (BLANKS | {"points": 2}, ["a", "b"], 2),
        (BLANKS | {"points": 2}, ["α", "x"], 1),
        (BLANKS, ["a", "b"], 1),
        (BLANKS | {"rule": "exact", "points": 2}, ["α", "b"], 2),
        (BLANKS | {"rule": "exact", "points": 2}, ["a", "x"], 0),
        (CASE | {"points": 4}, ["C_B", "5", "c"], 4),
        (CASE | {"points": 4}, ["C_B", "6", "x"], "1.5"),
        (CASE | {"points": 4}, ["C_A", "5", "d"], "1.5"),
        (CASE, ["C_A", "5", "x"], "0.125"),
    ],
)
def test_what_is_written_earns_elsewhere_what_it_earns_here(plain, answers, score):
    record = it.record_from_dict(plain)
    given = {f"RESPONSE{n if n > 1 else ''}": text for n, text in enumerate(answers, 1)}

    assert score_of(record, given) == Decimal(score)
    again = formats.read("qti", formats.write("qti", [record]).content)
    assert (again.records[0].item, again.all_notes) == (record.item, [])
