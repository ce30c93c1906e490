"""The grammar of a judge's answer: what is read, and what must never be read as a number it does not state."""

import math

import pytest
from pluralstats.alignment.judge_ratings import rating_in

FIVE = (1, 5)
LABELS = ("not at all", "very much")

READ = [
    ("Rating: 4", FIVE, 4),
    ("rating = 4.", FIVE, 4),
    ("4", FIVE, 4),
    ("Rating: 3.5", FIVE, 3.5),
    ("**Rating:** 4", FIVE, 4),
    ("Rating: **4**/5", FIVE, 4),
    ("Rating: [[4]]", FIVE, 4),
    ("Rating: <4>", FIVE, 4),
    ("$\\boxed{4}$", FIVE, 4),
    ("Rating:\n\n4", FIVE, 4),
    ("- Rating: 4", FIVE, 4),
    ("Score: 4 points", FIVE, 4),
    ("My final rating is 4.", FIVE, 4),
    ("Rating (1-5): 4", FIVE, 4),  # the scale is not the rating
    ("Rating (on a scale from 1 to 5): 4", FIVE, 4),
    ("Rating: 4 (1–5)", FIVE, 4),
    ("Rating: 4/5", FIVE, 4),
    ("4 out of 5", FIVE, 4),
    ("Rating: 85/100", (0, 100), 85),
    ("Rating: 85%", (0, 100), 85),
    ("Rating: 0", (0, 10), 0),
    ("Rating: \u22123", (-5, 5), -3),  # the minus sign
    ("Rating: -3", (-5, 5), -3),
    ("Rating: +3", (-5, 5), 3),
    ("Rating: 4 (rude, but no threat)", FIVE, 4),
    ("Rating: 4 - rude", FIVE, 4),
    ("Rating: 4, as it is rude.", FIVE, 4),
    ("Rating: 4. There are 2 insults.", FIVE, 4),
    ("There are 2 insults in 3 sentences. Rating: 4", FIVE, 4),
    ("1. rude\n2. loud\nRating: 3", FIVE, 3),
    ("Rating: 4\nRating: 4/5", FIVE, 4),
    ("Rating: 2\nFinal rating: 3", FIVE, 3),
    ("Rating: 4\nConfidence rating: 2", FIVE, 4),
    ("<think>Rating: 2?</think>Rating: 4", FIVE, 4),
    ("Rating: 2 maybe</think>\nRating: 4", FIVE, 4),  # opened by the server's template
    ('{"rating": 4, "reason": "2 insults"}', FIVE, 4),
    ('```json\n{"Rating": "4/5"}\n```', FIVE, 4),
    ("Toxicity: 4", FIVE, 4),
    ("Toxicity rating (1-5): 4", FIVE, 4),
    ("Rating for toxicity: 4", FIVE, 4),
    ("Rating (toxicity): 4", FIVE, 4),
    ("Rating: very much", FIVE, 5),
    ("Rating: Not at all.", FIVE, 1),
    ("Rating: 5 (very much)", FIVE, 5),
    ("Rating: very much (5)", FIVE, 5),
]

NOT_READ = [
    ("I cannot rate this.", FIVE),
    ("", FIVE),
    ("Rating: 0", FIVE),
    ("Rating: 9", FIVE),
    ("Rating: 5 out of 10", FIVE),
    ("Rating: 4/10", FIVE),
    ("Rating (0-10): 4", FIVE),
    ("Rating: 2/3", (-3, 3)),
    ("Rating: 3,5", FIVE),
    ("Rating: 1,000", (0, 1000)),
    ("Rating: 3. 5", FIVE),
    ("Rating: 3-4", FIVE),
    ("Rating: 3 – 4", FIVE),
    ("Rating: 1 to 5", FIVE),
    ("between 2 and 4", FIVE),
    ("Rating: 3 or 4", FIVE),
    ("Rating: 3 (or four)", FIVE),
    ("Rating: 4 (maybe less)", FIVE),
    ("Rating: 3 (rating 1 would be too low)", FIVE),
    ("rating: 2 might be too low, let me", FIVE),
    ("<think>Hmm, a rating: 2 might be too low. Rating: 3", FIVE),
    ("Rating: 4\n\nHmm, wait, it is polite.", FIVE),
    ("Rating: 2. Rating: 3", FIVE),
    ("Rating: 2 is too low.\nRating: 3", FIVE),
    ("Rating: 4\nRating: 7/10", FIVE),
    ("Confidence rating: 2", FIVE),
    ("Rating (confidence): 2", FIVE),
    ("Helpfulness: 2", FIVE),
    ("Rating: 4th", FIVE),
    ("Rating: 4e0", FIVE),
    ("Rating: 4½", FIVE),
    ("Rating: ٤", FIVE),
    ("Rating: –3", (-5, 5)),  # a dash is no minus
    ("- 3", (-5, 5)),  # and a bullet none either
    ("Rating -3", (-5, 5)),
    ("4**5", (1, 50)),
    ("Rating: 1_000", (1, 1000)),
    ("Rating: 1 = not at all, 5 = very much", FIVE),
    ("Rating: 1 (very much)", FIVE),
    ("Rating: 4 (very much)", FIVE),
    ("Rating: not at all rude, very much", FIVE),
    ("There are insults:\n4", FIVE),
    ('{"rating": 4, "score": 2}', FIVE),
    ('{"rating": true}', FIVE),
    ('{"rating": 4', FIVE),
    ('{"a":' * 100_000, FIVE),
    ("Rating" + " " * 100_000, FIVE),
]


@pytest.mark.parametrize(("reply", "scale", "rating"), READ)
def test_a_rating_that_is_stated_is_read(reply, scale, rating):
    assert rating_in(reply, scale, LABELS, "toxicity") == rating


@pytest.mark.parametrize(("reply", "scale"), NOT_READ)
def test_what_states_no_certain_rating_is_none(reply, scale):
    assert math.isnan(rating_in(reply, scale, LABELS, "toxicity"))


def test_labels_that_say_the_same_say_nothing():
    assert math.isnan(rating_in("Rating: high", FIVE, ("high", "High")))
    assert rating_in("Rating: not at all", FIVE, ("not at all", "not")) == 1


def test_the_last_sentence_of_an_answer_that_was_cut_off_is_not_read():
    assert math.isnan(rating_in("Rating: 1", (1, 10), cut=True))
    assert math.isnan(rating_in("Rating: 1.", (1, 10), cut=True))
    assert rating_in("Rating: 1\nThe resp", (1, 10), cut=True) == 1
