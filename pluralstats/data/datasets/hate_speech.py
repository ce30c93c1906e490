"""CREHate, the Social Bias Inference Corpus and Measuring Hate Speech: is this post hateful, offensive, insulting?"""

from collections.abc import Mapping, Sequence

import pandas as pd

from pluralstats.data.datasets.columns import age_groups, called, melted_answers, numbers, ordered, picked, ticked
from pluralstats.data.datasets.dataset import BAD, Dataset, Dimension, Published
from pluralstats.data.ratings import UNDISCLOSED_VALUES

_SBIC = "https://maartensap.com/social-bias-frames/SBIC.v2.tgz"
_SBIC_ANSWERS = {"offensive": "offensiveYN", "intent": "intentYN", "lewd": "sexYN"}
_MHS_ANSWERS = {
    "sentiment": "how negative the sentiment of the comment is",
    "respect": "how disrespectful it is to the group",
    "insult": "how insulting it is",
    "humiliate": "how humiliating it is",
    "status": "whether it puts the group below others",
    "dehumanize": "how dehumanising it is",
    "violence": "whether it calls for violence",
    "genocide": "whether it calls for killing the group",
    "attack_defend": "whether it attacks rather than defends the group",
}
_RACE = "annotator_race_"
_ESTIMATES = ("severity", "infit", "outfit", "hate_speech_score")
_EDUCATION = (
    *("some_high_school", "high_school_grad", "some_college", "college_grad_aa", "college_grad_ba"),
    *("professional_degree", "masters", "phd"),
)
_INCOME = ("<10k", "10k-50k", "50k-100k", "100k-200k", ">200k")
_IDEOLOGY = (
    *("extremely_liberal", "liberal", "slightly_liberal", "neutral", "slightly_conservative", "conservative"),
    *("extremely_conservative", "no_opinion"),
)


def crehate_ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
    """The raw annotations: 0 is not hateful, 1 hateful, 2 "don't know"."""
    required = {"item": ("ID", "item"), "rater": ("annotator_id", "rater"), "hateful": ("annotation", "rating")}
    optional = {
        "country": ("nationality", "country"),
        "gender": ("gender",),
        "politics": ("politic", "politics"),
        "ethnicity": ("ethnicity",),
        "age": ("age",),
        "education": ("education",),
        "religion": ("religion",),
        "orientation": ("gender_sexual_orientation", "orientation"),
    }
    table = picked(tables["ratings"], CREHATE.title, required, optional)
    answers = called(table["hateful"], {"0": "not hateful", "1": "hateful", "2": "don't know"})
    return melted_answers(_with_ages(table.assign(hateful=answers)), dimensions)


def sbic_ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
    """One row per worker, post and stereotype named: a post's ratings are repeated for each stereotype."""
    required = {"item": ("HITId", "item"), "rater": ("WorkerId", "rater")}
    required |= {name: (_SBIC_ANSWERS[name], name) for name in dimensions}
    optional = {
        "gender": ("annotatorGender", "gender"),
        "race": ("annotatorRace", "race"),
        "politics": ("annotatorPolitics", "politics"),
        "age": ("annotatorAge", "age"),
        "source": ("dataSource", "source"),
    }
    return melted_answers(_with_ages(picked(tables["ratings"], SBIC.title, required, optional)), dimensions)


def mhs_ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
    """Ten ordinal labels for each comment and annotator, with the authors' estimates of both."""
    required = {"item": ("comment_id",), "rater": ("annotator_id",), **{name: (name,) for name in dimensions}}
    optional = {
        "gender": ("annotator_gender",),
        "trans": ("annotator_trans",),
        "education": ("annotator_educ",),
        "income": ("annotator_income",),
        "ideology": ("annotator_ideology",),
        "age": ("annotator_age",),
        "severity": ("annotator_severity",),
        "infit": ("annotator_infitms",),
        "outfit": ("annotator_outfitms",),
        "hate_speech_score": ("hate_speech_score",),
        "platform": ("platform",),
    }
    given = tables["ratings"]
    races = {str(name): (str(name),) for name in given.columns if str(name).startswith(_RACE)}
    table = _with_ages(picked(given, MEASURING_HATE_SPEECH.title, required, {**optional, **races}))
    for name, levels in (("education", _EDUCATION), ("income", _INCOME), ("ideology", _IDEOLOGY)):
        if name in table:
            table = table.assign(**{name: ordered(table[name], levels)})
    estimates = [name for name in _ESTIMATES if name in table]
    table = table.assign(**{name: numbers(table[name]) for name in estimates})
    if races:
        table = table.assign(race=ticked(table, _RACE, ";")).drop(columns=list(races))
    return melted_answers(table, dimensions)


def _with_ages(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(age=numbers(table["age"]), age_group=age_groups(table["age"])) if "age" in table else table


CREHATE = Dataset(
    name="crehate",
    title="CREHate",
    size="42,546 rows: 1,064 raters of 5 countries, 1,580 posts",
    dimensions={"hateful": Dimension(("not hateful", "hateful"), BAD, "whether the post is hate speech")},
    default=("hateful",),
    demographics=("country", "gender", "politics", "ethnicity"),
    covariates=("age", "age_group", "education", "religion", "orientation"),
    reference={"country": "United States", "gender": "male", "politics": "Moderate_liberal", "ethnicity": "White"},
    options={"drop_ratings": ["don't know"], "contradictions": "drop"},
    free_text=("politics", "ethnicity", "religion"),
    published=(
        Published(
            "ratings",
            "CREHate_raw_annotations.csv",
            "https://raw.githubusercontent.com/nlee0212/CREHate/c4cd7117ef67883674e263b9e41b15ec2b644502/data/"
            "CREHate_raw_annotations.csv",
        ),
    ),
    page="https://github.com/nlee0212/CREHate",
    licence="CC BY-SA 4.0",
    citation="Lee et al. (2024). Exploring cross-cultural differences in English hate speech annotations. NAACL.",
    link="doi:10.18653/v1/2024.naacl-long.236",
    ratings=crehate_ratings,
    note="Some raters rated a post twice, and one gave two genders. `education` has the codes of the file.",
)
SBIC = Dataset(
    name="sbic",
    title="Social Bias Inference Corpus",
    size="147,139 rows in version 2: 112,900 train, 16,738 dev, 17,501 test",
    dimensions={
        "offensive": Dimension((0, 0.5, 1), BAD, "whether the post could offend anyone: no, maybe, yes"),
        "intent": Dimension((0, 0.33, 0.66, 1), BAD, "whether it was meant to offend: no, probably not, probably, yes"),
        "lewd": Dimension((0, 0.5, 1), BAD, "whether it is sexual or lewd: no, maybe, yes"),
    },
    default=("offensive",),
    demographics=("gender", "race", "politics"),
    covariates=("age", "age_group", "source"),
    reference={"gender": "woman", "race": "white", "politics": "liberal"},
    options={"undisclosed_values": (*UNDISCLOSED_VALUES, "na")},
    published=tuple(
        Published("ratings", f"SBIC.v2.{split}.csv", _SBIC, archived=True) for split in ("trn", "dev", "tst")
    ),
    page="https://maartensap.com/social-bias-frames/",
    licence="CC BY 4.0",
    citation="Sap et al. (2020). Social bias frames: reasoning about social and power implications of language. ACL.",
    link="doi:10.18653/v1/2020.acl-main.486",
    ratings=sbic_ratings,
    note="A post's ratings are repeated for each stereotype that a worker named; the first is used.",
)
MEASURING_HATE_SPEECH = Dataset(
    name="measuring-hate-speech",
    title="Measuring Hate Speech",
    size="135,556 rows: 7,912 raters, 39,565 comments",
    dimensions={
        **{name: Dimension((0, 4), BAD, question) for name, question in _MHS_ANSWERS.items()},
        "hatespeech": Dimension((0, 2), BAD, "whether the comment is hate speech: no, unclear, yes"),
    },
    default=tuple(_MHS_ANSWERS),
    demographics=("gender", "race", "age_group", "education", "income", "ideology"),
    covariates=("age", "trans", "severity", "infit", "outfit", "hate_speech_score", "platform"),
    reference={"race": "white", "ideology": "neutral"},
    options={
        "undisclosed_values": (*UNDISCLOSED_VALUES, "prefer_not_to_say"),
        "multi_select": {"race": "multiracial"},
    },
    published=(
        Published(
            "ratings",
            "measuring-hate-speech.parquet",
            "https://huggingface.co/datasets/ucberkeley-dlab/measuring-hate-speech/resolve/main/"
            "measuring-hate-speech.parquet",
        ),
    ),
    page="https://huggingface.co/datasets/ucberkeley-dlab/measuring-hate-speech",
    licence="CC BY 4.0",
    citation="Kennedy et al. (2020). Constructing interval variables via faceted Rasch measurement and multitask deep "
    "learning: a hate speech application.",
    link="arXiv:2009.10277",
    ratings=mhs_ratings,
    note="`severity`, `infit` and `outfit` are the authors' estimates of each rater, to compare with your own.",
)
