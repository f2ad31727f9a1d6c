"""The constraint: which tokens may follow, what each one does, and what it costs to finish."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import inf
from operator import or_
from threading import RLock
from typing import Any

import numpy as np
from attrs import frozen

from wfgen.api import IdArray, MaskRow
from wfgen.errors import BudgetError, ConstraintError
from wfgen.masks import check_row, row_words
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.places import Edge, Items, Members, Text
from wfgen_tct.grammar.speaking import Refused, Speaker
from wfgen_tct.grammar.walk import MAX_DEPTH, Frame, Stuck, TooDeep, Walk
from wfgen_tct.sequences.agreement import (
    Agreeing,
    agreeing,
    can_write,
    cost_of_pending,
    take,
)
from wfgen_tct.sequences.costs import Costs, Situated
from wfgen_tct.sequences.groups import groups_of
from wfgen_tct.sequences.pending import NOTHING_PENDING, Pending
from wfgen_tct.sequences.prompts import Event, Prompt, read_prompt
from wfgen_tct.sequences.states import StateReader
from wfgen_tct.sequences.trie import Trie
from wfgen_tct.symbols import ARRAY, END, OBJECT
from wfgen_tct.tokens.vocabulary import STOP, Vocabulary

__all__ = ["Engine", "TctConstraint", "TctState"]

_MAX_KEPT = 50_000


@frozen
class Ranking:
    """Tokens by what is left to pay behind them.

    Attributes:
        costs: ascending.
        sets: beside each cost, the tokens behind which no more than that is left.
    """

    costs: tuple[int, ...]
    sets: tuple[int, ...]

    def within(self, most: float) -> int:
        """The tokens behind which at most so much is left, as a set."""
        number = bisect_right(self.costs, most)
        return self.sets[number - 1] if number else 0


class Engine:
    """What all sequences of one language and one vocabulary share.

    Args:
        language: the documents.
        vocabulary: the tokens.
        reader: numbers states.
        lock: held while anything is worked out.
        encode: gives the ids of a coded segment.
    """

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        language: Language,
        vocabulary: Vocabulary,
        reader: StateReader,
        lock: RLock,
        encode: Callable[[bytes], Sequence[int]],
    ) -> None:
        self.encode = encode
        self.language = language
        self.vocabulary = vocabulary
        self.reader = reader
        self.lock = lock
        self.trie = Trie((i, s) for i, s in enumerate(vocabulary.expansions) if s)
        self.costs = Costs(language, self.trie)
        self._num_bytes = 4 * row_words(vocabulary.size)
        self._rankings: dict[Any, Ranking] = {}

    # Masks ----------------------------------------------------------------------------------

    def allowed(self, walk: Walk) -> int:
        """The tokens that may follow, as a set; none behind the document."""
        if walk.place is None:
            return 0
        if MAX_DEPTH - len(walk.frames) <= self._levels_enough():
            return self.allowed_within(walk, inf)
        return groups_of(walk.place, self.trie).ids & ~self._taken(walk)

    def _levels_enough(self) -> int:
        """Levels of nesting in which whatever is open can be finished."""
        return self.language.nodes.solver.most_depth + 1

    def allowed_within(self, walk: Walk, most: float) -> int:
        """The tokens behind which at most `most` more finish the document, as a set."""
        rest = self._rest(walk)
        if not rest:
            return 0
        base = min(rest.values())
        return self._ranking(walk, rest, base).within(most - base) & ~self._taken(walk)

    def _ranking(self, walk: Walk, rest: Mapping[int, int], base: int) -> Ranking:
        at, levels = _situated(walk), MAX_DEPTH - len(walk.frames)
        relative = tuple(sorted((label, cost - base) for label, cost in rest.items()))
        found = self._rankings.get((at, relative)) or self._rankings.get((at, relative, levels))
        return found or self._rank(at, relative, levels)

    def _rank(self, at: Situated, relative: tuple[tuple[int, int], ...], levels: int) -> Ranking:
        beside, depth, is_cut = dict(relative), 0, False
        sets: dict[int, int] = {}
        for group in groups_of(at.place, self.trie).groups:
            finish = self.costs.behind_group(at, group, levels)
            depth, is_cut = max(depth, finish.depth), is_cut or finish.is_cut
            ways = (more + beside[x] for x, more in finish.labels.items() if x in beside)
            least = min(ways, default=None)
            if least is not None:
                sets[least] = sets.get(least, 0) | group.ids
        costs = tuple(sorted(sets))
        ranking = Ranking(costs, tuple(accumulate((sets[cost] for cost in costs), or_)))
        if len(self._rankings) >= _MAX_KEPT:
            self._rankings.clear()
        shared = not is_cut and depth <= _SHARED_LEVELS <= levels
        self._rankings[(at, relative) if shared else (at, relative, levels)] = ranking
        return ranking

    def _taken(self, walk: Walk) -> int:
        """Tokens that come to a key or an item that was there before, as a set."""
        frame = walk.frames[-1] if walk.frames else None
        if frame is None:
            return 0
        place, below, found = walk.place, self.trie.below, 0
        if isinstance(place, Members):
            symbols = self.language.naming.key_symbols
            for name in frame.names:
                found |= below(symbols[name])
            for text in frame.others:
                found |= below(*text, END)
        elif isinstance(place, Text) and place.owner is not None:
            for text in frame.others:
                if text.startswith(walk.key):
                    found |= below(*text[len(walk.key) :], END)
        elif frame.must_differ and frame.used:
            found = self._repeating(walk)
        return found

    def _repeating(self, walk: Walk) -> int:
        """Tokens that end an item which is equal to one before, as a set; found by trying."""
        assert walk.place is not None
        found = 0
        for group in groups_of(walk.place, self.trie).groups:
            if group.edge == Edge.VALUE:
                for token in self.tokens_of(group.ids):
                    move = walk.place.jump(token, self.vocabulary.expansions[token])
                    found |= walk.refuses(move) << token
        return found

    @staticmethod
    def tokens_of(ids: int) -> list[int]:
        """A set of ids as a list, ascending."""
        found = []
        while ids:
            low = ids & -ids
            found.append(low.bit_length() - 1)
            ids ^= low
        return found

    def row(self, ids: int) -> np.ndarray[Any, np.dtype[np.int32]]:
        """A set of ids as a row of a mask."""
        return np.frombuffer(ids.to_bytes(self._num_bytes, "little"), dtype="<i4")

    # Costs ----------------------------------------------------------------------------------

    def cost(self, walk: Walk) -> int:
        """The fewest tokens to the end of the document."""
        if walk.place is None:
            return 0
        rest = self._rest(walk)
        finish = self.costs.finish(_situated(walk), MAX_DEPTH - len(walk.frames))
        return min(more + rest[label] for label, more in finish.labels.items() if label in rest)

    def _rest(self, walk: Walk) -> Mapping[int, int]:
        """What is left to pay behind the innermost frame, by its label."""
        if not walk.frames:
            return {label: 0 for label in self.language.root.labels}
        rest: Mapping[int, int] = {label: 0 for label in self.language.root.labels}
        for number, frame in enumerate(walk.frames):
            if number:
                if frame.rest is None:
                    frame.rest = self._rest_behind(walk.frames[number - 1], number, rest)
                rest = frame.rest
        return rest

    def _rest_behind(
        self, around: Frame, depth: int, rest: Mapping[int, int]
    ) -> Mapping[int, int]:
        """What is left to pay behind a value in a frame, by the label of the value."""
        at = Situated(None, around.step, frozenset(around.names), around.crowd)  # type: ignore[arg-type]
        found = {}
        for label in range(1, len(around.step.after)):
            finish = self.costs.behind(at, label, MAX_DEPTH - depth)
            ways = [more + rest[x] for x, more in finish.labels.items() if x in rest]
            if ways:
                found[label] = min(ways)
        return found


_SHARED_LEVELS = 16
"""Levels of nesting from which on a ranking that looked at fewer is kept for all."""


def _situated(walk: Walk) -> Situated:
    assert walk.place is not None
    if not walk.frames:
        return Situated(walk.place)
    frame = walk.frames[-1]
    step = None if isinstance(walk.place, Members | Items) else frame.step
    if isinstance(walk.place, Text) and walk.place.owner is not None:
        step = None
    return Situated(walk.place, step, frozenset(frame.names), frame.crowd)


class TctState:
    """Where one sequence stands. Mutable; one per sequence.

    Args:
        engine: what it shares.
        walk: where it stands in the document.
        pending: what a prompt leaves to be written.
    """

    __slots__ = ("_engine", "_is_finished", "_pending", "_ways", "_walk")

    def __init__(self, engine: Engine, walk: Walk, pending: Pending = NOTHING_PENDING) -> None:
        self._engine = engine
        self._walk = walk
        self._pending = pending
        self._ways: list[Agreeing] | None = None
        self._is_finished = False

    @property
    def state_id(self) -> int:
        """The local state of the grammar, as `encode_with_states` numbers it."""
        return self._engine.reader.id_of(self._walk)

    def fill_mask(self, row: MaskRow, budget: int | None = None) -> None:
        """Write the ids allowed next into a row of a mask.

        Args:
            row: int32, shape [ceil(V / 32)], overwritten.
            budget: tokens that may still be spent, `eos` not counted; ids behind which the
                document could not be finished with the rest are left out.

        Raises:
            BudgetError: no way to the end fits the budget.
            ConstraintError: the row has another shape or dtype.
        """
        engine = self._engine
        check_row(row, engine.vocabulary.size)
        with engine.lock:
            row[:] = engine.row(self._allowed(budget))

    def _allowed(self, budget: int | None) -> int:
        walk, engine = self._walk, self._engine
        if walk.place is None:
            return 0 if self._is_finished else 1 << STOP
        if self._pending:
            found = self._agreed(budget)
        elif budget is None:
            return engine.allowed(walk)
        else:
            found = engine.allowed_within(walk, budget - 1)
        if not found and budget is not None:
            cost = self._cost()
            raise BudgetError(
                budget=budget,
                cost=cost,
                cause=f"the document needs {cost:,} more tokens, and {budget:,} are left",
                hint="begin with a budget of cost_to_finish() or more",
            )
        return found

    def _agreed(self, budget: int | None) -> int:
        """The tokens that agree with what is pending, as a set."""
        found = 0
        for way in self._agreeing():
            if budget is None or self._cost_behind(way) < budget:
                found |= way.ids
        return found

    def _agreeing(self) -> list[Agreeing]:
        if self._ways is None:
            self._ways = agreeing(self._engine, self._walk, self._pending)
        return self._ways

    def _cost_behind(self, way: Agreeing) -> int:
        if way.pending:
            return cost_of_pending(self._engine, way.walk, way.pending)
        return self._engine.cost(way.walk)

    def _cost(self) -> int:
        if self._pending:
            return cost_of_pending(self._engine, self._walk, self._pending)
        return self._engine.cost(self._walk)

    def advance(self, token: int) -> None:
        """Take one token, and all that it forces. After an error the state is as it was.

        Raises:
            ConstraintError: the token is not allowed here.
        """
        walk, engine = self._walk, self._engine
        place = walk.place
        if place is None:
            self._stop(token)
            return
        with engine.lock:
            if self._pending:
                self._write(token)
                return
            move = place.jumps.get(token)
            try:
                if move is None:
                    expansions = engine.vocabulary.expansions
                    symbols = expansions[token] if 0 <= token < len(expansions) else ()
                    move = place.jump(token, symbols)
                if len(walk.frames) + engine.language.nodes.solver.most_depth + 2 >= MAX_DEPTH:
                    self._check_depth(token)
                walk.pass_through(move)
            except Stuck as stuck:
                raise self._misplaced(token, stuck) from None

    def _write(self, token: int) -> None:
        """Take a token that agrees with what is pending."""
        way = next((way for way in self._agreeing() if token >= 0 and way.ids >> token & 1), None)
        if way is None:
            shown = self._pending.text[:40]
            cause = f"it does not go on as the prompt does, with {shown!r}"
            raise ConstraintError(token=token, cause=cause)
        place = self._walk.place
        assert place is not None
        left = take(
            self._walk, place.jump(token, self._engine.vocabulary.expansions[token]), self._pending
        )
        assert left is not None
        self._pending, self._ways = left, None
        if not left:
            self._walk.keep_no_more()

    def _check_depth(self, token: int) -> None:
        if not self._engine.allowed(self._walk) >> token & 1:
            raise TooDeep

    def _stop(self, token: int) -> None:
        if token != STOP or self._is_finished:
            cause = "the sequence is finished" if self._is_finished else "the document has ended"
            raise ConstraintError(token=token, cause=f"{cause}, so this token may not follow")
        self._is_finished = True

    def _misplaced(self, token: int, stuck: Stuck) -> ConstraintError:
        expansions = self._engine.vocabulary.expansions
        if not 0 <= token < len(expansions):
            cause = f"it is outside a vocabulary of {len(expansions):,}"
        elif not expansions[token]:
            cause = "this special token may not stand here"
        elif isinstance(stuck, TooDeep):
            cause = f"arrays and objects could not be finished within {MAX_DEPTH} levels"
        else:
            walk = self._walk
            cause = walk.language.why_not(expansions[token][stuck.index], walk.choices())
        return ConstraintError(token=token, cause=cause)

    def fork(self) -> TctState:
        """An independent copy."""
        other = TctState(self._engine, self._walk.fork(), self._pending)
        other._is_finished = self._is_finished
        return other

    def is_accepting(self) -> bool:
        """Whether the document is whole, so that `eos` may follow."""
        return self._walk.place is None and not self._is_finished

    def is_finished(self) -> bool:
        """Whether `eos` was taken."""
        return self._is_finished

    def cost_to_finish(self) -> int:
        """The fewest tokens to the end of the document, `eos` not counted."""
        with self._engine.lock:
            return self._cost()

    def forced(self) -> int | None:
        """The only token that may follow; None where there are several."""
        with self._engine.lock:
            found = self._allowed(None)
        return found.bit_length() - 1 if found and not found & (found - 1) else None


class TctConstraint:
    """The documents of one schema, for one vocabulary. Immutable, shared between sequences.

    Args:
        engine: the grammar at work.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, prefix: bytes | None = None) -> tuple[IdArray, TctState]:
        """The ids that stand for a prefix, and a state that continues behind it.

        Args:
            prefix: the beginning of a JSON text, cut anywhere.

        Raises:
            ConstraintError: no document begins with the prefix.
        """
        if prefix is None or not prefix:
            with self._engine.lock:
                walk = Walk(self._engine.language)
                walk.follow()
            return np.zeros(0, dtype=np.int32), TctState(self._engine, walk)
        prompt = read_prompt(bytes(prefix))
        with self._engine.lock:
            return self._started(prompt)

    def _started(self, prompt: Prompt) -> tuple[IdArray, TctState]:
        engine = self._engine
        walk = Walk(engine.language, write=True)
        segments = _said(walk, prompt.events)
        mark = walk.num_parts
        walk.follow()
        pending = prompt.pending.behind(walk.written_since(mark))
        if pending is None or not can_write(walk, pending):
            shown = prompt.pending.text[-40:]
            cause = f"no document of the schema goes on with {shown!r} there"
            raise ConstraintError(cause=cause, hint="give the beginning of a valid document")
        if not pending:
            walk.keep_no_more()
        codes = engine.vocabulary.codes
        coded = (b"".join(map(codes.__getitem__, segment)) for segment in segments)
        ids = [token for segment in coded for token in engine.encode(segment)]
        return np.array(ids, dtype=np.int32), TctState(engine, walk, pending)


def _said(walk: Walk, events: Sequence[Event]) -> list[list[int]]:
    """The segments of what is certain of a prompt."""
    speaker = Speaker(walk)
    try:
        for event in events:
            match event.kind:
                case "object" | "array":
                    speaker.open(OBJECT if event.kind == "object" else ARRAY)
                case "key":
                    speaker.key(str(event.value))
                case "scalar":
                    speaker.scalar(event.value)
                case "close":
                    speaker.close()
    except Refused as error:
        raise ConstraintError(
            cause=f"no document of the schema begins like the prefix: {error.cause}",
            hint="give the beginning of a valid document",
        ) from None
    return speaker.segments()
