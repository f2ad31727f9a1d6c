"""The engine on Ray gives what the local engine gives. Skipped where the extra `ray` is absent."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from wfgen.canonical import Limits, read_json
from wfgen.corpus import CorpusSpec
from wfgen.errors import DocumentSyntaxError, UnreadableFileError
from wfgen.prepare import Progress, WorkerError, on_ray, prepare
from wfgen.prepare.on_ray import _connected
from wfgen.registry import load_tokenizer

ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'wfgen[ray]'")
pytest.importorskip("ray.data", reason="Ray Data is not installed: pip install 'wfgen[ray]'")

pytestmark = pytest.mark.filterwarnings(r"ignore::DeprecationWarning:ray\..*")  # of Ray to itself

# A run on Ray takes about half a second.
FEW = settings(max_examples=max(1, settings.default.max_examples // 8))


@pytest.fixture(scope="module", autouse=True)
def _ray() -> Iterator[None]:
    """One Ray for all, as the engine would start it, in another working directory."""
    with _connected(ray, "local", 2):
        yield


def hashes(directory: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in directory.iterdir()}


def assert_same_store(spec: CorpusSpec, tokenizer: str | Path, folder: Path) -> None:
    prepare(spec, tokenizer, folder / "here")
    prepare(spec, tokenizer, folder / "ray", engine=on_ray())
    assert hashes(folder / "here") == hashes(folder / "ray")


# The store --------------------------------------------------------------------------------------


def _folder(root: Path) -> CorpusSpec:
    folder = root / "workflows"
    for number in range(70):
        path = folder / f"o{number % 7}" / f"{number:02}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"on: push\njobs: {{a{number % 60}: {{}}}}\n")
    (folder / "broken.yml").write_text("a: 1\na: 2\n")
    (folder / "long.yml").write_text("a: " + "x" * 2000)
    (folder / "no.json").write_text('{"a":')
    (folder / "out.yml").symlink_to(root)
    (folder / "gone.yml").symlink_to(folder / "absent")
    return CorpusSpec(path=folder, limits=Limits(num_bytes=1000), valid_share=0.3)


def _lines(root: Path) -> CorpusSpec:
    rows = [{"yaml": f"on: push\njobs: {{a{n % 90}: {{}}}}", "repo": f"o{n}/t"} for n in range(99)]
    text = "\n".join(["broken", *map(json.dumps, rows), json.dumps({"yaml": "a: [", "path": "x"})])
    path = root / "all.jsonl.zst"
    path.write_bytes(zstandard.compress(text.encode()))
    return CorpusSpec(path=path, valid_share=0.3)


def _ready(root: Path) -> CorpusSpec:
    valid = root / "valid.jsonl"
    valid.write_text(json.dumps({"yaml": "on: push"}) + "\nbroken\n")
    return CorpusSpec(path="composed:99", valid=valid)


def _relative(root: Path) -> CorpusSpec:
    _folder(root)
    os.chdir(root)
    return CorpusSpec(path="workflows", valid=Path("workflows/o1/01.yml"))


@pytest.mark.parametrize("make", [_folder, _lines, _ready, _relative, lambda _: CorpusSpec()])
def test_the_store_is_the_same_byte_for_byte(
    make: Callable[[Path], CorpusSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # and back
    assert_same_store(make(tmp_path), "bytes", tmp_path)


DOCUMENTS = st.one_of(
    st.integers(0, 20).map(lambda n: {"yaml": f"on: push\njobs: {{a{n}: {{}}}}\n"}),
    st.builds(
        lambda value, owner: {"json": value, "repo": f"o{owner}/t"},
        st.dictionaries(st.text(max_size=3), st.integers() | st.text(), max_size=3),
        st.integers(0, 5),
    ),
    st.text(max_size=9).map(lambda text: {"yaml": text}),
)


@FEW
@given(rows=st.lists(DOCUMENTS, min_size=1, max_size=150), share=st.sampled_from([0.0, 0.5]))
def test_it_is_so_for_any_documents(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], share: float
) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = folder / "all.jsonl"
    train = {"yaml": "on: workflow_dispatch"}  # nothing to train on would be an error
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, train]))
    valid = path if share else None
    assert_same_store(CorpusSpec(path="composed:3", valid=valid), "bytes", folder)


def test_a_tokenizer_in_a_directory_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer: Any = load_tokenizer("bytes")
    tokenizer.save(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    for mine in (Path("mine"), "./mine"):
        out = tmp_path / str(type(mine))
        out.mkdir()
        assert_same_store(CorpusSpec(path="composed:40"), mine, out)


def test_progress_ends_with_everything_read(tmp_path: Path) -> None:
    seen: list[Progress] = []
    spec = CorpusSpec(path="composed:90")
    prepare(spec, "bytes", tmp_path / "store", engine=on_ray(), progress=seen.append)
    assert [p.num_documents for p in seen] == [32, 64, 90]
    assert seen[-1].num_read == seen[-1].num_units == 90


def test_strict_stops_at_the_first_refusal_and_leaves_nothing(tmp_path: Path) -> None:
    spec = CorpusSpec(path=_lines(tmp_path).path, strict=True)
    with pytest.raises(DocumentSyntaxError, match="line 1"):
        prepare(spec, "bytes", tmp_path / "store", engine=on_ray())
    assert [p.name for p in tmp_path.iterdir()] == ["all.jsonl.zst"]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = Path(_lines(tmp_path).path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UnreadableFileError, match=r"all\.jsonl\.zst: the Zstandard data is dam"):
        prepare(CorpusSpec(path=path), "bytes", tmp_path / "store", engine=on_ray())


# The engine -------------------------------------------------------------------------------------


@FEW
@given(
    st.lists(
        st.recursive(
            st.none() | st.integers() | st.floats(allow_nan=False) | st.binary(),
            lambda more: st.lists(more) | st.dictionaries(st.text(), more),
        )
    ),
    st.sampled_from([None, 1, 2]),
)
def test_results_come_in_the_order_of_the_chunks(values: list[Any], workers: int | None) -> None:
    with closing(on_ray(workers=workers)(lambda value: [value], lambda: values)) as results:
        assert list(results) == [[value] for value in values]


def test_a_result_waits_for_those_before_it(tmp_path: Path) -> None:
    mark = tmp_path / "later"

    def let_later_ones_pass(number: int) -> int:
        if number == 0:
            wait_until(mark.exists)
        if number == 30:
            mark.touch()
        return number

    with closing(on_ray()(let_later_ones_pass, lambda: range(40))) as results:
        assert list(results) == list(range(40))


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)


def test_chunks_are_drawn_as_they_are_needed(tmp_path: Path) -> None:
    drawn = tmp_path / "drawn"
    drawn.touch()

    def chunks() -> Iterator[bytes]:
        for _ in range(5000):
            with drawn.open("ab") as file:
                file.write(b".")
            yield bytes(500_000)

    with closing(on_ray()(len, chunks)) as results:
        for number in range(800):
            assert next(results) == 500_000
            assert drawn.stat().st_size - number < 560  # the Ray of these tests stores 268 MB
    assert list(on_ray()(len, lambda: [b"the cores are free again"])) == [24]
    assert drawn.stat().st_size < 5000


def test_an_error_comes_with_its_fields() -> None:
    with (
        closing(on_ray()(read_json, lambda: [b"{}", b'{"a":'])) as results,
        pytest.raises(DocumentSyntaxError) as caught,
    ):
        assert next(results) == {}
        next(results)
    assert (caught.value.line, caught.value.column) == (1, 6)


def test_a_worker_that_dies_once_is_replaced(tmp_path: Path) -> None:
    def die_once(number: int) -> int:
        mark = tmp_path / str(number)
        if number % 5 == 2 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return -number

    with closing(on_ray()(die_once, lambda: range(10))) as results:
        assert list(results) == [-number for number in range(10)]


def test_a_worker_that_always_dies_is_an_error_not_a_wait() -> None:
    def die_at_2(number: int) -> int:
        return os._exit(1) if number == 2 else number

    with (
        closing(on_ray()(die_at_2, lambda: [1, 2])) as results,
        pytest.raises(WorkerError, match="some documents ended 4 workers"),
    ):
        list(results)


def test_workers_get_one_thread() -> None:
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"]
    with closing(on_ray()(os.getenv, lambda: names)) as results:
        assert list(results) == ["1", "1", "1"]


# A Ray of its own -------------------------------------------------------------------------------


def wfgen(*arguments: object, **surroundings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wfgen.cli", "prepare", *map(str, arguments)]
    env = os.environ | surroundings
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    # Where there is no network at all, Ray says so.
    done.stderr = re.sub(r".*network_util.*\n", "", done.stderr)
    return done


def test_the_command_line_starts_one_and_says_nothing_of_it(tmp_path: Path) -> None:
    spec = _lines(tmp_path)
    done = wfgen(
        *("--corpus", spec.path, "--valid-share", 0.3, "--tokenizer", "bytes"),
        *("--out", tmp_path / "ray", "--engine", "ray", "--workers", 1),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "ray written" in done.stdout
    prepare(spec, "bytes", tmp_path / "here")
    assert hashes(tmp_path / "here") == hashes(tmp_path / "ray")


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_no_process_asks_clouds_where_it_runs() -> None:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children]
    assert any(b"raylet" in command for command in commands)
    assert not any(b"dashboard.py" in command for command in commands)


@pytest.mark.parametrize("said", ["flag", "surroundings", "auto"])
def test_a_ray_that_runs_already_is_used(said: str, tmp_path: Path) -> None:
    address = ray.get_runtime_context().gcs_address
    flags = {"flag": ("--ray-address", address), "auto": ("--ray-address", "auto")}.get(said, ())
    surroundings = {} if said == "flag" else {"RAY_ADDRESS": address}
    common = ("--corpus", "composed:40", "--tokenizer", "bytes", "--out", tmp_path / "ray")
    done = wfgen(*common, "--engine", "ray", *flags, **surroundings)
    assert (done.returncode, done.stderr) == (0, "")
    prepare(CorpusSpec(path="composed:40"), "bytes", tmp_path / "here")
    assert hashes(tmp_path / "here") == hashes(tmp_path / "ray")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", "127.0.0.1:x"])
def test_a_ray_that_does_not_answer_is_an_error(address: str, tmp_path: Path) -> None:
    common = ("--tokenizer", "bytes", "--out", tmp_path / "s", "--engine", "ray")
    done = wfgen(*common, "--ray-address", address)
    assert done.returncode == 1
    begin = f"wfgen: setting 'ray_address': there is no Ray to use at '{address}': "
    assert done.stderr.startswith(begin)
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())
