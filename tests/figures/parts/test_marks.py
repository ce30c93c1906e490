"""The key of a figure, read from the marks."""

from matplotlib.figure import Figure
from pluralstats.figures.parts.marks import labelled


def test_the_key_has_every_mark_with_a_label_once_whatever_the_name():
    first, second = Figure().subplots(1, 2)
    for ax in (first, second):
        ax.plot([0, 1], label="_x")
        ax.vlines([0, 1], 0, 1, label="$x$")
        ax.barh([0, 1], [1, 2], label="_bars")
        ax.fill_between([0, 1], [1, 2], label="_child")
    second.plot([0], [0], "o", label="y")
    assert [words for _, words in labelled([first, second])] == ["_x", "$x$", "_child", "_bars", "y"]


def test_marks_without_a_label_are_not_in_the_key():
    ax = Figure().add_subplot()
    ax.plot([0, 1])
    ax.vlines([0, 1], 0, 1)
    ax.barh([0, 1], [1, 2])
    ax.fill([0, 1, 1], [0, 0, 1])  # whose label is None
    ax.axvspan(0, 1)
    ax.set_title("title")
    ax.set_label("alt text")
    assert labelled([ax]) == []
