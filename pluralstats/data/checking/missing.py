"""Ratings that are not there: how many, whose, of which items, and whether groups differ by more than chance."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from pluralstats.data.batch import Batch
from pluralstats.data.checking.evidence import Advised, Evidence
from pluralstats.data.checking.numbers import far_codes, plain_code
from pluralstats.data.tables.frames import as_text
from pluralstats.data.tables.texts import number_text
from pluralstats.data.tables.user_missing import formulas_without_result, labelled_codes
from pluralstats.errors import counted, listed, percent_text

COLUMNS = ("column", "level", "n_asked", "n_missing", "percent")
PERMUTATIONS = 999  # of groups over raters
_MANY_RATERS = 1000  # from here on the distribution over permutations is chi-squared
_CLEAR = 0.01  # probability of a difference between groups below which it is said
_NAMED = 5
USER_MISSING = "user_missing"  # the step in which readers count what a file itself declares missing
_CODES = {
    *("na", "n/a", "#n/a", "nan", "none", "null", "nil", "missing", "unknown", "data_expired", "consent_revoked"),
    *("expired", "revoked", "not applicable", "no response", "?", "-", "--", "."),
    *("-1", "-7", "-8", "-9", "-66", "-77", "-88", "-99", "-999", "-9999", "999", "9999"),
}
NO_POSITION = {
    *("don't know", "dont know", "do not know", "don’t know", "refused", "no answer", "not applicable", "n/a", "na"),
    *(
        "prefer not to say",
        "prefer not to answer",
        "can't say",
        "cannot say",
        "no opinion",
        "skip",
        "skipped",
        "missing",
    ),
}


def missing_table(asked: Batch, demographics: Sequence[str]) -> pd.DataFrame:
    """Missing ratings of everything, of each dimension and demographic level, and of the items that have any.

    Returns
    -------
    DataFrame
        column ("all", "dimension", a demographic, "item"), level, n_asked (rows), n_missing, percent (of n_asked).
        No rows where no rating is missing.
    """
    missing = asked.table["rating"].isna().to_numpy() if len(asked.table) else np.zeros(0, dtype=bool)
    if not missing.any():
        return no_missing_ratings()
    parts = [pd.DataFrame({"column": "all", "level": "all", "n_asked": [len(missing)], "n_missing": [missing.sum()]})]
    for name in ("dimension", "wave", *demographics, "item"):
        if name in asked.table:
            part = _counts(name, asked.table[name].array, missing)
            parts.append(part[part["n_missing"] > 0] if name == "item" else part)
    table = pd.concat(parts, ignore_index=True)
    return table.assign(percent=100 * table["n_missing"] / table["n_asked"])


def no_missing_ratings() -> pd.DataFrame:
    """The table of missing ratings without a row."""
    kinds = dict(zip(COLUMNS, ("str", "str", "int64", "int64", "float64"), strict=True))
    return pd.DataFrame(columns=list(COLUMNS)).astype(kinds)


def _counts(name: str, level: pd.Categorical, missing: np.ndarray) -> pd.DataFrame:
    n_levels = len(level.categories) + 1  # the last: rows without a level
    codes = np.where(level.codes < 0, n_levels - 1, level.codes)
    n_asked, n_missing = np.bincount(codes, minlength=n_levels), np.bincount(codes[missing], minlength=n_levels)
    texts = [*map(str, level.categories), "not given"]
    table = pd.DataFrame({"column": name, "level": texts, "n_asked": n_asked, "n_missing": n_missing})
    return table[table["n_asked"] > 0]


def missing_ratings(evidence: Evidence) -> list[str]:
    """How many ratings are missing, most of which items, and which raters have none left."""
    asked = evidence.asked
    missing = asked.table["rating"].isna().to_numpy()
    if not missing.any():
        return []
    rater = asked.table["rater"].array
    n_raters = len(np.unique(rater.codes[missing]))
    shares = missing_table(asked, ()).query("column == 'item'").sort_values("percent", ascending=False, kind="stable")
    most = [f"{row.level} ({row.n_missing} of {row.n_asked})" for row in shares.head(3).itertuples()]
    sentence = (
        f"`rating` is missing in {missing.sum():,} of {counted(len(missing), 'row')} "
        f"({percent_text(missing.sum(), len(missing))}), of {counted(n_raters, 'rater')}; most often of the items "
        f"{listed(most)}. These rows are left out."
    )
    left = np.bincount(rater.codes[~missing], minlength=len(rater.categories))
    n_of = np.bincount(rater.codes, minlength=len(rater.categories))
    gone = [str(rater.categories[i]) for i in np.flatnonzero((left == 0) & (n_of > 0))]
    if gone:
        have = "has" if len(gone) == 1 else "have"
        sentence += (
            f" {len(gone)} of {counted(int((n_of > 0).sum()), 'rater')} {have} none left: {listed(gone, _NAMED)}."
        )
    return [sentence]


def missing_by_group(evidence: Evidence) -> list[str]:
    """Groups that lack more ratings than others beyond what differences between raters explain."""
    asked, sentences = evidence.asked, []
    missing = asked.table["rating"].isna().to_numpy()
    for name in evidence.options.demographics if missing.any() else ():
        p = chance_of_difference(asked.table["rater"].array.codes, asked.table[name].array.codes, missing)
        if p >= _CLEAR:
            continue
        table = _counts(name, asked.table[name].array, missing)
        table = table.assign(share=table["n_missing"] / table["n_asked"]).sort_values("share", ascending=False)
        of_levels = [
            f"{100 * row.share:.0f}% of {row.level} ({row.n_missing:,} of {row.n_asked:,})"
            for row in table.itertuples()
        ]
        sentences.append(
            f"Groups by '{name}' lack ratings unequally: {listed(of_levels)}; raters who differ by chance would show "
            f"this with a probability of {max(p, 0.001):.3f}{' or less' if p < 0.001 else ''}. What made the ratings "
            "missing may make the groups differ."
        )
    return sentences


def chance_of_difference(rater: np.ndarray, level: np.ndarray, missing: np.ndarray, seed: int = 1) -> float:
    """Probability of as large differences in missing ratings between groups, were groups handed to raters at random.

    Rows of a rater hang together, so that whole raters are exchanged. With x_r the missing ratings of rater r beyond
    the share that is missing of all, S_g their sum in group g of k_g raters, the statistic is
    (R - 1) / sum_r x_r^2 * sum_g S_g^2 / k_g, which over permutations is chi-squared with G - 1 degrees of freedom
    where raters are many; with fewer, groups are permuted.
    """
    known = level >= 0
    _, who = np.unique(rater[known], return_inverse=True)
    if not who.size:
        return 1.0
    n_raters = int(who.max()) + 1
    n, lacking = np.bincount(who), np.bincount(who, weights=missing[known])
    x = lacking - n * lacking.sum() / n.sum()
    x = x - x.mean()
    group = np.zeros(n_raters, dtype=np.int64)
    group[who] = level[known]
    _, group = np.unique(group, return_inverse=True)
    k, total = np.bincount(group), float((x**2).sum())
    if len(k) < 2 or total <= 0.0 or n_raters <= len(k):
        return 1.0
    found = _spread(x, group, k)
    if n_raters > _MANY_RATERS:
        return float(chi2.sf((n_raters - 1) * found / total, len(k) - 1))
    rng = np.random.default_rng(seed)
    as_large = sum(_spread(rng.permutation(x), group, k) >= found * (1.0 - 1e-12) for _ in range(PERMUTATIONS))
    return (1 + as_large) / (1 + PERMUTATIONS)


def _spread(x: np.ndarray, group: np.ndarray, k: np.ndarray) -> float:
    return float((np.bincount(group, weights=x, minlength=len(k)) ** 2 / k).sum())


def declared_missing(evidence: Evidence) -> list[str]:
    """What the file itself declares missing, as SPSS files do."""
    said: dict[str, list[str]] = {}
    for record in evidence.asked.policies:
        if record["step"] == USER_MISSING and record["n_rows"]:
            what = f"{record['policy']} ({record['detail']}) in {counted(int(str(record['n_rows'])), 'row')}"
            said.setdefault(str(record["column"]), []).append(what)
    return [f"'{name}' is declared missing by the file itself: {listed(found)}." for name, found in said.items()]


def labelled_no_answers(evidence: Evidence) -> list[Advised]:
    """Ratings that the labels of the file call no answers, though it does not declare them missing."""
    labels, handled = labelled_codes(evidence.asked.policies), _handled_answers(evidence)
    n_of = _n_of_levels(evidence, "rating")
    found = {code: label for code, label in labels.items() if n_of.get(code) and code not in handled}
    if not found:
        return []
    said = listed([f"{code} is '{label}' ({counted(n_of[code], 'row')})" for code, label in found.items()])
    start = f"By its labels in the file, `rating` has no answer in some rows: {said}."
    return [Advised(f"{start} Pass drop_ratings=[{', '.join(found)}].", "drop_ratings", tuple(map(plain_code, found)))]


def formulas(evidence: Evidence) -> list[str]:
    """Cells whose value is not in the file, because no program has calculated them."""
    said = " ".join(evidence.used.problems)  # of ids
    return [sentence for sentence in formulas_without_result(evidence.asked.policies) if sentence not in said]


def missing_codes(evidence: Evidence) -> list[Advised]:
    """Levels that look like codes for missing values."""
    options = evidence.options
    advised: list[Advised] = []
    handled = {as_text(value) for value in (*options.na_values, *options.drop_ratings)}
    ordinal = () if evidence.answers.is_continuous else ("rating",)
    for name in (*ordinal, *options.demographics, *options.covariates):
        numbers = evidence.numbers(name)
        if name in options.covariates and numbers is not None:
            continue
        level, n_of = evidence.level(name), _n_of_levels(evidence, name)
        named_already = {number_text(code) for code in far_codes(numbers)} if numbers is not None else set()
        left = [text for text in level.categories if text not in handled | named_already and n_of[text]]
        suspects = [text for text in left if text.casefold() in _CODES]
        if name == "rating":
            suspects = [text for text in suspects if evidence.answers.code_of(text) < 0]
        withheld = {as_text(value).casefold() for value in options.undisclosed_values}
        suspects = [text for text in suspects if text.casefold() not in withheld or name not in options.demographics]
        suspects = [text for text in suspects if text not in options.recode.get(name, {})]
        if suspects:
            n = evidence.n_rows(np.asarray(level.isin(suspects)))
            quoted = ", ".join(f'"{text}"' for text in suspects)
            said = f"'{name}' has {counted(n, 'row')} with what looks like a code for missing: {quoted}."
            sentence = f"{said} If it is, pass na_values=[{quoted}]."
            advised.append(Advised(sentence, "na_values", tuple(suspects), name))
    return advised


def _n_of_levels(evidence: Evidence, name: str) -> dict[str, int]:
    level = evidence.level(name)
    counts = np.bincount(level.codes + 1, minlength=len(level.categories) + 1)[1:]
    return dict(zip(level.categories, counts.tolist(), strict=True))


def _handled_answers(evidence: Evidence) -> set[str]:
    """Answers that the user has said something about."""
    options = evidence.options
    return {as_text(value) for value in (*options.na_values, *options.drop_ratings, *options.recode.get("rating", ()))}


def answers_without_position(evidence: Evidence) -> list[Advised]:
    """Answers such as "don't know" or "refused", which are no position on any scale."""
    handled = _handled_answers(evidence)
    if "scale" in evidence.given or evidence.answers.is_continuous:
        return []
    n_of = _n_of_levels(evidence, "rating")
    found = [text for text, n in n_of.items() if n and text.casefold() in NO_POSITION and text not in handled]
    if not found:
        return []
    said = listed([f"'{text}' ({counted(n_of[text], 'row')})" for text in found])
    quoted = ", ".join(f'"{text}"' for text in found)
    sentence = f"`rating` has answers that are no position on a scale: {said}. Pass drop_ratings=[{quoted}]."
    return [Advised(sentence, "drop_ratings", tuple(found))]
