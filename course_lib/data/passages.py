"""Made-up passages with a question each, of which the answer is a piece: who gave what to whom, and where.

They come in twins. The second passage of a pair has the same question and, sentence by sentence, the same words, but in
two sentences giver and receiver have changed places, and so the answer is another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

NAMES = (
    *("anna", "ben", "clara", "david", "ella", "felix", "gina", "hugo", "ida", "jonas", "kira", "leo", "mona", "nils"),
    *("olga", "paul"),
)
LOOKS = ("old", "small", "red", "heavy", "broken", "blue", "long", "green")
THINGS = ("lamp", "box", "book", "coat", "drum", "kite", "map", "clock", "chair", "cup", "bell", "rope")
PLACES = ("kitchen", "garden", "mill", "station", "barn", "library", "museum", "school")
BESIDE = ("in", "behind", "near")
# what the giver does and did, what the receiver does and did, what is done to the thing
VERBS = (
    ("give", "gave", "get", "got", "given"),
    ("sell", "sold", "buy", "bought", "sold"),
    ("send", "sent", "receive", "received", "sent"),
)
KINDS = ("what", "where", "giver", "receiver")

Words = tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """A passage, a question, and where the answer stands: words[start : end + 1].

    Attributes:
        words: the passage; each sentence ends in ".".
        question: it ends in "?".
        start: place of the answer's first word.
        end: place of its last word.
        kind: what is asked for, one of "what", "where", "giver", "receiver".
    """

    words: Words
    question: Words
    start: int
    end: int
    kind: str

    @property
    def answer(self) -> Words:
        """The words of the answer."""
        return self.words[self.start : self.end + 1]


@dataclass(frozen=True)
class _Event:
    giver: str
    receiver: str
    thing: Words
    place: Words
    verb: int


def passages(pairs: int, seed: int = 0, sentences: int = 4) -> list[Passage]:
    """Write 2 * `pairs` passages, twin after twin, the same on every machine for a seed.

    Two of the sentences are about the persons of the question, the others about one of them and somebody else.
    Raises ValueError below 1 pair, and for less than 2 or more than 8 sentences.
    """
    if pairs < 1 or not 2 <= sentences <= len(PLACES):
        raise ValueError(f"at least 1 pair, and 2 to {len(PLACES)} sentences, not {pairs} and {sentences}")
    return [passage for pair in range(pairs) for passage in _twins(np.random.default_rng([seed, pair]), sentences)]


def _twins(rng: np.random.Generator, count: int) -> tuple[Passage, Passage]:
    """A passage, and the one in which giver and receiver have changed places."""
    events = _events(rng, count)
    swapped = [_Event(e.receiver, e.giver, e.thing, e.place, e.verb) for e in events[:2]] + events[2:]
    order, forms = [int(n) for n in rng.permutation(count)], rng.integers(4, size=count)
    kind, from_receiver = KINDS[int(rng.integers(len(KINDS)))], bool(rng.random() < 0.5)
    question = _question(events[0], kind, from_receiver)

    def written(told: list[_Event], asked: int) -> Passage:
        sentences = [_sentence(told[n], int(forms[n])) for n in order]
        begins = [0, *accumulate(len(sentence) for sentence in sentences)]
        answer, place = _answer(told[asked], kind), order.index(asked)
        start = begins[place] + _place(sentences[place], answer)
        words = tuple(word for sentence in sentences for word in sentence)
        return Passage(words, question, start, start + len(answer) - 1, kind)

    return written(events, 0), written(swapped, 1 if kind in ("what", "where") else 0)


def _events(rng: np.random.Generator, count: int) -> list[_Event]:
    """First what two persons gave each other, then what one of them gave to, or got from, somebody else."""
    one, other, *more = (str(name) for name in rng.permutation(NAMES)[:count])
    places = [(str(rng.choice(BESIDE)), "the", str(noun)) for noun in rng.permutation(PLACES)[:count]]
    verb = int(rng.integers(len(VERBS)))
    pairs = [(one, other), (other, one)]
    for name in more:
        friend = str(rng.choice([one, other]))
        pairs.append((name, friend) if rng.random() < 0.5 else (friend, name))
    verbs = [verb, verb, *(int(v) for v in rng.integers(len(VERBS), size=count - 2))]
    told = zip(pairs, _things(rng, count), places, verbs, strict=True)
    return [_Event(giver, receiver, thing, place, v) for (giver, receiver), thing, place, v in told]


def _things(rng: np.random.Generator, count: int) -> list[Words]:
    """Different things, with up to two words on how they look."""
    nouns = rng.permutation(THINGS)[:count]
    looks = [rng.permutation(LOOKS)[: rng.integers(3)] for _ in nouns]
    return [("the", *map(str, look), str(noun)) for look, noun in zip(looks, nouns, strict=True)]


def _sentence(event: _Event, form: int) -> Words:
    """The event told in one of four ways: the same words do not stand in the same order."""
    _, did, _, got, done = VERBS[event.verb]
    thing, place = event.thing, event.place
    if form == 0:
        return (event.giver, did, *thing, "to", event.receiver, *place, ".")
    if form == 1:
        return (*place, ",", event.receiver, got, *thing, "from", event.giver, ".")
    if form == 2:
        return (*thing, "was", done, "to", event.receiver, "by", event.giver, *place, ".")
    return (*place, ",", event.giver, did, *thing, "to", event.receiver, ".")


def _question(event: _Event, kind: str, from_receiver: bool) -> Words:
    gives, gave, gets, got, _ = VERBS[event.verb]
    if kind == "giver":
        return ("who", gave, *event.thing, "?")
    if kind == "receiver":
        return ("who", got, *event.thing, "?")
    asked = ("what", "did") if kind == "what" else ("where", "did")
    something = () if kind == "what" else ("something",)
    if from_receiver:
        return (*asked, event.receiver, gets, *something, "from", event.giver, "?")
    return (*asked, event.giver, gives, *something, "to", event.receiver, "?")


def _answer(event: _Event, kind: str) -> Words:
    named = {"what": event.thing, "where": event.place, "giver": (event.giver,), "receiver": (event.receiver,)}
    return named[kind]


def _place(sentence: Words, answer: Words) -> int:
    """Where the answer begins in the sentence; it stands there once."""
    return next(n for n in range(len(sentence)) if sentence[n : n + len(answer)] == answer)
