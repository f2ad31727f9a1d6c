"""What was found, in sentences made from rows. Nothing is said that no row shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from wfgen.evaluate.figures import ARM
from wfgen.evaluate.intrinsic import REFERENCE
from wfgen.report.defining import plain
from wfgen.report.rows import Row, is_real
from wfgen.report.seeds import failed_seeds, pool_seeds
from wfgen.report.tables import arms_of
from wfgen.report.trained_findings import trained_findings

__all__ = ["data_note", "failures", "findings"]

_MAX_NAMED = 5


def data_note(rows: Sequence[Row]) -> str:
    """What the figures were measured on; the first words say so where it is no real data."""
    corpus = rows[0].provenance.get("corpus", {}) if rows else {}
    counts = corpus.get("documents", {})
    source = corpus.get("source", "unknown documents")
    warning = "" if is_real(rows) else "This is not real data, but made for wfgen. "
    held_out = corpus.get("valid_source") or f"{source}, a held-out side"
    note = f"{warning}Measured on {counts.get('valid', 0):,} documents ({held_out})"
    if any(row.provenance.get("tokenizer", {}).get("trained") for row in rows):
        note += f"; what is trained here learned from {counts.get('train', 0):,} ({source})"
    return f"{note}.{_seeds_note(rows)}"


def _seeds_note(rows: Sequence[Row]) -> str:
    num_seeds = _num_seeds(rows)
    if num_seeds < 2:
        return ""
    return f" Figures of models are means over {num_seeds} seeds, with 95 % intervals."


def _num_seeds(rows: Sequence[Row]) -> int:
    return len({row.seed for row in rows if row.seed is not None})


def findings(rows: Sequence[Row]) -> list[str]:
    """A few sentences on the rows of one run."""
    told = trained_findings(rows)
    rows = pool_seeds(rows)
    found = {(row.arm, row.figure): row for row in rows}
    return [
        *told,
        *_compression(rows, found),
        *_speed(rows, found),
        *_modes(rows, found),
        *_fidelity(rows, found),
        *_refusals(rows),
        *_failed_arms(rows),
    ]


def failures(rows: Sequence[Row]) -> list[str]:
    """Every failed figure with its error, a line each; of several seeds, those that failed."""
    pooled, are_many = pool_seeds(rows), _num_seeds(rows) > 1
    of_arms = {row.arm: _seed_errors(row) for row in pooled if row.figure == ARM}
    return [line for row in pooled for line in _failure(row, of_arms.get(row.arm, {}), are_many)]


def _seed_errors(row: Row) -> Mapping[str, str]:
    return failed_seeds(row) or {str(row.seed): row.error}


def _failure(row: Row, of_arm: Mapping[str, str], are_many: bool) -> Iterator[str]:
    """Lines on one row, which does not repeat what its arm says of a seed."""
    name = row.arm if row.figure == ARM else f"{row.arm}, {row.figure}"
    if row.error:
        seed = f", seed {row.seed}" if are_many and row.seed is not None else ""
        yield f"{name}{seed}: {row.error}"
        return
    for number, error in failed_seeds(row).items():
        if of_arm.get(number) != error:
            yield f"{name}, seed {number}: {error}"


Found = Mapping[tuple[str, str], Row]


def _values(rows: Sequence[Row], found: Found, figure: str) -> dict[str, Row]:
    """The rows of one figure by arm, those that have a value."""
    picked = {arm: found.get((arm, figure)) for arm in arms_of(rows)}
    return {arm: row for arm, row in picked.items() if row is not None and row.value is not None}


def _kept(by_arm: Mapping[str, Row], found: Found) -> dict[str, Row]:
    """Without the arms that lose data: to write less, or faster, is then no merit."""
    return {arm: row for arm, row in by_arm.items() if not _loses_data(arm, found)}


def _loses_data(arm: str, found: Found) -> bool:
    """Whether a document did not come back as its tokenizer's entry declares."""
    row = found.get((arm, "round-trip-bytes"))
    fidelity = "" if row is None else row.provenance.get("tokenizer", {}).get("fidelity", "bytes")
    if fidelity == "json-value":
        row = found.get((arm, "round-trip"))
    return row is not None and row.value is not None and row.value < 1


def _compression(rows: Sequence[Row], found: Found) -> Iterator[str]:
    by_arm = _kept(_values(rows, found, "bytes-per-token"), found)
    if not by_arm:
        return
    best = max(by_arm, key=lambda arm: by_arm[arm].value or 0)
    row = by_arm[best]
    yield (
        f"{best} writes the fewest tokens: {row.value:.2f} bytes a token"
        f"{_interval(row, lambda number: f'{number:.2f}')} over the {row.count:,} documents that"
        f" every measured arm encodes."
    )
    for arm, ratio in _kept(_values(rows, found, "tokens-to-o200k"), found).items():
        if not _is_reference(ratio):
            yield f"{arm} {_against_reference(ratio)}."


def _is_reference(row: Row) -> bool:
    return bool(row.provenance.get("tokenizer", {}).get("name") == REFERENCE)


def _against_reference(row: Row) -> str:
    value = row.value or 0.0
    if row.low is not None and row.high is not None and row.low <= 1 <= row.high:
        interval = _interval(row, lambda number: f"{number:.3f}", " times as many")
        return f"does not differ significantly from {REFERENCE} in tokens{interval}"
    if value >= 2:
        interval = _interval(row, lambda number: f"{number:.2f}")
        return f"needs {value:.2f} times as many tokens as {REFERENCE}{interval}"
    word = "more" if value > 1 else "fewer"
    interval = _interval(row, _percent_off, " %")
    return f"needs {_percent_off(value)} % {word} tokens than {REFERENCE}{interval}"


def _percent_off(ratio: float) -> str:
    return f"{100 * abs(ratio - 1):.1f}"


def _interval(row: Row, write: Callable[[float], str], unit: str = "") -> str:
    """The interval in brackets, its smaller end as written first; '' where the row has none."""
    if row.low is None or row.high is None:
        return ""
    low, high = sorted((write(row.low), write(row.high)), key=float)
    return f" (95 %: {low} to {high}{unit})"


def _speed(rows: Sequence[Row], found: Found) -> Iterator[str]:
    parts = []
    for arm, row in _kept(_values(rows, found, "encode-speed-to-o200k"), found).items():
        if not _is_reference(row):
            parts.append(f"{arm} {plain(row.value or 0)}")
    if parts:
        yield f"Encoding speed in multiples of {REFERENCE}'s, in one run: {', '.join(parts)}."


def _modes(rows: Sequence[Row], found: Found) -> Iterator[str]:
    for arm, row in _values(rows, found, "coverage-free").items():
        num_free = round((row.value or 0) * row.count)
        if not num_free:
            yield f"{arm} writes all {row.count:,} documents in grammar mode."
            continue
        ratios = [found.get((arm, f"tokens-to-o200k-{mode}")) for mode in ("valid", "free")]
        values = [f"{r.value:.3f}" for r in ratios if r is not None and r.value is not None]
        tokens = f"; tokens to {REFERENCE}: {' and '.join(values)}" if len(values) == 2 else ""
        yield (
            f"{arm} writes {row.count - num_free:,} of {row.count:,} documents in grammar mode and"
            f" {num_free:,} in free mode, since its schema rejects them{tokens}."
        )


def _fidelity(rows: Sequence[Row], found: Found) -> Iterator[str]:
    by_arm = _values(rows, found, "round-trip-bytes")
    lossy = [arm for arm, row in by_arm.items() if row.value != 1]
    if by_arm and not lossy:
        yield "Every document came back byte for byte from every arm that was measured."
    for arm in lossy:
        values = found.get((arm, "round-trip"))
        same = "" if values is None else f"; {100 * (values.value or 0):.1f} % kept their value"
        share = 100 * (by_arm[arm].value or 0)
        gave = f"gave {share:.1f} % of the documents back byte for byte{same}"
        if _loses_data(arm, found):
            yield f"{arm} loses data and is compared with no other: it {gave}."
        else:
            yield f"{arm} {gave}."


def _refusals(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if row.figure == "refused" and row.value:
            names = [d["document"] for d in row.provenance.get("documents", ())]
            more = f" and {len(names) - _MAX_NAMED:,} more" if len(names) > _MAX_NAMED else ""
            shown = ", ".join(names[:_MAX_NAMED])
            yield (
                f"{row.arm} refused {row.value:,.0f} of {row.count:,} documents, which are left"
                f" out of every arm: {shown}{more}."
            )


def _failed_arms(rows: Sequence[Row]) -> Iterator[str]:
    measured = {row.arm for row in rows if row.value is not None}
    failed = [row.arm for row in rows if row.figure == ARM and row.error]
    whole = [arm for arm in failed if arm not in measured]
    in_part = [arm for arm in failed if arm in measured]
    if whole:
        yield f"Not measured, because of an error: {', '.join(whole)}."
    if in_part:
        yield f"Measured in part, because of an error: {', '.join(in_part)}."
