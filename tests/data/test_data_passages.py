"""Passages with questions: the answers are those of a second reader, and twins have the same words."""

from __future__ import annotations

import re

import pytest

from course_lib import data

TELLS = (
    r"(?P<giver>\w+) (?:gave|sold|sent) (?P<thing>the [\w ]+) to (?P<receiver>\w+) (?P<place>(?:in|behind|near) .+)",
    r"(?P<place>[\w ]+) , (?P<receiver>\w+) (?:got|bought|received) (?P<thing>the [\w ]+) from (?P<giver>\w+)",
    r"(?P<thing>the [\w ]+) was \w+ to (?P<receiver>\w+) by (?P<giver>\w+) (?P<place>.+)",
    r"(?P<place>[\w ]+) , (?P<giver>\w+) (?:gave|sold|sent) (?P<thing>the [\w ]+) to (?P<receiver>\w+)",
)
ASKS = (
    r"who (?:gave|sold|sent) (?P<thing>.+)",
    r"who (?:got|bought|received) (?P<thing>.+)",
    r"(?:what|where) did (?P<giver>\w+) (?:give|sell|send) (?:something )?to (?P<receiver>\w+)",
    r"(?:what|where) did (?P<receiver>\w+) (?:get|buy|receive) (?:something )?from (?P<giver>\w+)",
)
ANSWER = {"what": "thing", "where": "place", "giver": "giver", "receiver": "receiver"}


def read(text: str, forms: tuple[str, ...]) -> dict[str, str]:
    found = [match.groupdict() for form in forms if (match := re.fullmatch(form, text))]
    assert len(found) == 1, text
    return found[0]


def answers(passage: data.Passage) -> list[str]:
    """What somebody answers who reads by patterns."""
    told = [read(sentence, TELLS) for sentence in " ".join(passage.words).removesuffix(" .").split(" . ")]
    asked = read(" ".join(passage.question[:-1]), ASKS)
    return [event[ANSWER[passage.kind]] for event in told if asked.items() <= event.items()]


def bags(passage: data.Passage) -> list[list[str]]:
    return [sorted(sentence.split()) for sentence in " ".join(passage.words).split(" .")]


@pytest.mark.parametrize("sentences", [2, 4, 8])
def test_a_second_reader_finds_one_answer_and_it_is_the_same(sentences: int) -> None:
    for passage in data.passages(100, seed=3, sentences=sentences):
        assert answers(passage) == [" ".join(passage.answer)]
        assert passage.words.count(".") == sentences


def test_twins_have_the_same_words_in_each_sentence_and_another_answer() -> None:
    drawn = data.passages(200)
    for one, other in zip(drawn[::2], drawn[1::2], strict=True):
        assert one.question == other.question
        assert bags(one) == bags(other)
        assert one.answer != other.answer
    assert {passage.kind for passage in drawn} == set(ANSWER)


def test_a_seed_says_it_all_and_a_pair_depends_on_its_number_alone() -> None:
    assert data.passages(5, seed=1) == data.passages(9, seed=1)[:10]
    assert data.passages(5, seed=1) != data.passages(5, seed=2)
    with pytest.raises(ValueError, match="2 to 8 sentences, not 1 and 9"):
        data.passages(1, sentences=9)
