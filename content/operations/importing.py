"""Importing a policy text."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from content import importing
from content.articles import (
    Form,
    Node,
    ParsedPolicy,
    PublicationMark,
    form_of,
    parse,
    parse_book,
)
from content.enums import Mark
from content.models import (
    Article,
    Edition,
    PolicyTextPage,
)
from content.operations.citations import NoSuchText
from content.operations.publishing import LIBRARY_SLUG, _differences, _free_slug, _parent, _submit
from people.operations import audit

# What an editor may correct in the preview before the text is stored.
EDITABLE = (
    "title", "notice_title", "issuer", "banner", "number", "serial", "mark",
    "passed_on", "issued_on", "effective_on",
)  # fmt: skip


class NotAfterTheEditionBefore(importing.ImportRefused):
    """A new wording that would hold no later than the one it replaces, which it would never follow."""

    def __init__(self, before: date, given: date | None) -> None:
        super().__init__(before, given)
        self.before = before
        self.given = given

    def __str__(self) -> str:
        days = {
            "before": date_format(self.before),
            "given": date_format(self.given) if self.given else "",
        }
        if self.given is None:
            return (
                _(
                    "The edition it replaces is in effect from %(before)s. Please say from which later day "
                    "this one is. Nothing was stored."
                )
                % days
            )
        return (
            _(
                "This edition would be in effect from %(given)s, and the one it replaces is from %(before)s. "
                "Please correct the date, or whether it is a new edition of that text. Nothing was stored."
            )
            % days
        )


@dataclass(frozen=True)
class Imported:
    """What an import did. ``created`` is False when this very file was imported before."""

    page: PolicyTextPage
    edition: Edition
    parsed: ParsedPolicy
    created: bool
    changed: list[str] = field(default_factory=list)
    lapsed: list[str] = field(default_factory=list)


def digest(data: bytes) -> str:
    """SHA-256 of a source file, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_policy(data: bytes, *, name: str = "", form: Form | None = None) -> ParsedPolicy:
    """Decode and parse a source file; without ``form`` it is guessed how the text is built.

    The end of the ``name`` tells Markdown and HTML from plain text. Raises a subclass of importing.ImportRefused.
    """
    source = importing.read_source(data, name)
    form = form or form_of(source.text)
    parsed = parse(source.text) if form is Form.POLICY else parse_book(source.text, form)
    if not parsed.numbered:
        raise importing.NoArticles
    return replace(parsed, report=(*source.remarks, *parsed.report))


def import_policy(
    data: bytes,
    *,
    source_name: str = "",
    parent_slug: str = LIBRARY_SLUG,
    edition_of: int | None = None,
    by: Any = None,
    corrections: Mapping[str, Any] | None = None,
    submit: bool = True,
    form: Form | None = None,
    now: datetime,
) -> Imported:
    """Store a policy text as a draft with its articles, and submit it to review when ``by`` is known.

    ``edition_of`` names the policy text of which this is a new wording; without it a new page is made,
    for numbers and titles are not unique. The same file a second time changes nothing. All or nothing.
    Raises importing.ImportRefused (NotAfterTheEditionBefore among them), NoSuchParent, NoSuchText.
    """
    parsed = read_policy(data, name=source_name, form=form)
    source_digest = digest(data)
    values = metadata(parsed, corrections)
    try:
        with transaction.atomic():
            known = Edition.objects.filter(source_digest=source_digest).first()
            if known is None:
                return _store(
                    parsed,
                    values,
                    source_digest,
                    source_name,
                    parent_slug,
                    edition_of,
                    by,
                    submit,
                    now,
                )
    except IntegrityError:
        # Another import of the same file was a moment faster.
        known = Edition.objects.filter(source_digest=source_digest).first()
        if known is None:
            raise
    page = PolicyTextPage.objects.get(pk=known.text_id)
    return Imported(page, known, parsed, created=False)


def _store(
    parsed: ParsedPolicy,
    values: dict[str, Any],
    source_digest: str,
    source_name: str,
    parent_slug: str,
    edition_of: int | None,
    by: Any,
    submit: bool,
    now: datetime,
) -> Imported:
    if edition_of is None:
        parent = _parent(parent_slug)
        page = PolicyTextPage(
            slug=_free_slug(parent, values["title"]), live=False, owner=by, **values
        )
        parent.add_child(instance=page)
        ordinal = 1
    else:
        stored = PolicyTextPage.objects.select_for_update().filter(pk=edition_of).first()
        if stored is None:
            raise NoSuchText(edition_of)
        page = stored.get_latest_revision_as_object()
        for name, value in values.items():
            setattr(page, name, value)
        _ask_effect(stored, values["effective_on"] or values["issued_on"])
        ordinal = stored.editions.count() + 1
    edition = Edition.objects.create(
        text_id=page.pk,
        ordinal=ordinal,
        effective_from=values["effective_on"] or values["issued_on"],
        source_digest=source_digest,
        source_name=source_name[-200:],
        notice=list(parsed.notice),
        closing=list(parsed.closing),
        report=[
            {
                "kind": remark.kind.value,
                "reason": remark.reason.value,
                "line": remark.line,
                "before": remark.before,
                "after": remark.after,
            }
            for remark in parsed.report
        ],
        imported_by=by,
        imported_at=now,
    )
    Article.objects.bulk_create(
        _article(edition, node, order) for order, node in enumerate(parsed.nodes)
    )
    changed, lapsed = _differences(page.edition_id, parsed.nodes)
    page.edition = edition
    revision = page.save_revision(user=by, clean=False)
    audit(
        by,
        "content.policy.import",
        f"content.page:{page.pk}",
        {"edition": ordinal, "digest": source_digest, "articles": len(parsed.nodes)},
        now=now,
    )
    if by is not None and submit:
        _submit(revision.as_object(), by)
    return Imported(page, edition, parsed, created=True, changed=changed, lapsed=lapsed)


def _ask_effect(text: PolicyTextPage, given: date | None) -> None:
    """Raise NotAfterTheEditionBefore unless the new wording follows those that were published."""
    published = text.editions.exclude(published_at=None)
    before = (published if published.exists() else text.editions).aggregate(
        last=Max("effective_from")
    )["last"]
    if before is not None and (given is None or given <= before):
        raise NotAfterTheEditionBefore(before, given)


def imported_before(data: bytes) -> Edition | None:
    """The edition that was made of this very file, if there is one."""
    return Edition.objects.filter(source_digest=digest(data)).first()


def metadata(parsed: ParsedPolicy, corrections: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The page's fields as the parser read them, with the editor's corrections laid over."""
    mark = Mark.PUBLIC if parsed.mark is PublicationMark.PUBLIC else Mark.INTERNAL
    values: dict[str, Any] = {
        "title": parsed.title or parsed.numbered[0].heading or parsed.numbered[0].label,
        "form": parsed.form.value,
        "notice_title": parsed.notice_title,
        "issuer": parsed.issuer,
        "banner": parsed.banner,
        "number": parsed.number,
        "serial": parsed.serial,
        "mark": mark,
        "passed_on": parsed.passed_on,
        "issued_on": parsed.issued_on,
        "effective_on": parsed.effective_on,
    }
    values |= {name: value for name, value in (corrections or {}).items() if name in EDITABLE}
    limits = {
        "title": 255,
        "notice_title": 300,
        "issuer": 120,
        "banner": 120,
        "number": 60,
        "serial": 12,
    }
    for name, limit in limits.items():
        values[name] = str(values[name])[:limit]
    return values


def _article(edition: Edition, node: Node, order: int) -> Article:
    return Article(
        edition=edition,
        anchor=node.anchor,
        kind=node.kind.value,
        label=node.label[:30],
        heading=node.heading[:300],
        text=node.text,
        parent_anchor=node.parent,
        order=order,
    )
