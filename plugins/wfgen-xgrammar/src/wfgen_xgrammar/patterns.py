"""Which regular expressions xgrammar matches as JSON Schema means them.

xgrammar 0.2 matches an expression against the whole text, as if it were anchored, and never matches
a character that JSON escapes: a quote, a backslash, or a control character such as a line break. So
an expression means the same to it just where it is anchored at both ends and matches none of those.
"""

from __future__ import annotations

import re

__all__ = ["is_plain"]

_LITERAL = r"[A-Za-z0-9 _/:@,;=&%#!~'<>`-]|\\[dw]|\\[^A-Za-z0-9\"\\\s]"
_RANGE = r"[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]"
_MEMBER = rf"{_RANGE}|[A-Za-z0-9 _/:@,;=&%#!~'<>`.+*?(){{}}|$]|\\[dw]|\\[^A-Za-z0-9\"\\\s]"
_CLASS = rf"\[-?(?:{_MEMBER})+-?\]"
_GROUP = r"\((?:\?:|(?!\?))|\)"
_QUANTIFIER = r"[*+?]|\{[0-9]+(?:,[0-9]*)?\}"
_TOKEN = re.compile(rf"(?:{_CLASS}|{_LITERAL}|{_GROUP}|{_QUANTIFIER}|\|)")


def is_plain(pattern: str) -> bool:
    """Whether xgrammar and JSON Schema agree on an expression of ASCII characters.

    False for some on which they agree, never True for one on which they do not.
    """
    if not (pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith(r"\$")):
        return False
    depth, at, stop = 0, 1, len(pattern) - 1
    while at < stop:
        token = _TOKEN.match(pattern, at, stop)
        if token is None:
            return False
        depth += token.group().startswith("(") - (token.group() == ")")
        if depth == 0 and token.group() == "|":
            return False  # an anchor would hold for one side only
        at = token.end()
    return depth == 0
