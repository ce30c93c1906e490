"""Whatever is in a wide table or a table of people is in the ratings, under the same ids and with the same values."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import pluralstats as ps
from pluralstats.data.tables.frames import as_text

IDS = st.lists(
    st.text("ab01 ._-é", min_size=1, max_size=4).filter(lambda text: text == text.strip() and text),
    min_size=1,
    max_size=5,
    unique_by=as_text,
)
CELLS = st.one_of(st.none(), st.integers(1, 5))


@st.composite
def tables(draw):
    """Ids of rows, ids of columns, and the cells between them, of which one at least is filled."""
    rows, columns = draw(IDS), draw(IDS)
    cells = {(row, column): draw(CELLS) for row in rows for column in columns}
    cells[rows[0], columns[0]] = draw(st.integers(1, 5))
    return rows, columns, cells


def rated(ratings):
    frame = ratings.frame.assign(value=ratings.values)
    return {(str(row.item), str(row.rater)): row.value for row in frame.itertuples()}


@settings(max_examples=60, deadline=None)
@given(tables())
def test_every_cell_of_a_matrix_is_a_rating(table):
    rows, columns, cells = table
    frame = pd.DataFrame({f"ann {name}": [cells[row, name] for row in rows] for name in columns}).assign(text=rows)
    ratings = ps.read_ratings(frame, raters="ann {rater}", columns={"text": "item"}, scale=(1, 5))
    assert rated(ratings) == {(row, column): value for (row, column), value in cells.items() if value is not None}


@settings(max_examples=60, deadline=None)
@given(tables())
def test_every_cell_of_a_survey_is_a_rating(table):
    rows, columns, cells = table
    frame = pd.DataFrame({f"Q[{name}]": [cells[row, name] for row in rows] for name in columns}).assign(who=rows)
    ratings = ps.read_ratings(frame, items="Q[{item}]", columns={"who": "rater"}, scale=(1, 5))
    assert rated(ratings) == {(column, row): value for (row, column), value in cells.items() if value is not None}


@settings(max_examples=60, deadline=None)
@given(tables())
def test_every_count_is_that_many_ratings(table):
    rows, columns, cells = table
    frame = pd.DataFrame({f"n {name}": [cells[row, name] or 0 for row in rows] for name in columns}).assign(text=rows)
    scale = [*columns, "another answer"]
    ratings = ps.read_ratings(frame, answers="n *", columns={"text": "item"}, scale=scale)
    counts = ratings.frame.groupby(["item", "rating"], observed=True).size()
    found = {(str(item), ratings.scale.labels[code]): n for (item, code), n in counts.items()}
    assert found == {key: n for key, n in cells.items() if n}


@settings(max_examples=60, deadline=None)
@given(IDS, st.data())
def test_every_rater_has_what_the_people_say_and_nobody_elses(raters, data):
    known = data.draw(st.lists(st.sampled_from(raters), min_size=1, unique=True))
    facts = {rater: data.draw(st.sampled_from("fmx")) for rater in known}
    people = pd.DataFrame({"rater": [*facts, "nobody"], "sex": [*facts.values(), "z"]}).sample(frac=1, random_state=1)
    ratings = pd.DataFrame({"item": "i", "rater": raters, "rating": 1})
    joined = ps.read_ratings(ratings, people=people, scale=(1, 5), demographics=["sex"], undisclosed="level")
    found = joined.raters.set_index("rater")["sex"].astype(str).to_dict()
    assert {str(rater): sex for rater, sex in found.items()} == {r: facts.get(r, "undisclosed") for r in raters}
