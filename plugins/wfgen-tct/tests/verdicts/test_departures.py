"""Where the other validator departs from the specification, each with what reproduces it."""

import jsonschema_rs
import pytest

# In ECMA 262, `.` is every character but the four that end lines; jsonschema-rs has one of them.
_LINE_ENDS = ["\r", "\u2028", "\u2029"]

# Patterns of ECMA 262 that jsonschema-rs refuses: text that matches, and text that does not.
_REFUSED = [
    (r"[\b]", "\b", "b"),
    ("[^]", "\n", ""),
    (r"^\0$", "\0", "0"),
    (r"^[\d-x]$", "-", "y"),
    ("^a{,2}$", "a{,2}", "aa"),
]


@pytest.mark.parametrize("end", _LINE_ENDS)
@pytest.mark.parametrize("pattern", [".", "^.$", "a.b"])
def test_a_dot_matches_no_end_of_a_line(end, pattern, subject):
    one = subject({"type": "string", "pattern": pattern})
    text = f"a{end}b" if pattern == "a.b" else end
    assert one.is_valid(text)  # the departure
    assert not one.accepts(text)
    assert not one.accepts("a\nb" if pattern == "a.b" else "\n")


@pytest.mark.parametrize(("pattern", "good", "bad"), _REFUSED)
def test_patterns_that_only_we_read(pattern, good, bad, subject, monkeypatch):
    schema = {"type": "string", "pattern": pattern}
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validator_for(schema)
    monkeypatch.setattr(jsonschema_rs, "validator_for", lambda *_, **__: _Nobody)
    one = subject(schema)
    assert one.accepts(good)
    assert not one.accepts(bad)


class _Nobody:
    is_valid = None


_NUMBERS = [0, 1, -1, 2**53, 2**53 + 1, 2**63, 2**64 + 1, 10**30, 1.0, 1e16, 1e20, 1e300, 0.1]
_NUMBERS += [0.3, 0.30000000000000004, 5e-324, -0.0, 123456789012345678901234567890, 4.35, 1.15]
_SAID = [{"multipleOf": n} for n in (0.1, 0.01, 0.3, 2, 1.1, 1e-7, 10**20)]
_SAID += [{name: n} for name in ("minimum", "exclusiveMaximum", "const") for n in _NUMBERS]


@pytest.mark.parametrize("said", _SAID, ids=str)
def test_no_number_departs(said, subject):
    one = subject({"type": "number", **said})
    one.check(_NUMBERS)
