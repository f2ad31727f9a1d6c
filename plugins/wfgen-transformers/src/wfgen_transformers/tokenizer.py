"""Any wfgen tokenizer as a `PreTrainedTokenizer` of transformers.

Legend: T tokens of one document, V entries of the tokenizer's vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizer

from wfgen.errors import DecodeError, SettingError
from wfgen_transformers.saved import (
    IDENTITY,
    Opened,
    artefact_files,
    open_saved,
    open_source,
    save_artefact,
)

__all__ = ["WfgenTokenizer"]

_BOS, _EOS, _PAD = "<bos>", "<eos>", "<pad>"


class WfgenTokenizer(PreTrainedTokenizer):
    """A tokenizer of wfgen, with its own ids.

    A text is one whole document; it gets `<bos>` in front and `<eos>` behind unless
    `add_special_tokens=False`. Text that looks like a special token is plain text. Tokens have no
    text of their own in general, so they are called by their ids: `<17>`. Padding is an id of its
    own, V, so that a loss that leaves padding out does not leave the end out; a model needs
    `len(tokenizer)` ids, V + 1.

    Args:
        source: registry name, or the directory of an artefact.
        pad_token: `<eos>` pads with the end token, for a model of V ids.
        settings: as `PreTrainedTokenizer` takes them, but for begin and end.

    Raises:
        UnknownNameError, CapabilityError, ArtefactError: as `wfgen.registry.load_tokenizer` does.
        SettingError: another begin or end is named.
    """

    vocab_files_names: dict[str, str] = {}  # noqa: RUF012  declared so by the base
    model_input_names = ["input_ids", "attention_mask"]  # noqa: RUF012

    def __init__(
        self, source: str | Path | Opened, *, pad_token: Any = _PAD, **settings: Any
    ) -> None:
        self._opened = source if isinstance(source, Opened) else open_source(source)
        self._wfgen = self._opened.tokenizer
        self._names = [f"<{number}>" for number in range(self._wfgen.vocab_size)]
        self._names[self._wfgen.bos], self._names[self._wfgen.eos] = _BOS, _EOS
        self._numbers = {name: number for number, name in enumerate(self._names)}
        own = {"bos_token": _BOS, "eos_token": _EOS}
        for name, token in own.items():
            if str(settings.get(name, token)) != token:
                raise SettingError(
                    name=name, cause=f"the tokenizer has one of its own, {token}", hint="leave it"
                )
        settings |= own | {
            IDENTITY: dict(self._opened.identity),
            "special_tokens_pattern": "bos_eos",
        }
        super().__init__(pad_token=pad_token, **settings)

    # Ids ----------------------------------------------------------------------------------------

    @property
    def vocab_size(self) -> int:
        """V, padding not counted; `len(tokenizer)` counts it."""
        return self._wfgen.vocab_size

    def get_vocab(self) -> dict[str, int]:
        """The id of each name, padding's among them."""
        added: dict[str, int] = self._added_tokens_encoder
        return self._numbers | added

    def tokenize(self, text: str, **_: Any) -> list[str]:
        """The names of a document's T tokens, without begin and end.

        Raises:
            EncodeError: the text is no document of this tokenizer.
        """
        return [self._names[number] for number in self._wfgen.encode(text).tolist()]

    def _convert_token_to_id(self, token: str) -> int | None:
        return self._numbers.get(token)

    def _convert_id_to_token(self, index: int) -> str:
        if not 0 <= index < len(self._names):
            raise DecodeError(cause=f"the id {index} is outside a vocabulary of {len(self):,}")
        return self._names[index]

    # Text ---------------------------------------------------------------------------------------

    def convert_tokens_to_string(self, tokens: Sequence[str]) -> str:
        """The text of a document's tokens; raises as `decode` does."""
        return self._decode(self.convert_tokens_to_ids(list(tokens)))

    def _decode(
        self, token_ids: int | Sequence[int], skip_special_tokens: bool = False, **_: Any
    ) -> str:
        """The document, and the special tokens around it unless they are skipped.

        Raises:
            DecodeError: what stands between the special tokens is no whole document.
        """
        ids = [token_ids] if isinstance(token_ids, int) else list(token_ids)
        special = set(self.all_special_ids)
        head = list(takewhile(special.__contains__, ids))
        tail = list(takewhile(special.__contains__, reversed(ids[len(head) :])))[::-1]
        text = self._text(ids[len(head) : len(ids) - len(tail)], len(head))
        if skip_special_tokens:
            return text
        before, after = (self.convert_ids_to_tokens(part) for part in (head, tail))
        return "".join([*before, text, *after])

    def _text(self, ids: list[int], offset: int) -> str:
        if not ids:
            return ""
        try:
            return self._wfgen.decode(np.array(ids, dtype=np.int32)).decode("utf-8")
        except DecodeError as error:
            index = None if error.index is None else error.index + offset
            raise DecodeError(index=index, cause=error.cause, hint=error.hint) from error

    # Files --------------------------------------------------------------------------------------

    def save_pretrained(
        self, save_directory: str | PathLike[str], *args: Any, **settings: Any
    ) -> tuple[str, ...]:
        """Write `tokenizer_config.json` and, where the tokenizer has one, its artefact.

        Returns:
            the files.

        Raises:
            ArtefactError: another tokenizer is saved here, or it cannot be written.
        """
        save_artefact(self._opened, Path(save_directory))
        files: tuple[str, ...] = super().save_pretrained(save_directory, *args, **settings)
        return files

    def save_vocabulary(
        self, save_directory: str | PathLike[str], filename_prefix: str | None = None
    ) -> tuple[str, ...]:
        """Write the artefact alone; returns and raises as `save_pretrained` does."""
        save_artefact(self._opened, Path(save_directory))
        return artefact_files(Path(save_directory))

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | PathLike[str],
        *args: Any,
        subfolder: str = "",
        **settings: Any,
    ) -> WfgenTokenizer:
        """The tokenizer that `save_pretrained` wrote into a local directory; nothing is fetched.

        Raises:
            NotAnArtefactError, DamagedArtefactError: there is none, or it was changed.
            ArtefactError: the tokenizer to be had is another one, or of another version.
        """
        folder = Path(pretrained_model_name_or_path, subfolder)
        settings["local_files_only"] = True
        made: WfgenTokenizer = super().from_pretrained(str(folder), open_saved(folder), **settings)
        return made
