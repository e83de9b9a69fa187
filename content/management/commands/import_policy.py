"""Import a policy text from the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from content import importing, operations, queries
from content.articles import Form, ParsedPolicy
from content.report import told
from people.models import Person


class Command(BaseCommand):
    help = "Import a policy text, a handbook, a collection (.docx, .html, .md, .txt in UTF-8 or GB18030) as a draft."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--form", choices=[form.value for form in Form], help="default: as the text looks"
        )
        parser.add_argument("--title", help="where the file does not name itself")
        parser.add_argument("--parent", default=operations.LIBRARY_SLUG, metavar="SLUG")
        parser.add_argument("--edition-of", metavar="SLUG", help="a new wording of this text")
        parser.add_argument(
            "--by", metavar="STAFF_NUMBER", help="the editor who submits it to review"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be stored")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        form = Form(options["form"]) if options["form"] else None
        try:
            with path.open("rb") as file:
                data = importing.read_stream(file)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except importing.ImportRefused as refused:
            raise CommandError(f"{path}: {refused}") from None
        try:
            if options["dry_run"]:
                self._tell(operations.read_policy(data, name=path.name, form=form))
                self.stdout.write(_("Nothing was stored."))
                return
            imported = operations.import_policy(
                data,
                source_name=path.name,
                parent_slug=options["parent"],
                edition_of=self._text(options["edition_of"]),
                by=self._editor(options["by"]),
                form=form,
                corrections={"title": options["title"]} if options["title"] else None,
                now=timezone.now(),
            )
        except importing.ImportRefused as refused:
            raise CommandError(f"{path}: {refused}") from None
        except operations.NoSuchParent:
            raise CommandError(
                _("There is no library page “%(slug)s”.") % {"slug": options["parent"]}
            ) from None
        if not imported.created:
            self.stdout.write(
                _("“%(title)s” was imported before. Nothing was changed.")
                % {"title": imported.page.title}
            )
            return
        self._tell(imported.parsed)
        self.stdout.write(
            _("Stored as a draft: page %(page)s, edition %(edition)s.")
            % {"page": imported.page.pk, "edition": imported.edition.ordinal}
        )

    def _text(self, slug: str | None) -> int | None:
        if slug is None:
            return None
        found = queries.text_by_slug(slug)
        if found is None:
            raise CommandError(_("There is no policy text “%(slug)s”.") % {"slug": slug})
        return found

    def _editor(self, staff_number: str | None) -> Person | None:
        if staff_number is None:
            return None
        person = Person.objects.filter(staff_number=staff_number, is_active=True).first()
        if person is None:
            raise CommandError(_("There is no person “%(number)s”.") % {"number": staff_number})
        return person

    def _tell(self, parsed: ParsedPolicy) -> None:
        write = self.stdout.write
        write(f"{parsed.title}")
        write(f"{parsed.issuer}  {parsed.number}  {parsed.issued_on or ''}")
        for node in parsed.nodes:
            write(f"  {node.anchor:<10} {node.label}{node.heading or node.text[:30]}")
        for remark in parsed.report:
            words = told(remark)
            write(f"  {words.line:>5} {words.kind}: {words.reason} {words.before} → {words.after}")
