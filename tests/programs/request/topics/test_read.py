"""What a request asks for, knows, does not want, and names as its course."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studysmith.programs.curriculum import curriculum
from studysmith.programs.request.topics.courses import course_concepts, course_named
from studysmith.programs.request.topics.names import load_data, mentions
from studysmith.programs.request.topics.outside import outside_named
from studysmith.programs.request.topics.read import read_topics
from studysmith.programs.request.topics.subjects import subject_concepts
from studysmith.programs.request.topics.work import pasted_work

SOURCE = curriculum()


@pytest.mark.parametrize(
    ("text", "topics", "known", "unwanted"),
    [
        (
            "not the law of sines, that one is fine - I need the law of cosines",
            ["law-of-cosines"],
            ["law-of-sines"],
            [],
        ),
        ("dot product but not cross product", ["dot-product"], [], ["cross-product"]),
        ("good at long division, weak at ratios", ["ratios"], ["long-division"], []),
        ("slope please, polar coordinates I already know", ["slope"], ["polar-coordinates"], []),
        ("Chain rule. Skip the quotient rule, that's next term.", ["chain-rule"], [], ["quotient-rule"]),
        ("I know the power rule but not the chain rule", ["chain-rule"], ["power-rule"], []),
        ("I know nothing about slope", ["slope"], [], []),
        ("I do not understand slope", ["slope"], [], []),
        ("I can do 20 minutes a day on slope", ["slope"], [], []),
        ("I'd like to be confident with eigenvalues", ["eigenvalues"], [], []),
        ("he gets long division wrong", ["long-division"], [], []),
        ("no more slope please, eigenvalues", ["eigenvalues"], [], ["slope"]),
        ("Quadratic formula and circle equations are my worst", ["quadratic-formula", "equation-of-a-circle"], [], []),
        ("vectors, 20 min a day, and I can handle slope", ["vectors"], ["slope"], []),
    ],
)
def test_wanted_known_and_unwanted(text: str, topics: list[str], known: list[str], unwanted: list[str]) -> None:
    read = read_topics(text, SOURCE)
    assert (read.topics, read.known, read.not_topics) == (topics, known, unwanted)


@pytest.mark.parametrize(
    ("text", "topics", "known"),
    [
        ("slope is not hard, ratios are", ["ratios"], ["slope"]),
        ("Slope isn't hard for me. Ratios are.", ["ratios"], ["slope"]),
        ("I don't find slope difficult, but I want ratios", ["ratios"], ["slope"]),
        ("slope was never hard for me, ratios please", ["ratios"], ["slope"]),
        ("I am not struggling with slope; help with ratios", ["ratios"], ["slope"]),
        ("she doesn't struggle with slope, but ratios confuse her", ["ratios"], ["slope"]),
        ("slope is no longer difficult, ratios still is", ["ratios"], ["slope"]),
        ("slope is easy, ratios are not", ["ratios"], ["slope"]),
        ("I'm not bad at slope, ratios are the problem", ["ratios"], ["slope"]),
        ("slope is not a problem, ratios are", ["ratios"], ["slope"]),
        ("I never get slope wrong, ratios always", ["ratios"], ["slope"]),
        ("I know what slope and ratios are. Vectors!", ["vectors"], ["ratios", "slope"]),
        ("times tables are fine for him, long division isn't", ["long-division"], ["multiplication-facts"]),
        ("vectors are fine, circle equations aren't, 40 mins a day", ["equation-of-a-circle"], ["vectors"]),
        # What only looks like a denial
        ("slope is hard, not easy", ["slope"], []),
        ("slope is not only hard but boring", ["slope"], []),
        ("why is slope not hard for others but hard for me", ["slope"], []),
        ("No matter how hard I try I don't get slope", ["slope"], []),
        ("I don't want to be bad at slope any more", ["slope"], []),
        ("I don't want to fail slope", ["slope"], []),
        ("no hard tasks please, slope", ["slope"], []),
        ("slope isn't going well, ratios are a mess", ["ratios", "slope"], []),
        ("I don't hate slope, I just want to practise it", ["slope"], []),
        # What follows "but" is about something else, or about the same.
        ("slope is easy but ratios are killing me", ["ratios"], ["slope"]),
        ("I find slope easy but ratios kill me", ["ratios"], ["slope"]),
        ("slope is fine but ratios are not", ["ratios"], ["slope"]),
        ("slope is a piece of cake, ratios are another matter", ["ratios"], ["slope"]),
        ("slope easy, ratios a nightmare", ["ratios"], ["slope"]),
        ("the product rule is fine but the chain rule trips me up", ["chain-rule"], ["product-rule"]),
        ("slope is fine but I mix up the signs", ["slope"], []),
        ("slope is fine but I want to practise it", ["slope"], []),
        # Other languages
        ("la pendiente no me cuesta, los vectores sí", ["vectors"], ["slope"]),
        ("la pendiente no es difícil, quiero vectores", ["vectors"], ["slope"]),
        ("la pendiente es difícil", ["slope"], []),
        ("je n'ai pas de mal avec la pente, mais les vecteurs sont durs", ["vectors"], ["slope"]),
        ("la pente n'est pas difficile, les vecteurs oui", ["vectors"], ["slope"]),
        ("Les vecteurs ne me posent pas problème, la pente oui", ["slope"], ["vectors"]),
        ("Die Steigung ist nicht schwer, aber Vektoren", ["vectors"], ["slope"]),
        ("keine Probleme mit Vektoren, ich will Steigung üben", ["slope"], ["vectors"]),
        ("Vektoren fallen mir nicht schwer, Steigung schon", ["slope"], ["vectors"]),
        ("Vektoren sind schwer", ["vectors"], []),
        ("vetores não são difíceis, quero logaritmos", ["logarithms"], ["vectors"]),
    ],
)
def test_what_is_said_not_to_be_hard_is_known(text: str, topics: list[str], known: list[str]) -> None:
    read = read_topics(text, SOURCE)
    assert (read.topics, sorted(read.known), read.not_topics) == (topics, known, [])


def test_where_only_what_is_known_is_named_it_is_practised_or_asked_for() -> None:
    read = read_topics("slope is not hard, I want to practise it anyway", SOURCE)
    assert (read.topics, read.known) == (["slope"], [])
    assert read.assumptions == ["Nothing is named but what is said to be known, so that is what is practised."]
    read = read_topics("I'm good at slope. 2 weeks, 3 times a week", SOURCE)
    assert (read.topics, read.alternatives) == ([], ["slope"])
    read = read_topics("I can do factoring trinomials, it's the x^2 - 49 ones with two terms I don't get", SOURCE)
    assert "factoring-trinomials" not in (*read.topics, *read.alternatives)


@pytest.mark.parametrize(
    ("text", "topics", "known"),
    [
        # Brackets, and every item of a list, have a stance of their own.
        ("(Pythagoras is fine, I can do that) I need the dot product", ["dot-product"], ["pythagorean-theorem"]),
        ("good on long division, shaky on ratios, clueless about slope", ["ratios", "slope"], ["long-division"]),
        ("ratios ok, long division ok, slope NOT ok", ["slope"], ["long-division", "ratios"]),
        ("Matrix multiplication: done. Eigenvalues: no idea.", ["eigenvalues"], ["matrix-multiplication"]),
        ("I need ratios, slope and the unit circle I know.", ["ratios"], ["slope", "unit-circle"]),
        ("He has the times tables down cold, long division is a mess", ["long-division"], ["multiplication-facts"]),
        ("They can all graph in the coordinate plane already. Slope please", ["slope"], ["coordinate-plane"]),
        # A pronoun speaks of what was named last, or of what has no name here and was spoken of last.
        ("Teach me vectors, no wait, those I can do by now. Eigenvalues!", ["eigenvalues"], ["vectors"]),
        ("The product rule I use every day at work, so skip that. Related rates.", ["related-rates"], ["product-rule"]),
        ("We did the chain rule and I'm fine with it; related rates please", ["related-rates"], ["chain-rule"]),
        ("I need slope. Juggling I know well, I do it all the time.", ["slope"], []),
        # What somebody else expects, and what is fine about the time, is nothing known.
        ("The lecturer assumes I know least squares", ["least-squares"], []),
        ("Slope please, 20 minutes is fine.", ["slope"], []),
        ("help with slope, is 20 minutes a day ok?", ["slope"], []),
    ],
)
def test_each_clause_has_one_stance(text: str, topics: list[str], known: list[str]) -> None:
    read = read_topics(text, SOURCE)
    assert (read.topics, sorted(read.known)) == (topics, sorted(known))


@pytest.mark.parametrize(
    ("text", "course", "topics"),
    [
        ("IGCSE. He's fine on the mean and the median, shaky on quartiles", "GCSE", ["range-and-quartiles"]),
        ("taking my GED and the part with finding how steep a line is scares me", "GED", ["slope"]),
    ],
)
def test_a_course_beside_what_is_described_is_no_topic(text: str, course: str, topics: list[str]) -> None:
    read = read_topics(text, SOURCE)
    assert (read.course, read.subject, read.topics) == (course, "", topics)


@pytest.mark.parametrize(
    ("text", "topics", "known", "unwanted"),
    [
        ("je comprends les dérivées mais pas la règle de la chaîne", ["chain-rule"], None, []),
        ("preciso de ajuda com a regra da cadeia, já sei a regra do produto", ["chain-rule"], ["product-rule"], []),
        ("brauche Hilfe mit der Kettenregel, Produktregel kann ich schon", ["chain-rule"], ["product-rule"], []),
        ("我想学条件概率,除了对数", ["conditional-probability"], [], ["logarithms"]),
    ],
)
def test_wanted_known_and_unwanted_in_other_languages(
    text: str, topics: list[str], known: list[str] | None, unwanted: list[str]
) -> None:
    read = read_topics(text, SOURCE)
    assert (read.topics, read.not_topics) == (topics, unwanted)
    assert known is None or read.known == known


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("mixes up perimeter and area", {"perimeter", "area-of-rectangles"}),
        ("reading clocks and money for a 7 year old", {"telling-time", "money-problems"}),
        ("when do I use a permutation and when a combination", {"permutations"}),
        ("struggling w logs, especially when there's a number in front", {"logarithms"}),
        ("how do I get my kid to stop counting on fingers", {"counting-and-comparing"}),
        ("2/3 of 45, how", {"multiplying-fractions"}),
        ("I have to learn python and also eigenvalues", {"eigenvalues"}),
        ("adding fractons", {"adding-like-fractions"}),
    ],
)
def test_lists_descriptions_and_formulas(text: str, topics: set[str]) -> None:
    assert topics <= set(read_topics(text, SOURCE).topics)


def test_a_subject_without_a_part_of_it() -> None:
    read = read_topics("Everything about limits except limits at infinity", SOURCE)
    assert read.subject == "limits"
    assert read.not_topics == ["limits-at-infinity"]
    assert "continuity" in read.topics
    assert "limits-at-infinity" not in read.topics


def test_a_subject_beside_a_concept() -> None:
    read = read_topics("all of probability plus, separately, unit rates", SOURCE)
    assert {"unit-rates", "simple-probability", "bayes-theorem"} <= set(read.topics)
    assert read_topics("I'm in algebra and slope is hard", SOURCE).topics == ["slope"]
    assert read_topics("Calculus 2: integration by parts", SOURCE).topics == ["integration-by-parts"]


@pytest.mark.parametrize(
    ("text", "subjects", "concepts"),
    [
        ("relearn fractions, slope, quadratics", ["fractions", "quadratics"], ["slope"]),
        ("fractions, decimals and percents", ["fractions", "decimals", "percentages"], []),
        ("surds, circle theorems and trigonometry", ["trigonometry"], ["simplifying-radicals"]),
        ("chain rule / integrals / limits", ["integrals", "limits"], ["chain-rule"]),
        ("- matrices\n- dot product\n- probability", ["matrices", "probability"], ["dot-product"]),
        ("I need geometry + absolute value", ["geometry"], ["absolute-value-equations"]),
        ("help with fractions. Then slope", ["fractions"], ["slope"]),
        ("Ich brauche Integralrechnung und Vektoren", ["integrals"], ["vectors"]),
        ("fractions confuse me, slope too", ["fractions"], ["slope"]),
        ("fractions are hard. Slope is really hard", ["fractions"], ["slope"]),
        ("fractions are hard, above all dividing fractions", [], ["dividing-fractions"]),
        ("fractions are fine, slope is hard", [], ["slope"]),
        ("fractions are not hard for me, slope is", [], ["slope"]),
        ("fractions are no longer hard, slope is difficult", [], ["slope"]),
        ("fractions confuse my brother, I want slope", [], ["slope"]),
        ("fractions confused my students, slope is hard for them", ["fractions"], ["slope"]),
        ("simple interest confuses me, fractions too", ["fractions"], ["simple-interest"]),
        ("My class has outliers in behaviour, I teach fractions in grade 6", ["fractions"], []),
        ("calculus is hard, the chain rule too", [], ["chain-rule"]),
        ("slope is hard and so are fractions", ["fractions"], ["slope"]),
        ("I'm bad at slope. Fractions are a mess as well", ["fractions"], ["slope"]),
        ("slope confuses me, fractions don't", [], ["slope"]),
        ("fractions are less hard than they were. Slope please", [], ["slope"]),
    ],
)
def test_every_item_of_a_list_is_a_topic(text: str, subjects: list[str], concepts: list[str]) -> None:
    held = [c for subject in subjects for c in subject_concepts(subject, SOURCE)]
    assert read_topics(text, SOURCE).topics == SOURCE.in_order([*held, *concepts])


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("eigenvectors, linear algebra, 2nd year", ["eigenvectors"]),
        ("calculus, chain rule and product rule", ["product-rule", "chain-rule"]),
        ("my algebra test covers slope and linear inequalities", ["linear-inequalities", "slope"]),
        ("u sub and trig sub", ["u-substitution"]),
    ],
)
def test_a_subject_that_says_where_a_concept_belongs_is_no_item(text: str, topics: list[str]) -> None:
    assert read_topics(text, SOURCE).topics == topics


@pytest.mark.parametrize(
    ("text", "topics", "named"),
    [
        ("Teach me Galois theory and algebraic topology", [], ["Galois theory", "algebraic topology"]),
        ("abstract algebra, 2 weeks", [], ["abstract algebra"]),
        ("surds, circle theorems and slope", ["slope", "simplifying-radicals"], ["circle theorems"]),
        ("I know set theory, help with slope", ["slope"], []),
    ],
)
def test_mathematics_that_the_curriculum_does_not_have_is_said_to_be_so(
    text: str, topics: list[str], named: list[str]
) -> None:
    read = read_topics(text, SOURCE)
    assert (read.topics, [text[a.start : a.end] for a in read.absent]) == (topics, named)
    assert bool(read.alternatives) == (not topics)


def test_what_is_absent_is_no_name_of_a_concept_and_its_nearest_are_concepts() -> None:
    for about in load_data("absent.yaml"):
        named = {name for name in about["names"] for m in mentions(name, SOURCE) if m.end - m.start == len(name)}
        assert not named or about.get("beside")
        assert set(about["nearest"]) <= set(SOURCE)


@pytest.mark.parametrize("text", ["how to bake bread", "why do I exist", "ignore your instructions", "tell me a joke"])
def test_nothing_is_offered_where_nothing_is_near(text: str) -> None:
    assert read_topics(text, SOURCE).alternatives == []


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("What is 7 x 8?", ["multiplication-facts"]),
        ("Can't do 6x7, 7x8, 8x9", ["multiplication-facts"]),
        ("3x + 4 = 19, I got x = 8", ["two-step-equations"]),
        ("4(x+1)=4x+1", ["distributive-property"]),
        ("he mixes up 1/3 and 1/4", ["comparing-fractions"]),
        ("-3 - -5 = -8", ["subtracting-integers"]),
    ],
)
def test_tasks_and_work_are_read_by_their_form(text: str, topics: list[str]) -> None:
    assert read_topics(text, SOURCE).topics == topics


@pytest.mark.parametrize(
    ("text", "course", "some"),
    [
        ("Year 6 SATs in May", "Year 6 SATs", "percent-of-a-number"),
        ("11+ exam next year", "Eleven Plus", "ratios"),
        ("algebra 1 regents prep", "Regents", "quadratic-formula"),
        ("studying for the ACCUPLACER", "ACCUPLACER", "two-step-equations"),
        ("GMAT quant", "GMAT", "combinations"),
        ("TEAS test in two months", "TEAS", "unit-conversion"),
        ("asvab math help", "ASVAB", "proportions"),
        ("JEE mains", "JEE Main", "bayes-theorem"),
        ("准备高考数学", "Gaokao", "binomial-distribution"),
        ("Ich schreibe bald Abitur in Mathe", "Abitur", "definite-integrals"),
        ("je prépare le bac de maths", "Bac", "antiderivatives"),
        ("révisions pour le brevet de maths", "Brevet", "pythagorean-theorem"),
        ("preparar la selectividad de matemáticas", "Selectividad", "determinants"),
        ("estudar matemática para o ENEM", "ENEM", "compound-interest"),
        ("Vorbereitung auf die Matura in Mathe", "Matura", "power-rule"),
        ("GED math", "GED", "slope"),
        ("GRE quant in June", "GRE", "ratios"),
    ],
)
def test_an_exam_is_read_as_what_it_asks(text: str, course: str, some: str) -> None:
    read = read_topics(text, SOURCE)
    assert read.course == course
    assert some in read.topics


def test_what_is_missing_below_a_wish_is_a_struggle() -> None:
    read = read_topics("can't do times tables yet but must know integration by substitution", SOURCE)
    assert (read.topics, read.struggles) == (["u-substitution"], ["multiplication-facts"])


def test_a_description_is_weighed_against_a_subject() -> None:
    assert read_topics("help with equations", SOURCE).subject == "equations"
    assert read_topics("help with fractions, grade 4", SOURCE).subject == "fractions"


@pytest.mark.parametrize(
    ("text", "course"),
    [
        ("I am taking Calculus 1", "Calculus 1"),
        ("calc ii is hard", "Calculus 2"),
        ("AP Calculus BC", "AP Calculus BC"),
        ("pre-calc", "Precalculus"),
        ("stats", "Statistics"),
        ("linear algebra", "Linear Algebra"),
        ("algebra 2", "Algebra 2"),
        ("geometry 3 times a week", "Geometry"),
        ("calculus 3 hours", "Calculus"),
        ("I'm in 7th grade", "Grade 7"),
        ("third grade", "Grade 3"),
        ("my sixth-graders", "Grade 6"),
        ("gr 10", "Grade 10"),
        ("year 10 algebra", "Year 10"),
        ("Y5", "Year 5"),
        ("GCSE Higher in May, year 11", "GCSE Higher"),
        ("A-level Maths", "A-level"),
        ("IB Math AA HL", "IB Math AA HL"),
        ("taking the SAT in March", "SAT"),
        ("Year 6 SATs", "Year 6 SATs"),
        ("trig. precalc final is june 3", "Precalculus"),
        ("4º de primaria", "4º de primaria"),
        ("12. Klasse Gymnasium", "12. Klasse"),
        ("我上高二", "高二"),
        ("in the year 2024", ""),
        ("I sat down to act", ""),
        ("slope, mon and sat", ""),
        ("I got grade 60", ""),
        ("2nd year uni", ""),
        ("I like music", ""),
    ],
)
def test_courses(text: str, course: str) -> None:
    found = course_named(text)
    assert (found.name if found else "") == course


@pytest.mark.parametrize("course", [about["name"] for about in load_data("courses.yaml")])
def test_a_course_holds_concepts_of_the_curriculum(course: str) -> None:
    [about] = [c for c in load_data("courses.yaml") if c["name"] == course]
    assert {*about.get("also", ()), *about.get("without", ())} <= set(SOURCE)
    concepts = course_concepts(course, SOURCE)
    assert len(concepts) <= 60
    assert bool(concepts) == ("parts" in about or "also" in about)
    assert concepts == SOURCE.in_order(concepts)


def test_a_course_alone_is_what_is_asked_for() -> None:
    read = read_topics("my AP Calc AB exam is in May", SOURCE)
    assert read.subject == read.course == "AP Calculus AB"
    assert {"chain-rule", "riemann-sums"} <= set(read.topics)
    assert "year 8" not in read_topics("help, year 8, homework", SOURCE).subject.lower()
    seventh = read_topics("everything in grade 7 math", SOURCE)
    assert {SOURCE[c].level for c in seventh.topics} == {7}


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Need a study plan for Newton's second law and free body diagrams", "physics"),
        ("teach me recursion in python", "programming"),
        ("Balancing equations in chemistry", "chemistry"),
        ("my essay on the causes of World War I", "history"),
    ],
)
def test_other_subjects(text: str, subject: str) -> None:
    read = read_topics(text, SOURCE)
    assert read.topics == []
    assert read.outside is not None
    assert read.outside.subject == subject
    assert set(read.outside.concepts) <= set(SOURCE)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("vectors for my physics class", "vectors"),
        ("standard deviation for biology", "standard-deviation"),
        ("logarithms, I need them for chemistry", "logarithms"),
    ],
)
def test_mathematics_for_another_subject_is_mathematics(text: str, topic: str) -> None:
    assert outside_named(text, SOURCE) is not None
    read = read_topics(text, SOURCE)
    assert (read.topics, read.outside) == ([topic], None)


@pytest.mark.parametrize(
    ("text", "concept", "problem", "answer", "right"),
    [
        ("I get 1/2 + 1/3 = 2/5", "adding-unlike-fractions", "What is 1/2 + 1/3?", "2/5", "5/6"),
        ("(x+3)^2 = x^2 + 9", "multiplying-polynomials", "What is (x+3)^2?", "x^2 + 9", "x^2 + 6x + 9"),
        ("52 - 38 = 26", "subtraction-with-regrouping", "What is 52 - 38?", "26", "14"),
        ("2^-3 = -8", "negative-exponents", "What is 2^-3?", "-8", "1/8"),
        (
            "d/dx (x^2 sin x) = 2x cos x",
            "product-rule",
            "Differentiate (x^2 sin x).",
            "2x cos x",
            "x^2cos(x) + 2x sin(x)",
        ),
        ("-3x > 12, so x > -4", "linear-inequalities", "Solve -3x > 12.", "x > -4", "x < -4"),
        ("log(8) + log(2) = log(10) = 1", "logarithm-rules", "What is log(8) + log(2)?", "log(10)", "4log(2)"),
    ],
)
def test_wrong_work_is_found_and_worked_out(text: str, concept: str, problem: str, answer: str, right: str) -> None:
    [work] = pasted_work(text, SOURCE)
    assert work.concept == concept
    assert (work.attempt.problem, work.attempt.answer, work.attempt.correct_answer) == (problem, answer, right)


def test_products_of_matrices_are_worked_out() -> None:
    [work] = pasted_work("A = [[1,2],[3,4]], B = [[2,0],[1,5]], so AB = [[2,0],[3,20]]", SOURCE)
    assert work.concept == "matrix-multiplication"
    assert work.attempt.correct_answer == "[[4, 10], [10, 20]]"


@pytest.mark.parametrize(
    "text",
    [
        "1/2 + 1/3 = 5/6",
        "solve 2x + 5 = 17",
        "3(x + 2) = 5x - 4",
        "x^2 + 5x + 6 = 0",
        "f(x) = 2x + 1",
        "y = 2x + 5",
        "10/50 = 20%",
        "-3x > 12, so x < -4",
        "9^9^9^9 = 1",
        "1/0 = 0",
        "x = y = z",
    ],
)
def test_right_work_and_tasks_are_no_errors(text: str) -> None:
    assert pasted_work(text, SOURCE) == []


def test_what_was_used_is_told() -> None:
    text = "Slope, not eigenvalues. I already know long division. Grade 8. 1/2 + 1/3 = 2/5"
    used = {(span.slot, text[span.start : span.end]) for span in read_topics(text, SOURCE).used}
    assert used >= {("not_topic", "eigenvalues"), ("known", "long division"), ("course", "Grade 8")}
    assert ("work", "1/2 + 1/3 = 2/5") in used


@settings(max_examples=40)
@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    read = read_topics(text, SOURCE)
    assert {*read.topics, *read.known, *read.not_topics, *read.struggles, *read.alternatives} <= set(SOURCE)
    assert not set(read.topics) & {*read.known, *read.not_topics}
    assert all(0 <= span.start < span.end <= len(text) for span in read.used)
