"""A document cut into tokens, for the terminal: `wfgen tokenizer show`.

On a terminal tokens are blocks of two shades in turn, in the colour of their kind; in a pipe, and
where there are no colours, bars stand between them. What no token writes is dim, or in brackets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import evolve, frozen
from rich.console import Console
from rich.text import Text

from wfgen.api import Piece, Tokenizer
from wfgen.errors import one_line
from wfgen.report.inspector import is_free, pieces_of
from wfgen.report.layout import lay_out

__all__ = ["Cut", "cut_document", "print_cut"]

_INDENT = "  "
_INKS = {
    "key": "#8fd0f5",
    "kind": "#e8a9d0",
    "literal": "#5fd6ae",
    "number": "#e6da4d",
    "text": "#e7e5df",
    "end": "#f0a860",
    "mode": "#ff9a90",
}
_OTHER_INKS = ("#b8b8f0", "#c9e08a", "#d8c0a0")
_SHADES = ("on #262626", "on #4e4e4e")  # both are among the 256 colours, too
_FEW_COLOURS = ("", "reverse")
_ELIDED = "dim"


@frozen(kw_only=True)
class Cut:
    """A document and its pieces.

    Attributes:
        document: canonical.
        pieces: of all tokens, and of what no token writes.
        is_free: whether it is written in free mode; None where the tokenizer has none.
    """

    document: bytes
    pieces: tuple[Piece, ...]
    is_free: bool | None

    @property
    def num_tokens(self) -> int:
        """Begin and end not among them."""
        return sum(piece.token is not None for piece in self.pieces)

    @property
    def num_elided(self) -> int:
        """Symbols that no token writes."""
        return len(self.pieces) - self.num_tokens


def cut_document(tokenizer: Tokenizer, document: bytes) -> Cut:
    """What `print_cut` prints of a canonical document.

    Raises:
        EncodeError: the tokenizer refuses it, or `inspect` and `encode` disagree.
    """
    pieces = pieces_of(tokenizer, document)
    return Cut(document=document, pieces=pieces, is_free=is_free(tokenizer, pieces))


def print_cut(cut: Cut, console: Console) -> None:
    """Print the tokens line by line, then the kinds with their counts, and the sums.

    A token is of the kind that it begins with.
    """
    has_colours = console.color_system is not None and not console.no_color
    write = _coloured(cut, console) if has_colours else _plain(console)
    name = write if has_colours else _named
    if cut.is_free:
        console.print(Text(_FREE), soft_wrap=True)
    for line in lay_out(cut.pieces):
        console.print(Text(_INDENT * line.depth).append_text(write(line.pieces)), soft_wrap=True)
    console.print()
    for text in (*_legend(cut, name), *map(Text, _sums(cut))):
        console.print(text, soft_wrap=True)


_FREE = "Free mode: the grammar rejects this document."


# Tokens -----------------------------------------------------------------------------------------

Writer = Callable[[Sequence[Piece]], Text]


def _plain(console: Console) -> Writer:
    bar, left, right = _signs(console.encoding)

    def write(pieces: Sequence[Piece]) -> Text:
        cells = [
            f"{left}{_label(piece)}{right}" if piece.token is None else _label(piece)
            for piece in pieces
        ]
        return Text(f"{bar}{bar.join(cells)}{bar}")

    return write


def _named(pieces: Sequence[Piece]) -> Text:
    return Text("".join(map(_label, pieces)))


def _signs(encoding: str) -> tuple[str, str, str]:
    try:
        "│‹›".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return "|", "<", ">"
    return "│", "‹", "›"


def _coloured(cut: Cut, console: Console) -> Writer:
    styles = _styles(cut.pieces, shades=_shades(console))
    number = 0

    def write(pieces: Sequence[Piece]) -> Text:
        nonlocal number
        text = Text()
        for piece in pieces:
            if piece.token is None:
                text.append(_label(piece), style=_ELIDED)
            else:
                number += 1
                text.append(_label(piece), style=styles[piece.kind][number % 2])
        return text

    return write


def _shades(console: Console) -> tuple[str, str]:
    return _FEW_COLOURS if console.color_system in ("standard", "windows") else _SHADES


def _styles(pieces: Iterable[Piece], shades: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """Two styles for each kind; those that are not known here share a few colours."""
    kinds = list(dict.fromkeys(piece.kind for piece in pieces))
    others = [kind for kind in kinds if kind not in _INKS]
    inks = {**_INKS, **{k: _OTHER_INKS[n % len(_OTHER_INKS)] for n, k in enumerate(others)}}
    return {kind: (f"{inks[kind]} {shades[0]}", f"{inks[kind]} {shades[1]}") for kind in kinds}


def _label(piece: Piece) -> str:
    """What a piece is, on a terminal: its text, the bytes of what is no text, or its kind."""
    if not piece.text:
        return one_line(f"<{piece.kind}>")
    return one_line(piece.text.decode("utf-8", "backslashreplace"))


# What it comes to ---------------------------------------------------------------------------------


def _legend(cut: Cut, name: Writer) -> Iterator[Text]:
    """How many tokens, and how many elided symbols, there are of each kind."""
    written = [piece for piece in cut.pieces if piece.token is not None]
    elided = [piece for piece in cut.pieces if piece.token is None]
    for heading, pieces in (("tokens: ", written), ("elided: ", elided)):
        if pieces:
            names = [
                name((evolve(pieces[0], text=kind.encode(), kind=kind),)).append(f" {count:,}")
                for kind, count in Counter(piece.kind for piece in pieces).items()
            ]
            yield Text(heading).append_text(Text(", ").join(names))


def _sums(cut: Cut) -> Iterator[str]:
    number, size = cut.num_tokens, len(cut.document)
    per_token = f", {size / number:.2f} bytes a token" if number else ""
    mode = {True: ", in free mode", False: ", in grammar mode", None: ""}[cut.is_free]
    yield f"{number:,} tokens for {size:,} bytes of canonical JSON{per_token}{mode}"
    if cut.is_free is not None or cut.num_elided:
        many = "1 symbol" if cut.num_elided == 1 else f"{cut.num_elided:,} symbols"
        yield f"{many} elided: the grammar forces them, and no token writes them"
