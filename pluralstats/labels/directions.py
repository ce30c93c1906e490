"""Which end of a scale is preferred, and whether a dimension's name or answers suggest that it is the other one."""

import re
from collections.abc import Mapping, Sequence

from pluralstats.labels.utilities import UNNAMED

BAD = (
    *(
        "hate",
        "hatred",
        "hating",
        "erniedrig",
        "hass",
        "toxi",
        "offens",
        "offend",
        "harm",
        "bias",
        "stereotyp",
        "abus",
        "insult",
        "threat",
    ),
    *(
        "racis",
        "sexis",
        "misogyn",
        "discriminat",
        "derogat",
        "degrad",
        "demean",
        "profan",
        "obscen",
        "vulgar",
        "violen",
    ),
    *(
        "aggress",
        "hostil",
        "bully",
        "danger",
        "unsafe",
        "uncivil",
        "rude",
        "slur",
        "nsfw",
        "unethic",
        "immoral",
        "cruel",
    ),
    *("hallucinat", "halluzin", "misinformat", "mislead", "severity", "risk", "risik", "beleidig", "droh", "bedroh"),
    *("rassis", "gewalt", "missbrauch", "schädlich", "schaedlich", "schaden", "gefähr", "gefaehr", "vorurteil"),
    *("anstöß", "anstoess", "abwert", "herabwürd", "herabwuerd", "herabsetz", "verletz", "vulgär", "obszön", "diffam"),
    *("grausam", "mobbing", "hetz", "irreführ", "irrefuehr", "unsicher", "unhöflich", "unhoeflich", "verzerr"),
)
WITHIN = ("feindlich", "feindselig", "beleidig", "diskrimin", "hassrede", "gefährd")  # also in compounds
NEGATING = ("not", "non", "no", "none", "never", "without", "free", "lack", "absence", "anti", "nicht", "kein", "keine")
NEGATING_TOO = ("ohne", "nie", "frei", "un")
FREE_OF = ("less", "lessness", "los", "losigkeit", "free", "frei", "freiheit")  # harmless, harmlos, vorurteilsfrei
_WORD = re.compile(r"[A-ZÄÖÜ]?[a-zäöüß]+|[A-ZÄÖÜ]+(?![a-zäöüß])")  # hateSpeech and HATE_SPEECH alike


class DirectionWarning(UserWarning):
    """Pairs prefer the higher rating, and something suggests that the lower one is meant."""


def sounds_bad(text: str) -> bool:
    """Whether a name or an answer is about something that people want less of; English and German.

    >>> [sounds_bad(text) for text in ("toxicity", "hateSpeech", "very offensive", "Menschenfeindlichkeit")]
    [True, True, True, True]
    >>> [sounds_bad(text) for text in ("helpfulness", "not toxic", "harmlessness", "non-bias", "whatever", "nontoxic")]
    [False, False, False, False, False, False]
    """
    words = [word.lower() for word in _WORD.findall(text)]
    if any(word in (*NEGATING, *NEGATING_TOO) for word in words):
        return False
    return any(_bad_word(word) for word in words)


def _bad_word(word: str) -> bool:
    if word.endswith(FREE_OF) or word.startswith("harmon"):
        return False
    return word.startswith(BAD) or any(stem in word for stem in WITHIN)


def higher_is_worse(name: str, answers: Sequence[str]) -> str:
    """What suggests it, "its name" or "its answers"; empty where nothing does or the answers say the contrary.

    Parameters
    ----------
    answers : labels of the scale, lowest first; none of a continuous one

    Examples
    --------
    >>> higher_is_worse("toxicity", ["1", "2"]), higher_is_worse("q7", ["not toxic", "toxic", "very toxic"])
    ('its name', 'its answers')
    >>> higher_is_worse("toxicity", ["very toxic", "a bit toxic", "not toxic"])
    ''
    """
    ends = [sounds_bad(answers[0]), sounds_bad(answers[-1])] if answers else [False, False]
    if ends[0] != ends[1]:
        return "its answers" if ends[1] else ""
    return "its name" if sounds_bad(name) else ""


def direction(utility: Mapping[str, float], given: bool) -> str:
    """Which ratings are preferred, a finished sentence; ``given`` by a user.

    >>> direction({"toxicity": -1.0, "helpfulness": 1.0}, True)
    "Higher ratings of 'helpfulness' and lower ratings of 'toxicity' are preferred."
    >>> direction({"rating": 1.0}, False)
    'Higher ratings are preferred: no utility was given.'
    """
    parts = []
    for side, sign in (("higher", 1.0), ("lower", -1.0)):
        names = [f"'{name}'" for name, worth in utility.items() if worth * sign > 0.0]
        if names == [f"'{UNNAMED}'"]:
            parts.append(f"{side} ratings")
        elif names:
            parts.append(f"{side} ratings of {' and '.join(names)}")
    text = " and ".join(parts)
    return f"{text[0].upper()}{text[1:]} are preferred" + ("." if given else ": no utility was given.")


def doubt(name: str, answers: Sequence[str]) -> str:
    """What to write where higher ratings seem to be worse, a finished sentence; empty where they do not."""
    reason = higher_is_worse(name, answers)
    if not reason:
        return ""
    what = "Pairs prefer higher ratings" + ("" if name == UNNAMED else f" of '{name}'")
    of_answers = f" ('{answers[0]}' to '{answers[-1]}')" if reason == "its answers" else ""
    return (
        f"{what}, and {reason}{of_answers} suggest{'s' if reason == 'its name' else ''} that higher is worse. Write "
        f'utility={{"{name}": -1}} to prefer the lower ones (--utility {name}=-1 of the command), or {{"{name}": 1}} '
        "if this is what you mean."
    )
