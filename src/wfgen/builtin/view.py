"""A sized, indexable view: windows that are cut when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from attrs import frozen

from wfgen.api.records import Window

__all__ = ["WindowView"]


@frozen(kw_only=True, eq=False)
class WindowView(Sequence[Window]):
    """Cuts window i by `cut(plan, i)`.

    Picklable where `plan` is and `cut` is a module's function, so that worker processes can share
    the work; a token store in the plan is opened anew there.

    Attributes:
        plan: where the windows lie; arrays of a few bytes a window.
        size: how many there are.
        cut: gives one, for i in `range(size)`.
    """

    plan: Any
    size: int
    cut: Callable[[Any, int], Window]

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, index: int) -> Window: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Window]: ...
    def __getitem__(self, index: int | slice) -> Window | Sequence[Window]:
        if isinstance(index, slice):
            return tuple(self.cut(self.plan, i) for i in range(self.size)[index])
        return self.cut(self.plan, range(self.size)[index])
