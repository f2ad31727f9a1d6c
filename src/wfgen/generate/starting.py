"""Where sampling begins: what it is held to, and the ids and the state that a prompt gives.

Legend: V entries of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from wfgen.api import ByteLevel, Constrainable, Constraint, GrammarState, MaskRow, Tokenizer
from wfgen.constraining import ByteConstraint, Vocabulary
from wfgen.errors import CapabilityError, ConstraintError, SettingError
from wfgen.generate.alternatives import Alternatives, Branch
from wfgen.generate.config import GenerateConfig
from wfgen.generate.prompt import Prompt
from wfgen.masks import row_of
from wfgen.runs.constraints import open_constraint

__all__ = ["find_constraint", "start"]

_FREE = "unconstrained"


def find_constraint(
    tokenizer: Tokenizer, config: GenerateConfig, prompt: Prompt
) -> Constraint | None:
    """What the configuration holds documents to; None where it is nothing at all.

    Without a constraint, a prompt holds documents to its own text.

    Raises:
        CapabilityError: the tokenizer cannot be held to that.
        UnknownNameError: there is no such engine, or no such schema.
        SettingError: an engine is named, and nothing is to be constrained.
    """
    if config.engine is not None and config.constrain is False:
        raise SettingError(
            name="engine",
            cause=f"{config.engine!r} is named, and constrain is false",
            hint="leave one of them out",
        )
    is_own = config.constrain is not False and isinstance(tokenizer, Constrainable)
    if config.engine is not None or config.constrain or is_own:
        return open_constraint(tokenizer, config.engine, config.schema)
    return _held_to_text(tokenizer) if prompt.text else None


def _held_to_text(tokenizer: Tokenizer) -> Constraint:
    if not isinstance(tokenizer, ByteLevel):
        raise CapabilityError(
            name=type(tokenizer).__name__,
            capability="prompt",
            cause="without a constraint, only a byte-level tokenizer goes on behind a prompt",
            hint="leave constrain at its default, or the prompt out",
        )
    vocabulary = Vocabulary.of(tokenizer, _FREE)
    texts = (number for number, text in enumerate(vocabulary.tokens) if text)
    anything = _AnyText(row_of([*texts, tokenizer.eos], tokenizer.vocab_size))
    return ByteConstraint(
        engine=_FREE, tokenizer=tokenizer, vocabulary=vocabulary, begin=lambda: anything
    )


@frozen(eq=False)
class _AnyText:
    """A matcher that takes every text, and an end everywhere."""

    row: MaskRow

    def fill(self, row: MaskRow) -> None:
        row[:] = self.row

    def accept(self, token: int) -> bool:
        return True

    def fork(self) -> _AnyText:
        return self

    def is_accepting(self) -> bool:
        return True


# Prompts ----------------------------------------------------------------------------------------


def start(constraint: Constraint, prompt: Prompt) -> tuple[list[int], GrammarState]:
    """The ids that are certain of a prompt, and a state that goes on behind them.

    Raises:
        ConstraintError: no document begins so.
    """
    starts: list[tuple[list[int], GrammarState]] = []
    for text in prompt.alternatives:
        try:
            certain, state = constraint.start(text or None)
        except ConstraintError as error:
            refusal = error
        else:
            starts.append((certain.tolist(), state))
    if not starts:
        raise refusal
    if len(starts) == 1:
        return starts[0]
    common = _common_start([ids for ids, _ in starts])
    branches = [Branch(ids[len(common) :], state) for ids, state in starts]
    return common, Alternatives(branches)


def _common_start(sequences: Sequence[Sequence[int]]) -> list[int]:
    common: list[int] = []
    for tokens in zip(*sequences, strict=False):
        if len(set(tokens)) > 1:
            break
        common.append(tokens[0])
    return common
