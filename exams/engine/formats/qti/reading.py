"""QTI 2.1, 2.2 and 3.0: packages (imsmanifest and items) or single items; older 1.2 files go to ``older``.

Read: choice, inline choice, hottext, text entry, extended text, order, match, associate and gap match
interactions; match_correct, map_response and equal with tolerance; mappings with bounds. An item with
several interactions is a question with several blanks, or a case with parts. Hot spots, drawings,
uploads and the like cannot be represented and are named.
"""

from __future__ import annotations

import posixpath
from decimal import Decimal
from urllib.parse import unquote

from exams.engine import items as it
from exams.engine.formats.answers import truth_of
from exams.engine.formats.archive import content_of, opened
from exams.engine.formats.base import (
    Collector,
    Place,
    Reading,
    Refused,
    Unreadable,
    clip,
    facts_of_tags,
    path_of,
)
from exams.engine.formats.markup import plain_of_html
from exams.engine.formats.qti import older
from exams.engine.formats.qti.interactions import Body
from exams.engine.formats.qti.scoring import Processing, declared_in
from exams.engine.formats.xml import Element, inner, parse, text_at

READ = {
    "choiceInteraction",
    "inlineChoiceInteraction",
    "hottextInteraction",
    "textEntryInteraction",
    "extendedTextInteraction",
    "orderInteraction",
    "matchInteraction",
    "associateInteraction",
    "gapMatchInteraction",
    "sliderInteraction",
}


_CHOOSABLE = {"simpleChoice", "inlineChoice", "hottext", "simpleAssociableChoice", "gapText", "gap"}
MOST_INTERACTIONS, MOST_CHOICES = 200, 1000


def read(content: bytes) -> Reading:
    """Read a package or one XML file. Raises Unreadable."""
    out = Collector()
    if content[:2] == b"PK":
        _package(content, out)
    else:
        _document(content, Place("item", 1), {}, out)
    return out.reading()


def _package(content: bytes, out: Collector) -> None:
    with opened(content, "QTI") as archive:
        # What a Mac packs beside each file is no file of the package.
        names = [
            name
            for name in archive.namelist()
            if not name.endswith("/") and not posixpath.basename(name).startswith("._")
        ]
        manifest = next((n for n in names if posixpath.basename(n) == "imsmanifest.xml"), None)
        files: dict[str, it.Plain] = {}
        if manifest is not None:
            base = posixpath.dirname(manifest)
            root = parse(content_of(archive, manifest), Place("item", manifest))
            for resource in root.iter("resource"):
                kind = resource.get("type", "")
                if "imsqti_test" in kind or "imsqti_section" in kind:
                    # Order, sections, weights and time belong to papers and exams here.
                    name = "assessmentTest" if "imsqti_test" in kind else "assessmentSection"
                    out.note_file("field_dropped", name=name, value=resource.get("href") or kind)
                    continue
                # Canvas names the questions of a test only as the files of a resource without an address.
                address = resource.get("href") or ""
                hrefs = [address] if address else [e.get("href", "") for e in resource.iter("file")]
                for href in filter(None, hrefs):
                    path = posixpath.normpath(posixpath.join(base, unquote(href)))
                    if path.casefold().endswith(".xml") and path in names:
                        files.setdefault(path, _metadata(resource))
                    elif "imsqti" in kind and href == address:
                        out.note_file("file_missing", value=path)
        written = [n for n in names if n.casefold().endswith(".xml") and n != manifest]
        if not files:
            files = {name: {} for name in written}
        for name in written:
            if name not in files and b"<assessmentItem" in content_of(archive, name):
                out.note_file("file_unlisted", value=name)
        for name in names:
            if name not in files and not name.casefold().endswith((".xml", ".xsd", ".css", ".dtd")):
                out.note_file("attachment", value=name)
        for path, facts in files.items():
            place = Place("item", path)
            try:
                _document(content_of(archive, path), place, facts, out, packed=True)
            except Unreadable as refusal:
                if refusal.note.code == "unsafe":
                    raise
                # One broken item is named as one wrong question, beside those that can be read.
                out.refuse(place, Refused("syntax", reason=refusal.note.text))


def _metadata(resource: Element) -> it.Plain:
    """Code, tags and category of an item from the manifest's LOM."""
    plain: it.Plain = {}
    for identifier in resource.iter("identifier"):
        if text_at(identifier, "catalog").strip() == "xiangxu":
            plain["code"] = text_at(identifier, "entry").strip()
    words = ["".join(keyword.itertext()).strip() for keyword in resource.iter("keyword")]
    plain |= facts_of_tags(words)
    taxons = ["".join(taxon.itertext()).strip() for taxon in resource.iter("taxon")]
    if taxons:
        plain["category"] = path_of("/".join(taxon.replace("/", "//") for taxon in taxons if taxon))
    return plain


def _document(
    content: bytes, place: Place, facts: it.Plain, out: Collector, *, packed: bool = False
) -> None:
    root = parse(content, place, out)
    if root.tag.startswith("qti-"):
        _named_as_in_2(root)
    if root.tag == "questestinterop":
        older.read_root(root, place, out)
    elif root.tag == "assessmentItem":
        _item(root, place, facts, out)
    elif root.tag in ("assessmentTest", "assessmentSection", "manifest", "assessmentStimulus"):
        out.note_file("field_dropped", place, name=root.tag, value=root.get("title", ""))
    elif packed:  # settings of a test, pages of a course
        out.note_file("attachment", value=str(place.at))
    else:
        raise Unreadable("not_this_format", place, format="QTI", reason=f"<{root.tag}>")


def _named_as_in_2(root: Element) -> None:
    """QTI 3 says qti-simple-choice and response-identifier where QTI 2 said simpleChoice and
    responseIdentifier; what it shares with QTI 2 is read the same."""

    def joined(name: str) -> str:
        first, *rest = name.split("-")
        return first + "".join(word.capitalize() for word in rest)

    for element in root.iter():
        if element.tag.startswith("qti-"):
            element.tag = joined(element.tag.removeprefix("qti-"))
            for name in [name for name in element.attrib if "-" in name]:
                if not name.startswith("data-"):
                    element.set(joined(name), element.attrib.pop(name))


def _item(root: Element, place: Place, facts: it.Plain, out: Collector) -> None:
    body = root.find("itemBody")
    title = root.get("title", "").strip()
    if body is None:
        out.refuse(place, Refused("no_stem"), {"stem": title})
        return
    found = [element for element in body.iter() if element.tag.endswith("Interaction")]
    if len(found) > 1 and any(e.tag == "endAttemptInteraction" for e in found):
        found = [element for element in found if element.tag != "endAttemptInteraction"]
        out.note("hint_dropped")  # a button that asks for a hint or the solution
    strange = [element.tag for element in found if element.tag not in READ]
    if next(root.iter("templateDeclaration"), None) is not None:
        strange = ["templateProcessing"]  # numbers drawn anew for everybody
    if strange:
        out.note_file(
            "not_representable", place, value=f"{strange[0].removesuffix('Interaction')}: {title}"
        )
        out.drop_notes(place)
        return
    if not found:
        out.note_file("description_skipped", place, value=plain_of_html(inner(body), out) or title)
        out.drop_notes(place)
        return
    choices = sum(element.tag in _CHOOSABLE for element in body.iter())
    if len(found) > MOST_INTERACTIONS or choices > MOST_CHOICES:
        reason = f"{len(found)} interactions, {choices} choices"
        out.refuse(place, Refused("syntax", reason=reason), {"stem": title})
        return
    if root.get("adaptive") == "true":
        out.note("field_dropped", name="adaptive", value="true")
    if any(element.get("fixed") == "true" for element in body.iter()):
        out.note("field_dropped", name="fixed", value="true")
    declared = declared_in(root)
    plain: it.Plain = {**facts}
    try:
        plain |= Body(body, found, declared, Processing(root, declared, out), out).question()
        _beside(root, body, plain, out)
        if not plain["stem"]:
            plain["stem"] = title
    except Refused as refusal:
        if refusal.code == "not_representable":
            out.note_file("not_representable", place, **dict(refusal.params))
            out.drop_notes(place)
        else:
            out.refuse(
                place, refusal, {**plain, "stem": clip(plain_of_html(inner(body), Collector()))}
            )
        return
    out.add(place, plain, _points(root))


def _points(root: Element) -> Decimal | None:
    """What the item is worth: the usual MAXSCORE, or the declared maximum of its score."""
    outcomes = {one.get("identifier", ""): one for one in root.iterfind("outcomeDeclaration")}
    most, score = outcomes.get("MAXSCORE"), outcomes.get("SCORE")
    if most is not None:
        value = most.findtext("defaultValue/value") or most.get("normalMaximum") or ""
        return it.decimal_of(value.strip())
    # One is the score of every item about which nobody said anything.
    told = None if score is None else it.decimal_of(score.get("normalMaximum", ""))
    return None if told == 1 else told


def _beside(root: Element, body: Element, plain: it.Plain, out: Collector) -> None:
    """Feedback and rubrics."""
    places = _options_of(body, plain)
    for feedback in root.iter("modalFeedback"):
        words = plain_of_html(inner(feedback), out)
        ident = feedback.get("identifier", "").casefold()
        if any(word in ident for word in ("explanation", "solution", "general")):
            plain["explanation"] = words
        elif words and feedback.get("identifier", "") in places:
            where, name = places[feedback.get("identifier", "")]
            where[name] = f"{where[name]}\n{words}" if name in where else words
        elif words:
            out.note("feedback_dropped", value=f"{feedback.get('identifier', '')}: {words}")
    if plain.get("feedback") == {}:
        del plain["feedback"]
    for rubric in root.iter("rubricBlock"):
        words = plain_of_html(inner(rubric), out)
        if (
            "scorer" in rubric.get("view", "")
            and plain["type"] == "essay"
            and "model_answer" not in plain
        ):
            plain["model_answer"] = words
        elif words:
            out.note("field_dropped", name="rubricBlock", value=words)
    within = {
        f for tag in _CHOICES for choice in body.iter(tag) for f in choice.iter("feedbackInline")
    }
    for block in (*body.iter("feedbackBlock"), *body.iter("feedbackInline")):
        if block not in within and (words := plain_of_html(inner(block), out)):
            out.note("feedback_dropped", value=words)


_CHOICES = ("simpleChoice", "inlineChoice", "hottext")


def _options_of(body: Element, plain: it.Plain) -> dict[str, tuple[it.Plain, str]]:
    """Where feedback that bears the name of a choice belongs: it is said to whoever chose it."""
    choices = [choice for tag in _CHOICES for choice in body.iter(tag)]
    names = [choice.get("identifier", "") for choice in choices]
    if plain["type"] == "true_false":
        said = plain.setdefault("feedback", {})
        return {
            name: (said, "true" if truth_of("".join(choice.itertext())) else "false")
            for name, choice in zip(names, choices, strict=True)
        }
    options = plain.get("options", [])
    if plain["type"] not in ("single", "multiple") or len(options) != len(names):
        return {}
    return {n: (o, "feedback") for n, o in zip(names, options, strict=True) if isinstance(o, dict)}
