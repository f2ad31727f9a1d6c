"""The constraint: which tokens may follow, what each one does, and what it costs to finish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from threading import RLock
from typing import Any

import numpy as np

from wfgen.api import IdArray, MaskRow
from wfgen.errors import BudgetError, ConstraintError
from wfgen.masks import check_row, row_words
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.speaking import Refused, Speaker
from wfgen_tct.grammar.walk import MAX_DEPTH, Stuck, TooDeep, Walk
from wfgen_tct.sequences.agreement import Agreement, can_write, take
from wfgen_tct.sequences.budgets import Budgets
from wfgen_tct.sequences.groups import groups_of
from wfgen_tct.sequences.pending import NOTHING_PENDING, Pending
from wfgen_tct.sequences.prompts import Event, Prompt, read_prompt
from wfgen_tct.sequences.states import StateReader
from wfgen_tct.sequences.trie import Trie, tokens_of
from wfgen_tct.symbols import ARRAY, OBJECT
from wfgen_tct.tokens.vocabulary import STOP, Vocabulary

__all__ = ["Engine", "TctConstraint", "TctState"]

_MAX_KEPT = 50_000


class Engine:
    """What all sequences of one language and one vocabulary share.

    Args:
        language: the documents.
        vocabulary: the tokens.
        reader: numbers states.
        lock: held while anything is worked out.
        encode: gives the ids of a coded segment, packed.
    """

    def __init__(
        self,
        language: Language,
        vocabulary: Vocabulary,
        reader: StateReader,
        lock: RLock,
        encode: Callable[[bytes], bytes],
    ) -> None:
        self.encode = encode
        self.language = language
        self.vocabulary = vocabulary
        self.reader = reader
        self.lock = lock
        self.trie = Trie(vocabulary.expansions)
        self.budgets = Budgets(language, self.trie)
        self._num_bytes = 4 * row_words(vocabulary.size)

    # Masks ----------------------------------------------------------------------------------

    def allowed(self, walk: Walk) -> int:
        """The tokens that may follow, as a set; none behind the document."""
        if walk.place is None:
            return 0
        if MAX_DEPTH - len(walk.frames) <= self._levels_enough():
            return self.allowed_within(walk, inf)
        return groups_of(walk.place, self.trie).ids & ~self.budgets.repeats.taken(walk)

    def _levels_enough(self) -> int:
        """Levels of nesting in which whatever is open can be finished."""
        return self.language.nodes.solver.most_depth + 1

    def allowed_within(self, walk: Walk, most: float) -> int:
        """The tokens behind which at most `most` more finish the document, as a set."""
        return self.budgets.within(walk, most)

    def cost(self, walk: Walk) -> int:
        """The fewest tokens to the end of the document."""
        return self.budgets.cost(walk)

    def cost_behind(self, walk: Walk, ids: int) -> int:
        """The fewest tokens to the end of the document behind the best of some that may follow."""
        least = self.cost(walk) - 1
        while not ids & self.allowed_within(walk, least):
            least += 1
        return least

    @staticmethod
    def tokens_of(ids: int) -> list[int]:
        """A set of ids as a list, ascending."""
        return list(tokens_of(ids))

    def row(self, ids: int) -> np.ndarray[Any, np.dtype[np.int32]]:
        """A set of ids as a row of a mask."""
        return np.frombuffer(ids.to_bytes(self._num_bytes, "little"), dtype="<i4")


class TctState:
    """Where one sequence stands. Mutable; one per sequence.

    Args:
        engine: what it shares.
        walk: where it stands in the document.
        pending: what a prompt leaves to be written.
        agreement: what agrees with that prompt; None where nothing is known of it yet.
    """

    __slots__ = ("_agreement", "_engine", "_is_finished", "_pending", "_walk")

    def __init__(
        self,
        engine: Engine,
        walk: Walk,
        pending: Pending = NOTHING_PENDING,
        agreement: Agreement | None = None,
    ) -> None:
        self._engine = engine
        self._walk = walk
        self._pending = pending
        self._agreement = agreement or Agreement(engine)
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
        if budget is not None:
            return self._agreement.within(self._walk, self._pending, budget - 1)
        found = 0
        for way in self._agreement.ways(self._walk, self._pending):
            found |= way.ids
        return found

    def _cost(self) -> int:
        if self._pending:
            return self._agreement.cost(self._walk, self._pending)
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
        token = int(token)  # numpy's integers do not shift as long ones
        ways = self._agreement.ways(self._walk, self._pending)
        if token < 0 or not any(way.ids >> token & 1 for way in ways):
            shown = self._pending.text[:40]
            cause = f"it does not go on as the prompt does, with {shown!r}"
            raise ConstraintError(token=token, cause=cause)
        place = self._walk.place
        assert place is not None
        left = take(
            self._walk, place.jump(token, self._engine.vocabulary.expansions[token]), self._pending
        )
        assert left is not None
        self._pending = left
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
        other = TctState(self._engine, self._walk.fork(), self._pending, self._agreement)
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
        packed = b"".join(map(engine.encode, coded))
        ids = np.frombuffer(packed, dtype=np.intc).astype(np.int32)
        return ids, TctState(engine, walk, pending)


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
