"""What may go wrong while training."""

from __future__ import annotations

from attrs import define

from wfgen.errors import WfgenError

__all__ = ["DivergedError", "OutOfMemoryError", "OverfitError", "RunDiffersError"]


@define(kw_only=True, eq=False)
class DivergedError(WfgenError):
    """The loss is not a number any more, or far over that of a model that knows nothing.

    Attributes:
        step: the step it was seen at.
        loss: nats a token.
        gradient_norm: before clipping.
        documents: names of the first documents in the windows of the step.
    """

    step: int
    loss: float
    gradient_norm: float
    documents: tuple[str, ...]

    @property
    def where(self) -> str:
        """The step."""
        return f"step {self.step:,}"


@define(kw_only=True, eq=False)
class OutOfMemoryError(WfgenError):
    """A step does not fit the device's memory.

    Attributes:
        micro_batch: windows that went through the model at once.
    """

    micro_batch: int


@define(kw_only=True, eq=False)
class OverfitError(WfgenError):
    """The model did not learn a few documents by heart.

    Attributes:
        loss: nats a token, of the last step.
    """

    loss: float


@define(kw_only=True, eq=False)
class RunDiffersError(WfgenError):
    """The run directory belongs to another configuration or to other data.

    Attributes:
        path: the run directory.
        names: the fields that differ.
    """

    path: str
    names: tuple[str, ...]

    @property
    def where(self) -> str:
        """The run directory."""
        return self.path
