"""What requests in other languages name, and how they stand to it."""

from __future__ import annotations

import pytest
from studysmith.programs.curriculum import curriculum
from studysmith.programs.frame import SPOKEN, language_data
from studysmith.programs.request.topics.read import read_topics
from studysmith.programs.request.topics.subjects import subject_concepts
from studysmith.programs.request.topics.words import key_of

SOURCE = curriculum()
FEWEST = 8


@pytest.mark.parametrize(
    ("text", "topics", "known", "unwanted"),
    [
        # Spanish
        ("la regla de la potencia ya la sé, quiero la regla de la cadena", "chain-rule", "power-rule", ""),
        ("mi hija no entiende fracciones con distinto denominador", "adding-unlike-fractions", "", ""),
        ("necesito ayuda con la pendiente, al menos 3 días por semana", "slope", "", ""),
        ("las potencias y la raíz cuadrada ya las sé, quiero notación científica", "scientific-notation",
         "whole-number-exponents square-roots", ""),
        ("quiero practicar logaritmos, nada de interés simple por favor", "logarithms", "", "simple-interest"),
        ("ayúdame con esto, no sé cuándo se cambia el signo", "linear-inequalities", "", ""),
        ("estudio análisis de datos y necesito repasar los valores z", "z-scores", "", ""),
        ("tengo examen de límites laterales sin usar hopital", "one-sided-limits", "", "lhopitals-rule"),
        # German
        ("Ich verstehe den Umfang vom Kreis nicht", "circumference", "", ""),
        ("Brüche addieren kann ich schon, ich brauche Hilfe beim Brüche dividieren", "dividing-fractions",
         "adding-unlike-fractions", ""),
        ("Bitte die Steigung erklären, keine Kurvendiskussion und kein Skalarprodukt", "slope", "", "dot-product"),
        ("Meine Tochter will Kettenregel üben, die Produktregel sitzt schon", "chain-rule", "product-rule", ""),
        ("die Flaeche vom Kreis und das Volumen eines Kegels üben wir am Samstag",
         "area-of-circles volume-of-cylinders-and-cones", "", ""),
        ("Ich mache ein Statistik Studium und brauche die Standardabweichung", "standard-deviation", "", ""),
        ("Formeln umstellen kann ich noch nicht, das Einsetzungsverfahren kann ich",
         "literal-equations", "systems-by-substitution", ""),
        ("Hilfe bei den Eigenwerten einer Matrix ohne Eigenvektoren", "eigenvalues", "", "eigenvectors"),
        # French
        ("je dois calculer la pente d'une droite et je bloque", "slope", "", ""),
        ("le théorème de Pythagore je maîtrise déjà, je veux réviser la loi des cosinus", "law-of-cosines",
         "pythagorean-theorem", ""),
        ("mon fils a besoin d'aide pour poser une division, pas de nombres premiers", "long-division", "",
         "prime-factorization"),
        ("j'ai une heure par jour pour les intégrales impropres", "improper-integrals", "", ""),
        ("je ne comprends pas quand on change le sens du signe", "linear-inequalities", "", ""),
        ("je suis étudiante en statistiques et je veux revoir le produit scalaire", "dot-product", "", ""),
        ("additionner des fractions et les nombres mixtes, c'est acquis, je veux diviser des fractions",
         "dividing-fractions", "adding-unlike-fractions mixed-numbers", ""),
        ("je veux apprendre le pivot de Gauss sans les déterminants", "gaussian-elimination", "", "determinants"),
        # Portuguese
        ("a regra da potência eu já sei, quero aprender a regra da cadeia", "chain-rule", "power-rule", ""),
        ("meu filho não consegue somar frações com denominadores diferentes", "adding-unlike-fractions", "", ""),
        ("preciso de ajuda com juros compostos, nada de juros simples", "compound-interest", "", "simple-interest"),
        ("não entendo quando inverte o sinal na inequação", "linear-inequalities", "", ""),
        ("estudo análise de dados e preciso rever o desvio padrão", "standard-deviation", "", ""),
        ("o mmc e o mdc já entendi, mas não consigo fazer conta de dividir", "long-division", "gcf-and-lcm", ""),
        ("quero treinar a tabuada do 7 pelo menos 3 vezes por semana", "multiplication-facts", "", ""),
        ("bhaskara sem o vértice da parábola, por favor, quero para terça", "quadratic-formula", "",
         "vertex-of-parabola"),
        # Chinese
        ("我不会求斜率", "slope", "", ""),
        ("链式法则已经会了,想学分部积分", "integration-by-parts", "chain-rule", ""),
        ("圆周长和圆的面积孩子都掌握了,需要学勾股定理", "pythagorean-theorem", "circumference area-of-circles", ""),
        ("想复习条件概率,不要贝叶斯", "conditional-probability", "", "bayes-theorem"),
        ("我做数据分析工作,想学假设检验", "hypothesis-tests", "", ""),
        ("异分母分数怎么加总是错", "adding-unlike-fractions", "", ""),
        ("矩阵乘法我还不会,行列式我会", "matrix-multiplication", "determinants", ""),
        ("帮孩子补一补竖式除法,除了有余数的除法", "long-division", "", "division-with-remainders"),
    ],
)  # fmt: skip
def test_requests_in_other_languages(text: str, topics: str, known: str, unwanted: str) -> None:
    read = read_topics(text, SOURCE)
    said = (set(read.topics), set(read.known), set(read.not_topics))
    assert said == (set(topics.split()), set(known.split()), set(unwanted.split()))


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("examen de ecuaciones el 20 de enero", "equations"),
        ("Mi hijo tiene examen de ecuaciones, media hora al día", "equations"),
        ("¿cuánto es el 20% de 50? no lo entiendo", "percent-of-a-number"),
    ],
)
def test_dates_and_lengths_are_no_topics(text: str, topics: str) -> None:
    held = [topics] if topics in SOURCE else subject_concepts(topics, SOURCE)
    assert read_topics(text, SOURCE).topics == SOURCE.in_order(held)


@pytest.mark.parametrize(
    ("text", "hard"),
    [
        ("quiero repasar porcentajes, y la regla de tres no me sale", ["proportions"]),
        ("Ich will Vektoren üben, und das Kreuzprodukt verstehe ich nicht", ["cross-product"]),
        ("je veux réviser les limites à gauche, la continuité me pose problème", ["continuity"]),
        ("quero revisar logaritmos, e tenho dificuldade com equações exponenciais", ["exponential-equations"]),
        ("想复习向量,叉积总是错", ["cross-product"]),
    ],
)
def test_what_is_hard_is_told_from_what_is_wanted(text: str, hard: list[str]) -> None:
    assert read_topics(text, SOURCE).struggles == hard


@pytest.mark.parametrize("language", SPOKEN)
def test_a_wording_stands_at_one_concept(language: str) -> None:
    owner: dict[tuple[str, ...], str] = {}
    twice = []
    for concept, said in language_data(language)["concepts"].items():
        assert len(said) >= FEWEST, concept
        twice += [(w, concept) for w in said if owner.setdefault(key_of(str(w)), concept) != concept]
    assert not twice


@pytest.mark.parametrize(
    "text",
    [
        "tengo media hora al día y un promedio de 7, mis razones son tales y muchas",
        "Ich habe 3 Einheiten pro Woche an der Fakultät, im Durchschnitt eine kurze Stunde",
        "j'ai une heure par jour et 12 de moyenne, par rapport à mes amis les bases sont bonnes",
        "tenho meia hora por dia e o módulo 3 do curso, quero ver uma série",
        "我妈妈期望我每天看表,喜欢看投影",
    ],
)
def test_everyday_words_of_other_languages_name_no_concept(text: str) -> None:
    from studysmith.programs.request.topics.languages import foreign_names, written_in

    assert not foreign_names(text, written_in(text), SOURCE)[0]
