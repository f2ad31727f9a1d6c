from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from wfgen.canonical import to_canonical
from wfgen.corpus.composer import _parts, compose, compose_many
from wfgen.corpus.composer.draws import below, ranked, some_of, weighted
from wfgen.corpus.composer.generators import GENERATORS
from wfgen.corpus.composer.template import ABSENT, Context, expand
from wfgen.corpus.schema import explain_invalid, is_schema_valid
from wfgen.corpus.yaml_writer import dump_yaml
from wfgen.errors import SettingError

DIGEST = """
import hashlib
from wfgen.canonical import to_canonical
from wfgen.corpus.composer import compose_many
print(hashlib.sha256(b"".join(map(to_canonical, compose_many(25, 7)))).hexdigest())
"""
# Fragments that code takes by name.
SHARED_BY_CODE = [
    {"$use": name}
    for name in ("concurrency-ci", "disk-space", "early-step", "gate", "harden", "late-step")
] + [{"$use": "notify"}, {"$use": "permissions-read"}]


def draw(template: Any, *, seed: int = 0, **slots: Any) -> Any:
    return expand(template, context(seed, slots=slots))


def context(seed: int = 0, **members: Any) -> Context:
    return Context(rng=Random(seed), **{"fragments": {}, "slots": {}} | members)


# Workflows ---------------------------------------------------------------------------------------


def test_composed_workflows_are_schema_valid() -> None:
    for seed in range(200):
        value = compose(seed)
        assert is_schema_valid(value), (seed, explain_invalid(value))


def test_composed_workflows_are_lint_clean(tmp_path: Path) -> None:
    actionlint = shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("no actionlint on the path")
    for seed in range(300):
        (tmp_path / f"{seed}.yml").write_text(dump_yaml(compose(seed)), encoding="utf-8")
    files = [f"{seed}.yml" for seed in range(300)]
    lint = [actionlint, "-shellcheck=", "-pyflakes=", "-no-color", *files]
    out = subprocess.run(lint, capture_output=True, text=True, cwd=tmp_path)
    assert (out.returncode, out.stdout) == (0, "")


def test_of_1000_compositions_at_least_950_are_distinct() -> None:
    texts = {to_canonical(value) for value in compose_many(1000, 0)}
    assert len(texts) >= 950


def test_compositions_vary_in_events_jobs_and_actions() -> None:
    events, jobs, actions = Counter[str](), Counter[int](), Counter[str]()
    for value in compose_many(300, 1):
        on: Any = value["on"]
        events.update([on] if isinstance(on, str) else list(on))
        workflow_jobs: Any = value["jobs"]
        jobs[len(workflow_jobs)] += 1
        for job in workflow_jobs.values():
            actions.update(s["uses"].split("@")[0] for s in job.get("steps", ()) if "uses" in s)
    assert len(events) >= 12
    assert len(jobs) >= 5
    assert len(actions) >= 60
    assert actions.most_common(1)[0][0] == "actions/checkout"


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_other_processes_compose_the_same(hash_seed: str) -> None:
    script = [sys.executable, "-c", DIGEST]
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    out = subprocess.run(script, capture_output=True, text=True, env=env, check=True)
    here = hashlib.sha256(b"".join(map(to_canonical, compose_many(25, 7)))).hexdigest()
    assert out.stdout.strip() == here


def test_a_composition_can_be_changed_without_changing_the_next() -> None:
    before = to_canonical(compose(3))
    value: Any = compose(3)
    for job in value["jobs"].values():
        job.get("steps", []).clear()
    value["jobs"].clear()
    assert to_canonical(compose(3)) == before


def test_more_compositions_begin_with_the_same_ones() -> None:
    assert list(compose_many(20, 5))[:8] == list(compose_many(8, 5))
    assert list(islice(compose_many(10**9, 5), 8)) == list(compose_many(8, 5))


def test_neighbouring_seeds_share_no_workflows() -> None:
    one, two = ({to_canonical(v) for v in compose_many(50, seed)} for seed in (1, 2))
    assert not one & two


def test_needs_name_jobs_that_are_there() -> None:
    for value in compose_many(300, 2):
        jobs: Any = value["jobs"]
        for job in jobs.values():
            needs = job.get("needs", [])
            assert {*([needs] if isinstance(needs, str) else needs)} <= jobs.keys()


def test_no_slot_is_left_over() -> None:
    for value in compose_many(300, 3):
        assert b"<<" not in to_canonical(value).replace(b"<<< ", b"").replace(b"<<'EOF'", b"")


def test_a_negative_count_or_seed_is_refused() -> None:
    with pytest.raises(SettingError, match="count"):
        compose_many(-1, 0)
    with pytest.raises(SettingError, match="seed"):
        compose(-1)


# Draws and templates -----------------------------------------------------------------------------


def test_ranked_prefers_what_stands_first() -> None:
    rng = Random(0)
    counts = Counter(ranked(rng, "abcd") for _ in range(4000))
    # Weights 1, 1/2, 1/3, 1/4 over 25/12: expected shares 0.48, 0.24, 0.16 and 0.12.
    assert counts["a"] == pytest.approx(1920, rel=0.1)
    assert counts["d"] == pytest.approx(480, rel=0.2)


def test_weight_0_is_never_drawn() -> None:
    rng = Random(0)
    assert {weighted(rng, "abc", [1, 0, 1]) for _ in range(500)} == {"a", "c"}


def test_below_reaches_all_and_only_its_numbers() -> None:
    rng = Random(0)
    assert {below(rng, 5) for _ in range(500)} == set(range(5))


def test_some_of_keeps_the_order_and_the_minimum() -> None:
    for seed in range(100):
        kept = some_of(Random(seed), "abcdef", 0.1, 2)
        assert len(kept) >= 2
        assert kept == sorted(kept)


def test_a_slot_is_drawn_once_and_a_fresh_one_each_time() -> None:
    words = {"$any": [str(i) for i in range(1000)]}
    value = draw(["<<w>>", "<<w>>", "<<w!>>"], w=words)
    assert value[0] == value[1] != value[2]


def test_a_whole_slot_keeps_its_type_and_a_part_is_text() -> None:
    assert draw({"a": "<<n>>", "b": "v<<n>>"}, n=3) == {"a": 3, "b": "v3"}


def test_what_is_nothing_disappears_but_null_stays() -> None:
    nothing = {"$maybe": 1, "$chance": 0}
    assert draw({"a": nothing, "b": None, "c": [nothing], "d": {}}) == {"b": None, "d": {}}
    assert draw([nothing]) is ABSENT


def test_a_list_in_a_list_is_spliced() -> None:
    assert draw([1, {"$pick": [[2, 3]]}, 4]) == [1, 2, 3, 4]


def test_by_follows_another_slot() -> None:
    template = {"$by": "<<tool>>", "npm": "npx", "yarn": "yarn"}
    assert draw(template, tool="yarn") == "yarn"
    assert draw(template, tool="bun") is ABSENT


def test_from_takes_one_of_a_drawn_list() -> None:
    assert {draw({"$from": "<<list>>"}, seed=s, list=[1, 2, 3]) for s in range(50)} == {1, 2, 3}


def test_a_child_context_draws_shared_slots_in_its_parent() -> None:
    words = {"$any": [str(i) for i in range(1000)]}
    base = context(slots={"w": words, "own": "outer"})
    one, two = base.child({"own": "inner"}), base.child({})
    assert expand("<<w>> <<own>>", one) == f"{expand('<<w>>', two)} inner"
    assert expand("<<own>>", two) == "outer"


def test_an_unknown_slot_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        draw("<<nowhere>>")


def test_every_part_is_used_and_every_action_has_a_version() -> None:
    parts = _parts()
    text = json.dumps([parts.blueprints, parts.slots, parts.fragments, SHARED_BY_CODE])
    slots = set(re.findall(r"<<([a-z0-9_]+)!?>>", text))
    own = {slot for b in parts.blueprints.values() for slot in b.get("slots", {})}
    jobs = {f"job_{role}" for b in parts.blueprints.values() for role in b["jobs"]}
    assert (parts.slots.keys() | own | GENERATORS.keys()) - slots - {"runner"} == set()
    assert slots - parts.slots.keys() - own - GENERATORS.keys() - jobs == set()
    assert set(re.findall(r'"\$use": "([^"]+)"', text)) == parts.fragments.keys()
    assert set(re.findall(r'"uses": "([^"@<$]+)"', text)) == parts.versions.keys()
