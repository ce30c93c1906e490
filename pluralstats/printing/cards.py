"""What an object shows of itself: at most ten lines on a terminal, a small page in a notebook."""

import html
from collections.abc import Sequence
from typing import NamedTuple

from pluralstats.printing.formats import html_fragment, without_control
from pluralstats.printing.printed import PrintedTable
from pluralstats.storage.shown_text import visible

MOST_LINES = 10
WIDTH = 110  # characters of a line
_STYLE = (
    "<style>.pluralstats{font-size:0.9em;overflow-x:auto}.pluralstats th{font-weight:600}.pluralstats p{margin:0.4em 0}"
    ".pluralstats table{border-collapse:collapse;color:inherit;background:none}"
    ".pluralstats th,.pluralstats td{padding:0.15em 0.8em 0.15em 0;vertical-align:top;background:none}"
    ".pluralstats thead th{border-bottom:1px solid currentColor}</style>"
)


class Card(NamedTuple):
    """What is shown of an object.

    Attributes
    ----------
    title : str
        What it is, in a line.
    facts : sequence of (name, text)
    notes : sequence of str
        Finished sentences, such as problems.
    table : PrintedTable, optional
        For notebooks only.
    summary : str
        What that table is folded under; "" shows it.
    """

    title: str
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    table: PrintedTable | None = None
    summary: str = ""


class Shown:
    """An object that shows a card of itself. Its class says what stands there, from what is known without work."""

    def _card(self) -> Card:
        raise NotImplementedError

    def __repr__(self) -> str:
        return card_text(self._card())

    def _repr_html_(self) -> str:
        return card_html(self._card())


def whole_text(shown: Shown) -> str:
    """All that an object shows of itself on a terminal, however many lines that takes."""
    card = shown._card()
    return card_text(card, most=2 + len(card.facts) + len(card.notes))


def card_text(card: Card, most: int = MOST_LINES, width: int = WIDTH) -> str:
    """The card as lines: facts cut at ``width``, notes as whole sentences, what does not fit in ``most`` lines counted.

    >>> print(card_text(Card("Thing", [("colour", "red"), ("size", "3")], ["It is old."])))
    Thing
      colour  red
      size    3
      - It is old.
    """
    names = max((len(name) for name, _ in card.facts), default=0)
    lines = [shortened_line(f"  {name:<{names}}  {text}", width) for name, text in card.facts]
    lines += [shortened_line(f"  - {note}", len(note) + 4) for note in card.notes]
    if len(lines) > most - 1:
        lines = [*lines[: most - 2], f"  ... and {len(lines) - (most - 2)} more"]
    return "\n".join([shortened_line(card.title, 2 * width), *lines])


def shortened_line(text: str, width: int = WIDTH) -> str:
    """A text in one line, cut where it is longer.

    >>> shortened_line("a  long\\nstory", 8)
    'a lon...'
    """
    indent = text[: len(text) - len(text.lstrip(" "))]
    flat = visible(text).replace("\n", " ").rstrip()
    flat = flat if indent else " ".join(flat.split())
    return flat if len(flat) <= width else f"{flat[: width - 3]}..."


def more_than(n: int, shown: int) -> str:
    """How many of ``n`` things are not among the ``shown`` ones.

    >>> more_than(8, 6), more_than(3, 6)
    (' and 2 more', '')
    """
    return f" and {n - shown:,} more" if n > shown else ""


def card_html(card: Card) -> str:
    """The card as a part of a page: every text escaped, colours those of the page around it."""
    facts = "".join(
        f'<tr><th style="text-align: left">{_escaped(name)}</th><td style="text-align: left">{_escaped(text)}</td></tr>'
        for name, text in card.facts
    )
    notes = "".join(f"<li>{_escaped(note)}</li>" for note in card.notes)
    table = "" if card.table is None else html_fragment(without_control(card.table))
    if card.summary:
        table = f"<details><summary>{_escaped(card.summary)}</summary>{table}</details>"
    parts = [
        f"<p><strong>{_escaped(card.title)}</strong></p>",
        f"<table><tbody>{facts}</tbody></table>" if facts else "",
        f"<ul>{notes}</ul>" if notes else "",
        table,
    ]
    return f'<div class="pluralstats">{_STYLE}{"".join(parts)}</div>'


def _escaped(text: str) -> str:
    return html.escape(visible(text))
