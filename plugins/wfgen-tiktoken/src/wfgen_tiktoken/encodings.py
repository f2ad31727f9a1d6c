"""The encodings that tiktoken publishes, and how their ranks are had without the network."""

from __future__ import annotations

import gzip
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from wfgen.errors import CapabilityError
from wfgen_tiktoken.patterns import CL100K, O200K, R50K
from wfgen_tiktoken.ranks import MAX_FILE_BYTES, parse_ranks, read_rank_file
from wfgen_tiktoken.tokenizer import RankTokenizer

__all__ = ["ANY", "PUBLISHED", "Published", "convert", "create", "from_ranks"]

ANY = "tiktoken"
"""The registry entry that opens what `from_ranks` made."""

_PACKAGE = "bpe-openai"


@frozen(kw_only=True)
class Published:
    """One encoding of tiktoken_ext.openai_public (tiktoken 0.14).

    Attributes:
        ranks: the name of its rank file, less `.tiktoken`.
        sha256: of the rank file, in hex, as tiktoken checks it.
        pattern: its split pattern.
        bos: `<|startoftext|>` where it has one, else the least id that is neither rank nor special.
        eos: `<|endoftext|>`.
        vocab_size: one more than the highest id.
        is_packaged: whether bpe-openai holds the rank file.
    """

    ranks: str
    sha256: str
    pattern: str
    bos: int
    eos: int
    vocab_size: int
    is_packaged: bool = False


_CL100K_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
_O200K_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
_P50K_SHA256 = "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069"
_R50K_SHA256 = "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930"


def _o200k(vocab_size: int) -> Published:
    # o200k_base leaves 199998 free; o200k_harmony names it <|startoftext|>.
    return Published(
        ranks="o200k_base",
        sha256=_O200K_SHA256,
        pattern=O200K,
        bos=199_998,
        eos=199_999,
        vocab_size=vocab_size,
        is_packaged=True,
    )


def _older(ranks: str, sha256: str, bos: int) -> Published:
    # The older encodings leave no id free, so begin comes after all of them.
    return Published(
        ranks=ranks, sha256=sha256, pattern=R50K, bos=bos, eos=50_256, vocab_size=bos + 1
    )


PUBLISHED: Mapping[str, Published] = {
    "o200k_base": _o200k(vocab_size=200_019),
    "o200k_harmony": _o200k(vocab_size=201_088),
    "cl100k_base": Published(
        ranks="cl100k_base",
        sha256=_CL100K_SHA256,
        pattern=CL100K,
        bos=100_256,
        eos=100_257,
        vocab_size=100_277,
        is_packaged=True,
    ),
    "p50k_base": _older("p50k_base", _P50K_SHA256, bos=50_281),
    "p50k_edit": _older("p50k_base", _P50K_SHA256, bos=50_284),
    "r50k_base": _older("r50k_base", _R50K_SHA256, bos=50_257),
    # tiktoken builds gpt2 from two files of another form, which hold the ranks of r50k_base.
    "gpt2": _older("r50k_base", _R50K_SHA256, bos=50_257),
}
"""Name to encoding."""


def create(name: str) -> RankTokenizer:
    """A published encoding whose ranks bpe-openai holds.

    Raises:
        CapabilityError: bpe-openai is not installed, or does not hold its rank file.
        RankFileError: the file there is not the published one.
    """
    published = PUBLISHED[name]
    file = _packaged_file(name, published)
    try:
        with gzip.open(file) as stream:
            data = stream.read(MAX_FILE_BYTES)
    except (OSError, EOFError) as error:
        raise _no_ranks(name, f"{file} cannot be read ({error})") from error
    ranks = parse_ranks(data, path=str(file), sha256=published.sha256)
    return _published_tokenizer(name, published, ranks)


def convert(name: str, path: Path) -> RankTokenizer:
    """A published encoding from its `.tiktoken` file.

    Raises:
        RankFileError: the file cannot be read, or is not the published one.
    """
    published = PUBLISHED[name]
    ranks = read_rank_file(path, sha256=published.sha256)
    return _published_tokenizer(name, published, ranks)


def from_ranks(
    path: Path | str, *, pattern: str, name: str, sha256: str | None = None
) -> RankTokenizer:
    """A tokenizer from any `.tiktoken` file; its begin and end tokens are the next two ids.

    Args:
        path: the file.
        pattern: splits a text into pieces that no token crosses; Rust's fancy-regex syntax. The
            time that it takes is the pattern's own.
        name: the encoding's name, for people.
        sha256: of the file, in hex; None for any.

    Raises:
        RankFileError: the file cannot be read, has another hash, or is no whole rank file.
        SettingError: the pattern is no regular expression.
    """
    ranks = read_rank_file(Path(path), sha256=sha256)
    bos = 1 + max(ranks.values())
    return RankTokenizer(
        entry=ANY,
        encoding=name,
        pattern=pattern,
        ranks=ranks,
        bos=bos,
        eos=bos + 1,
        vocab_size=bos + 2,
    )


def _published_tokenizer(
    name: str, published: Published, ranks: Mapping[bytes, int]
) -> RankTokenizer:
    return RankTokenizer(
        entry=name,
        encoding=name,
        pattern=published.pattern,
        ranks=ranks,
        bos=published.bos,
        eos=published.eos,
        vocab_size=published.vocab_size,
    )


def _packaged_file(name: str, published: Published) -> Path:
    # The file itself, not bpe_openai.registry: importing bpe_openai compiles all its encodings
    # (1.2 s, 65 MiB), and the hash says whether the file is right.
    try:
        package = importlib.metadata.distribution(_PACKAGE)
    except importlib.metadata.PackageNotFoundError as error:
        raise _no_ranks(name, f"{_PACKAGE}, which holds its ranks, is not installed") from error
    return Path(str(package.locate_file(f"bpe_openai/data/{published.ranks}.tiktoken.gz")))


def _no_ranks(name: str, cause: str) -> CapabilityError:
    ranks = PUBLISHED[name].ranks
    return CapabilityError(
        name=name,
        capability="create",
        cause=cause,
        hint=f"install {_PACKAGE}, or run {convert_command(name, ranks)}",
    )


def convert_command(name: str, ranks: str) -> str:
    """The command that makes an artefact of an encoding from its rank file."""
    return f"wfgen tokenizer convert {name} {ranks}.tiktoken --out DIR"
