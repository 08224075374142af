"""Time in other languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from studysmith.programs.request.time.read import read_time

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("es", "media hora los martes y jueves, el examen es el 30 de enero",
         {"minutes_per_session": 30, "on": {1, 3}, "deadline": date(2026, 1, 30)}),
        ("es", "estoy de vacaciones del 1 al 5 de febrero, 45 minutos tres veces por semana",
         {"minutes_per_session": 45, "sessions_per_week": 3, "away": [(date(2026, 2, 1), date(2026, 2, 5))]}),
        ("es", "15 minutos al día de lunes a viernes", {"minutes_per_session": 15, "on": {0, 1, 2, 3, 4}}),
        ("de", "Klausur am 27.1., anderthalb Stunden am Samstag",
         {"deadline": date(2026, 1, 27), "minutes_per_session": 90, "on": {5}}),
        ("de", "ich habe noch 4 Wochen, täglich 20 Minuten außer sonntags",
         {"weeks": 4, "sessions_per_week": 6, "not_on": {6}}),
        ("de", "5 Unterrichtsstunden à 45 min", {"total_minutes": 225}),
        ("fr", "je bloque depuis trois semaines, le bac blanc est le 9 février, 1h30 le mercredi et 1h le dimanche",
         {"deadline": date(2026, 2, 9), "weeks": None, "minutes_per_week": 150, "on": {2, 6}}),
        ("fr", "une demi-heure tous les soirs sauf le dimanche", {"minutes_per_session": 30, "sessions_per_week": 6}),
        ("pt", "tenho 8 semanas, 1 hora por dia menos domingo", {"weeks": 8, "minutes_per_session": 60, "not_on": {6}}),
        ("pt", "prova dia 20 de março, de segunda a sexta", {"deadline": date(2026, 3, 20), "on": {0, 1, 2, 3, 4}}),
        ("en", "每周三次,每次40分钟,3月20日考试",
         {"sessions_per_week": 3, "minutes_per_session": 40, "deadline": date(2026, 3, 20)}),
        ("en", "每天15分钟,周末不学", {"minutes_per_session": 15, "sessions_per_week": 5, "not_on": {5, 6}}),
        ("de", "Osterferien vom 30.3. bis 10.4., Abitur im Mai",
         {"away": [(date(2026, 3, 30), date(2026, 4, 10))], "deadline": date(2026, 5, 1)}),
        ("de", "20 Minuten vor der Schule, Mo bis Do", {"on": {0, 1, 2, 3}, "hours": "vor der Schule"}),
        ("de", "45 min Di und Do", {"on": {1, 3}, "minutes_per_session": 45}),
        ("de", "Klausur am 15.", {"deadline": date(2026, 1, 15)}),
        ("pt", "tenho prova de frações dia 15", {"deadline": date(2026, 1, 15)}),
        ("es", "examen el 15", {"deadline": date(2026, 1, 15)}),
        ("en", "分数,三月二十三号考试", {"deadline": date(2026, 3, 23)}),
        ("en", "每天下午五点学二十五分钟", {"minutes_per_session": 25, "hours": "下午五点"}),
        ("fr", "le samedi matin, une heure", {"on": {5}, "hours": "matin", "minutes_per_session": 60}),
        ("fr", "mardi matin et jeudi matin, 20 minutes", {"on": {1, 3}, "sessions_per_week": 2}),
        ("es", "los sábados por la mañana", {"on": {5}, "hours": "por la mañana"}),
        ("es", "los lunes en la tarde, media hora", {"on": {0}, "hours": "en la tarde", "sessions_per_week": 1}),
        ("de", "samstags morgens", {"on": {5}, "hours": "morgens"}),
        ("de", "30 Minuten dienstags abends", {"on": {1}, "hours": "abends", "sessions_per_week": 1}),
        ("de", "am Samstagvormittag eine Stunde", {"on": {5}, "hours": "vormittag", "sessions_per_week": 1}),
        ("pt", "aos sábados de manhã", {"on": {5}, "hours": "de manhã"}),
        ("pt", "às quintas pela tarde", {"on": {3}, "hours": "pela tarde"}),
        ("en", "周六上午", {"on": {5}, "hours": "上午"}),
        ("en", "周三中午三十分钟", {"on": {2}, "hours": "中午", "minutes_per_session": 30}),
        ("xx", "30 de enero", {"deadline": None}),
    ],
)  # fmt: skip
def test_other_languages(language: str, text: str, said: dict[str, Any]) -> None:
    read = read_time(text, MONDAY, language)
    assert {name: getattr(read, name) for name in said} == said


def test_the_account_is_in_the_words_that_were_typed() -> None:
    text = "media hora  los martes"
    assert [text[s.start : s.end] for s in read_time(text, MONDAY, "es").used] == ["media hora", "martes"]


@pytest.mark.parametrize(
    ("text", "language", "minutes", "sessions"),
    [
        ("una hora al dia", "es", 60, 7),
        ("taeglich 20 Minuten", "de", 20, 7),
        ("20 min, fuenf mal pro Woche", "de", 20, 5),
        ("deux seances par semaine, 30 minutes", "fr", 30, 2),
        ("tres vezes por semana, 30 minutos", "pt", 30, 3),
        ("20 minutes, 3x pro Woche", "en", 20, 3),
        ("slope, 20 min, tres veces por semana", "en", 20, 3),
    ],
)
def test_words_without_accents_and_in_a_text_of_another_language_mean_the_same(
    text: str, language: str, minutes: int, sessions: int
) -> None:
    read = read_time(text, date(2026, 1, 5), language)
    assert (read.minutes_per_session, read.sessions_per_week) == (minutes, sessions)


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("examen a finales de febrero", "es", date(2026, 2, 28)),
        ("hasta principios de marzo", "es", date(2026, 3, 1)),
        ("Klausur Ende Februar", "de", date(2026, 2, 28)),
        ("bis Mitte März", "de", date(2026, 3, 15)),
        ("Klausur am Freitag in einer Woche", "de", date(2026, 1, 16)),
        ("contrôle fin février", "fr", date(2026, 2, 28)),
        ("prova no fim do mês", "pt", date(2026, 1, 31)),
        ("2月底考试", "zh", date(2026, 2, 28)),
    ],
)
def test_edges_of_months_are_read_in_each_language(text: str, language: str, day: date) -> None:
    assert read_time(text, date(2026, 1, 5), language).deadline == day


@pytest.mark.parametrize(
    ("text", "language", "hours"),
    [
        ("每天晚上45分钟", "zh", "晚上"),
        ("nach der Arbeit 45 Minuten", "de", "nach der Arbeit"),
        ("de lunes a jueves de 5 a 6 de la tarde", "es", "de 5 a 6, tarde"),
    ],
)
def test_times_of_day_are_read_in_each_language(text: str, language: str, hours: str) -> None:
    assert read_time(text, date(2026, 1, 5), language).hours == hours


def test_days_that_are_free_in_german_are_days_off() -> None:
    assert read_time("pro Tag 30 Minuten, sonntags frei", date(2026, 1, 5), "de").not_on == {6}


def test_hours_with_minutes_are_one_length_in_french() -> None:
    assert read_time("1 h 30 par semaine", date(2026, 1, 5), "fr").minutes_per_week == 90
