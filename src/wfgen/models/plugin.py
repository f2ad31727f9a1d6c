"""The plugin `models`, as the entry-point group `wfgen` names it. Imports torch when it is used."""

from __future__ import annotations

__all__: list[str] = []
