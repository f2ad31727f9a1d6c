"""Slots that a function makes: cron lines, hashes, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final

from wfgen.canonical import JsonValue
from wfgen.corpus.composer.draws import any_of, below, ranked
from wfgen.corpus.composer.template import Generator

__all__ = ["GENERATORS"]

_DAYS = ("0", "1", "1-5", "6", "2", "3", "4", "5", "2,4", "MON", "SUN")


def _minute_and_hour(rng: Random) -> str:
    minute = any_of(rng, (0, 0, 0, 15, 30, below(rng, 60)))
    return f"{minute} {below(rng, 24)}"


def _cron_daily(rng: Random) -> JsonValue:
    return f"{_minute_and_hour(rng)} * * *"


def _cron_weekly(rng: Random) -> JsonValue:
    return f"{_minute_and_hour(rng)} * * {ranked(rng, _DAYS)}"


def _cron_monthly(rng: Random) -> JsonValue:
    return f"{_minute_and_hour(rng)} {1 + below(rng, 28)} * *"


def _cron_hourly(rng: Random) -> JsonValue:
    return f"{below(rng, 60)} */{any_of(rng, (1, 2, 3, 4, 6, 8, 12))} * * *"


def _cron(rng: Random) -> JsonValue:
    return ranked(rng, (_cron_daily, _cron_weekly, _cron_hourly, _cron_monthly))(rng)


def _sha(rng: Random) -> JsonValue:
    return "".join(any_of(rng, "0123456789abcdef") for _ in range(40))


def _patch(rng: Random) -> JsonValue:
    return 1 + below(rng, 9)


def _percentage(rng: Random) -> JsonValue:
    return 60 + 5 * below(rng, 8)


GENERATORS: Final[Mapping[str, Generator]] = {
    "cron": _cron,
    "cron_daily": _cron_daily,
    "cron_weekly": _cron_weekly,
    "patch": _patch,
    "percentage": _percentage,
    "sha": _sha,
}
