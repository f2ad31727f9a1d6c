"""Against lists: floats in order, binades, and how many texts go on from some first bytes."""

from __future__ import annotations

import math
import random
from decimal import Decimal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfgen_tct.formulas import Above, AtLeast, AtMost, Equals, IsInteger, MultipleOf
from wfgen_tct.scalars.number_divisors import Divisors
from wfgen_tct.scalars.number_doubles import (
    FIRST_EXPONENT,
    INFINITE,
    LAST_EXPONENT,
    Mark,
    binade,
    binade_at,
    count_fine,
    decimal_at,
    first_double,
    is_decimal_of_float,
    shortest_decimal,
)
from wfgen_tct.scalars.number_longest import exponents_of
from wfgen_tct.scalars.number_texts import EXPONENTS
from wfgen_tct.scalars.numbers import NumberAssertion, NumberMachine

steps = st.one_of(st.integers(-1074, 971), st.integers(-70, 20), st.sampled_from([-1074, -1073]))
places = st.one_of(
    st.integers(1, INFINITE - 1),
    st.integers(1, 1000),
    st.integers(INFINITE - 100, INFINITE - 1),
    st.integers(1, 2046).map(lambda power: power << 52),
)


# Floats and their decimals ----------------------------------------------------------------------


@given(st.floats(min_value=0, allow_infinity=False), st.integers(-30, 30))
def test_orjson_and_repr_choose_the_same_decimal(number: float, power: int) -> None:
    for each in (number, math.ldexp(random.Random(power).getrandbits(53), power)):
        digits, grid = shortest_decimal(each)
        assert Decimal(digits).scaleb(grid) == Decimal(orjson.dumps(each).decode())


@given(places)
def test_the_first_float_behind_a_mark(place: int) -> None:
    digits, grid = decimal_at(place)
    assert first_double(Mark(digits, grid, False)) == place
    assert first_double(Mark(digits, grid, True)) == place + 1
    finer = Mark(digits * 10**30 + 1, grid - 30, False)
    assert first_double(finer) == place + 1
    finer = Mark(digits * 10**30 - 1, grid - 30, True)
    assert first_double(finer) == place
    assert is_decimal_of_float(digits, grid)
    assert not is_decimal_of_float(digits * 10**30 + 1, grid - 30)


@settings(deadline=None)
@given(steps)
def test_two_grids_hold_the_decimals_of_a_binade(step: int) -> None:
    part = binade(step)
    sizes = []
    for grid in (part.grid, part.grid - 1):
        low, high = part.low.first_on(grid), part.high.first_on(grid) - 1
        coarse = grid == part.grid
        sizes.append(high - low + 1 if coarse else count_fine(low, high, 1, step))
    least = step == -1074
    assert sum(sizes) == 2**53 - 1 if least else 2**52 - 1
    assert (
        part.power is None
        if least
        else decimal_at(part.power) == shortest_decimal(math.ldexp(1.0, step + 52))
    )
    assert binade_at(part.power or 1) == step


@settings(deadline=None)
@given(
    steps,
    st.floats(0, 1),
    st.integers(1, 300),
    st.sampled_from([1, 2, 3, 4, 5, 7, 10, 15, 20, 101]),
)
def test_decimals_on_the_fine_grid_are_counted(
    step: int, where: float, size: int, unit: int
) -> None:
    part = binade(step)
    grid = part.grid - 1
    first, last = part.low.first_on(grid), part.high.first_on(grid) - 1
    low = first + int((last - first) * where)
    high = min(low + size, last)
    points = (each for each in range(low, high + 1) if each % 10 and each % unit == 0)
    number = sum(is_decimal_of_float(each, grid) for each in points)
    assert count_fine(low, high, unit, step) == number


@settings(deadline=None)
@given(st.one_of(st.integers(10**16, 10**17), places.map(lambda place: decimal_at(place)[0])))
def test_exponents_that_make_a_float_of_17_digits(digits: int) -> None:
    if len(str(digits)) != 17 or digits % 10 == 0:
        return
    exponents = range(FIRST_EXPONENT, LAST_EXPONENT + 1)
    expected = [each for each in exponents if is_decimal_of_float(digits, each - 16)]
    assert sorted(exponents_of(digits, ((FIRST_EXPONENT, LAST_EXPONENT),))) == expected
    assert list(exponents_of(digits, ((5, 5),))) == [each for each in expected if each == 5]


def test_exponent_texts_are_those_of_orjson() -> None:
    texts = {orjson.dumps(float(f"1e{e}"))[2:].decode(): e for e in range(-323, 309)}
    for text, exponent in texts.items():
        if exponent < -5 or exponent > 15:
            assert any(first == exponent for first, _ in EXPONENTS[text])
            assert all(text[:size] in EXPONENTS for size in range(len(text)))
    assert sum(last - first + 1 for first, last in EXPONENTS[""]) == 319 + 293


# Divisors ---------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(1, 60), max_size=5, unique=True),
    st.integers(1, 10_000),
    st.integers(0, 300),
)
def test_patterns_are_found_and_counted(numbers: list[int], low: int, size: int) -> None:
    divisors = Divisors([Decimal(each) for each in numbers])
    shown = [divisors.pattern(each, 0) for each in range(low, low + size)]
    for pattern in divisors.patterns:
        case = divisors.case(pattern, 0)
        assert (case is not None and case.is_met(low, low + size - 1)) == (pattern in shown)
        assert divisors.count(pattern, 0, low, low + size - 1) == shown.count(pattern)
    assert set(shown) <= set(divisors.patterns)


# Texts ------------------------------------------------------------------------------------------

COUNTED: list[list[NumberAssertion]] = [
    [],
    [IsInteger()],
    [MultipleOf(Decimal(7)), MultipleOf(Decimal("1e-15"))],
    [MultipleOf(Decimal("1e-16")), MultipleOf(Decimal("3e-16")), AtLeast(Decimal("0.3"))],
    [MultipleOf(Decimal("0.1")), IsInteger(), MultipleOf(Decimal("0.25"))],
    [AtMost(Decimal("1234567890123.4")), MultipleOf(Decimal("0.002")), Equals(Decimal("0.5"))],
]


@pytest.mark.parametrize("assertions", COUNTED, ids=str)
@settings(deadline=None)
@given(st.floats(0.01, 9e15).filter(lambda x: not 1 <= x < 10), st.integers(0, 2**32))
def test_floats_of_a_prefix_are_counted(
    assertions: list[NumberAssertion], number: float, seed: int
) -> None:
    """Of a prefix with a point, whose floats are few enough for a list."""
    whole, _, fraction = orjson.dumps(number).decode().partition(".")
    digits = (fraction + str(seed)).ljust(20, "1")
    text = f"{whole}.{digits[: max(13 - len(whole.lstrip('0')), 1)]}"
    machine, state = NumberMachine(assertions), 1
    for byte in text.encode():
        state = machine.step(state, byte)
    listed = [0] * len(machine.outcomes)
    each = math.nextafter(math.nextafter(float(text), 0), 0)
    while each < math.nextafter(float(text) + 10.0 ** -len(text.partition(".")[2]), 1e300):
        written = orjson.dumps(each)
        if written.startswith(text.encode()):
            listed[machine.run(written)] += 1
        each = math.nextafter(each, math.inf)
    for goal, expected in enumerate(listed):
        assert machine.count(state, 1 << goal) == expected
        assert machine.reach(state) >> goal & 1 == (expected > 0)
    assert machine.count(state, machine.reach(machine.start)) == sum(listed)


def test_all_texts_of_bounded_integers_are_counted() -> None:
    port = [AtLeast(Decimal(1)), AtMost(Decimal(65535)), IsInteger()]
    machine = NumberMachine(port)
    good = machine.outcomes.index((True, True, True))
    assert machine.count(machine.start, 1 << good) == 2 * 65535  # 1 and 1.0
    assert machine.count(machine.start, (1 << len(machine.outcomes)) - 1) == math.inf
    digit = machine.step(machine.start, ord("6"))
    assert machine.count(digit, 1 << good) == 2 * (1 + 10 + 100 + 1000 + 5536)
    none = [Above(Decimal("1e-323")), AtMost(Decimal("2.5e-323"))]
    machine = NumberMachine(none)
    good = machine.outcomes.index((True, True))
    assert machine.count(machine.start, 1 << good) == 3  # 1.5e-323, 2e-323, 2.5e-323


def test_a_text_that_cannot_go_on_is_counted() -> None:
    machine = NumberMachine([IsInteger()])
    state = machine.start
    for byte in b"0.30000000000000004":
        state = machine.step(state, byte)
    outcome = machine.outcome(state)
    assert machine.outcomes[outcome] == (False,)
    assert machine.count(state, 1 << outcome) == 1
    assert machine.count(state, 1 << (1 - outcome)) == 0
    assert machine.reach(state) == 1 << outcome
    assert all(machine.step(state, byte) == -1 for byte in range(256))
