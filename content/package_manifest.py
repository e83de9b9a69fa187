"""What a package says of itself: its standard, its title, what is opened in it, what it asks to be passed.

Sources: ADL SCORM 1.2 and SCORM 2004 content aggregation (``imsmanifest.xml`` at the root) with IMS simple
sequencing for the passing measure; the H5P specification of ``h5p.json``.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from content.enums import PackageKind
from content.package_check import HTML, PackageRefused, Reason, checked, ending

PARTS_TO = 100
_SCORM_12 = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
_SCORM_2004 = "http://www.adlnet.org/xsd/adlcp_v1p3"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to open: a SCO, an asset of SCORM, or the whole of an H5P package.

    ``tracked`` parts report; the others count as done once opened. ``mastery`` is the score, in
    per cent, from which the package wants itself passed; None where it names none.
    """

    title: str
    href: str
    tracked: bool = True
    mastery: float | None = None
    launch_data: str = ""

    def plain(self) -> dict[str, Any]:
        """As it is kept in the database."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Described:
    """What was found in a package, and how many files it has."""

    kind: PackageKind
    title: str
    parts: tuple[Part, ...]
    file_count: int


def examined(file: BinaryIO) -> Described:
    """Look at every byte of an uploaded package and read what it says. Raises PackageRefused."""
    found = checked(file)
    if "imsmanifest.xml" in found:
        return _scorm(found["imsmanifest.xml"], found.keys())
    return _h5p(found["h5p.json"], found.keys())


# --- SCORM -----------------------------------------------------------------------------------------


def _scorm(data: bytes, files: Iterable[str]) -> Described:
    """The items, in order, of the organisation that is the default, with the resources they name."""
    bad = PackageRefused(Reason.BAD_DESCRIPTION, "imsmanifest.xml")
    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise bad from error
    kind = _scorm_kind(root)
    resources = root.find("{*}resources")
    organisation = _default_organisation(root)
    if kind is None or organisation is None or resources is None:
        raise bad
    by_id = {each.get("identifier"): each for each in resources.findall("{*}resource")}
    bases = [each.get(_XML_BASE, "") for each in (root, resources)]
    names = set(files)
    parts = []
    for item in organisation.iter():
        wanted = item.get("identifierref")
        if not wanted or item.get("isvisible", "true").lower() == "false":
            continue
        resource = by_id.get(wanted)
        if resource is None:
            raise PackageRefused(Reason.NO_ENTRY, wanted)
        parts.append(_part(item, resource, bases, names))
    if not parts:
        raise PackageRefused(Reason.NO_ENTRY)
    if len(parts) > PARTS_TO:
        raise bad
    title = _text(organisation, "{*}title")
    return Described(kind, title, tuple(parts), len(names))


def _default_organisation(root: Element) -> Element | None:
    found = root.findall("{*}organizations/{*}organization")
    default = root.find("{*}organizations")
    wanted = None if default is None else default.get("default")
    return next((each for each in found if each.get("identifier") == wanted), None) or next(
        iter(found), None
    )


def _scorm_kind(root: Element) -> PackageKind | None:
    """By the version it states; by the namespace of its attributes when it states none."""
    version = _text(root, "{*}metadata/{*}schemaversion")
    if version == "1.2":
        return PackageKind.SCORM_12
    if version.startswith("2004") or version == "CAM 1.3":
        return PackageKind.SCORM_2004
    if version:
        return None
    names = {name for each in root.iter() for name in each.attrib}
    for space, kind in ((_SCORM_2004, PackageKind.SCORM_2004), (_SCORM_12, PackageKind.SCORM_12)):
        if any(name.startswith(f"{{{space}}}") for name in names):
            return kind
    return None


def _part(item: Element, resource: Element, bases: list[str], names: set[str]) -> Part:
    """An item with its resource. ``parameters`` of the item go behind the address, as SCORM says."""
    address = "".join(bases) + resource.get(_XML_BASE, "") + resource.get("href", "")
    href = _entry(address, names)
    query = (item.get("parameters") or "").lstrip("?#&")
    own = urlsplit(address).query
    query = "&".join(part for part in (own, query) if part)
    # The attribute is scormtype in 1.2 and scormType in 2004.
    kind = next(
        (value for name, value in resource.attrib.items() if name.lower().endswith("}scormtype")),
        "sco",
    )
    return Part(
        title=_text(item, "{*}title")[:200] or href,
        href=f"{href}?{query[:500]}" if query else href,
        tracked=kind.lower() == "sco",
        mastery=_mastery(item),
        launch_data=(_text(item, "{*}datafromlms") or _text(item, "{*}dataFromLMS"))[:4096],
    )


def _mastery(item: Element) -> float | None:
    """1.2 states it in per cent; 2004 as the least measure, −1 to 1, that satisfies the main objective."""
    stated = _text(item, "{*}masteryscore")
    measure = ""
    main = item.find("{*}sequencing/{*}objectives/{*}primaryObjective")
    if main is not None and main.get("satisfiedByMeasure", "").lower() in ("true", "1"):
        measure = _text(main, "{*}minNormalizedMeasure") or "1"
    try:
        value = float(Decimal(stated)) if stated else float(Decimal(measure) * 100)
    except InvalidOperation:
        return None
    return value if 0 <= value <= 100 else None


def _entry(text: str, names: set[str]) -> str:
    """The file behind an address of the manifest; it must be in the package, not elsewhere on the net."""
    address = urlsplit(text)
    name = unquote(address.path)
    if address.scheme or address.netloc or name not in names or ending(name) not in HTML:
        raise PackageRefused(Reason.NO_ENTRY, text)
    return name


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


# --- H5P -------------------------------------------------------------------------------------------


def _h5p(data: bytes, files: Iterable[str]) -> Described:
    """H5P's title and main library; what it plays, and every library it names, must be packed with it."""
    bad = PackageRefused(Reason.BAD_DESCRIPTION, "h5p.json")
    try:
        stated = json.loads(data)
        title, main = stated["title"], stated["mainLibrary"]
        folders = {
            each[
                "machineName"
            ]: f"{each['machineName']}-{each['majorVersion']}.{each['minorVersion']}"
            for each in stated["preloadedDependencies"]
        }
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise bad from error
    if not isinstance(title, str) or not isinstance(main, str):
        raise bad
    names = set(files)
    if "content/content.json" not in names:
        raise PackageRefused(Reason.NO_ENTRY, "content/content.json")
    if main not in folders:
        raise PackageRefused(Reason.NO_ENTRY, main)
    for folder in folders.values():
        if f"{folder}/library.json" not in names:
            raise PackageRefused(Reason.NO_ENTRY, folder)
    title = title.strip()
    return Described(PackageKind.H5P, title, (Part(title[:200] or main, ""),), len(names))
