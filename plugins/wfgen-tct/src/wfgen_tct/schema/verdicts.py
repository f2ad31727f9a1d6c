"""What becomes of a keyword by where it stands alone, before it is read."""

from __future__ import annotations

from wfgen_tct.schema.dialects import Dialect, find_dialect
from wfgen_tct.schema.exact import shown
from wfgen_tct.schema.keywords import KEYWORDS, keyword_dialects
from wfgen_tct.schema.places import Place, Slot
from wfgen_tct.schema.report import Status

__all__ = ["verdict_of"]

_BESIDE_REF = ("$ref", "$schema", "definitions")


def verdict_of(slot: Slot) -> tuple[Status, str]:
    """The status of a keyword that nothing speaks against, and a note."""
    place, name = slot.place, slot.keyword
    keyword = KEYWORDS[place.dialect].get(name)
    if keyword is None:
        return "annotation", _unknown(place, name)
    if keyword.role == "annotates":
        return "annotation", ""
    if place.is_silenced and name not in _BESIDE_REF:
        return "annotation", f"{place.dialect.title} ignores what stands beside $ref"
    if name == "$schema" and place.pointer:
        return _nested_dialect(place)
    missing = _missing(place, name)
    return ("annotation", f"it has no effect without {missing}") if missing else ("exact", "")


def _unknown(place: Place, name: str) -> str:
    if name == "format":
        return "formats are not checked"
    known = keyword_dialects(name)
    if not known:
        return ""
    since = known[0].title if known[0] > place.dialect else ""
    title = place.dialect.title
    return f"no keyword of {title}, but one since {since}" if since else f"no longer in {title}"


def _nested_dialect(place: Place) -> tuple[Status, str]:
    assert isinstance(place.value, dict)
    named = place.value["$schema"]
    found = find_dialect(named)
    if found == place.dialect:
        return "exact", ""
    if place.resource != place.pointer:
        return "annotation", "it has no effect in a subschema without an identifier of its own"
    return "unsupported", f"{shown(named)} names no dialect known here"


def _missing(place: Place, name: str) -> str:
    """What a keyword would need beside it to have an effect; '' where that is there."""
    beside = place.keywords
    match name:
        case "then" | "else" if "if" not in beside:
            return "if"
        case "if" if "then" not in beside and "else" not in beside:
            return "then or else"
        case "minContains" | "maxContains" if "contains" not in beside:
            return "contains"
        case "additionalItems" if not isinstance(beside.get("items"), list):
            return "an array in items"
        case "exclusiveMinimum" | "exclusiveMaximum" if place.dialect == Dialect.DRAFT4:
            bound = name.removeprefix("exclusive").lower()
            return "" if bound in beside else bound
    return ""
