"""Seeded word problems with rationales and exact answers: training data for machines without a network.

Each maker draws names and numbers, tells a story, and computes every step it writes; answers are whole numbers of at
least 1. Stories are written here, so they share no text with any test set.
"""

import random
from collections.abc import Callable, Iterator
from math import gcd

from .formats import Problem

_NAMES = (
    "Ada Ben Chloe Dev Elif Farid Grace Hugo Ines Jonas Kira Liam Mina Noor Otis Priya Quinn Rosa Sven Tara Umar Vera "
    "Wren Ximena Yusuf Zoe Amara Boris Celia Dario Emeka Freya Goran Hana Ivo Jaya Kofi Lena Mateo Nadia"
).split()
_THINGS = (
    "apples marbles stickers pencils books shells stamps coins cards buttons beads cookies oranges postcards badges "
    "candles balloons flowers crayons notebooks peaches walnuts magnets ribbons"
).split()
_GOODS = ("notebooks", "pens", "shirts", "tickets", "mugs", "lamps", "cakes", "posters", "hats", "plants")
_BOXES = ("boxes", "bags", "baskets", "packs", "crates", "jars")
_PLACES = ("library", "school", "museum", "bakery", "sports club", "farm", "factory", "cinema", "camp", "market")
_WORK = ("babysitting", "tutoring", "mowing lawns", "washing cars", "walking dogs", "delivering papers")

_Story = tuple[str, list[str], int]


def generate(count: int, *, seed: int = 0) -> Iterator[Problem]:
    """`count` problems, all different, the same for the same seed. Raises ValueError when count is below 1."""
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    rng, seen = random.Random(seed), set[str]()
    while len(seen) < count:
        question, steps, answer = rng.choice(_MAKERS)(rng)
        if answer >= 1 and question not in seen:
            seen.add(question)
            yield Problem(question=question, rationale="\n".join(steps), answer=str(answer), source="generated")


def _people(rng: random.Random, n: int) -> list[str]:
    return rng.sample(_NAMES, n)


def _chain(rng: random.Random) -> _Story:
    """One amount that changes two to four times; sometimes a number that has nothing to do with it."""
    name, other = _people(rng, 2)
    thing, have = rng.choice(_THINGS), rng.randint(8, 90)
    story, steps = [f"{name} has {have} {thing}."], []
    if rng.random() < 0.3:
        story.append(f"{other} is {rng.randint(7, 40)} years old.")
    for _ in range(rng.randint(2, 4)):
        event = rng.choice(("get", "give", "boxes", "double", "half", "share"))
        k, boxes, each = rng.randint(2, 40), rng.randint(2, 9), rng.randint(2, 12)
        if event == "get":
            story.append(f"{name} {rng.choice(('finds', 'buys', 'is given'))} {k} more.")
            steps.append(f"Now {name} has {have} + {k} = {have + k} {thing}.")
            have += k
        elif event == "give" and have > k:
            story.append(rng.choice((f"{name} gives {k} to {other}.", f"{name} loses {k} of them.")))
            steps.append(f"Then {name} has {have} - {k} = {have - k} {thing} left.")
            have -= k
        elif event == "boxes":
            box = rng.choice(_BOXES)
            story.append(f"Then {name} gets {boxes} {box} with {each} {thing} in each.")
            steps.append(f"The {box} hold {boxes} * {each} = {boxes * each} {thing}.")
            steps.append(f"That makes {have} + {boxes * each} = {have + boxes * each} {thing}.")
            have += boxes * each
        elif event == "double" and have < 300:
            story.append(f"The next day, {name} has twice as many as before.")
            steps.append(f"Twice as many is {have} * 2 = {have * 2} {thing}.")
            have *= 2
        elif event == "half" and have % 2 == 0:
            story.append(f"{name} gives half of them away.")
            steps.append(f"Half of them is {have} / 2 = {have // 2}, so {name} keeps {have // 2} {thing}.")
            have //= 2
        elif event == "share" and any(have % d == 0 for d in (3, 4, 5, 6)):
            parts = rng.choice([d for d in (3, 4, 5, 6) if have % d == 0])
            story.append(f"{name} puts them into {parts} equal piles and keeps only one pile.")
            steps.append(f"Each pile has {have} / {parts} = {have // parts} {thing}.")
            have //= parts
    if not steps:
        return _chain(rng)
    ask = rng.choice((f"How many {thing} does {name} have now?", f"How many {thing} does {name} have in the end?"))
    return " ".join([*story, ask]), steps, have


def _shopping(rng: random.Random) -> _Story:
    """Two kinds of goods; the total, the change, or the price after a discount."""
    (name,) = _people(rng, 1)
    many_a, many_b = rng.sample(_GOODS, 2)
    n, m, p, q = rng.randint(2, 9), rng.randint(2, 9), rng.randint(2, 25), rng.randint(2, 25)
    a, b = n * p, m * q
    total = a + b
    story = f"{name} buys {n} {many_a} for ${p} each and {m} {many_b} for ${q} each."
    steps = [f"The {many_a} cost {n} * ${p} = ${a}.", f"The {many_b} cost {m} * ${q} = ${b}.",
             f"Together they cost ${a} + ${b} = ${total}."]  # fmt: skip
    kind = rng.choice(("total", "change", "discount"))
    if kind == "change":
        bill = total + rng.randint(1, 40)
        return (f"{story} How much change does {name} get from ${bill}?",
                [*steps, f"The change is ${bill} - ${total} = ${bill - total}."], bill - total)  # fmt: skip
    percents = [r for r in (10, 20, 25, 30, 40, 50) if total * r % 100 == 0]
    if kind == "discount" and percents:
        rate = rng.choice(percents)
        off = total * rate // 100
        return (f"{story} The shop takes {rate}% off the whole bill. How much does {name} pay?",
                [*steps, f"The discount is ${total} * {rate} / 100 = ${off}.",
                 f"{name} pays ${total} - ${off} = ${total - off}."], total - off)  # fmt: skip
    return f"{story} How much does {name} spend in total?", steps, total


def _wages(rng: random.Random) -> _Story:
    """Money earned by the hour, minus what was spent, or the weeks until something can be bought."""
    (name,) = _people(rng, 1)
    rate, hours, days = rng.randint(6, 30), rng.randint(2, 8), rng.randint(2, 6)
    day, week = rate * hours, rate * hours * days
    story = f"{name} earns ${rate} an hour {rng.choice(_WORK)} and works {hours} hours a day, {days} days a week."
    steps = [f"In a day, {name} earns ${rate} * {hours} = ${day}.", f"In a week, that is ${day} * {days} = ${week}."]
    kind = rng.choice(("spend", "weeks", "save"))
    if kind == "spend" and week > 10:
        spent = rng.randint(5, week - 1)
        return (f"{story} After spending ${spent}, how much of a week's pay is left?",
                [*steps, f"After spending ${spent}, ${week} - ${spent} = ${week - spent} is left."],
                week - spent)  # fmt: skip
    weeks = rng.randint(2, 9)
    if kind == "weeks":
        return (f"{story} How many weeks must {name} work to earn ${week * weeks}?",
                [*steps, f"It takes {week * weeks} / {week} = {weeks} weeks."], weeks)  # fmt: skip
    return (f"{story} How much does {name} earn in {weeks} weeks?",
            [*steps, f"In {weeks} weeks, that is ${week} * {weeks} = ${week * weeks}."], week * weeks)  # fmt: skip


def _compare(rng: random.Random) -> _Story:
    """Three people, each described by another; how many they have together, or the difference."""
    a, b, c = _people(rng, 3)
    thing, x, k, d = rng.choice(_THINGS), rng.randint(3, 30), rng.randint(2, 5), rng.randint(2, 20)
    y = x * k
    times = {2: "twice", 3: "three times", 4: "four times", 5: "five times"}[k]
    more = rng.random() < 0.5 or y <= d
    z = y + d if more else y - d
    sign, word = ("+", "more") if more else ("-", "fewer")
    clauses = [f"{b} has {times} as many {thing} as {a}.", f"{c} has {d} {word} {thing} than {b}."]
    given = f"{a} has {x} {thing}."
    story = " ".join([given, *clauses] if rng.random() < 0.6 else [*clauses, f"If {a} has {x} {thing}:"])
    steps = [f"{b} has {x} * {k} = {y} {thing}.", f"{c} has {y} {sign} {d} = {z} {thing}."]
    if rng.random() < 0.35 and z > x:
        return (
            f"{story} How many more {thing} does {c} have than {a}?",
            [*steps, f"The difference is {z} - {x} = {z - x}."],
            z - x,
        )
    return (f"{story} How many {thing} do they have in total?",
            [*steps, f"Together they have {x} + {y} + {z} = {x + y + z} {thing}."], x + y + z)  # fmt: skip


def _groups(rng: random.Random) -> _Story:
    """A total, a part that stays away, and equal groups of the rest."""
    place, size, groups, away = rng.choice(_PLACES), rng.randint(2, 12), rng.randint(2, 15), rng.randint(2, 30)
    rest = size * groups
    who = rng.choice(("children", "visitors", "players", "students", "guests"))
    story = f"{rest + away} {who} come to a {place}. {away} of them go home early and the others form groups of {size}."
    steps = [f"There are {rest + away} - {away} = {rest} {who} left.", f"They form {rest} / {size} = {groups} groups."]
    if rng.random() < 0.4:
        fee = rng.randint(2, 15)
        return (f"{story} Each group pays ${fee}. How much do the groups pay together?",
                [*steps, f"They pay {groups} * ${fee} = ${groups * fee}."], groups * fee)  # fmt: skip
    return f"{story} How many groups are there?", steps, groups


def _percent(rng: random.Random) -> _Story:
    """A share of a whole, then a fraction of the rest."""
    place, rate = rng.choice(_PLACES), rng.choice((10, 20, 25, 30, 40, 50, 60, 75, 80))
    whole = rng.randint(1, 12) * 100 // gcd(100, rate)
    part = whole * rate // 100
    rest = whole - part
    who, kind = rng.choice((("people", "adults"), ("trees", "oaks"), ("cars", "red"), ("animals", "sheep")))
    story = f"There are {whole} {who} at a {place}. {rate}% of them are {kind}."
    steps = [f"{whole} * {rate} / 100 = {part} are {kind}.", f"{whole} - {part} = {rest} are not."]
    fractions = [(f, w) for f, w in ((2, "Half"), (3, "A third"), (4, "A quarter")) if rest % f == 0]
    if fractions and rng.random() < 0.6:
        divisor, word = rng.choice(fractions)
        return (f"{story} {word} of the others are new. How many of the others are new?",
                [*steps, f"{word} of {rest} is {rest} / {divisor} = {rest // divisor}."], rest // divisor)  # fmt: skip
    return f"{story} How many of them are not {kind}?", steps, rest


def _travel(rng: random.Random) -> _Story:
    """Two legs of a journey at two speeds; the way or what is left of it."""
    (name,) = _people(rng, 1)
    v, w, s, t = rng.randint(3, 80), rng.randint(3, 80), rng.randint(2, 6), rng.randint(2, 6)
    way = v * s + w * t
    story = f"{name} travels for {s} hours at {v} miles per hour and then for {t} hours at {w} miles per hour."
    steps = [f"The first part is {s} * {v} = {v * s} miles.", f"The second part is {t} * {w} = {w * t} miles.",
             f"In total that is {v * s} + {w * t} = {way} miles."]  # fmt: skip
    if rng.random() < 0.5:
        left = rng.randint(5, 200)
        return (f"{story} The whole way is {way + left} miles. How many miles are left?",
                [*steps, f"{way + left} - {way} = {left} miles are left."], left)  # fmt: skip
    return f"{story} How many miles is that?", steps, way


def _recipe(rng: random.Random) -> _Story:
    """So much for so many; how much for more."""
    (name,) = _people(rng, 1)
    what = rng.choice(("cups of flour", "eggs", "spoons of sugar", "cups of milk", "grams of butter"))
    people, each, more = rng.randint(2, 8), rng.randint(2, 9), rng.randint(9, 30)
    return (f"{name} needs {people * each} {what} to bake for {people} people. "
            f"How many {what} does {name} need for {more} people?",
            [f"One person needs {people * each} / {people} = {each} {what}.",
             f"{more} people need {more} * {each} = {more * each} {what}."], more * each)  # fmt: skip


def _ages(rng: random.Random) -> _Story:
    """Ages now and in some years."""
    a, b = _people(rng, 2)
    x, k, t = rng.randint(4, 20), rng.randint(2, 4), rng.randint(2, 15)
    times = {2: "twice", 3: "three times", 4: "four times"}[k]
    return (f"{a} is {x} years old. {b} is {times} as old. How old will {b} be in {t} years?",
            [f"{b} is {x} * {k} = {x * k} years old now.", f"In {t} years, {b} will be {x * k} + {t} = {x * k + t}."],
            x * k + t)  # fmt: skip


def _average(rng: random.Random) -> _Story:
    """The mean of some days, or the day that is missing from it."""
    (name,) = _people(rng, 1)
    days, mean = rng.randint(3, 4), rng.randint(20, 60)
    values = [mean + rng.randint(-8, 8) for _ in range(days - 1)]
    values.append(mean * days - sum(values))
    listed = ", ".join(map(str, values[:-1])) + f" and {values[-1]}"
    total, plus = sum(values), " + ".join(map(str, values))
    return (f"{name} reads {listed} pages on {days} days. How many pages is that per day on average?",
            [f"Together that is {plus} = {total} pages.", f"The average is {total} / {days} = {mean} pages."],
            mean)  # fmt: skip


def _fields(rng: random.Random) -> _Story:
    """Area or fence of a rectangle, with a price."""
    (name,) = _people(rng, 1)
    w, h, price = rng.randint(3, 30), rng.randint(3, 30), rng.randint(2, 12)
    story = f"{name} has a garden that is {w} meters long and {h} meters wide."
    if rng.random() < 0.5:
        around = 2 * (w + h)
        return (f"{story} A fence costs ${price} per meter. How much does a fence around the garden cost?",
                [f"Two sides are {w} + {h} = {w + h} meters, so all around it is 2 * {w + h} = {around} meters.",
                 f"The fence costs {around} * ${price} = ${around * price}."], around * price)  # fmt: skip
    return (f"{story} Seed costs ${price} per square meter. How much does seed for the whole garden cost?",
            [f"The area is {w} * {h} = {w * h} square meters.",
             f"The seed costs {w * h} * ${price} = ${w * h * price}."], w * h * price)  # fmt: skip


_MAKERS: tuple[Callable[[random.Random], _Story], ...] = (
    _chain, _chain, _chain, _shopping, _shopping, _wages, _compare, _compare, _groups, _percent, _travel, _recipe,
    _ages, _average, _fields,
)  # fmt: skip
