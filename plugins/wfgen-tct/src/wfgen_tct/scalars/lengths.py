"""Which ends of a graph of characters are reached after how many characters.

Counting characters in the states of an automaton would multiply them by every `maxLength`. The ends
that lie n characters away depend on those that lie n - 1 away and on nothing else, so the sequence
over n repeats itself from some point on, and the part before and one period tell all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from wfgen_tct.errors import GrammarLimitError

__all__ = ["Distances"]

_MAX_WORK = 20_000_000


class Distances:
    """Ends by distance in characters.

    Args:
        edges: of each node, the nodes that follow it.
        missing: of each node, how many bytes are missing to the end of a character; the character
            under way counts as read.
        ends: of each node, a bit set of what a text that ends there is; 0 inside a character.

    Raises:
        GrammarLimitError: the sequence does not repeat itself within reasonable work.
    """

    def __init__(
        self, edges: Sequence[Collection[int]], missing: Sequence[int], ends: Sequence[int]
    ) -> None:
        self._edges = edges
        self._missing = missing
        self._order = sorted(range(len(edges)), key=missing.__getitem__)
        self._rows: list[tuple[int, ...]] = [self._row(None, ends)]
        self._loop = self._find_loop()

    def _row(self, before: Sequence[int] | None, ends: Sequence[int]) -> tuple[int, ...]:
        row = [0] * len(self._edges)
        for node in self._order:
            if self._missing[node]:
                source: Sequence[int] = row
            elif before is None:
                row[node] = ends[node]
                continue
            else:
                source = before
            found = 0
            for after in self._edges[node]:
                found |= source[after]
            row[node] = found
        return tuple(row)

    def _find_loop(self) -> int:
        """Extend the rows until one comes again; the index that the last one goes back to."""
        seen = {self._rows[0]: 0}
        work = num_edges = sum(map(len, self._edges)) + len(self._edges)
        while True:
            row = self._row(self._rows[-1], ())
            if row in seen:
                return seen[row]
            seen[row] = len(self._rows)
            self._rows.append(row)
            work += num_edges
            if work > _MAX_WORK:
                raise GrammarLimitError(
                    cause="patterns and lengths of one string combine to too many cases",
                    hint="simplify its patterns, or drop minLength and maxLength beside them",
                )

    def within(self, node: int, first: int, last: float) -> int:
        """The ends from `first` to under `last` characters away, as a bit set."""
        found, rows, loop = 0, self._rows, self._loop
        period = len(rows) - loop
        last = min(last, max(first, loop) + period)
        for distance in range(first, int(last)):
            at = distance if distance < len(rows) else loop + (distance - loop) % period
            found |= rows[at][node]
        return found
