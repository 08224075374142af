"""Words that only join what was read are not listed as something that was ignored."""

from datetime import date

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.learner import profile_for
from studysmith.programs.request.complete import Completed, complete
from studysmith.programs.request.spans import Span
from studysmith.programs.request.time.event import events_read


def read(text: str) -> Completed:
    def unasked(calls: object) -> list[dict[str, str]]:
        raise AssertionError("rules read this alone")

    return complete(profile_for(text), unasked, curriculum(), date(2026, 1, 5))


@pytest.mark.parametrize(
    "text",
    [
        "Ich brauche Hilfe mit Bruchrechnung, Klasse 6, die Arbeit ist am 30. Januar. Ich mag Fußball.",
        "Wir schreiben eine Mathearbeit am 20. Januar, lineare Gleichungen. Mein Sohn mag Züge.",
        "Necesito ayuda con fracciones. Me gusta el fútbol.",
    ],
)
def test_what_announces_a_wish_or_an_exam_is_read_with_it(text: str) -> None:
    done = read(text)
    assert not [words for words in done.unused if "mag" in words or "rbeit" in words or "gusta" in words]


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        ("fractions, 45 minutes every other day, not at weekends", 3),
        ("fractions, every other day for 20 minutes, never on Sunday", 3),
        ("fractions, 45 minutes every other day", 4),
    ],
)
def test_every_other_day_of_the_days_that_are_left(text: str, sessions: int) -> None:
    assert read(text).sessions_per_week == sessions


def test_work_is_no_exam() -> None:
    assert not events_read("Nach der Arbeit, bis zum 30. Januar", [Span(17, 35, "deadline")])
    assert events_read("Die Arbeit ist am 30. Januar", [Span(15, 28, "deadline")])
