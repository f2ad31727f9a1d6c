"""What a document is to begin with: the beginning of its canonical JSON."""

from __future__ import annotations

from attrs import field, frozen

from wfgen.canonical import JsonValue, to_canonical

__all__ = ["Prompt", "prompt_value"]


@frozen(kw_only=True)
class Prompt:
    """The beginning of a document's canonical JSON, cut anywhere.

    Attributes:
        text: the document begins with it.
        endings: after `text` the document goes on with one of these. A number that is whole needs
            them: nothing in JSON ends a number but what comes behind it.
        kept: what of the prompt's source is in it, for people; '' where it has no source.
    """

    text: bytes = b""
    endings: tuple[bytes, ...] = (b"",)
    kept: str = ""

    @property
    def alternatives(self) -> tuple[bytes, ...]:
        """The document begins with one of these."""
        return tuple(self.text + ending for ending in self.endings)


@frozen(kw_only=True)
class Open:
    """A text in which objects and arrays are open.

    Attributes:
        text: canonical JSON up to there.
        closers: what closes them, the innermost first; `}` and `]`.
        is_cut: whether the text ends inside of a scalar, so that even a number may go on.
    """

    text: bytes
    closers: bytes = field(default=b"")
    is_cut: bool = False

    def prompt(self, kept: str) -> Prompt:
        """The prompt."""
        is_number = self.text[-1:].isdigit() and not self.is_cut
        if not is_number or not self.closers:
            return Prompt(text=self.text, kept=kept)
        return Prompt(text=self.text, endings=(b",", self.closers[:1]), kept=kept)


def prompt_value(value: JsonValue) -> Prompt:
    """A value that is to be continued inside: its outermost object or array stays open.

    Raises:
        DocumentError: it is no JSON value, or over the limits.
    """
    text = to_canonical(value)
    if not isinstance(value, (dict, list)):
        return Prompt(text=text, kept="the whole value is kept, and there is nothing inside it")
    what = "object" if isinstance(value, dict) else "array"
    return Open(text=text[:-1], closers=text[-1:]).prompt(f"the outermost {what} stays open")
