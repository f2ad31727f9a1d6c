"""Tables as JSON values and back.

A table that was read back finds its place in the grammar by where it came from, when it is first
asked for something that is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wfgen_tct.formulas_json import assertions_from_json, assertions_to_json
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.grammar.tables import PYTHON, Items, Member, Members, Place, Recipe, Tables

__all__ = ["tables_from_json", "tables_to_json"]


def tables_to_json(tables: Tables) -> dict[str, Any]:
    """All tables that the root comes to, without what documents spelt."""
    return _Writer(tables.root).written()


def tables_from_json(language: Language, codes: Sequence[bytes], raw: Mapping[str, Any]) -> Tables:
    """The tables that `tables_to_json` wrote.

    Raises:
        KeyError, IndexError, TypeError, ValueError: it wrote no such thing.
    """
    return _Reader(language, codes, raw).read()


class _Writer:
    """Numbers places, objects and arrays in the order in which they are come to."""

    def __init__(self, root: Place) -> None:
        self._lists: dict[type, list[Any]] = {Place: [], Members: [], Items: []}
        self._numbers: dict[int, int] = {}
        self._number(root)

    def _number(self, table: Any) -> int | None:
        if table is None:
            return None
        found = self._numbers.get(id(table))
        if found is None:
            of_kind = self._lists[type(table)]
            found = self._numbers[id(table)] = len(of_kind)
            of_kind.append(table)
        return found

    def written(self) -> dict[str, Any]:
        rows: dict[type, list[Any]] = {Place: [], Members: [], Items: []}
        makers: dict[type, Callable[[Any], list[Any]]] = {
            Place: self._place,
            Members: self._members,
            Items: self._items,
        }
        while any(len(rows[kind]) < len(self._lists[kind]) for kind in rows):
            for kind, make in makers.items():
                for table in self._lists[kind][len(rows[kind]) :]:
                    rows[kind].append(make(table))
        return {"places": rows[Place], "objects": rows[Members], "arrays": rows[Items]}

    def _origin(self, origin: Sequence[Any]) -> list[Any]:
        what, *rest = origin
        return [what, *(self._number(rest[0]), *rest[1:])] if rest else [what]

    def _place(self, place: Place) -> list[Any]:
        inner = [self._number(place.object), self._number(place.array)]
        words = {
            word: spoken[1] for word, value in PYTHON.items() if (spoken := place.words.get(value))
        }
        origin = self._origin(place.origin)
        lot = [place.is_forced, words, dict(place.literals), place.free]
        return [origin, *lot, *inner, _recipe(place.text), _number_recipe(place.number)]

    def _members(self, table: Members) -> list[Any]:
        known = {
            name: self._next(table.known[name].where, table.known[name].after)
            for name in sorted(table.names)
        }
        classes = [[number, *self._next(*rest)] for number, rest in sorted(table.classes.items())]
        origin = self._origin(table.origin)
        lot = [table.close, table.num_always, table.is_free, table.is_complete]
        return [origin, *lot, known, classes, _recipe(table.spelling)]

    def _items(self, table: Items) -> list[Any]:
        item = None if table.item is None else self._next(table.item.where, table.item.after)
        return [self._origin(table.origin), table.close, table.is_unique, item]

    def _next(self, place: Place, after: Sequence[Any]) -> list[Any]:
        return [self._number(place), [self._number(table) for table in after]]


def _recipe(spelling: Spelling) -> list[Any]:
    return [*spelling.machine.recipe, spelling.labels]


def _number_recipe(spelling: Spelling) -> list[Any]:
    return [assertions_to_json(spelling.machine.recipe), spelling.labels]


class _Reader:
    def __init__(self, language: Language, codes: Sequence[bytes], raw: Mapping[str, Any]) -> None:
        self._language = language
        self._codes = codes
        self._raw = raw
        self._places = [Place(self._node_finder(row[0]), row[0]) for row in raw["places"]]
        self._objects = [Members(self._finder(row[0]), row[0]) for row in raw["objects"]]
        self._arrays = [Items(self._finder(row[0]), row[0]) for row in raw["arrays"]]

    def read(self) -> Tables:
        tables = Tables(self._language, self._codes, self._places[0])
        for place, row in zip(self._places, self._raw["places"], strict=True):
            self._fill_place(tables, place, row)
        for table, row in zip(self._objects, self._raw["objects"], strict=True):
            self._fill_members(table, row)
        for items, row in zip(self._arrays, self._raw["arrays"], strict=True):
            self._fill_items(items, row)
        return tables

    def _fill_place(self, tables: Tables, place: Place, row: Sequence[Any]) -> None:
        origin, is_forced, words, literals, free, opened, array, recipe, number = row
        place.recipe = self._cook(*recipe)
        place.number_recipe = self._cook_number(*number)
        place.origin = self._origin(origin)
        place.is_forced = bool(is_forced)
        tables.fill(place, words, literals, int(free))
        place.object = None if opened is None else self._objects[opened]
        place.array = None if array is None else self._arrays[array]

    def _fill_members(self, table: Members, row: Sequence[Any]) -> None:
        origin, close, num_always, is_free, is_complete, known, classes, recipe = row
        table.recipe = self._cook(*recipe)
        table.is_complete = bool(is_complete)
        table.origin = self._origin(origin)
        table.close, table.num_always, table.is_free = int(close), int(num_always), bool(is_free)
        symbols = self._language.naming.key_symbols
        for name, rest in known.items():
            table.known[name] = Member(self._codes[symbols[name]], *self._next(rest, self._objects))
            table.names.append(name)
        for number, *rest in classes:
            table.classes[int(number)] = self._next(rest, self._objects)

    def _fill_items(self, table: Items, row: Sequence[Any]) -> None:
        origin, close, is_unique, item = row
        table.origin = self._origin(origin)
        table.close, table.is_unique = int(close), bool(is_unique)
        if item is not None:
            table.item = Member(b"", *self._next(item, self._arrays))

    def _next(self, rest: Sequence[Any], tables: list[Any]) -> tuple[Place, list[Any]]:
        place, after = rest
        return self._places[place], [None if at is None else tables[at] for at in after]

    def _origin(self, origin: Sequence[Any]) -> tuple[Any, ...]:
        what, *rest = origin
        return (what, self._source(origin), *rest[1:]) if rest else (what,)

    def _source(self, origin: Sequence[Any]) -> Any:
        kinds: dict[str, list[Any]] = {
            "object": self._places,
            "array": self._places,
            "item": self._arrays,
        }
        of_kind: list[Any] = kinds.get(origin[0], self._objects)
        if origin[0] == "behind" and origin[2] is None:
            of_kind = self._arrays
        return of_kind[origin[1]]

    def _cook(
        self, patterns: list[str], lengths: list[int], taken: list[str], labels: list[int]
    ) -> Recipe:
        meaning, nodes = self._language.meaning, self._language.nodes

        def cook() -> Spelling:
            machine = meaning.text_machine(tuple(patterns), tuple(lengths), taken)
            return nodes.spelling(machine, labels)

        return cook

    def _cook_number(self, assertions: list[Any], labels: list[int]) -> Recipe:
        solver, nodes = self._language.nodes.solver, self._language.nodes
        said = assertions_from_json(assertions)
        return lambda: nodes.spelling(solver.number_machine(said), labels)

    # Finding one's place --------------------------------------------------------------------

    def _node_finder(self, origin: Sequence[Any]) -> Callable[[], Any]:
        def find() -> Any:
            if origin[0] == "root":
                return self._language.root
            state = self._source(origin).state
            step = state.step if origin[0] == "item" else state.step(origin[2])
            return step.node

        return find

    def _finder(self, origin: Sequence[Any]) -> Callable[[], Any]:
        def find() -> Any:
            source = self._source(origin)
            if origin[0] in ("object", "array"):
                return getattr(source.node, origin[0])
            step = source.state.step if origin[2] is None else source.state.step(origin[2])
            return step.after[origin[3]]

        return find
