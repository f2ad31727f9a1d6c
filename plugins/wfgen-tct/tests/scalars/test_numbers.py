"""Against exact arithmetic: the language, outcomes, what is still within reach, and walks."""

from __future__ import annotations

import itertools
import math
import random
import struct
import time
from decimal import Decimal
from fractions import Fraction

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfgen.canonical import read_json, to_canonical
from wfgen.errors import DocumentError
from wfgen_tct.errors import GrammarLimitError
from wfgen_tct.formulas import Above, AtLeast, AtMost, Below, Equals, IsInteger, MultipleOf
from wfgen_tct.scalars.numbers import NumberAssertion, NumberMachine, texts_equal

ALPHABET = b"-0123456789.e+"


def is_canonical(text: bytes) -> bool:
    try:
        value = read_json(text)
        return type(value) in (int, float) and to_canonical(value) == text
    except DocumentError:
        return False


def holds(assertion: NumberAssertion, value: Fraction) -> bool:
    match assertion:
        case IsInteger():
            return value.denominator == 1
        case Equals(number):
            return value == Fraction(number)
        case AtLeast(bound):
            return value >= Fraction(bound)
        case Above(bound):
            return value > Fraction(bound)
        case AtMost(bound):
            return value <= Fraction(bound)
        case Below(bound):
            return value < Fraction(bound)
        case MultipleOf(divisor):
            return (value / Fraction(divisor)).denominator == 1


def truths(assertions: list[NumberAssertion], text: bytes) -> tuple[bool, ...]:
    value = Fraction(Decimal(text.decode()))
    return tuple(holds(assertion, value) for assertion in assertions)


def states_of(machine: NumberMachine, text: bytes) -> list[int]:
    """The states before every byte, and behind the last; up to the first that is none."""
    states = [machine.start]
    for byte in text:
        states.append(machine.step(states[-1], byte))
        if states[-1] == -1:
            break
    return states


def check(machine: NumberMachine, assertions: list[NumberAssertion], text: bytes) -> None:
    outcome = machine.run(text)
    states = states_of(machine, text)
    if not is_canonical(text):
        assert outcome == -1
        assert states[-1] == -1 or machine.outcome(states[-1]) == -1
        return
    assert machine.outcomes[outcome] == truths(assertions, text)
    assert machine.outcome(states[-1]) == outcome
    assert all(machine.reach(state) >> outcome & 1 for state in states)
    assert all(machine.count(state, 1 << outcome) >= 1 for state in states[-3:])


def walk(machine: NumberMachine, goal: int, rng: random.Random, haste: float) -> bytes:
    """A text with an outcome, any step towards it taken at random."""
    state, text = machine.start, b""
    while machine.outcome(state) != goal or rng.random() > haste:
        after = {b: machine.step(state, b) for b in ALPHABET}
        ways = [b for b, s in after.items() if s >= 0 and machine.reach(s) >> goal & 1]
        if not ways:
            break
        byte = rng.choice(ways)
        state, text = after[byte], text + bytes((byte,))
    assert machine.outcome(state) == goal, (text, goal)
    return text


# Assertions and numbers -------------------------------------------------------------------------

TELLING = [
    *("0", "1", "-1", "0.1", "0.5", "-0.5", "5", "10", "12.5", "99.99", "100", "255", "65535"),
    *("1e-5", "0.00001", "0.000099", "1e-6", "1e15", "1e16", "9999999999999998", "1e17"),
    *("9007199254740992", "9007199254740993", "4503599627370496.5", "1125899906842624.25"),
    *("5e-324", "4.94e-324", "2.2250738585072014e-308", "1e-310", "1e-400", "-1e-400"),
    *("1.7976931348623157e308", "1.8e308", "1e308", "1e400", "-1e400", "1e399", "-1e398"),
    *("9" * 400, "-" + "9" * 399, "1" * 1000, "0." + "3" * 1000, "1e999999", "1e-999999"),
]
DIVISORS = [
    *("1", "2", "3", "7", "10", "0.01", "0.1", "0.5", "0.25", "1e-8", "0.123456789", "1e-16"),
    *("1e-17", "3e-16", "64", "1024", "1.1", "12345678901234567891", "99999999999999999989"),
    *("1e16", "1e15", "1e300", "3e307", "5e-324", "1e-330", "7e-400", "1e500", "1e-15"),
    *("0.000011", "2.5e-7", "18446744073709551616", "3" * 300, "1e-999999", "1e999999"),
]
decimals = st.one_of(
    st.sampled_from(TELLING),
    st.integers(-1000, 1000).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**20), 10**20).map(str),
).map(Decimal)
divisors = st.one_of(
    st.sampled_from(DIVISORS),
    st.integers(1, 30).map(str),
    st.builds(lambda a, b: f"{a}e{b}", st.integers(1, 10**20), st.integers(-30, 5)),
).map(Decimal)
compared = st.one_of(
    *(st.builds(kind, decimals) for kind in (Equals, AtLeast, Above, AtMost, Below))
)
divided = st.one_of(st.just(IsInteger()), divisors.map(MultipleOf))
assertion_lists = st.builds(
    lambda some, others: [*some, *others],
    st.lists(compared, max_size=4),
    st.lists(divided, max_size=4),
)
doubles = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 0x7FEFFFFFFFFFFFFF).map(lambda n: struct.unpack("<d", struct.pack("<q", n))[0]),
    st.integers(-1074, 1023).map(lambda power: math.ldexp(1.0, power)),
    st.floats(1e-6, 1e17),
)
number_texts = st.one_of(
    doubles.map(orjson.dumps),
    st.integers(-(10**30), 10**30).map(lambda n: str(n).encode()),
    st.integers(1, 399).flatmap(lambda n: st.integers(-(10**n) + 1, 10**n)).map(to_canonical),
)
LISTS: list[list[NumberAssertion]] = [
    [],
    [IsInteger()],
    [AtLeast(Decimal(0))],
    [AtLeast(Decimal(1)), AtMost(Decimal(65535)), IsInteger()],
    [MultipleOf(Decimal("0.01"))],
    [Above(Decimal("-0.5")), Below(Decimal("1e-5")), Equals(Decimal(7)), MultipleOf(Decimal(7))],
    [MultipleOf(Decimal("1e-8")), MultipleOf(Decimal("0.123456789"))],
    [AtLeast(Decimal(10)), AtMost(Decimal(5)), Equals(Decimal("1e400"))],
]


# Short texts, all of them -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def short_texts() -> dict[bytes, bool]:
    """All texts of up to four symbols, and whether each is canonical."""
    texts = [bytes(t) for n in range(1, 5) for t in itertools.product(ALPHABET, repeat=n)]
    return {text: is_canonical(text) for text in texts}


@pytest.mark.parametrize("assertions", LISTS, ids=str)
def test_all_short_texts(assertions: list[NumberAssertion], short_texts: dict[bytes, bool]) -> None:
    machine = NumberMachine(assertions)
    states = {b"": machine.start}
    for text, is_number in short_texts.items():
        before = states.get(text[:-1], -1)
        state = machine.step(before, text[-1]) if before >= 0 else -1
        outcome = machine.run(text)
        assert (outcome >= 0) == is_number
        if state < 0:
            assert not is_number
            continue
        states[text] = state
        assert machine.outcome(state) == outcome
        assert machine.reach(state)
        if is_number:
            assert machine.outcomes[outcome] == truths(assertions, text)
            prefixes = (states[text[:size]] for size in range(len(text) + 1))
            assert all(machine.reach(prefix) >> outcome & 1 for prefix in prefixes)


def test_no_byte_but_these_is_ever_taken() -> None:
    machine = NumberMachine([])
    for text in (b"", b"-", b"1", b"0", b"0.", b"1.5", b"1.5e", b"1e+2", b"1" * 17):
        state = states_of(machine, text)[-1]
        assert all(machine.step(state, b) == -1 for b in range(256) if b not in ALPHABET)
    assert all(machine.run(bytes((b,))) == -1 for b in range(256) if not 48 <= b <= 57)


NO_NUMBERS = [
    *(b"", b"-", b"1_0", b" 1", b"1 ", b"nan", b"inf", b"-inf", b"null", b"true", b"0x1", b"\xb2"),
    *(
        b"-0",
        b"+1",
        b"01",
        b"1.",
        b".5",
        b"1.50",
        b"1.5E+20",
        b"1e5",
        b"1e+05",
        b"1e+",
        b"0.00001e1",
    ),
    *(b"1e400", b"1e+400", b"1" * 401, b"-" + b"1" * 400, b"12345678901234567.0", b"4e-324"),
    *(b"0.10000000000000000555", b"0.10000000000000001", b"9.0e+20", b"-.5", b"0.000001", b"\xff"),
]


@pytest.mark.parametrize("text", NO_NUMBERS, ids=repr)
def test_what_is_no_canonical_number(text: bytes) -> None:
    machine = NumberMachine([])
    assert machine.run(text) == -1
    check(machine, [], text)


# Any numbers ------------------------------------------------------------------------------------


@settings(deadline=None)
@given(assertion_lists, st.lists(number_texts, min_size=1, max_size=5))
def test_numbers_come_to_their_outcomes(
    assertions: list[NumberAssertion], texts: list[bytes]
) -> None:
    # Bounds past all numbers would make the fractions of the oracle very long.
    assertions = [a for a in assertions if "99999" not in str(a)]
    machine = NumberMachine(assertions)
    for text in texts:
        check(machine, assertions, text)


@settings(deadline=None)
@given(assertion_lists, st.integers(0, 2**32), st.sampled_from([0.1, 0.3, 1]))
def test_a_walk_arrives_where_reach_says(
    assertions: list[NumberAssertion], seed: int, haste: float
) -> None:
    rng, machine = random.Random(seed), NumberMachine(assertions)
    goals = range(len(machine.outcomes))
    for goal in rng.sample(goals, min(len(goals), 2)):
        text = walk(machine, goal, rng, haste)
        assert is_canonical(text)
        assert machine.run(text) == goal


@settings(deadline=None)
@given(assertion_lists, number_texts, st.integers(0, 12))
def test_what_follows_is_what_a_step_leads_to(
    assertions: list[NumberAssertion], text: bytes, cut: int
) -> None:
    """A state reaches what its end and its steps reach, and counts what they count."""
    machine = NumberMachine(assertions)
    state = states_of(machine, text[: max(len(text) - cut, 0)])[-1]
    outcome = machine.outcome(state)
    moves = {b: s for b in range(256) if (s := machine.step(state, b)) >= 0}
    assert list(machine.moves(state).items()) == list(moves.items())
    after = list(moves.values())
    reach = 0 if outcome < 0 else 1 << outcome
    for each in after:
        reach |= machine.reach(each)
    assert machine.reach(state) == reach
    for goal in range(len(machine.outcomes)):
        total = sum(machine.count(each, 1 << goal) for each in after) + (outcome == goal)
        number = machine.count(state, 1 << goal)
        assert number == total or (number == math.inf and total > 1_000_000)
        assert (number > 0) == (reach >> goal & 1)


# Outcomes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("assertions", "outcomes"),
    [
        ([], {""}),
        ([IsInteger()], {"0", "1"}),
        ([AtLeast(Decimal(3)), AtMost(Decimal(1))], {"00", "01", "10"}),
        ([Equals(Decimal("1e400"))], {"0"}),
        ([Equals(Decimal("9" * 400))], {"0", "1"}),
        ([Equals(Decimal("-" + "9" * 400))], {"0"}),
        ([Equals(Decimal("0.1234567890123456789"))], {"0"}),
        ([Above(Decimal("1.7976931348623157e308")), IsInteger()], {"00", "01", "11"}),
        ([Above(Decimal("1e16")), IsInteger()], {"00", "01", "11"}),
        # The last float with a fraction is 4503599627370495.5.
        ([AtLeast(Decimal("4503599627370495.5")), IsInteger()], {"00", "01", "10", "11"}),
        ([Above(Decimal("4503599627370495.5")), IsInteger()], {"00", "01", "11"}),
        ([AtMost(Decimal("5e-324")), Above(Decimal(0))], {"01", "10", "11"}),
        ([AtMost(Decimal("4e-324")), Above(Decimal(0))], {"01", "10"}),
        ([MultipleOf(Decimal(3)), MultipleOf(Decimal(6))], {"00", "10", "11"}),
        ([MultipleOf(Decimal("1e500")), Equals(Decimal(0))], {"00", "11"}),
        ([MultipleOf(Decimal("1e-341"))], {"1"}),
        # Floats of 17 digits that are multiples of 3e-16 are there, and those that are not.
        ([MultipleOf(Decimal("3e-16")), Above(Decimal("0.1")), Below(Decimal("0.2"))], None),
    ],
)
def test_outcomes(assertions: list[NumberAssertion], outcomes: set[str] | None) -> None:
    machine = NumberMachine(assertions)
    shown = {"".join(str(int(each)) for each in outcome) for outcome in machine.outcomes}
    assert len(shown) == len(machine.outcomes)
    if outcomes is not None:
        assert shown == outcomes
    assert NumberMachine(assertions).outcomes == machine.outcomes


def test_bounds_and_divisors_may_have_any_number_of_digits() -> None:
    assertions: list[NumberAssertion] = [
        *(AtLeast(Decimal("0E+999999")), Above(Decimal("0E-999999")), Equals(Decimal("-0"))),
        *(Above(Decimal("0.1" + "0" * 5000 + "1")), Equals(Decimal("-1e-999999"))),
        *(MultipleOf(Decimal("3" * 5000 + ".5")), Below(Decimal("-1e999999"))),
    ]
    machine = NumberMachine(assertions)
    for text in (b"0", b"-0.0", b"5e-324", b"-5e-324", b"0.1", b"0.10000000000000002", b"9" * 400):
        outcome = machine.outcomes[machine.run(text)]
        value = Decimal(text.decode())
        expected = (value >= 0, value > 0, not value, value > Decimal("0.1"), False, not value)
        assert outcome == (*expected, False)


def test_divisors_too_many_to_combine_are_an_error() -> None:
    primes = [p for p in range(2, 60) if all(p % q for q in range(2, p))]
    with pytest.raises(GrammarLimitError, match="1,024"):
        NumberMachine([MultipleOf(Decimal(prime)) for prime in primes])
    powers = NumberMachine([MultipleOf(Decimal(2**n)) for n in range(100)])
    assert len(powers.outcomes) == 101


def test_cases_too_many_are_an_error() -> None:
    with pytest.raises(GrammarLimitError, match="8,192"):
        NumberMachine([Equals(Decimal(number)) for number in range(9000)])
    with pytest.raises(GrammarLimitError, match="truth values"):
        NumberMachine([Equals(Decimal(number)) for number in range(2500)])


# Equal texts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "texts"),
    [
        ("1", (b"1", b"1.0")),
        ("-1.0", (b"-1", b"-1.0")),
        ("0", (b"0", b"0.0", b"-0.0")),
        ("-0.0", (b"0", b"0.0", b"-0.0")),
        ("1e22", (b"1" + b"0" * 22, orjson.dumps(1e22))),
        ("1e23", (b"1" + b"0" * 23, orjson.dumps(1e23))),
        ("9007199254740993", (b"9007199254740993",)),
        ("0.1", (b"0.1",)),
        ("0.10000000000000001", ()),
        ("1e400", ()),
        ("1e399", (b"1" + b"0" * 399,)),
        ("-1e399", ()),
        ("5e-324", (b"5e-324",)),
        ("4e-324", ()),
        ("1e-400", ()),
        ("1e999999", ()),
        ("-1e-999999", ()),
    ],
)
def test_texts_equal(number: str, texts: tuple[bytes, ...]) -> None:
    assert texts_equal(Decimal(number)) == texts


@given(number_texts)
def test_texts_equal_have_the_value(text: bytes) -> None:
    texts = texts_equal(Decimal(text.decode()))
    assert text in texts
    assert all(is_canonical(t) and Decimal(t.decode()) == Decimal(text.decode()) for t in texts)


# States and speed -------------------------------------------------------------------------------


@pytest.mark.parametrize("assertions", LISTS[:4], ids=str)
def test_states_are_shared_where_digits_no_longer_matter(
    assertions: list[NumberAssertion],
) -> None:
    machine, rng, states = NumberMachine(assertions), random.Random(1), set()
    for _ in range(40):
        digits = "".join(rng.choice("123456789") for _ in range(400))
        states.update(states_of(machine, digits.encode())[17:])
    assert len(states) == 384
    states = set()
    for _ in range(300):
        text = orjson.dumps(float(f"{rng.randrange(1, 10**15)}e{rng.randrange(17, 290)}"))
        states.update(states_of(machine, text)[text.index(b"e") + 2 :])
    assert len(states) < 100


def test_remainders_keep_long_integers_apart() -> None:
    machine, rng, states = NumberMachine([MultipleOf(Decimal(5))]), random.Random(1), set()
    for _ in range(40):
        states.add(states_of(machine, str(rng.randrange(10**19, 10**20)).encode())[-1])
    assert len(states) == 5


@pytest.mark.parametrize(
    "assertions",
    [
        *LISTS,
        [MultipleOf(Decimal(each)) for each in DIVISORS[15:19]],
        [MultipleOf(Decimal(p)) for p in (10**20 - 11, 10**20 - 27, 10**19 - 39, 10**19 - 57)],
        [AtLeast(Decimal(each)) for each in TELLING],
        [Equals(Decimal(each)) for each in TELLING],
        [Equals(Decimal(number)) for number in range(1000)],
        [MultipleOf(Decimal(each)) for each in ("1e-16", "3e-17", "7e-15")],
        [MultipleOf(Decimal("1234567890123456"))],
    ],
    ids=lambda assertions: str(assertions)[:80],
)
def test_nothing_takes_long(assertions: list[NumberAssertion]) -> None:
    begin = time.perf_counter()
    machine = NumberMachine(assertions)
    for text in (b"1", b"-", b"1.", b"1.5", b"1.5e", b"1e-3", b"0.000", b"12345678901234", b"0.1"):
        state = states_of(machine, text)[-1]
        machine.reach(state)
    assert time.perf_counter() - begin < 5
