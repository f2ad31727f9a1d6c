"""The documents of one schema: its places, and the symbols that it writes with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from wfgen_tct.errors import UnsatisfiableSchemaError
from wfgen_tct.formulas import Definitions
from wfgen_tct.grammar.decisions import TRUE
from wfgen_tct.grammar.meaning import NO_MENTIONS, Meaning, Mentions
from wfgen_tct.grammar.naming import Naming
from wfgen_tct.grammar.nodes import Node, Nodes
from wfgen_tct.grammar.places import Places
from wfgen_tct.grammar.solver import Solver
from wfgen_tct.patterns import Dfa

__all__ = ["Language"]


class Language:
    """The documents of one schema, or of none: then any JSON value.

    Args:
        definitions: the schema.
        patterns: its patterns, compiled.
        naming: the symbols.
        everywhere: what is named at every place, whatever the schema says there.

    Attributes:
        naming: its symbols.
        nodes: what may stand where.
        places: where a document may stand.
    """

    def __init__(
        self,
        definitions: Definitions,
        patterns: Mapping[str, Dfa],
        naming: Naming,
        everywhere: Mentions = NO_MENTIONS,
    ) -> None:
        self.naming = naming
        self.meaning = Meaning(definitions, patterns, everywhere)
        self.nodes = Nodes(Solver(self.meaning))
        self.places = Places(naming)

    @cached_property
    def root(self) -> Node:
        """The place of the document."""
        has_schema = bool(self.meaning.definitions.schemas)
        return self.nodes.node(self.meaning.goal((0,)) if has_schema else TRUE)

    def check(self) -> None:
        """Raise where there are no documents.

        Raises:
            UnsatisfiableSchemaError: no finite document is valid.
            GrammarLimitError: the schema asks for more than a limit allows.
            SchemaError: some of it cannot be done exactly.
        """
        if not self.root.is_possible:
            raise UnsatisfiableSchemaError(
                cause="no finite document is valid", hint="look for demands that exclude each other"
            )

    def why_not(self, symbol: int, choices: tuple[int, ...]) -> str:
        """What is wrong with a symbol that may not come, a clause.

        Args:
            symbol: it.
            choices: those that may.
        """
        shown = [self.naming.describe(each) for each in choices[:_MAX_SHOWN]]
        more = ", ..." if len(choices) > _MAX_SHOWN else ""
        return f"{self.naming.describe(symbol)} may not come here, but {', '.join(shown)}{more}"


_MAX_SHOWN = 5
