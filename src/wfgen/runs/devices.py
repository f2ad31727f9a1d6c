"""The device that a name stands for."""

from __future__ import annotations

import torch

from wfgen.errors import SettingError

__all__ = ["choose_device"]


def choose_device(name: str, local_rank: int | None = None) -> torch.device:
    """The device that `name` stands for: `cpu`, `cuda` and so on; `auto` is a GPU if there is one.

    Args:
        name: as torch has it, or `auto`.
        local_rank: which GPU of this machine; None for the first, or the one that `name` numbers.

    Raises:
        SettingError: the device is unknown, or is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        if device.type == "cuda":
            if local_rank is not None:
                device = torch.device("cuda", local_rank)
            torch.cuda.set_device(device)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # torch asserts where it was built without
        raise SettingError(
            name="device",
            cause=f"{name!r} cannot be used ({str(error).splitlines()[0]})",
            hint="give auto, cpu or cuda",
        ) from error
    return device
