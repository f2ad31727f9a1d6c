"""What `$ref` and its kin name: always a place of the same document, as nothing is fetched."""

from __future__ import annotations

from wfgen.errors import nearest
from wfgen_tct.errors import SchemaError
from wfgen_tct.schema.dialects import find_dialect
from wfgen_tct.schema.exact import shown
from wfgen_tct.schema.places import Place, Places, step
from wfgen_tct.schema.uris import decode_fragment, join, resolve, tokens_of

__all__ = ["REFERENCES", "UnresolvableError", "target_of"]

REFERENCES = frozenset({"$ref", "$recursiveRef", "$dynamicRef"})
"""The keywords that name another schema."""


_MOST_COMPARED = 100


class UnresolvableError(Exception):
    """A reference is right, but what it names is out of reach; the text says why."""


def target_of(places: Places, place: Place, keyword: str) -> Place:
    """The place that a reference names.

    Args:
        places: of the document.
        place: the subschema that has the reference.
        keyword: one of `REFERENCES`; its value is a string.

    Raises:
        SchemaError: it names nothing, or what is no schema.
        UnresolvableError: it names another document, several places, or what depends on the path.
    """
    target = _static(places, place, keyword)
    if keyword == "$recursiveRef":
        return _dynamic(places, target, "")
    if keyword == "$dynamicRef":
        name = decode_fragment(place.keywords[keyword].partition("#")[2])
        return _dynamic(places, target, name) if name else target
    return target


def _static(places: Places, place: Place, keyword: str) -> Place:
    reference = place.keywords[keyword]
    uri, escaped = resolve(place.base, reference)
    root = _resource(places, place, uri)
    fragment = decode_fragment(escaped)
    if fragment is None:
        raise _broken(place, keyword, "has percent escapes that are no UTF-8")
    if not fragment:
        return root
    if fragment.startswith("/"):
        return _below(places, root, fragment, (place, keyword))
    named = places.anchored(uri, fragment)
    if not named:
        raise _broken(place, keyword, f"names no anchor: there is no {shown(fragment)}")
    return _only(named, reference)


def _resource(places: Places, place: Place, uri: str) -> Place:
    if uri == place.base:
        root = places.find(place.resource)
        if root is not None and len(places.resources(uri)) <= 1:
            return root
    found = places.resources(uri)
    if not found:
        raise UnresolvableError(_remote(uri))
    return _only(found, uri)


def _remote(uri: str) -> str:
    dialect = find_dialect(uri)
    if dialect is not None:
        return f"remote: it names the metaschema of {dialect.title}, and nothing is fetched"
    return f"remote: {shown(uri)} is another document, and nothing is fetched"


def _only(found: list[Place], name: str) -> Place:
    if len(found) > 1:
        where = " and ".join(place.pointer or "/" for place in found[:2])
        raise UnresolvableError(f"ambiguous: {shown(name)} is the name of {where}")
    return found[0]


def _below(places: Places, root: Place, fragment: str, source: tuple[Place, str]) -> Place:
    """The place at a pointer that is relative to a resource."""
    around, pointer, value = root, root.pointer, root.value
    for token in tokens_of(fragment):
        try:
            value = step(value, token)
        except LookupError:
            raise _broken(*source, _missing(pointer, value, token)) from None
        pointer = join(pointer, token)
        around = places.find(pointer) or around
    if around.pointer == pointer:
        return around
    if not isinstance(value, dict | bool):
        raise _broken(*source, f"names {shown(value)}, which is no schema")
    return places.make(around, pointer, value)


def _missing(pointer: str, value: object, token: str) -> str:
    keys = [key for key in value if isinstance(key, str)] if isinstance(value, dict) else []
    is_small = len(keys) <= _MOST_COMPARED and len(token) <= _MOST_COMPARED
    close = nearest(token, keys) if is_small else ""
    meant = f"; did you mean {shown(close)}" if close else ""
    return f"names nothing: there is no {shown(token)} in {pointer or '/'}{meant}"


def _broken(place: Place, keyword: str, what: str) -> SchemaError:
    return SchemaError(
        pointer=join(place.pointer, keyword),
        cause=f"{keyword} {shown(place.keywords[keyword])} {what}",
        hint="let it name a schema of this document, as '#/definitions/name' does",
    )


def _dynamic(places: Places, target: Place, name: str) -> Place:
    """The place that counts where a reference leads to one with a dynamic name."""
    keyword, value = ("$dynamicAnchor", name) if name else ("$recursiveAnchor", True)
    if target.keywords.get(keyword) != value:
        return target
    candidates = places.dynamic.get(name, [target])
    if len(candidates) > 1:
        raise UnresolvableError("dynamic: what it names depends on the path that leads to it")
    return candidates[0]
