"""The hooks of wfgen, for pluggy.

A plugin is a module, or any object, that the entry-point group `wfgen` names. It implements any of
these hooks; each takes no argument and returns a list of entries. Every docstring below holds a
whole plugin; the tests run them.
"""

from __future__ import annotations

import pluggy

from wfgen.api.entries import (
    ConstraintEntry,
    EvaluatorEntry,
    ModelEntry,
    TokenizerEntry,
    TrackerEntry,
    WindowerEntry,
)

__all__ = [
    "PROJECT",
    "hookimpl",
    "wfgen_constraints",
    "wfgen_evaluators",
    "wfgen_models",
    "wfgen_tokenizers",
    "wfgen_trackers",
    "wfgen_windowers",
]

PROJECT = "wfgen"
"""The pluggy project name, and the entry-point group."""

hookimpl = pluggy.HookimplMarker(PROJECT)
_hookspec = pluggy.HookspecMarker(PROJECT)


@_hookspec
def wfgen_tokenizers() -> list[TokenizerEntry]:  # type: ignore[empty-body]
    """Tokenizers.

    A whole plugin::

        import numpy as np
        from wfgen.api import TokenizerEntry, hookimpl
        from wfgen.errors import DecodeError, EncodeError


        class Codepoints:
            vocab_size, bos, eos = 0x110002, 0x110000, 0x110001

            def encode(self, document):
                try:
                    text = document if isinstance(document, str) else document.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise EncodeError(offset=error.start, cause="this is not UTF-8") from error
                return np.array([ord(c) for c in text], dtype=np.int32)

            def decode(self, ids):
                text = [int(i) for i in ids if i not in (self.bos, self.eos)]
                try:
                    return "".join(map(chr, text)).encode("utf-8")
                except ValueError as error:
                    raise DecodeError(cause=f"an id is no code point ({error})") from error


        @hookimpl
        def wfgen_tokenizers():
            return [
                TokenizerEntry(
                    name="codepoints",
                    summary="One token a code point.",
                    fidelity="bytes",
                    create=Codepoints,
                )
            ]
    """


@_hookspec
def wfgen_windowers() -> list[WindowerEntry]:  # type: ignore[empty-body]
    """Ways to cut windows.

    A whole plugin::

        import numpy as np
        from attrs import frozen
        from wfgen.api import Window, WindowerEntry, hookimpl


        @frozen(kw_only=True)
        class FirstOnly:
            context: int = 1024

            def windows(self, store, split):
                begins = store.offsets(split)[:-1]
                return [self._window(store, n, at) for n, at in enumerate(begins)]

            def _window(self, store, document, at):
                tokens = store.tokens[at : at + self.context + 1].astype(np.int32)
                return Window(
                    tokens=tokens,
                    loss_mask=np.ones(len(tokens) - 1, dtype=bool),
                    segments=np.zeros(len(tokens), dtype=np.int32),
                    document=document,
                    start=0,
                )


        @hookimpl
        def wfgen_windowers():
            return [
                WindowerEntry(
                    name="first-only",
                    summary="The first window of each document, across its edge.",
                    settings=FirstOnly,
                    create=lambda settings: settings,
                )
            ]
    """


@_hookspec
def wfgen_models() -> list[ModelEntry]:  # type: ignore[empty-body]
    """Models.

    A whole plugin::

        from wfgen.api import ModelEntry, hookimpl


        class Uniform:
            def __init__(self, vocab_size):
                self.vocab_size = vocab_size

            def logits(self, ids_BT, cache=None, *, states_BT=None, segments_BT=None):
                return ids_BT.new_zeros((*ids_BT.shape, self.vocab_size)).float(), cache

            def parameters(self):
                return []


        @hookimpl
        def wfgen_models():
            return [
                ModelEntry(
                    name="uniform",
                    summary="Every token as likely as any other.",
                    create=lambda settings, vocab_size, context: Uniform(vocab_size),
                )
            ]
    """


@_hookspec
def wfgen_evaluators() -> list[EvaluatorEntry]:  # type: ignore[empty-body]
    """Evaluators.

    A whole plugin::

        from wfgen.api import EvaluatorEntry, Score, hookimpl


        class MeanLength:
            def evaluate(self, samples):
                mean = sum(len(s.text) for s in samples) / len(samples)
                return Score(name="mean-length", value=mean, unit="characters", count=len(samples))


        @hookimpl
        def wfgen_evaluators():
            return [
                EvaluatorEntry(
                    name="mean-length",
                    summary="Characters a sample.",
                    create=lambda settings: MeanLength(),
                )
            ]
    """


@_hookspec
def wfgen_constraints() -> list[ConstraintEntry]:  # type: ignore[empty-body]
    """Engines that constrain byte-level tokenizers.

    A whole plugin::

        from wfgen.api import ConstraintEntry, hookimpl
        from wfgen.errors import CapabilityError


        def refuse(tokenizer, schema):
            raise CapabilityError(name="refuse", capability="constrain", cause="it never does")


        @hookimpl
        def wfgen_constraints():
            return [ConstraintEntry(name="refuse", summary="Refuses.", create=refuse)]
    """


@_hookspec
def wfgen_trackers() -> list[TrackerEntry]:  # type: ignore[empty-body]
    """Followers of training runs.

    A whole plugin::

        from attrs import frozen

        from wfgen.api import TrackedRun, TrackerEntry, hookimpl


        @frozen
        class Lines:
            run: TrackedRun

            def log(self, step, figures):
                print(self.run.name, step, dict(figures))

            def close(self):
                print(self.run.name, "has ended")


        @hookimpl
        def wfgen_trackers():
            return [TrackerEntry(name="lines", summary="Prints what it is told.", create=Lines)]
    """
