"""One document, symbol by symbol: where it stands, and what may follow.

All that reads or writes symbols goes through a walk: the encoder learns from it which symbols are
forced, the decoder and the constraint follow forced ones by it. What a place cannot know, as places
are shared, the walk adds: the keys and the items that came before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wfgen.canonical import read_json
from wfgen_tct.grammar.frame_states import ArrayState, ObjectState
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.moves import Edge, Move, Place, Stuck
from wfgen_tct.grammar.places import matters
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.grammar.values import value_key
from wfgen_tct.symbols import END

__all__ = ["MAX_DEPTH", "Frame", "Stuck", "TooDeep", "Walk"]

MAX_DEPTH = 64
"""Objects and arrays open at once, as the canonical form has it by default."""

_NOTHING: frozenset[Any] = frozenset()
_NONE, _VALUE, _OPEN_OBJECT, _OPEN_ARRAY, _CLOSE = map(int, Edge)  # ints compare faster
_OPENINGS = (_OPEN_OBJECT, _OPEN_ARRAY)
_MAX_FORCED = 1_000_000
"""Edges passed by force in one go; a schema that demands more has no document of a useful size."""


class TooDeep(Stuck):
    """A frame would be open beyond `MAX_DEPTH`."""


class Frame:
    """An open object or array.

    Attributes:
        is_array: which.
        goal: of the place where it stands.
        step: of the key or item under way.
        count: keys or items begun.
        names, others: of an object, the keys it has: named ones, and the bytes of others.
        used: of an array that minds equal items, those before by their `value_key`; else None.
        sizes: kinds and numbers of members of the arrays and objects among them.
        crowd: of `others`, those that choices of keys by `spelling` depend on.
        matter: of `used`, those that choices at the next item depend on, as `watched` was.
        must_differ: whether another equal item may not come.
        begin: where the item under way begins in what is written.
        rest: kept here by `wfgen_tct.sequences`.
    """

    __slots__ = (
        "begin", "count", "crowd", "goal", "is_array", "is_owner", "matter", "must_differ", "names",
        "others", "rest", "sizes", "spelling", "step", "used", "watched",
    )  # fmt: skip

    def __init__(self, goal: int, *, is_array: bool) -> None:
        self.is_array = is_array
        self.goal = goal
        self.step: Any = None
        self.count = 0
        self.names: set[str] = set()
        self.others: set[bytes] = set()
        self.crowd: frozenset[bytes] = _NOTHING
        self.spelling: Spelling | None = None
        self.used: set[Any] | None = None
        self.sizes: frozenset[tuple[str, int]] = _NOTHING
        self.matter: frozenset[Any] = _NOTHING
        self.watched: ArrayState | None = None
        self.must_differ = False
        self.begin = 0
        self.rest: Any = None
        self.is_owner = True

    def copy(self) -> Frame:
        """Another that shares its sets until one of the two adds to them."""
        other = Frame.__new__(Frame)
        for name in Frame.__slots__:
            setattr(other, name, getattr(self, name))
        self.is_owner = other.is_owner = False
        return other

    def own(self) -> None:
        """Make its sets its own, to be added to."""
        if not self.is_owner:
            self.names, self.others = set(self.names), set(self.others)
            self.used = None if self.used is None else set(self.used)
            self.is_owner = True

    def use(self, item: Any) -> None:
        """Note an item of an array that minds equal ones."""
        self.own()
        assert self.used is not None
        self.used.add(item)
        if item[0] in ("array", "object"):
            self.sizes |= {(item[0], len(item[1]))}
        if self.watched is not None and _is_minded(item, self.watched):
            self.matter |= {item}

    def crowding(self, state: ObjectState) -> frozenset[bytes]:
        """Keys that choices of the next one depend on, of those that are not named."""
        if not self.others:
            return _NOTHING
        if state.spelling is not self.spelling:
            self.spelling = state.spelling
            self.crowd = frozenset(key for key in self.others if state.spelling.minds(key))
        return self.crowd

    def mattering(self, state: ArrayState) -> frozenset[Any]:
        """Items that choices at the next one depend on."""
        if not self.used or not self.must_differ:
            return _NOTHING
        if self.watched is None or state.step is not self.watched.step:
            self.watched = state
            self.matter = frozenset(item for item in self.used if _is_minded(item, state))
        return self.matter


def _is_minded(item: Any, state: ArrayState) -> bool:
    """Whether choices at the next item depend on one that came before."""
    step = state.step
    return step is not None and matters(item, step.node) and state.bars(item)


class Walk:
    """Where one document stands. Mutable; `fork` gives a copy.

    Args:
        language: its documents.
        write: whether to keep what was written.

    Attributes:
        place: the innermost place; None behind the document.
        frames: the open objects and arrays, the innermost last.
        key: the bytes so far of a key that is being spelt.
        label: of the whole, once it has ended.
    """

    __slots__ = (
        "_keeps",
        "_num_recorders",
        "_parts",
        "frames",
        "key",
        "label",
        "language",
        "place",
    )

    def __init__(self, language: Language, *, write: bool = False) -> None:
        self.language = language
        self.place: Place | None = language.places.value(language.root)
        self.frames: list[Frame] = []
        self.key = b""
        self.label = 0
        self._keeps = write
        self._parts: list[bytes] = []
        self._num_recorders = 0

    def fork(self) -> Walk:
        """An independent copy."""
        other = Walk.__new__(Walk)
        other.language = self.language
        other.place = self.place
        other.frames = [frame.copy() for frame in self.frames]
        other.key = self.key
        other.label = self.label
        other._keeps = self._keeps
        other._parts = self._parts.copy()
        other._num_recorders = self._num_recorders
        return other

    @property
    def is_whole(self) -> bool:
        """Whether the document has ended."""
        return self.place is None

    @property
    def written(self) -> bytes:
        """The document so far, if it is kept."""
        return b"".join(self._parts)

    @property
    def num_parts(self) -> int:
        """A mark in what is written, for `written_since`."""
        return len(self._parts)

    def written_since(self, mark: int) -> bytes:
        """What was written since `num_parts` was a mark."""
        return b"".join(self._parts[mark:])

    def keep_no_more(self) -> None:
        """Keep nothing of what is written from now on."""
        self._keeps = False

    def lead(self, move: Move) -> bytes:
        """The comma that a move of the place takes in front, if any."""
        return b"," if move.begins and self.frames[-1].count else b""

    # What may follow ------------------------------------------------------------------------

    def choices(self) -> tuple[int, ...]:
        """The symbols that may follow; none behind the document."""
        place = self.place
        if place is None:
            return ()
        found = place.choices
        if not self.frames or not self._minds_what_came():
            return found
        # A byte by itself ends nothing.
        return tuple(s for s in found if s < END or not self.refuses(place.move(s)))

    def _minds_what_came(self) -> bool:
        frame = self.frames[-1]
        return bool(frame.names or frame.others or frame.used)

    def refuses(self, move: Move) -> bool:
        """Whether a move of the place comes to a key or an item that was there before."""
        frame = self.frames[-1] if self.frames else None
        if frame is None:
            return False
        if move.name is not None:
            return move.name in frame.names
        if move.key is not None:
            return move.step is not None and self.key + move.key in frame.others
        if move.edge == Edge.VALUE and frame.must_differ and frame.used:
            after = (move.step or frame.step).after[move.label]
            return after.repeated is None and self._item(frame, move) in frame.used
        return False

    def _item(self, frame: Frame, move: Move) -> Any:
        before = () if move.begins else self._parts[frame.begin :]
        return value_key(read_json(b"".join((*before, move.text))))

    def follow(self) -> None:
        """Take all symbols that are forced.

        Raises:
            Stuck: there are too many.
        """
        place, rounds = self.place, 0
        while place is not None and (move := place.settled) is not None:
            self._apply(move)
            place, rounds = self.place, rounds + 1
            if rounds > _MAX_FORCED:
                raise Stuck

    # Going on -------------------------------------------------------------------------------

    def take(self, symbols: Iterable[int]) -> None:
        """Take the symbols of one token, and those that are then forced.

        Raises:
            Stuck: one of them may not come, or an edge of a frame lies among them; the walk is
                then as it was.
        """
        if self.place is None:
            raise Stuck
        self.pass_through(self.place.follow(tuple(symbols)))

    def pass_through(self, move: Move) -> None:
        """Take a move of the place, and what is then forced.

        Raises:
            Stuck: it comes to a key or an item that was there before, or is too deep.
        """
        edge = move.edge
        if self.frames and self.refuses(move):
            raise Stuck
        if edge in _OPENINGS and len(self.frames) >= MAX_DEPTH:
            raise TooDeep
        self._apply(move)
        if edge:  # a move that ends at none has taken all that is forced
            self.follow()

    def advance(self, symbol: int) -> None:
        """Take one of `choices()`, and nothing that is forced behind it."""
        assert self.place is not None
        self._apply(self.place.move(symbol))

    def _apply(self, move: Move) -> None:
        if not move.is_inner:
            self._enter(move, self.frames[-1])
        elif self._keeps or self._num_recorders:
            self._parts.append(move.text)
        edge = move.edge
        if edge == _NONE:
            self.place = move.to
        elif edge == _VALUE:
            self._arrive(move.label)
        elif edge == _CLOSE:
            if self.frames.pop().used is not None:
                self._num_recorders -= 1
            self._arrive(move.label)
        else:
            self._open(move)

    def _enter(self, move: Move, frame: Frame) -> None:
        """Begin a key or an item, or spell a key."""
        if move.begins:
            if frame.count:
                self._write(b",")
            frame.count += 1
            frame.begin = len(self._parts)
        self._write(move.text)
        if move.name is not None or move.key is not None:
            self._spell(move)
        if move.step is not None:
            frame.step = move.step

    def _write(self, text: bytes) -> None:
        if self._keeps or self._num_recorders:
            self._parts.append(text)
        elif self._parts:
            self._parts = []

    def _spell(self, move: Move) -> None:
        frame = self.frames[-1]
        if move.name is not None:
            frame.own()
            frame.names.add(move.name)
            return
        self.key += move.key or b""
        if move.step is not None:
            frame.own()
            frame.others.add(self.key)
            if frame.spelling is not None and frame.spelling.minds(self.key):
                frame.crowd |= {self.key}
            self.key = b""

    def _open(self, move: Move) -> None:
        if len(self.frames) >= MAX_DEPTH:
            raise TooDeep
        state: Any = move.to.state  # type: ignore[union-attr]
        if move.edge == Edge.OPEN_ARRAY:
            self.open_array(state, move.goal)
            return
        frame = Frame(move.goal, is_array=False)
        self.frames.append(frame)
        self.place = self._after(frame, state)

    def open_array(self, state: ArrayState, goal: int = 0) -> None:
        """Stand at the beginning of an array, whatever the place was."""
        frame = Frame(goal, is_array=True)
        self.frames.append(frame)
        if state.is_unique:
            frame.used = set()
            frame.must_differ = state.must_differ
            self._num_recorders += 1
        self.place = self._after(frame, state)

    def _arrive(self, label: int) -> None:
        """Go on in the frame around a value that ended."""
        if not self.frames:
            self.label = label
            self.place = None
            return
        frame = self.frames[-1]
        state = frame.step.after[label]
        if frame.used is not None:
            state = self._differ(frame, state)
        self.place = self._after(frame, state)

    def _differ(self, frame: Frame, state: ArrayState) -> ArrayState:
        """The state behind an item, where equal ones count."""
        assert frame.used is not None
        item = value_key(read_json(b"".join(self._parts[frame.begin :])))
        if item in frame.used:
            assert state.repeated is not None
            state = state.repeated
        else:
            frame.use(item)
            state = state.using(item)
        frame.must_differ = state.must_differ
        return state

    def _after(self, frame: Frame, state: Any) -> Place:
        places, frames = self.language.places, self.frames
        is_shut = len(frames) > 1 and frames[-2].must_differ and self._is_shut(frame, state)
        if frame.is_array:
            used = frame.mattering(state) if frame.used else _NOTHING
            return places.items(state, used, is_shut=is_shut)
        crowd = frame.crowding(state) if frame.others else _NOTHING
        return places.members(state, frame.names, crowd, is_shut=is_shut)

    def _is_shut(self, frame: Frame, state: ArrayState | ObjectState) -> bool:
        """Whether the array around a frame has an item that is equal to it as it stands."""
        around = self.frames[-2]
        if not state.close or not around.used:
            return False
        if around.step.after[state.close].repeated is not None:
            return False
        if ("array" if frame.is_array else "object", frame.count) not in around.sizes:
            return False
        end = b"]" if frame.is_array else b"}"
        item = b"".join((*self._parts[around.begin :], end))
        return value_key(read_json(item)) in around.used
