"""`wfgen prepare`: encode a corpus into a token store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from wfgen.cli.console import print_line, print_table
from wfgen.cli.flags import LIMITS, NEAR, LimitFlags, NearFlags, progress_bar
from wfgen.corpus import CorpusSpec
from wfgen.errors import SettingError
from wfgen.prepare import Engine, Prepared, local, on_ray, prepare_once
from wfgen.prepare.engine import num_cores

__all__ = ["prepare_command"]


def prepare_command(
    *,
    tokenizer: str,
    out: Path,
    corpus: str = "embedded",
    valid: str | None = None,
    engine: Literal["local", "ray"] = "local",
    ray_address: str | None = None,
    workers: int | None = None,
    states: str | None = None,
    seed: int = 0,
    valid_share: float = 0.1,
    strict: Annotated[bool, Parameter(negative="")] = False,
    progress: bool | None = None,
    limits: LimitFlags = LIMITS,
    near: NearFlags = NEAR,
) -> None:
    """Encode a corpus once, for training. A run that was done before is recognised and skipped.

    Parameters
    ----------
    tokenizer
        A name, as `wfgen tokenizer list` gives it, or the directory of a trained one.
    out
        The directory to write.
    corpus
        A folder, a checkout, a saved dataset, a file (.yml .yaml .json .jsonl .jsonl.zst .parquet),
        or embedded, samples, composed:N.
    valid
        A ready validation side, named as the corpus is; without it, owners are held out.
    engine
        Where documents are read and encoded: local is this machine, ray is Ray Data.
    ray_address
        A Ray cluster: auto for the one that this machine is in, host:port, or local to start one
        here for the run; where it is not given, RAY_ADDRESS, else local.
    workers
        Processes; one for each core where it is not given, of a cluster's cores with ray.
    states
        Also keep a state before each token, for models that take one: grammar is what a tokenizer
        such as tct-github-workflow knows, lexer what a reader of JSON knows of any bytes.
    seed
        Of the split by owner, and of composed documents.
    valid_share
        Share of the owners to hold out.
    strict
        Stop at the first document that is refused; a store that left one out is an error too.
    progress
        Show the progress bar, or not; where it is not given, on a terminal only.
    """
    spec = CorpusSpec(
        path=corpus,
        valid=valid,
        limits=limits.limits(),
        seed=seed,
        valid_share=valid_share,
        near_threshold=near.threshold(),
        strict=strict,
    )
    chosen = _engine(engine, ray_address, workers)
    with progress_bar(f"encoding with {tokenizer}", shown=progress) as report:
        prepared = prepare_once(spec, tokenizer, out, engine=chosen, states=states, progress=report)
    _print(prepared, out)


def _engine(name: str, ray_address: str | None, workers: int | None) -> Engine:
    if name == "ray":
        return on_ray(ray_address, workers)
    if ray_address is not None:
        raise SettingError(
            name="ray_address", cause="the local engine has none", hint="add --engine ray"
        )
    return local(num_cores() if workers is None else workers)


def _print(prepared: Prepared, out: Path) -> None:
    body = prepared.store.manifest.body
    was = "was there already, made from the same inputs" if prepared.was_there else "written"
    print_line(f"{out} {was}")
    rows = [
        (
            split,
            counts["documents"],
            counts["tokens"],
            body["bytes"][split],
            _per_token(body, split),
        )
        for split, counts in body["counts"].items()
    ]
    print_table(("split", "documents", "tokens", "bytes", "bytes per token"), rows)
    for line in _remarks(body):
        print_line(line)


def _per_token(body: Mapping[str, Any], split: str) -> str:
    counts = body["counts"][split]
    # Begin and end stand for no byte of a document.
    num_tokens = counts["tokens"] - 2 * counts["documents"]
    return f"{body['bytes'][split] / num_tokens:.3f}" if num_tokens else "-"


def _remarks(body: Mapping[str, Any]) -> Iterator[str]:
    corpus = body["corpus"]
    gone = {kind: count for kind, count in corpus["duplicates"].items() if count}
    if gone:
        yield "duplicates removed: " + ", ".join(f"{n:,} {kind}" for kind, n in gone.items())
    if body["refused"]:
        reasons = Counter(refusal["reason"] for refusal in body["refused"]).most_common()
        yield "refused: " + ", ".join(f"{n:,} {reason}" for reason, n in reasons)
    if corpus["note"]:
        yield str(corpus["note"])
