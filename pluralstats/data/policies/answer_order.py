"""Answers in words whose order came with the data and is the alphabet's: probably nobody chose it."""

from collections.abc import Sequence


class ScaleWarning(UserWarning):
    """The order of the answers may not be meant."""


def alphabetical_order(labels: Sequence[str]) -> list[str]:
    """A sentence where three or more words stand in the order of the alphabet; grades and numbered words may.

    >>> alphabetical_order(["high", "low", "medium"])[0][:49]
    'The order of the answers is the alphabet: high < '
    >>> alphabetical_order(["low", "medium", "high"]), alphabetical_order(["A", "B", "C"])
    ([], [])
    """
    words = [label.casefold() for label in labels]
    plain = any(len(word) < 2 or not word[0].isalpha() for word in words)
    if len(words) < 3 or plain or words != sorted(words):
        return []
    return [
        f"The order of the answers is the alphabet: {' < '.join(labels)}. It came with the column, as pandas makes it "
        "where no order is named. Name the answers in their order, lowest first, with scale=."
    ]
