"""Train small language models that write structured documents, and compare tokenizers honestly."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from wfgen.errors import WfgenError

if TYPE_CHECKING:
    from wfgen.corpus import Corpus, CorpusSpec, dump_yaml, load_corpus, load_yaml, read_documents
    from wfgen.registry import (
        load_constraint,
        load_evaluator,
        load_model,
        load_tokenizer,
        load_windower,
    )
    from wfgen.store import TokenStore

__version__ = "0.1.0"

__all__ = [
    "Corpus",
    "CorpusSpec",
    "TokenStore",
    "WfgenError",
    "__version__",
    "dump_yaml",
    "load_constraint",
    "load_corpus",
    "load_evaluator",
    "load_model",
    "load_tokenizer",
    "load_windower",
    "load_yaml",
    "read_documents",
]

# Imported when first used, so that `import wfgen` stays fast (PEP 562).
_HOMES = {
    "wfgen.corpus": (
        "Corpus",
        "CorpusSpec",
        "dump_yaml",
        "load_corpus",
        "load_yaml",
        "read_documents",
    ),
    "wfgen.registry": (
        "load_constraint",
        "load_evaluator",
        "load_model",
        "load_tokenizer",
        "load_windower",
    ),
    "wfgen.store": ("TokenStore",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'wfgen' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
