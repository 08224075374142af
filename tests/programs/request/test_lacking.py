"""Topics that are far out of reach in the time there is are said to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.learner import profile_for
from studysmith.programs.request.complete import Completed, complete


@pytest.fixture
def filled(oracle: Any, today: date) -> Callable[[str], Completed]:
    return lambda text: complete(profile_for(text), oracle, curriculum(), today)


@pytest.mark.parametrize(
    "text",
    [
        "I can't add fractions yet. Get me to eigenvectors by tomorrow, ten minutes is all I've got.",
        "I never learned algebra. Integration by parts by tomorrow, 20 minutes in total.",
        "My son is in Grade 4. Chain rule by tomorrow, 15 minutes.",
    ],
)
def test_a_topic_far_beyond_what_is_known_is_impossible_in_minutes(
    filled: Callable[[str], Completed], text: str
) -> None:
    done = filled(text)
    assert "is impossible: it builds on" in " ".join(done.omissions)
    assert done.calendar
    assert done.unused == []


@pytest.mark.parametrize(
    "text",
    [
        "I can't add fractions yet. Eigenvectors by the end of the year, 5 hours a week.",
        "Grade 8. Slope by tomorrow, 30 minutes.",
        "I can't do fractions. Help me with fractions, 30 minutes tonight.",
        "Eigenvectors by tomorrow, 10 minutes.",
        "I can't add fractions yet. Eigenvectors please.",
    ],
)
def test_what_can_be_begun_in_the_time_is_not_called_impossible(filled: Callable[[str], Completed], text: str) -> None:
    assert "it builds on" not in " ".join(filled(text).omissions)
