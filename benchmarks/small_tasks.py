"""Small tasks made from templates, for benchmarks that need many: a label or a name for a short text.

Each has 16 examples to train on, 8 to validate, 12 to confirm, 32 to test, and a pool of instructions, good and bad
ones, and demonstrations whose texts are none of the examples'.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal

import dspy
from studysmith.optimizers.task import StepPool, Task
from studysmith.programs.verbatim import words_of

SIZES = {"train": 16, "validation": 8, "confirm": 12, "test": 32}
SPLITS = tuple(SIZES)
DEMOS = 10
OPENINGS = ("", "Note: ", "Seen today: ")
Pairs = dict[str, tuple[str, str]]
"""For each label the beginnings and the ends of its texts, which go with each other; separated by slashes."""

SENTIMENT: Pairs = {
    "good": (
        "The soup was wonderful/I loved the film/Our room was spotless/The guide was so kind/What a great show/"
        "The bread is delicious/Best shoes I ever bought/The staff could not be nicer",
        "and we will come again./from start to end./and my wife agrees./and cheap as well./as my friend said.",
    ),
    "bad": (
        "The soup was cold/I hated the film/Our room was filthy/The guide was so rude/What a dull show/"
        "The bread is stale/Worst shoes I ever bought/The staff ignored us",
        "and we will not come again./from start to end./and my wife agrees./and dear as well./as my friend said.",
    ),
}
TONE: Pairs = {
    "polite": (
        "Could you please/Would you be so kind and/May I ask you to/If you have a minute, please/"
        "I would be glad if you could/Would you mind if I asked you to/Thank you in advance, please/Sorry, could you",
        "close the door?/send me the report?/help me with this?/wait for a moment?/turn the music down?",
    ),
    "rude": (
        "I told you already,/Are you deaf? Just/Stop wasting my time and/Move it and/For the last time,/"
        "Shut up and/You lazy fool,/What is wrong with you? Now",
        "close the door!/send me the report!/help me with this!/wait for a moment!/turn the music down!",
    ),
}
TOPIC: Pairs = {
    "sport": (
        "The goalkeeper/Our team/The tennis player/The young runner/The coach",
        "won the final/was hurt in the match/trained all winter/broke the record/lost in the last minute/scored twice",
    ),
    "food": (
        "The baker/This recipe/The new restaurant/Her apple cake/The cook",
        "needs more butter/uses fresh basil/has a famous soup/tasted of lemon/has a good sauce/bakes at noon",
    ),
    "weather": (
        "The storm/Heavy snow/A cold wind/The rain/Thick fog",
        "comes from the north/will last until Sunday/closed the roads/is expected tonight/was over by noon/"
        "reached the coast",
    ),
    "money": (
        "The bank/My savings account/The share price/The tax office/Her salary",
        "fell by two percent/pays little interest/was raised in May/wants it in cash/rose again/is lower this year",
    ),
}
URGENT: Pairs = {
    "urgent": (
        "The server is down/Water is running through the ceiling/The child has a high fever/The alarm is ringing/"
        "We smell gas in the kitchen/The lift is stuck with people in it/The truck is on fire/My card was stolen",
        "right now./since five minutes./and we need help at once./and nobody is here./and it gets worse.",
    ),
    "later": (
        "The printer is low on paper/The hall could do with new paint/I would like a new chair/The plants need pots/"
        "We may want a second sign/The website has an old photo/The coffee is a bit weak/A lamp is missing",
        "some day./if there is time./but there is no hurry./whenever it suits you./maybe next year.",
    ),
}
LANGUAGE: Pairs = {
    "Spanish": (
        "La casa/El perro/Mi hermano/La escuela/El libro",
        "está cerca del río/es muy grande/me gusta mucho/no es de Ana/vale poco dinero/es de mi abuela",
    ),
    "German": (
        "Das Haus/Der Hund/Mein Bruder/Die Schule/Das Buch",
        "ist nahe am Fluss/ist sehr groß/gefällt mir gut/gehört nicht Ana/kostet wenig Geld/ist von meiner Oma",
    ),
    "French": (
        "La maison/Le chien/Mon frère/L'école/Le livre",
        "est près de la rivière/est très grand/me plaît beaucoup/n'est pas à Ana/coûte peu/est à ma grand-mère",
    ),
    "Italian": (
        "La casa nuova/Il cane/Mio fratello/La scuola/Il libro",
        "è vicino al fiume/è molto grande/mi piace molto/non è di Ana/costa pochi soldi/è di mia nonna",
    ),
}
WHEN: Pairs = {
    "past": (
        "Yesterday she/Last week my uncle/An hour ago the boy/In 1990 our teacher/Long ago the king",
        "walked to the lake./bought a horse./wrote a letter./lost a key./sang a song./painted the door./ate an apple.",
    ),
    "future": (
        "Tomorrow she/Next week my uncle/In an hour the boy/In ten years our teacher/One day the king",
        "will walk to the lake./will buy a horse./will write a letter./will lose a key./will sing a song./"
        "will paint the door./will eat an apple.",
    ),
}
ASKS: Pairs = {
    "question": (
        "Where is/Who took/Have you seen/Why do they need/Is this",
        "the blue car/my old coat/the big spoon/his ticket/our cat/the map of Rome/her umbrella",
    ),
    "statement": (
        "Here is/Nobody took/I have seen/They do not need/This is",
        "the blue car/my old coat/the big spoon/his ticket/our cat/the map of Rome/her umbrella",
    ),
}
CITIES = "Paris/Lima/Oslo/Cairo/Boston/Madrid/Tokyo/Quito/Dublin/Vienna/Athens/Delhi"
TRIPS = "My aunt lives in {} and sings./We flew to {} in May./The train from {} was late./Is it warm in {} today?/\
She studied law in {} for years./A letter came from {} for you./They met in {} at a fair./He sells maps of {} here./\
The bridge in {} is closed./Snow fell on {} all night."


class Labelled(dspy.Module):
    """One call for each text."""

    def __init__(self, signature: Any) -> None:
        super().__init__()
        self.answer = dspy.Predict(signature, max_tokens=24)

    def forward(self, text: str) -> dspy.Prediction:
        return self.answer(text=text)


def right(example: dspy.Example, prediction: dspy.Prediction) -> bool:
    return str(prediction.label).strip().lower() == str(example.label).lower()


def overlap(example: dspy.Example, prediction: dspy.Prediction) -> float:
    """F1 of the words of a name."""
    said, wanted = set(prediction.label.lower().split()), set(example.label.lower().split())
    both = len(said & wanted)
    return 2 * both / (len(said) + len(wanted))


def combined(pairs: Pairs) -> Iterator[tuple[str, str]]:
    for label, (beginnings, ends) in pairs.items():
        for opening, *parts in itertools.product(OPENINGS, beginnings.split("/"), ends.split("/")):
            yield opening + " ".join(parts), label


def numbers(label: Callable[[int], str]) -> list[tuple[str, str]]:
    return [(str(n), label(n)) for n in range(100, 1000, 7)]


def made(
    name: str, rows: Sequence[tuple[str, str]], answer: Any, instructions: Sequence[str], metric: Any = right
) -> Task:
    """A task of texts and their labels, shuffled and split; labels take turns, so that they are as frequent in every
    split."""
    rows = list(rows)
    random.Random(f"small/{name}").shuffle(rows)
    turns = Counter[str]()
    rows.sort(key=lambda row: turns.update([row[1]]) or turns[row[1]])
    examples = [dspy.Example(text=text, label=label).with_inputs("text") for text, label in rows]
    demos = [{"text": text, "label": label} for text, label in rows[:DEMOS]]
    left = iter(examples[DEMOS:])
    splits = {split: list(itertools.islice(left, size)) for split, size in SIZES.items()}
    fields = {"text": (str, dspy.InputField()), "label": (answer, dspy.OutputField())}
    signature = dspy.Signature(fields, instructions[0])
    pools = {"answer": StepPool(list(instructions), demos)}
    return Task(program=Labelled(signature), metric=metric, pools=pools, name=name, **splits)


def labelled(name: str, pairs: Pairs, *instructions: str) -> Task:
    rows = sorted(set(combined(pairs)))
    return made(name, rows, Literal[tuple(pairs)], instructions)


def small_tasks() -> dict[str, Callable[[], Task]]:
    """Each task by its name, made when asked for."""
    city = [(trip.format(city), city) for city in CITIES.split("/") for trip in TRIPS.split("/")]
    return {
        "sentiment": lambda: labelled(
            "sentiment", SENTIMENT, "Label the text.", "Is this review good or bad?",
            "Say good if the writer is happy, bad if the writer is unhappy.", "Answer bad.", "Read the text.",
        ),
        "tone": lambda: labelled(
            "tone", TONE, "Is it polite or rude?", "Say polite or rude.", "Judge the tone of the request.",
            "Would you like to be asked like this? Then say polite, else rude.",
        ),
        "topic": lambda: labelled(
            "topic", TOPIC, "Choose a label.", "What is the text about: sport, food, weather or money?",
            "In which part of a newspaper does this stand?", "Always answer money.",
        ),
        "urgent": lambda: labelled(
            "urgent", URGENT, "Label the message.", "Does this need help at once (urgent), or can it wait (later)?",
            "Say urgent in an emergency, else later.", "Say what comes to mind.",
        ),
        "language": lambda: labelled(
            "language", LANGUAGE, "Which language is this?", "Label the text.", "Name the language of the sentence.",
            "Say Spanish, German, French or Italian.",
        ),
        "when": lambda: labelled(
            "when", WHEN, "Label the sentence.", "Does it tell of the past or of the future?",
            "Look at the verb. Say past or future.", "Tell the time.",
        ),
        "asks": lambda: labelled(
            "asks", ASKS, "Label the sentence.", "Is this a question or a statement?",
            "Say question where somebody wants to know something, else statement.", "Punctuation is missing.",
        ),
        "parity": lambda: made(
            "parity", numbers(lambda n: ("even", "odd")[n % 2]), Literal["even", "odd"],
            ["Is the number even or odd?", "Say even if the last digit is 0, 2, 4, 6 or 8, else odd.", "Label it."],
        ),
        "size": lambda: made(
            "size", numbers(lambda n: "large" if n >= 500 else "small"), Literal["small", "large"],
            ["Label the number.", "Say large from 500 on, small below 500.", "Is the number below 500?"],
        ),
        "city": lambda: made(
            "city", city, Annotated[str, words_of("text")],
            ["Copy words.", "Which city is named?", "Give the name of the city in the text.", "Shorten the text."],
            overlap,
        ),
    }  # fmt: skip
