"""The interactions of a QTI item, taken apart into a question."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from exams.engine import items as it
from exams.engine.formats.answers import are_truth_words, truth_of
from exams.engine.formats.base import (
    Collector,
    Refused,
)
from exams.engine.formats.markup import plain_of_html
from exams.engine.formats.qti.scoring import Declared, Processing
from exams.engine.formats.xml import Element, inner

_BESIDE = {"feedbackInline", "feedbackBlock", "rubricBlock"}


class Body:
    """Takes the interactions of an item apart."""

    def __init__(
        self,
        body: Element,
        found: list[Element],
        declared: dict[str, Declared],
        processing: Processing,
        out: Collector,
    ) -> None:
        self.body, self.found, self.declared = body, found, declared
        self.processing, self.out = processing, out

    def question(self) -> it.Plain:
        if len(self.found) == 1:
            return self._single(self.found[0])
        blanks = all(self._is_blank(element) for element in self.found)
        if blanks:
            numbers = {id(element): n for n, element in enumerate(self.found, 1)}
            stem = self._text(self.body, {key: f"[[{n}]]" for key, n in numbers.items()})
            each = (self.processing.maps or self.processing.adds_up) and not self.processing.joint
            rule = "per_blank" if each else "exact"
            if weights := self.processing.weights(self._names()):
                said = ", ".join(f"{weight:f}" for weight in weights)
                self.out.note("scoring_simplified", value=said, read="per_blank")
            return {
                "type": "fill_in",
                "stem": stem,
                "blanks": [self._blank(e) for e in self.found],
                "rule": rule,
            }
        return self._weighed(self._case())

    def _names(self) -> list[str]:
        return [element.get("responseIdentifier", "") for element in self.found]

    def _weighed(self, plain: it.Plain) -> it.Plain:
        """A case whose parts are worth what the item adds for each."""
        if self.processing.joint:
            self.out.note("scoring_simplified", value="and", read="sum")
        if weights := self.processing.weights(self._names()):
            for part, weight in zip(plain["parts"], weights, strict=True):
                part["weight"] = it.plain_number(weight)
        return plain

    def _is_blank(self, element: Element) -> bool:
        base = self._of(element).base
        return element.tag == "textEntryInteraction" and base not in ("float", "integer")

    def _of(self, element: Element) -> Declared:
        return self.declared.get(element.get("responseIdentifier", ""), Declared())

    def _text(
        self, element: Element, marks: dict[int, str], bare: frozenset[Element] = frozenset()
    ) -> str:
        """The text around the interactions; each leaves its mark, and its prompt; those in ``bare``
        leave nothing but the mark, as their words stand with their own part."""
        copy = deepcopy(element)
        pairs = list(zip(element.iter(), copy.iter(), strict=True))
        parents = {child: parent for parent in copy.iter() for child in parent}
        for original, twin in pairs:
            if original.tag in _BESIDE and twin in parents:
                _replace(parents[twin], twin, "")
            elif original in bare and twin in parents:
                _replace(parents[twin], twin, marks[id(original)])
            elif (
                original.tag in ("gapMatchInteraction", "hottextInteraction")
                and id(original) in marks
            ):
                continue
            elif id(original) in marks:
                prompt = twin.find("prompt")
                words = f"{plain_of_html(inner(prompt), self.out)}\n" if prompt is not None else ""
                _replace(parents[twin], twin, f"{words}{marks[id(original)]}", block=bool(words))
            elif original.tag in ("gapText", "gapImg") and twin in parents:
                _replace(parents[twin], twin, "")
        return plain_of_html(inner(copy), self.out)

    def _single(self, element: Element) -> it.Plain:
        plain = self._asked(element)
        if "stem" in plain:
            return plain
        mark = ""
        if element.tag in ("textEntryInteraction", "inlineChoiceInteraction") and not self._alone(
            element
        ):
            mark = "_____"
        stem = self._text(self.body, {id(element): mark})
        return {**plain, "stem": stem.strip()}

    def _alone(self, element: Element) -> bool:
        """Does the interaction stand in a block of its own, after the text?"""
        parent = next((p for p in self.body.iter() if element in list(p)), self.body)
        words = (parent.text or "") + "".join(
            (c.tail or "") + "".join(c.itertext()) for c in parent if c is not element
        )
        return not (words + (element.tail or "")).strip()

    def _case(self) -> it.Plain:
        inside = {id(e): [x for x in self.found if x in list(e.iter())] for e in self.body}
        blocks = [block for block in self.body if inside[id(block)]]
        if len(blocks) == len(self.found):  # one block each: its words are the part's
            copy = Element("div")
            copy.text = self.body.text
            copy.extend(block for block in self.body if not inside[id(block)])
            stem = self._text(copy, {})
            parts: list[it.Plain] = []
            for block in blocks:
                element = inside[id(block)][0]
                plain = self._asked(element)
                mark = (
                    "_____"
                    if element.tag in ("textEntryInteraction", "inlineChoiceInteraction")
                    else ""
                )
                if block is element:
                    prompt = element.find("prompt")
                    words = plain_of_html(inner(prompt), self.out) if prompt is not None else ""
                else:
                    words = self._text(
                        block, {id(element): "" if self._alone(element) else mark}
                    ).strip()
                parts.append({"stem": words or f"（{len(parts) + 1}）", **plain})
            if stem:
                return {"type": "case", "stem": stem, "parts": parts}
            return {"type": "case", "stem": parts[0]["stem"], "parts": parts}
        numbers = {id(element): n for n, element in enumerate(self.found, 1)}
        bare = frozenset(
            e for e in self.found if e.tag in ("gapMatchInteraction", "hottextInteraction")
        )
        marks = {key: f"（{n}）___" for key, n in numbers.items()}
        stem = self._text(self.body, marks, bare)
        parts = [{"stem": f"（{n}）", **self._asked(e)} for n, e in enumerate(self.found, 1)]
        return {"type": "case", "stem": stem, "parts": parts}

    def _asked(self, element: Element) -> it.Plain:
        """The question an interaction asks, without a stem (or with its own). Raises Refused."""
        declared = self._of(element)
        match element.tag:
            case "choiceInteraction":
                return self._choice(list(element.iter("simpleChoice")), element, declared)
            case "inlineChoiceInteraction":
                return self._choice(list(element.iter("inlineChoice")), element, declared)
            case "hottextInteraction":
                return self._choice(list(element.iter("hottext")), element, declared)
            case "orderInteraction":
                return self._order(element, declared)
            case "matchInteraction":
                return self._match(element, declared)
            case "associateInteraction":
                return self._associate(element, declared)
            case "gapMatchInteraction":
                return self._gaps(element, declared)
            case "extendedTextInteraction":
                for name in ("expectedLength", "expectedLines"):
                    if element.get(name):
                        self.out.note("field_dropped", name=name, value=element.get(name, ""))
                model = "\n".join(declared.correct)
                return {"type": "essay"} | ({"model_answer": model} if model else {})
        if declared.base in ("float", "integer") or element.tag == "sliderInteraction":
            return self._number(element, declared)
        return {"type": "fill_in", "blanks": [self._blank(element)]}

    def _words(self, choice: Element) -> it.Plain:
        """Text and feedback of a choice."""
        feedback = " ".join(
            plain_of_html(inner(f), self.out) for f in choice.iter("feedbackInline")
        ).strip()
        text = plain_of_html(inner(choice, frozenset(["feedbackInline"])), self.out)
        return {"text": text} | ({"feedback": feedback} if feedback else {})

    def _choice(self, choices: list[Element], element: Element, declared: Declared) -> it.Plain:
        ids = [choice.get("identifier", "") for choice in choices]
        options = [self._words(choice) for choice in choices]
        several = declared.cardinality == "multiple" and element.get("maxChoices", "0") != "1"
        mapped = self.processing.maps and bool(declared.worth)
        whole = declared.whole if mapped else Decimal(1)
        if mapped and whole > 0:
            credits = [
                (declared.worth.get(i, declared.default) / whole)
                .quantize(Decimal("0.0000001"))
                .normalize()
                for i in ids
            ]
            right = [n for n, credit in enumerate(credits) if credit > 0] if several else [
                n for n, credit in enumerate(credits) if credit >= 1
            ]  # fmt: skip
        elif declared.told and not several:
            credits = [declared.told.get(i, Decimal(0)).quantize(Decimal("0.0000001")).normalize() for i in ids]  # fmt: skip
            right = [n for n, credit in enumerate(credits) if credit >= 1]
        else:
            credits = [Decimal(int(i in declared.correct)) for i in ids]
            right = [n for n, i in enumerate(ids) if i in declared.correct]
        if not right or any(n >= len(it.LETTERS) for n in right):
            raise Refused("no_key")
        truths = [truth_of(option["text"]) for option in options]
        if not several and are_truth_words([option["text"] for option in options]):
            said = {
                str(t).lower(): o["feedback"]
                for t, o in zip(truths, options, strict=True)
                if "feedback" in o
            }
            return {"type": "true_false", "key": bool(truths[right[0]])} | (
                {"feedback": said} if said else {}
            )
        self._order_kept(element)
        if not several:
            for n, credit in enumerate(credits):
                if credit and n != right[0]:
                    options[n]["credit"] = it.plain_number(
                        max(Decimal(-1), min(Decimal(1), credit))
                    )
            return {"type": "single", "options": options, "key": it.LETTERS[right[0]]}
        if mapped and min(credits) < 0 and (declared.lower is None or declared.lower < 0):
            self.out.note("scoring_simplified", value=f"lowerBound {declared.lower}", read="0")
        key = [it.LETTERS[n] for n in right]
        if not mapped:
            return {"type": "multiple", "options": options, "key": key, "rule": "exact"}
        for n, credit in enumerate(credits):
            if credit:
                options[n]["credit"] = it.plain_number(max(Decimal(-1), min(Decimal(1), credit)))
        return {"type": "multiple", "options": options, "key": key, "rule": "weights"}

    def _blank(self, element: Element) -> it.Plain:
        declared = self._of(element)
        accept: list[Any] = []
        told, sensitive = self.processing.wordings(element.get("responseIdentifier", ""))
        if told and not (self.processing.maps and declared.worth):
            accept = [
                text if credit == 1 else {"text": text, "credit": it.plain_number(credit)}
                for text, credit in told
            ]
        elif self.processing.maps and declared.worth:
            whole = declared.whole or Decimal(1)
            for text, worth in declared.worth.items():
                credit = (worth / whole).quantize(Decimal("0.0000001")).normalize()
                if credit > 0:
                    accept.append(
                        text if credit == 1 else {"text": text, "credit": it.plain_number(credit)}
                    )
        else:
            accept = list(declared.correct)
        accept = [
            entry
            for entry in accept
            if (entry if isinstance(entry, str) else entry["text"]).strip()
        ]
        if not accept:
            raise Refused("no_key")
        if element.get("patternMask"):
            self.out.note("regular_expression", value=element.get("patternMask", ""))
        sensitive = sensitive or declared.sensitive
        return {"accept": accept} | ({"case_sensitive": True} if sensitive else {})

    def _number(self, element: Element, declared: Declared) -> it.Plain:
        accept = self.processing.numbers(element.get("responseIdentifier", ""))
        if not accept and self.processing.maps and declared.worth:
            whole = declared.whole or Decimal(1)
            accept = [
                {"value": text}
                | (
                    {}
                    if worth == whole
                    else {
                        "credit": it.plain_number(
                            (worth / whole).quantize(Decimal("0.0000001")).normalize()
                        )
                    }
                )
                for text, worth in declared.worth.items()
                if worth > 0
            ]
        accept = accept or [{"value": value} for value in declared.correct]
        if not accept:
            raise Refused("no_key")
        return {"type": "numeric", "accept": accept}

    def _order_kept(self, element: Element) -> None:
        if element.get("shuffle") == "false":
            self.out.note("shuffle_dropped")

    def _order(self, element: Element, declared: Declared) -> it.Plain:
        texts = {
            c.get("identifier", ""): self._words(c)["text"] for c in element.iter("simpleChoice")
        }
        if sorted(declared.correct) != sorted(texts):
            raise Refused(
                "no_key" if not declared.correct else "not_representable",
                value="order of some of the choices",
            )
        return {"type": "ordering", "sequence": [texts[ident] for ident in declared.correct]}

    def _pairs(self, declared: Declared) -> list[tuple[str, str]]:
        given = (
            [key for key, worth in declared.worth.items() if worth > 0]
            if self.processing.maps
            else []
        )
        worths = {declared.worth[pair] for pair in given}
        if len(worths) > 1 or (
            given and (declared.default < 0 or min(declared.worth.values()) < 0)
        ):
            said = ", ".join(f"{pair} {declared.worth[pair]}" for pair in given)
            wrong = min([declared.default, *declared.worth.values()])
            said += f", {wrong}" if wrong < 0 else ""
            self.out.note("scoring_simplified", value=said, read="per_pair")
        found = [tuple(value.split()) for value in (given or declared.correct)]
        pairs = [(pair[0], pair[1]) for pair in found if len(pair) == 2]
        if not pairs:
            raise Refused("no_key")
        return pairs

    def _match(self, element: Element, declared: Declared) -> it.Plain:
        self._order_kept(element)
        sets = element.findall("simpleMatchSet")
        if len(sets) != 2:
            raise Refused("syntax", reason="simpleMatchSet")
        left, right = (
            {
                c.get("identifier", ""): self._words(c)["text"]
                for c in each.iter("simpleAssociableChoice")
            }
            for each in sets
        )
        return self._matching(left, right, self._pairs(declared), "match")

    def _matching(
        self, left: dict[str, str], right: dict[str, str], pairs: list[tuple[str, str]], kind: str
    ) -> it.Plain:
        key = dict(pairs)
        if len(key) != len(pairs):
            turned = {b: a for a, b in pairs}
            if len(turned) != len(pairs):
                raise Refused("not_representable", value=f"{kind}: several partners on both sides")
            left, right, key = right, left, turned
        if not set(key) <= set(left) or not set(key.values()) <= set(right):
            raise Refused("bad_key", value=", ".join(f"{a} {b}" for a, b in pairs))
        for ident in left.keys() - key.keys():
            self.out.note("field_dropped", name="choice without a partner", value=left[ident])
        rule = "per_pair" if self.processing.maps else "exact"
        return {
            "type": "matching",
            "pairs": [[left[ident], right[key[ident]]] for ident in left if ident in key],
            "distractors": [text for ident, text in right.items() if ident not in key.values()],
            "rule": rule,
        }

    def _associate(self, element: Element, declared: Declared) -> it.Plain:
        texts = {
            c.get("identifier", ""): self._words(c)["text"]
            for c in element.iter("simpleAssociableChoice")
        }
        pairs = self._pairs(declared)
        if len({ident for pair in pairs for ident in pair}) != 2 * len(pairs):
            raise Refused("not_representable", value="associate: a choice with several partners")
        self.out.note("scoring_simplified", value="associate", read="match")
        firsts = {a: texts[a] for a, _b in pairs if a in texts}
        return self._matching(
            firsts, {k: v for k, v in texts.items() if k not in firsts}, pairs, "associate"
        )

    def _gaps(self, element: Element, declared: Declared) -> it.Plain:
        choices = {
            c.get("identifier", ""): plain_of_html(inner(c), self.out)
            for c in element.iter("gapText")
        }
        gaps = [gap.get("identifier", "") for gap in element.iter("gap")]
        pairs = [(b, a) if a in choices else (a, b) for a, b in self._pairs(declared)]
        left = {gap: f"（{n}）" for n, gap in enumerate(gaps, 1)}
        plain = self._matching(left, choices, pairs, "gapMatch")
        marks = {id(each): "" for each in self.found}
        marks |= {id(gap): f"（{n}）___" for n, gap in enumerate(element.iter("gap"), 1)}
        if len(plain["pairs"]) == 1:
            answer = plain["pairs"][0][1]
            marks[id(next(element.iter("gap")))] = "_____"
            options = list(choices.values())
            plain = {"type": "single", "options": options, "key": it.LETTERS[options.index(answer)]}
        # Among others it brings its own words: what stands around it is the question's.
        return {**plain, "stem": self._text(self.body if len(self.found) == 1 else element, marks)}


def _replace(parent: Element, child: Element, text: str, *, block: bool = False) -> None:
    """Put text where an element stood; what follows it stays."""
    if block:
        child.clear()
        child.tag, child.text = "div", text.replace("\n", "\n")
        parts = text.split("\n")
        child.text = parts[0]
        for part in parts[1:]:
            line = Element("br")
            line.tail = part
            child.append(line)
        return
    tail = text + (child.tail or "")
    siblings = list(parent)
    index = siblings.index(child)
    if index:
        siblings[index - 1].tail = (siblings[index - 1].tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(child)
