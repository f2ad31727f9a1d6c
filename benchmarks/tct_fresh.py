"""What `tct.py` runs in fresh processes: `python tct_fresh.py JOB ARGUMENTS`, answers in JSON.

A job imports what it needs by itself, so that nothing else is in its time or its memory.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

__all__ = ["JOBS"]

_SMALL = b'{"on":"push","jobs":{"a":{"runs-on":"b","steps":[{"run":"c"}]}}}'
"""What is encoded and decoded first, so that a process has read its tables."""


def _lines(path: str) -> list[bytes]:
    return [line for line in Path(path).read_bytes().split(b"\n") if line]


# Speed ------------------------------------------------------------------------------------------


def encode_in_turn(valid: str, train: str, warm: int) -> dict[str, list[int]]:
    """Nanoseconds of each document: encoded, by o200k, decoded, and by o200k once more."""
    import tiktoken  # noqa: PLC0415
    from bpe_openai.registry import o200k_base  # noqa: PLC0415  tiktoken itself wants the network

    import tct_github_workflow.functions as functions  # noqa: PLC0415, PLR0402

    artefact = Path(functions.__file__).parent / "artefact"
    mine, other = functions.open_artefact(artefact), functions.open_artefact(artefact)
    o200k = tiktoken.Encoding(**o200k_base())
    documents = _lines(valid)
    for document in _lines(train)[:warm]:
        mine.encode(document)
        o200k.encode_ordinary(document.decode())
    mine.encode(_SMALL)
    o200k.encode_ordinary("{}")
    by_o200k = [partial(_by_o200k, o200k, d) for d in documents]
    encode = [partial(mine.encode, d) for d in documents]
    spent, spent_o200k = _in_turn(encode, by_o200k)
    # Another instance decodes: it has built nothing from these documents either.
    ids = [mine.encode(d) for d in documents]
    other.decode(mine.encode(_SMALL))
    decode = [partial(other.decode, each) for each in ids]
    decoding, again = _in_turn(decode, by_o200k)
    return {"encode": spent, "o200k": spent_o200k, "decode": decoding, "o200k_again": again}


def _by_o200k(o200k: Any, document: bytes) -> list[int]:
    ids: list[int] = o200k.encode_ordinary(document.decode())
    return ids


def _in_turn(
    works: Sequence[Callable[[], object]], others: Sequence[Callable[[], object]]
) -> tuple[list[int], list[int]]:
    """Nanoseconds of both, one pair after the other; who begins changes."""
    gc.collect()
    gc.freeze()
    spent: tuple[list[int], list[int]] = ([], [])
    for number, pair in enumerate(zip(works, others, strict=True)):
        for turn in (0, 1) if number % 2 else (1, 0):
            began = time.process_time_ns()
            pair[turn]()
            spent[turn].append(time.process_time_ns() - began)
    return spent


# Masks ------------------------------------------------------------------------------------------


def time_masks(engine: str, documents: str, invalid: str, vocabulary: str) -> dict[str, Any]:
    """Microseconds of masks and advances of one engine, and what it refuses."""
    from tct_parts.engines import make_engine, time_steps  # noqa: PLC0415
    from wfgen.constraining import walk  # noqa: PLC0415

    began = time.perf_counter()
    made = make_engine(engine, Path(vocabulary))
    seconds = time.perf_counter() - began
    chosen = _lines(documents)
    first = time_steps(made, chosen)
    again = time_steps(made, chosen)
    microseconds, steps = first.figures("", with_cold=engine == "tct")
    more, more_steps = again.figures("-again")
    others = walk(made.constraint, made.tokenizer, _lines(invalid))
    return {
        "seconds": seconds,
        "microseconds": microseconds | more,
        "steps": steps | more_steps,
        "refused": len(first.refusals),
        "causes": first.causes(),
        "invalid_refused": len(others.refusals),
        "notes": [[str(note), note.is_looser] for note in made.notes],
    }


# Making -----------------------------------------------------------------------------------------


def learn(documents: str, out: str) -> dict[str, Any]:
    """Learn a vocabulary from a file of documents, and save it."""
    import wfgen_tct  # noqa: PLC0415
    from wfgen.artefacts import artefact_sha256  # noqa: PLC0415
    from wfgen.corpus.schema import workflow_schema  # noqa: PLC0415

    grammar = wfgen_tct.compile_schema(workflow_schema())
    began = time.perf_counter()
    with Path(documents).open("rb") as file:
        tokenizer = wfgen_tct.learn(grammar, (line.rstrip(b"\n") for line in file), 8192)
    seconds = time.perf_counter() - began
    tokenizer.save(Path(out))
    import tct_github_workflow as shipped  # noqa: PLC0415

    artefact = Path(shipped.__file__).parent / "artefact"
    # The manifest says besides which corpus it was.
    names = {f.name for d in (artefact, Path(out)) for f in d.iterdir()} - {"manifest.json"}
    pairs = [(Path(out, name).read_bytes(), (artefact / name).read_bytes()) for name in names]
    return {
        "seconds": seconds,
        "peak_bytes": _peak_bytes(),
        "vocab_size": tokenizer.vocab_size,
        "sha256": artefact_sha256(Path(out)),
        "is_as_shipped": all(mine == theirs for mine, theirs in pairs),
    }


def _peak_bytes() -> int:
    import resource  # noqa: PLC0415  not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def open_shipped() -> dict[str, float]:
    """Seconds of importing, of opening the shipped artefact, and of one document, both ways."""
    began = time.perf_counter()
    import tct_github_workflow.functions as functions  # noqa: PLC0415, PLR0402

    imported = time.perf_counter()
    tokenizer = functions.tokenizer()
    opened = time.perf_counter()
    tokenizer.decode(tokenizer.encode(_SMALL))
    first = time.perf_counter()
    artefact = Path(functions.__file__).parent / "artefact"
    return {
        "imports": imported - began,
        "open": opened - imported,
        "first": first - opened,
        "num_bytes": sum(file.stat().st_size for file in artefact.iterdir()),
    }


def compile_workflows() -> dict[str, float]:
    """Seconds of compiling the workflow schema."""
    import wfgen_tct  # noqa: PLC0415
    from wfgen.corpus.schema import workflow_schema  # noqa: PLC0415

    schema = workflow_schema()
    began = time.perf_counter()
    wfgen_tct.compile_schema(schema)
    return {"seconds": time.perf_counter() - began}


def compile_and_walk(path: str, num_walks: int, seed: int) -> dict[str, Any]:
    """Compile a schema, and let the bare alphabet write documents of it."""
    import wfgen_tct  # noqa: PLC0415
    from tct_parts.judges import judge_of  # noqa: PLC0415
    from tct_parts.walking import chooser  # noqa: PLC0415
    from tct_parts.walks import try_walks  # noqa: PLC0415

    schema = json.loads(Path(path).read_bytes())
    began = time.perf_counter()
    try:
        grammar = wfgen_tct.compile_schema(schema)
    except wfgen_tct.SchemaError as error:
        return {"refused": str(error)}
    seconds = time.perf_counter() - began
    least = wfgen_tct.least_vocab_size(grammar)
    tokenizer = wfgen_tct.learn(grammar, vocab_size=least)
    validator = judge_of(schema)
    plan = [((0, 3, 20)[n % 3], seed + n) for n in range(num_walks)]
    tally = try_walks(tokenizer, chooser("uniform", tokenizer, {}), plan, validator.is_valid)
    return {
        "refused": "",
        "seconds": seconds,
        "num_symbols": grammar.num_symbols,
        "walks": tally.walks,
        "valid": tally.valid,
        "error": tally.faults[0] if tally.faults else "",
    }


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    job.__name__: job
    for job in (
        encode_in_turn,
        time_masks,
        learn,
        open_shipped,
        compile_workflows,
        compile_and_walk,
    )
}
"""By name."""


if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](**json.loads(sys.argv[2]))))
