"""The usual order of answer words; everything else is a person's to say."""

import random
from itertools import permutations

import pytest

from pluralstats.data.answer_order import FAMILIES, in_order, says_nothing

KNOWN = {
    "agreement": ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"],
    "seven points": [
        *("strongly disagree", "disagree", "somewhat disagree", "neutral"),
        *("somewhat agree", "agree", "strongly agree"),
    ],
    "frequency": ["Never", "Rarely", "Sometimes", "Often", "Always"],
    "intensity": ["Not at all", "Slightly", "Moderately", "Very", "Extremely"],
    "German agreement": ["stimme gar nicht zu", "stimme nicht zu", "teils/teils", "stimme zu", "stimme voll zu"],
    "German frequency": ["nie", "selten", "manchmal", "oft", "immer"],
    "yes and no": ["no", "maybe", "yes"],
    "numbers with words": ["1 - not at all", "2 - a little", "3 – somewhat", "10 - very"],
    "labelled ends": ["1 (not at all)", "2", "3", "4", "5 (very)"],
    "curly apostrophes and no-break spaces": ["Strongly\u00a0disagree", "neutral", "agree"],
}
UNKNOWN = {
    "no scale": ["cat", "dog"],
    "two families": ["never", "agree"],
    "one place twice": ["neutral", "undecided", "agree"],
    "one answer of no family": ["never", "often", "whatever"],
    "one number twice": ["1 - no", "1 - never", "2 - yes"],
    "plain numbers, which need no words": ["1", "2", "3"],
    "nothing": [],
}


@pytest.mark.parametrize("case", KNOWN)
def test_known_words_come_in_their_order_however_they_are_given(case: str):
    shuffled = random.Random(1).sample(KNOWN[case], len(KNOWN[case]))
    assert in_order(shuffled) == KNOWN[case]


@pytest.mark.parametrize("case", UNKNOWN)
def test_an_order_that_is_not_known_is_not_guessed(case: str):
    assert in_order(UNKNOWN[case]) is None


def test_no_two_families_order_two_words_differently():
    for one, other in permutations(FAMILIES, 2):
        shared = sorted(one.keys() & other.keys())
        against = [(a, b) for a, b in permutations(shared, 2) if one[a] < one[b] and other[a] > other[b]]
        assert against == []


@pytest.mark.parametrize("text", ["Don't know", "don’t know", "N/A", "k.A.", "Weiß nicht", "not  sure"])
def test_answers_that_say_nothing(text: str):
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["no", "never", "neutral", "none"])
def test_low_answers_say_something(text: str):
    assert not says_nothing(text)
