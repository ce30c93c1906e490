"""Text of others on its way to people: nothing in it is obeyed by a terminal, a word processor or a spreadsheet."""

import re

# C0 but tab and line feed, delete and C1, the marks that turn the direction of writing, halves of surrogate pairs
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"-\s*(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*%?\s*")


def visible(text: str) -> str:
    r"""The text with every control character written out; line feeds and tabs stay.

    >>> visible("red: \x1b[31m")
    'red: \\x1b[31m'
    """
    return _CONTROL.sub(lambda found: _written(ord(found[0])), text)


def _written(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def spreadsheet_text(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula; numbers stay numbers.

    >>> spreadsheet_text("=1+1"), spreadsheet_text("-2"), spreadsheet_text("-2+cmd"), spreadsheet_text("never")
    ("'=1+1", '-2', "'-2+cmd", 'never')
    """
    formula = text.startswith(("=", "+", "@", "\t", "\r", "\n"))
    formula |= text.startswith("-") and text != "-" and not _NUMBER.fullmatch(text)
    return f"'{text}" if formula else text
