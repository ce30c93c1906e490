"""MultiPICo: is this reply ironic, in nine languages."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pluralstats.data.datasets.columns import age_groups, called, ids, melted_answers, numbers, picked
from pluralstats.data.datasets.dataset import NEITHER, Dataset, Dimension, Published

_HUB = "https://huggingface.co/datasets/Multilingual-Perspectivist-NLU/MultiPICo"


def multipico_ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
    """An item is a reply to a post; 1 is ironic. Facts about people come from Prolific, under its names."""
    required = {"post": ("post_id",), "reply": ("reply_id",), "rater": ("annotator_id",), "ironic": ("label",)}
    optional = {
        "gender": ("Gender", "Sex"),
        "age": ("Age",),
        "generation": ("GenerationAggregated", "Generation"),
        "ethnicity": ("Ethnicity simplified", "Ethnicity_simplified", "Ethnicity"),
        "nationality": ("Nationality",),
        "birth_country": ("Country of birth", "Country_of_birth"),
        "reside_country": ("Country of residence", "Country_of_residence"),
        "student": ("Student status", "Student_status"),
        "employment": ("Employment status", "Employment_status"),
        "language": ("language",),
        "variety": ("language_variety",),
    }
    table = picked(tables["ratings"], MULTIPICO.title, required, optional)
    pair = ids(table["post"]) + "/" + ids(table["reply"])
    table = table.assign(item=pair, ironic=called(table["ironic"], {"0": "not ironic", "1": "ironic"}))
    if "age" in table:
        table = table.assign(age_group=age_groups(table["age"]), age=numbers(table["age"]))
    return melted_answers(table.drop(columns=["post", "reply"]), dimensions)


MULTIPICO = Dataset(
    name="multipico",
    title="MultiPICo",
    size="94,342 rows: 506 raters, 18,778 replies in 9 languages",
    dimensions={"ironic": Dimension(("not ironic", "ironic"), NEITHER, "whether the reply is ironic")},
    default=("ironic",),
    demographics=("gender", "age_group", "ethnicity"),
    covariates=(
        *("age", "generation", "nationality", "birth_country", "reside_country", "student", "employment"),
        *("language", "variety"),
    ),
    options={"na_values": ["DATA_EXPIRED", "CONSENT_REVOKED"]},
    published=(Published("ratings", "multipico_anonimized.csv", f"{_HUB}/resolve/main/multipico_anonimized.csv"),),
    page=_HUB,
    licence="CC BY 4.0",
    citation="Casola et al. (2024). MultiPICo: multilingual perspectivist irony corpus. ACL.",
    link="doi:10.18653/v1/2024.acl-long.849",
    ratings=multipico_ratings,
    note="Every rater read replies in one language: raters, items and languages are nested.",
)
