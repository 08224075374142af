"""Everything that a text says about time: the readers in their order, each leaving to the next what it did not read."""

from __future__ import annotations

from datetime import date

from .away import absent_before_it, read_away, read_away_before_it
from .clock import plain_clock
from .corrected import corrected
from .dates import dates_in, read_impossible
from .deadline import read_deadline
from .durations import durations
from .hours import read_hours
from .once import read_once
from .periods import read_periods
from .rhythm import read_rhythm
from .start import read_start
from .stated import StatedTime
from .tongues import in_english
from .unknown import read_unknown
from .weeks import read_only_week, read_this_week, read_weeks
from .words import plain_words
from .written import written


def read_time(text: str, today: date, language: str = "en") -> StatedTime:
    """Everything that a text states about time, as its writer typed it. A zero counts as nothing said."""
    stated = StatedTime()
    plain = corrected(plain_words(in_english(plain_clock(written(text)), language)))
    plain = read_periods(plain, stated)
    lasting = durations(plain)
    rest = plain.hide(*((d.start, d.end) for d in lasting))
    rest = read_only_week(rest, today, stated)
    dates = dates_in(rest, today, language)
    rest = read_away(rest, dates, today, stated)
    rest = read_start(rest, dates, today, stated)
    rest, lasting = read_once(rest, lasting, dates, today, stated)
    rest = read_deadline(rest, [d for d in dates if rest.text[d.start] != "\0"], today, stated)
    if stated.deadline:
        stated.days = (stated.deadline - today).days
    rest = read_impossible(rest, stated)
    rest = read_unknown(rest, stated)
    before_it = absent_before_it(rest)
    rest = rest.hide(*((absence.start, absence.end) for absence in before_it))
    rest = read_weeks(rest, today, stated)
    read_away_before_it(plain, before_it, today, stated)
    rest = read_this_week(rest, dates, today, stated)
    stretch = read_hours(rest, stated)
    read_rhythm(plain, rest, lasting, stated)
    if stretch and not (stated.minutes_per_session or stated.minutes_per_week):
        stated.minutes_per_session = stretch
    stated.used.sort(key=lambda span: span.start)
    return stated
