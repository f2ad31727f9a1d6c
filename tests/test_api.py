"""The contract: its hooks' docstrings hold whole plugins, and importing it costs little."""

from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap

import attrs
import pluggy
import pytest

import wfgen
from wfgen.api import entries, hookspecs, records

HOOKS = [name for name in hookspecs.__all__ if name.startswith("wfgen_")]


@pytest.mark.parametrize("hook", HOOKS)
def test_the_plugin_in_a_hooks_docstring_works(hook):
    doc = textwrap.dedent(getattr(hookspecs, hook).__doc__.split("::\n", 1)[1])
    namespace: dict[str, object] = {"__name__": "from_docstring"}
    exec(doc, namespace)  # our own text, in a test
    host = pluggy.PluginManager(hookspecs.PROJECT)
    host.add_hookspecs(hookspecs)
    host.register(type("Plugin", (), {hook: staticmethod(namespace[hook])}))
    ((entry,),) = getattr(host.hook, hook)()
    assert isinstance(entry, entries.Entry)
    assert entry.summary.endswith(".")


RECORDS = [
    getattr(module, name)
    for module in (records, entries)
    for name in module.__all__
    if name != "Fidelity"
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.__name__)
def test_records_are_frozen_and_keyword_only(record):
    assert record.__setattr__ is not object.__setattr__
    assert all(a.kw_only for a in attrs.fields(record))


def test_a_bad_entry_name_is_refused():
    with pytest.raises(ValueError, match="name"):
        entries.EvaluatorEntry(name="No Spaces", summary="", create=lambda s: s)


def test_every_public_name_is_there():
    for name in wfgen.__all__:
        assert getattr(wfgen, name) is not None
    assert set(wfgen.__all__) <= set(dir(wfgen))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = wfgen.nonsense


def test_importing_wfgen_imports_neither_torch_nor_numpy_nor_a_plugin():
    code = "import sys, wfgen; print(sorted(m.split('.')[0] for m in sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(eval(out.stdout))
    assert not loaded & {"torch", "numpy", "yaml", "rich", "cyclopts", "jsonschema", "tiktoken"}


def test_every_tokenizer_and_the_corpus_work_without_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import wfgen\n"
        "corpus = wfgen.load_corpus(wfgen.CorpusSpec(path='samples'))\n"
        "document = (corpus.train + corpus.valid)[0].canonical\n"
        "tokenizer = wfgen.load_tokenizer('bytes')\n"
        "assert tokenizer.decode(tokenizer.encode(document)) == document\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_contract_has_a_version():
    api = importlib.import_module("wfgen.api")
    major, minor = api.CONTRACT_VERSION.split(".")
    assert int(major) >= 1
    assert int(minor) >= 0
