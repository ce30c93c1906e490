"""Synthetic tables about groups of raters in the columns that the figures document, and the figures drawn of them."""

from itertools import combinations, product

import numpy as np
import pandas as pd

GROUPS = {
    "gender": ("female", "male", "non-binary"),
    "race": ("White", "Black", "Asian", "Latine/Hispanic"),
    "país": ("Österreich", "Côte d’Ivoire"),
}
MANY = {"occupation": tuple(f"occupation number {i}" for i in range(40))}
TWO = {"gender": ("female", "male")}
LONG = {
    "education": (
        "Less than a high school diploma or its equivalent in another country",
        "Some college credit, no degree, or vocational training of any kind",
    ),
    "income": ("An income of $50k–$100k", "Prefer not to say or do not know exactly"),
}
PAIRS = {
    "reliability": ("irr", "xrr", "gai_reliability"),
    "voting": ("plurality_size", "voting_agreement", "gai_voting"),
    "distribution": ("negentropy", "cross_negentropy", "gai_distribution"),
}
AT = {"reliability": (0.32, 0.3), "voting": (0.62, 0.55), "distribution": (0.55, 0.4)}


def cells(groups=TWO | {"race": GROUPS["race"]}, raters=600, sd=0.15):
    """Every combination of levels; cells differ from the sum of their main effects with ``sd``."""
    random = np.random.default_rng(11)
    table = pd.DataFrame(list(product(*groups.values())), columns=list(groups))
    term, n = ":".join(groups), len(table)
    main = sum(table[name].map(dict(zip(levels, random.normal(0, 0.2, len(levels)), strict=True)))
               for name, levels in groups.items())  # fmt: skip
    n_raters = 1 + random.multinomial(max(raters - n, 0), random.dirichlet(np.full(n, 0.7)))
    additive, difference = 3.0 + main, random.normal(0, sd, n)
    weight = n_raters / (n_raters + 12)
    noise = random.normal(0, 1.0, n) / np.sqrt(n_raters)
    shrunken, half = weight * (difference + noise), 1.96 * sd * np.sqrt(1 - weight)
    table.insert(0, "term", term)
    table.insert(1, "group", table[list(groups)].agg(":".join, axis=1))
    return table.assign(
        n_raters=n_raters, n_ratings=5 * n_raters, raw=(additive + difference + noise).clip(1, 5),
        predicted=additive + shrunken, lower=additive + shrunken - half - 0.1, upper=additive + shrunken + half + 0.1,
        additive=additive, difference=shrunken, difference_lower=shrunken - half, difference_upper=shrunken + half,
        p_direction=0.9,
    )  # fmt: skip


def contested_items(items=1580, contrasts=(("male", "female"),), dimensions=("",)):
    """Gaps of every item under each contrast, ranked by the probability of a gap above 0.2."""
    random, parts = np.random.default_rng(12), []
    for dimension, (level, reference) in product(dimensions, contrasts):
        gap, half = random.normal(0.05, 0.25, items), random.uniform(0.2, 0.5, items)
        part = pd.DataFrame({"item": [f"item-5f3a9c7e12d4{i:05d}" for i in range(items)], "gap": gap})
        part = part.assign(dimension=dimension, demographic="d", level=level, reference=reference)
        part = part.assign(lower=gap - half, upper=gap + half, rank=(-np.abs(gap) / half).argsort().argsort() + 1)
        false_sign = pd.Series(0.5 * np.exp(-2 * (np.abs(gap) / half) ** 2 * 1.92))
        expected = false_sign.sort_values().expanding().mean()
        part = part.assign(false_sign=false_sign, expected_false_sign=expected.reindex(part.index))
        parts.append(part.assign(n_ratings_level=random.integers(3, 40, items), n_ratings_reference=37))
    table = pd.concat(parts, ignore_index=True)
    return table if any(dimensions) else table.drop(columns="dimension")


KINDS = ("in_group", "cross_group", "association")


def cohesions(groups=GROUPS, pairs=tuple(PAIRS), undefined=(), dimensions=("",)):
    """Three rows for each group and pair; every p is the least that 1,000 permutations can give."""
    random, rows = np.random.default_rng(13), []
    for dimension, pair, (demographic, levels) in product(dimensions, pairs, groups.items()):
        for level in levels:
            inside, across = np.array(AT[pair]) * random.uniform(0.8, 1.2, 2)
            values = (inside, across, np.nan if level in undefined else inside / across)
            for kind, metric, at in zip(("in_group", "cross_group", "association"), PAIRS[pair], values, strict=True):
                middle = 1.02 if kind == "association" else 0.95 * AT[pair][kind == "cross_group"]
                rows.append((dimension, demographic, level, pair, metric, kind, at, middle))
    columns = ["dimension", "demographic", "level", "pair", "metric", "kind", "estimate", "null_median"]
    table = pd.DataFrame(rows, columns=columns)
    half = 0.12 * table["null_median"]
    table = table.assign(lower=table["estimate"] - half, upper=table["estimate"] + half)
    table = table.assign(null_lower=table["null_median"] - half, null_upper=table["null_median"] + half)
    table = table.assign(p=1 / 1001, p_bh=1 / 1001, p_two_sided=2 / 1001, p_two_sided_bh=2 / 1001, n_raters=321)
    return table if any(dimensions) else table.drop(columns="dimension")


def model_cohesions(groups=GROUPS, scales=("latent",), without=(), dimensions=("",)):
    """Two numbers and a ratio for each group against the rest; none of it for groups ``without``."""
    random, rows = np.random.default_rng(14), []
    for dimension, scale, (demographic, levels) in product(dimensions, scales, groups.items()):
        for level in levels:
            inside, across = random.uniform(0.2, 0.35), random.uniform(0.15, 0.25)
            ratio = np.nan if level in without else inside / across
            for kind, other, at in zip(KINDS, (level, "rest", "rest"), (inside, across, ratio), strict=True):
                rows.append((dimension, demographic, level, other, scale, kind, at))
    table = pd.DataFrame(rows, columns=["dimension", "demographic", "level", "other", "scale", "kind", "estimate"])
    half = np.where(table["kind"] == "association", 0.35, 0.06)
    table = table.assign(lower=table["estimate"] - half, upper=table["estimate"] + half, n_raters=321)
    tested = table["kind"] == "association"
    table = table.assign(p_two_sided_bh=np.where(tested, 0.001, np.nan))
    return table if any(dimensions) else table.drop(columns="dimension")


def items(n=1580, ratings=75, dimensions=("",)):
    """Ratings 1 to 5 of items between agreement and polarisation, and what the table says of them."""
    random, parts = np.random.default_rng(14), []
    for dimension in dimensions:
        shares = random.dirichlet(np.array([0.9, 0.5, 0.4, 0.5, 0.7]), n)
        p = np.array([random.multinomial(ratings, share) for share in shares]) / ratings
        values = np.arange(1.0, 6.0)
        mean = p @ values
        entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=1)
        part = pd.DataFrame({"item": [f"item-5f3a9c7e12d4{i:05d}" for i in range(n)], "n_ratings": ratings})
        pairs = ratings / (ratings - 1)
        apart = np.einsum("ij,ik,jk->i", p, p, np.abs(values[:, None] - values)) * pairs
        sd = np.sqrt(np.maximum(p @ values**2 - mean**2, 0) * pairs)
        part = part.assign(mean=mean, sd=sd, entropy=entropy, entropy_normalised=entropy / np.log(5))
        part = part.assign(percent_agreement=100 * (1 - (1 - (p**2).sum(axis=1)) * pairs), mean_distance=apart)
        parts.append(part.assign(polarisation=p.min(axis=1) / p.max(axis=1), dimension=dimension))
    table = pd.concat(parts, ignore_index=True)
    return table if any(dimensions) else table.drop(columns="dimension")


def labels(n=1580, draws=60, dimensions=("",), targets=("all raters",), answers=5, ratings=30):
    """Label distributions as means of Dirichlet draws; the fewer the ratings, the more the draws differ."""
    random, parts, values = np.random.default_rng(18), [], np.arange(1.0, answers + 1)
    for dimension, target in product(dimensions, targets):
        truth = random.dirichlet(np.linspace(0.9, 0.4, answers), n)
        pi = random.standard_gamma(truth * ratings * random.uniform(0.3, 1.5, (n, 1)) + 0.2, (draws, n, answers))
        pi /= pi.sum(axis=2, keepdims=True)
        p, log = pi.mean(axis=0), np.log(np.maximum(pi, 1e-300))
        inside, entropy = -(pi * log).sum(axis=2).mean(axis=0), -(p * np.log(p)).sum(axis=1)
        part = pd.DataFrame({"item": [f"item-5f3a9c7e12d4{i:05d}" for i in range(n)], "dimension": dimension})
        part = part.assign(target=target, policy="posterior", **{f"p_{k + 1}": p[:, k] for k in range(answers)})
        part = part.assign(expected=p @ values, entropy=entropy, disagreement=inside, ignorance=entropy - inside)
        parts.append(part.assign(n_ratings=ratings))
    table = pd.concat(parts, ignore_index=True)
    return table if any(dimensions) else table.drop(columns="dimension")


def population_shares(groups=GROUPS):
    """Shares that sum to 100 in each demographic; nobody of the last level was meant."""
    random, rows = np.random.default_rng(15), []
    for demographic, levels in groups.items():
        sample, target = (100 * random.dirichlet(np.full(len(levels), 3.0)) for _ in range(2))
        rows += [(demographic, *row) for row in zip(levels, sample, target, strict=True)]
    table = pd.DataFrame(rows, columns=["demographic", "level", "percent_raters", "percent_target"])
    table.loc[len(table) - 1, "percent_target"] = np.nan
    return table.assign(n_raters=(10 * table["percent_raters"]).round())


def effects(groups=GROUPS, dimensions=("",), seed=16, pairwise=False, estimand="points"):
    """Each level against the first, or all pairs with simultaneous intervals."""
    random = np.random.default_rng(seed)
    pairs = {
        name: [(b, a) for a, b in combinations(levels, 2) if pairwise or a == levels[0]]
        for name, levels in groups.items()
    }
    rows = [(d, name, *pair) for d in dimensions for name, some in pairs.items() for pair in some]
    table = pd.DataFrame(rows, columns=["dimension", "demographic", "level", "reference"])
    table = table.assign(estimand=estimand, unit="rating points", estimate=random.normal(0, 0.2, len(table)))
    ends = {"lower": -1.96, "upper": 1.96, "lower_50": -0.67, "upper_50": 0.67}
    ends |= {"lower_simultaneous": -2.6, "upper_simultaneous": 2.6} if pairwise else {}
    table = table.assign(**{name: table["estimate"] + 0.08 * z for name, z in ends.items()})
    table = table.assign(raw=table["estimate"] + 0.05, n_raters=random.integers(40, 900, len(table)))
    table = table.assign(n_raters_reference=random.integers(40, 900, len(table)))
    return table if any(dimensions) else table.drop(columns="dimension")


def methods(groups=GROUPS, dimensions=("",)):
    """Four methods in rating points and two with odds ratios; raw differences have no interval."""
    points = effects(groups, dimensions).drop(columns=["lower_50", "upper_50", "raw"])
    shifts = {"exact": 0.0, "item_only": 0.01, "gee": 0.03, "raw": 0.05}
    numbers = ["estimate", "lower", "upper"]
    parts = [points.assign(method=name, **{c: points[c] + by for c in numbers}) for name, by in shifts.items()]
    odds = points.assign(estimand="odds_ratio", unit="ratio", **{c: np.exp(2 * points[c]) for c in numbers})
    parts += [odds.assign(method="exact"), odds.assign(method="ordinal_gee", estimate=1.1 * odds["estimate"])]
    table = pd.concat(parts, ignore_index=True)
    table.loc[table["method"] == "raw", ["lower", "upper"]] = np.nan
    return table.sort_values("estimand", ascending=False, kind="stable", ignore_index=True)


def both_effects(groups=GROUPS, dimensions=("",)):
    """Effects for the raters we had and for a target."""
    return {"the raters we had": effects(groups, dimensions), "US adults, 2024": effects(groups, dimensions, seed=17)}


def two_terms():
    """Cells of two terms, one of them with many cells and long names."""
    return pd.concat([cells(), cells(LONG | {"race": GROUPS["race"]}, 90, 0.3)], ignore_index=True)


TEXTS = {
    f"item-5f3a9c7e12d4{i:05d}": f"Is it right to say {'so very ' * (i % 9)}what was said? 为什么？"
    for i in range(1580)
}
FOUR = tuple((level, "White") for level in ("Black", "Asian", "Latine/Hispanic", "another race or origin, not listed"))


def correlations(dimensions, terms=("rater", "item")):
    """Correlations of effects across dimensions, for each pair and term."""
    random = np.random.default_rng(4)
    table = pd.DataFrame(
        [(of, *pair) for of in terms for pair in combinations(dimensions, 2)],
        columns=["of", "dimension", "with_dimension"],
    )
    z = random.normal(0.2, 0.6, len(table))
    return table.assign(estimate=np.tanh(z), lower=np.tanh(z - 0.3), upper=np.tanh(z + 0.3))


def raters(names, parts=(), dimensions=(), spread=0.6):
    """Severities of raters, with noise and use of the scale where ``parts`` has them; every fifth stands out."""
    random, tables = np.random.default_rng(9), []
    for dimension in dimensions or ("",):
        table = pd.DataFrame({"rater": list(names), "severity": random.normal(0, spread, len(names))})
        table = table.assign(lower=table["severity"] - 0.3, upper=table["severity"] + 0.3, n_ratings=40)
        notes = np.where(np.arange(len(names)) % 5, "", "severe; same answer")
        for name in parts:
            ratio = np.exp(random.normal(0, 0.4, len(names)))
            table = table.assign(**{name: ratio, f"{name}_lower": ratio / 1.5, f"{name}_upper": 1.5 * ratio})
            notes = np.where(ratio > 1.8, {"noise": "noisy", "use_of_scale": "middle of the scale"}[name], notes)
        table = table.assign(modal_percent=55.0, modal_percent_expected=41.3, note=notes)
        tables.append(table.assign(dimension=dimension) if dimension else table)
    return pd.concat(tables, ignore_index=True)
