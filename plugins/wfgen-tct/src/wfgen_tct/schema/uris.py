"""URI references (RFC 3986) and JSON pointers (RFC 6901).

`urllib.parse.urljoin` will not do: it resolves nothing against a `urn:`, and schemas use those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

__all__ = ["START", "decode_fragment", "join", "resolve", "tokens_of"]

START = "json-schema:///"
"""The base URI of a schema that has none of its own."""

# RFC 3986, appendix B.
_URI = re.compile(
    r"(?:(?P<scheme>[^:/?#]+):)?(?://(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)


def _split(uri: str) -> dict[str, str | None]:
    match = _URI.fullmatch(uri)
    assert match is not None  # every text matches
    return match.groupdict()


def resolve(base: str, reference: str) -> tuple[str, str]:
    """The URI that a reference names (RFC 3986, 5.2), without its fragment, and the fragment.

    The fragment comes as it is written, '' where there is none.
    """
    to = _split(reference)
    if to["scheme"] is None:
        to = _against(_split(base), to)
    else:
        to["path"] = _without_dots(to["path"] or "")
    uri = f"{to['scheme']}:" if to["scheme"] is not None else ""
    uri += f"//{to['authority']}" if to["authority"] is not None else ""
    uri += to["path"] or ""
    uri += f"?{to['query']}" if to["query"] is not None else ""
    return uri, to["fragment"] or ""


def _against(base: dict[str, str | None], to: dict[str, str | None]) -> dict[str, str | None]:
    path = to["path"] or ""
    if to["authority"] is not None:
        return {**to, "scheme": base["scheme"], "path": _without_dots(path)}
    query = to["query"]
    if not path:
        path = base["path"] or ""
        query = base["query"] if query is None else query
    else:
        path = _without_dots(path if path.startswith("/") else _merged(base, path))
    return {**base, "path": path, "query": query, "fragment": to["fragment"]}


def _merged(base: dict[str, str | None], path: str) -> str:
    folder = (base["path"] or "").rpartition("/")[0]
    return f"{folder}/{path}" if folder or base["authority"] is not None or base["path"] else path


def _without_dots(path: str) -> str:
    if "." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[max(len(kept) - 1, 1 if path.startswith("/") else 0) :]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def decode_fragment(fragment: str) -> str | None:
    """A fragment without its percent escapes; None where they are no UTF-8."""
    if "%" not in fragment:
        return fragment
    try:
        return unquote_to_bytes(fragment).decode()
    except UnicodeDecodeError:
        return None


def tokens_of(pointer: str) -> list[str]:
    """The reference tokens of a JSON pointer, unescaped."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def join(pointer: str, *tokens: str | int) -> str:
    """A pointer, some tokens further down."""
    return pointer + "".join(f"/{token}" for token in _escaped(tokens))


def _escaped(tokens: Iterable[str | int]) -> Iterable[str]:
    return (str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
