"""Hypothesis strategies for documents: any JSON value, and values like workflows.

Everything drawn is within `wfgen.canonical.DEFAULT_LIMITS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import cycle, islice
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from wfgen.canonical import DEFAULT_LIMITS, JsonValue, to_canonical

__all__ = ["canonical_documents", "json_texts", "json_values", "workflow_values"]

Values: TypeAlias = SearchStrategy[Any]

# Texts that tokenizers, JSON and YAML treat specially somewhere.
_HARD_TEXTS = [
    "", " ", "\n", "\n\n", "\t", "\r\n", "\0", "\x1f", "\x7f", "\x85", "\u2028", "\ufeff", "\uffff",
    "\U0010ffff", "\U0001f468\u200d\U0001f469", "e\u0301", "\\", '"', "'", "\\u0041", "</s>",
    "<|endoftext|>", "null", "true", "on", "yes", "~", "<<", "=", "-", "- a", "---", "a: b", "a #b",
    "0", "1e5", "0x10", "012", "0o14", "1_000", ".inf", "12:30", "2020-01-01", "{}", "[]",
    "${{ a }}",
    " a", "a ", "a\n", "a\n\n", "\na", "  a\n b", "a \nb\n", "\ta\n", "a\r\nb", "#a\n---\n",
    " " * 200, "ab" * 700,
]  # fmt: skip
_INTEGERS_AT_EDGES = [
    s * (2**n + d) for n in (31, 53, 63, 64, 200) for d in (-1, 0, 1) for s in (-1, 1)
]
_FLOATS_AT_EDGES = [0.0, -0.0, 1.0, 1e16, 1e22, 5e-324, 1.7976931348623157e308, 0.1, 1e-7, -1e-5]


@cache
def json_texts() -> SearchStrategy[str]:
    """Any text of Unicode scalar values; often short, sometimes one that is hard to quote."""
    scalar_values = st.characters(exclude_categories=["Cs"])
    punctuation = st.text("ab01 \n\t\r:#-?'\"|>%@,[]{}\\~\x85\u2028\ufeff", max_size=12)
    return st.text(scalar_values, max_size=20) | punctuation | st.sampled_from(_HARD_TEXTS)


@cache
def json_values(max_leaves: int = 20) -> SearchStrategy[JsonValue]:
    """Any JSON value: empty and hard keys and texts, integers of any size, finite floats.

    Args:
        max_leaves: about how many scalars a value holds at most. Besides, one value in a few is a
            scalar nested as deep as the default limit allows.
    """
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.integers(-(10**60), 10**60)
        | st.sampled_from(_INTEGERS_AT_EDGES)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from(_FLOATS_AT_EDGES)
        | json_texts()
    )
    trees = st.recursive(scalars, _containers, max_leaves=max_leaves)
    wrappers = st.lists(st.none() | json_texts(), min_size=1, max_size=3)
    return trees | st.builds(_nested, scalars, wrappers, st.integers(1, DEFAULT_LIMITS.depth))


@cache
def canonical_documents(max_leaves: int = 20) -> SearchStrategy[bytes]:
    """Canonical bytes of arbitrary JSON values and of workflow-like ones."""
    return (json_values(max_leaves) | workflow_values()).map(to_canonical)


@cache
def workflow_values() -> SearchStrategy[dict[str, JsonValue]]:
    """Values shaped like GitHub Actions workflows, in any order of keys; most are valid ones."""
    named_jobs = st.lists(
        st.tuples(_names(), _job(), st.none() | st.integers(0, 2)),
        min_size=1,
        max_size=3,
        unique_by=lambda named: named[0],
    )
    optional = {
        "name": _phrases(),
        "run-name": _phrases(),
        "env": _environment(),
        "permissions": _permissions(),
        "concurrency": _concurrency(),
        "defaults": st.fixed_dictionaries({"run": st.fixed_dictionaries({"shell": _shells()})}),
    }
    return _mapping({"on": _triggers(), "jobs": named_jobs.map(_joined)}, optional)


def _containers(children: Values) -> Values:
    lists = st.lists(children, max_size=6)
    return lists | st.dictionaries(json_texts(), children, max_size=6)


def _nested(value: Any, wrappers: list[str | None], depth: int) -> Any:
    """`value` inside `depth` containers: a list for a wrapper None, an object for a key."""
    for key in islice(cycle(wrappers), depth):
        value = [value] if key is None else {key: value}
    return value


# Workflows --------------------------------------------------------------------------------------


def _joined(named_jobs: list[tuple[str, dict[str, Any], int | None]]) -> dict[str, Any]:
    """Jobs by name; a number makes a job need the one at that place, if it stands before it."""
    names = [name for name, _, _ in named_jobs]
    jobs = {}
    for index, (name, job, needed) in enumerate(named_jobs):
        needs = {} if needed is None or needed >= index else {"needs": names[needed]}
        jobs[name] = needs | job
    return jobs


def _mapping(required: Mapping[str, Values], optional: Mapping[str, Values]) -> Values:
    """An object with all of `required` and some of `optional`, in varied order."""
    values = st.fixed_dictionaries(dict(required), optional=dict(optional))
    # A rotation costs one draw where a permutation of ten keys costs nine.
    return st.builds(_rotated, values, st.integers(0, len(required) + len(optional) - 1))


def _rotated(value: dict[str, Any], by: int) -> dict[str, Any]:
    keys = list(value)
    by %= len(keys) or 1
    return {key: value[key] for key in keys[by:] + keys[:by]}


@cache
def _names() -> SearchStrategy[str]:
    common = st.sampled_from(
        ["build", "test", "lint", "deploy", "release", "docs", "build-and-test"]
    )
    return common | st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)


@cache
def _phrases() -> SearchStrategy[str]:
    fixed = st.sampled_from(["CI", "Build & test", "Release: ${{ github.ref_name }}", "Größe 🚀"])
    return fixed | st.text("abcXYZ 019-_.,:#'\"&()é→", min_size=1, max_size=24)


@cache
def _expressions() -> SearchStrategy[str]:
    contexts = ["github.ref", "matrix.os", "secrets.TOKEN", "env.A", "inputs.level", "runner.os"]
    return st.sampled_from(contexts).map(lambda context: f"${{{{ {context} }}}}")


@cache
def _shells() -> SearchStrategy[str]:
    return st.sampled_from(["bash", "pwsh", "python", "bash -l {0}"])


@cache
def _scalars() -> Values:
    versions = st.sampled_from(["3.10", "3.12", "20", "1.x", "latest", "yes", "on", "0o7", "12:30"])
    return st.booleans() | st.integers(-5, 5000) | st.floats(0, 4) | versions | _expressions()


@cache
def _environment() -> Values:
    names = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=8)
    return st.dictionaries(names, _scalars() | _phrases(), min_size=1, max_size=3)


@cache
def _permissions() -> Values:
    scopes = st.sampled_from(["contents", "packages", "issues", "pages", "pull-requests"])
    levels = st.sampled_from(["read", "write", "none"])
    return st.sampled_from(["read-all", "write-all"]) | st.dictionaries(scopes, levels, max_size=3)


@cache
def _concurrency() -> Values:
    group = st.just("${{ github.workflow }}-${{ github.ref }}")
    return group | _mapping({"group": group}, {"cancel-in-progress": st.booleans()})


@cache
def _triggers() -> Values:
    """The three forms of `on`: one event, a list of events, events with their filters."""
    events = st.sampled_from(["push", "pull_request", "workflow_dispatch", "release"])
    several = st.lists(events, min_size=1, max_size=3, unique=True)
    globs = st.lists(
        st.sampled_from(["main", "release/**", "v[0-9]+.*", "!docs/**", "**.md", "*"]),
        min_size=1,
        max_size=3,
    )
    filters = _mapping({}, {"branches": globs, "paths": globs, "tags-ignore": globs})
    crons = st.sampled_from(["0 3 * * 1", "*/15 * * * *", "30 5 1,15 * *"])
    inputs = st.dictionaries(_names(), _input(), min_size=1, max_size=2)
    filtered = _mapping(
        {"push": st.none() | filters},
        {
            "pull_request": st.none() | filters,
            "schedule": st.lists(st.fixed_dictionaries({"cron": crons}), min_size=1, max_size=2),
            "workflow_dispatch": st.none() | st.fixed_dictionaries({"inputs": inputs}),
            "release": st.just({"types": ["published"]}),
        },
    )
    return events | several | filtered


@cache
def _input() -> Values:
    choice = st.just({"type": "choice", "options": ["debug", "info"], "default": "info"})
    plain = {"type": st.sampled_from(["string", "environment"]), "description": _phrases()}
    flag = {"type": st.just("boolean"), "default": st.booleans()}
    return choice | _mapping(plain, {"required": st.booleans()}) | _mapping(flag, {})


@cache
def _job() -> Values:
    optional = {
        "name": _phrases(),
        "if": st.sampled_from(
            ["always()", "github.ref == 'refs/heads/main'", "${{ !cancelled() }}"]
        ),
        "permissions": _permissions(),
        "env": _environment(),
        "strategy": _strategy(),
        "timeout-minutes": st.integers(1, 360),
        "continue-on-error": st.booleans(),
        "container": st.sampled_from(["node:20", "ghcr.io/a/b@sha256:0f"]),
        "services": st.just({"db": {"image": "postgres:16", "ports": ["5432:5432"]}}),
        "outputs": st.just({"tag": "${{ steps.meta.outputs.tags }}"}),
    }
    steps = st.lists(_step(), min_size=1, max_size=3)
    return _mapping({"runs-on": _runners(), "steps": steps}, optional)


@cache
def _runners() -> Values:
    hosted = st.sampled_from(["ubuntu-latest", "ubuntu-24.04", "macos-14", "windows-latest"])
    own = st.just(["self-hosted", "linux", "x64"])
    return hosted | own | st.just("${{ matrix.os }}")


@cache
def _strategy() -> Values:
    axis = st.lists(_scalars(), min_size=1, max_size=3)
    extra = st.lists(st.dictionaries(_names(), _scalars(), min_size=1), min_size=1, max_size=2)
    axes = st.dictionaries(_names(), axis, min_size=1, max_size=2)
    matrix = st.builds(lambda a, include: a | include, axes, _mapping({}, {"include": extra}))
    return _mapping(
        {"matrix": matrix}, {"fail-fast": st.booleans(), "max-parallel": st.integers(1, 9)}
    )


@cache
def _step() -> Values:
    common = {
        "name": _phrases(),
        "id": _names(),
        "if": st.sampled_from(["failure()", "matrix.os != 'windows-latest'", "${{ success() }}"]),
        "env": _environment(),
    }
    actions = [
        "actions/checkout@v4",
        "actions/setup-python@v5",
        "./.github/actions/a",
        "docker://a:1",
    ]
    settings = st.dictionaries(_names(), _scalars() | _phrases(), max_size=3)
    uses = _mapping({"uses": st.sampled_from(actions)}, common | {"with": settings})
    run = _mapping(
        {"run": _scripts()}, common | {"shell": _shells(), "working-directory": _names()}
    )
    return uses | run


@cache
def _scripts() -> SearchStrategy[str]:
    lines = [
        "pip install -e '.[dev]'", "echo \"a=${{ matrix.os }}\" >> $GITHUB_OUTPUT", "make test",
        "", "if [ -n \"$A\" ]; then", "  exit 1", "fi", "\tindented by a tab", "# comment: x",
        "trailing blank ", "cat <<'EOF'", "printf '%s\\n' \"é 🚀\"",
    ]  # fmt: skip
    bodies = st.lists(st.sampled_from(lines), min_size=1, max_size=6).map("\n".join)
    return st.builds(lambda body, end: body + end, bodies, st.sampled_from(["", "\n", "\n\n"]))
