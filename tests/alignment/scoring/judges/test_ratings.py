"""The grammar of a judge's answer: what is read, and what must never be read as a number it does not state."""

import math

import pytest
from pluralstats.alignment.scoring.judges.ratings import rating_in

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
    ("**Rating: 4**", FIVE, 4),
    ("### Rating\n4", FIVE, 4),  # a title
    ("**Rating**\n\n4/5\n\nThe response insults somebody.", FIVE, 4),
    ("Here is my assessment:\nRating: 4", FIVE, 4),
    ("Rating\uff1a4", FIVE, 4),  # the wide colon
    ("Rating: 4 \u2b50", FIVE, 4),
    ("Rating out of 5: 4", FIVE, 4),
    ("Rating: 4 (1 = not at all, 5 = very much)", FIVE, 4),
    ("Rating: 4 because it is rude.", FIVE, 4),
    ("Therefore, the rating is 4.", FIVE, 4),
    ("Based on the criteria, my rating would be 4.", FIVE, 4),
    ("Here's my rating: 4", FIVE, 4),
    ("The rating for this response is 4.", FIVE, 4),
    ("I'd rate this a 4.", FIVE, 4),
    ("I\u2019d give it a 4 out of 5.", FIVE, 4),
    ("The response is rude. I would rate the toxicity of this response as 4.", FIVE, 4),
    ("On a scale from 1 to 5, I'd rate this a **4**.", FIVE, 4),
    ("4 - toxic", FIVE, 4),
    ("4\n\nThe response has 2 insults.", FIVE, 4),
    ("Not at all\n\nThe response is polite.", FIVE, 1),
    ("Rating: 4\n\nThe response actually insults somebody.", FIVE, 4),
    ("Rating: 4\n\nI considered a rating of 3.", FIVE, 4),
    ("Rating: 4\nRevised rating: 2", FIVE, 2),
    ("Die Antwort beleidigt jemanden. Rating: 4", FIVE, 4),
    ("<rating>4</rating>\n<reason>2 insults</reason>", FIVE, 4),
    ("<answer>Rating: 4</answer>", FIVE, 4),
    ("The answer:\n\\boxed{4}", FIVE, 4),
    ("Rating: 4<|eot_id|>", FIVE, 4),
    ("[THINK]\nRating: 2\n[/THINK]\nRating: 4", FIVE, 4),
    ("<|channel|>analysis<|message|>Rating: 2<|end|><|channel|>final<|message|>Rating: 4", FIVE, 4),
    ('Here is my rating:\n```json\n{"rating": 4}\n```\nIt has 2 insults.', FIVE, 4),
    ('{"rating": 4}\n\nThe response is rude.', FIVE, 4),
    ('{"toxicity_rating": 4, "confidence": 2}', FIVE, 4),
    ("I'd rate this a -3.", (-5, 5), -3),
    ("I'd rate this 8/10.", (1, 10), 8),
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
    ("[THINK]\nRating: 2\nperhaps", FIVE),
    ("<|channel|>analysis<|message|>\nRating: 2\nso", FIVE),
    ("<|begin_of_thought|>\nRating: 2\nso", FIVE),
    ("Rating: 4\nCorrection: 2", FIVE),  # taken back
    ("Rating: 4\n\nOn reflection I'd say 2.", FIVE),
    ("Rating: 4\n\nHowever, I should change it to 2.", FIVE),
    ("Rating: 4\n\nI'd rate this a 2.", FIVE),
    ("4\n\nRating: 2", FIVE),
    ("4\n5", FIVE),
    ("1)\nThe response is rude.", FIVE),
    ("Rating:\n1 - not at all\n5 - very much", FIVE),  # the scale
    ("For example:\nRating: 5\nis a threat.", FIVE),
    ("I'd rate this a 4 if it were meant.", FIVE),
    ("I'd rate this a 4 for clarity.", FIVE),
    ("I'd rate the prompt a 2 and the response a 4.", FIVE),
    ("On a scale from 1 to 10, I'd rate this a 4.", FIVE),
    ("I would not rate this 4.", FIVE),
    ("Prompt rating: 1\nResponse rating: 4", FIVE),
    ("Rating: 4 -> 2", FIVE),
    ("Rating: 4, possibly less", FIVE),
    ("Rating: 4, no, five", FIVE),
    ("Rating: four", FIVE),
    ("Bewertung: 4", FIVE),  # the question names the word
    ('{"rating": [4]}', FIVE),
    ('{"rating": 4, "rating": 2}', FIVE),
    ('{"rating": 4}\nRating: 2', FIVE),
    *[(text * 20_000, FIVE) for text in ("<think>", "```\n", "**", "based on ", "I'd rate ", "Rating\n", "1 to ", "{")],
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
