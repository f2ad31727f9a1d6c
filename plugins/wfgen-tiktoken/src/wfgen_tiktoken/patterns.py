r"""The split patterns that tiktoken publishes, and where a long run of whitespace may be cut.

tiktoken's regular expressions backtrack over whitespace: `\s+(?!\S)` keeps a place for every
character and stops with an error at 999,999 of them (tiktoken 0.14). Everything else in these
patterns takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

__all__ = ["CL100K", "LONG_RUN", "O200K", "R50K", "Part", "split_long_runs"]

# As in tiktoken_ext.openai_public; a test compares them.
R50K = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"
CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
_UPPER, _LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
O200K = (
    rf"[^\r\n\p{{L}}\p{{N}}]?[{_UPPER}]*[{_LOWER}]+{_SUFFIX}"
    rf"|[^\r\n\p{{L}}\p{{N}}]?[{_UPPER}]+[{_LOWER}]*{_SUFFIX}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

LONG_RUN = 250_000
"""Characters of whitespace from which a run is cut; a quarter of where tiktoken stops."""

# Unicode's White_Space, which is Rust's `\s`; Python's has U+001C to U+001F besides.
_BLANKS = "\t\v\f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


@frozen(kw_only=True)
class _Rule:
    """A run of `characters`, as long as can be, is split off by `\\s+(?!\\S)` alone.

    Attributes:
        characters: inside of a character class.
        whole_at_end: a run that ends the text is split off by the same alternative; where it is
            not, another takes it, without backtracking.
    """

    characters: str
    whole_at_end: bool


# In O200K and CL100K, whitespace up to its last line break belongs to what stands before, so a run
# without line breaks begins a piece; in R50K any run of whitespace does.
_RULES = {
    R50K: _Rule(characters=_BLANKS + "\r\n", whole_at_end=False),
    CL100K: _Rule(characters=_BLANKS, whole_at_end=False),
    O200K: _Rule(characters=_BLANKS, whole_at_end=True),
}


@frozen
class Part:
    """A part of a text; `is_piece`: the pattern splits off just this part."""

    text: str
    is_piece: bool


def split_long_runs(text: str, pattern: str, least: int) -> Iterator[Part]:
    """Parts whose encodings, one after the other, are the encoding of `text`.

    Args:
        text: a document.
        pattern: one of the three above; a text is not cut for any other.
        least: characters from which a run is cut, at least 2.
    """
    rule = _RULES.get(pattern) if len(text) >= least else None
    done = 0
    for begin, end in _runs(text, rule, least) if rule else ():
        # The last character of a run may belong to the word that follows.
        stop = end if end == len(text) else end - 1
        yield Part(text[done:begin], is_piece=False)
        yield Part(text[begin:stop], is_piece=True)
        done = stop
    yield Part(text[done:], is_piece=False)


def _runs(text: str, rule: _Rule, least: int) -> Iterator[tuple[int, int]]:
    # No lookahead in the expression: where it fails, Python tries again at every later character.
    for match in re.finditer(rf"[{rule.characters}]{{{least},}}", text):
        follower = text[match.end() : match.end() + 1]
        # Before a line break other alternatives take the run, without backtracking.
        if rule.whole_at_end if not follower else follower not in "\r\n":
            yield match.span()
