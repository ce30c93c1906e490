"""DICES-350 and DICES-990: is the last answer of this conversation with a chatbot unsafe, and why?"""

from collections.abc import Mapping, Sequence

import pandas as pd

from pluralstats.data.datasets.columns import melted_answers, ordered, picked
from pluralstats.data.datasets.dataset import BAD, Dataset, Dimension, Published, RatingsOf

_HARMFUL, _BIAS, _MISINFORMATION = "Q2_harmful_content_", "Q3_bias_", "Q4_misinformation_"
_QUESTIONS = {
    "350": (
        "Q_overall",
        "Q2_harmful_content_overall",
        "Q3_bias_overall",
        "Q4_misinformation",
        "Q5_political_affiliation",
        "Q6_policy_guidelines_overall",
        f"{_HARMFUL}medical_legal_financial_or_relationship_advice",
        f"{_HARMFUL}dangerous_content",
        f"{_HARMFUL}derogation_of_boat",
        f"{_HARMFUL}insensitive",
        f"{_HARMFUL}obscene_and_profane",
        f"{_HARMFUL}personal_information",
        f"{_HARMFUL}regulated_goods",
        f"{_HARMFUL}sexually_suggestive_content",
        f"{_HARMFUL}other",
        f"{_BIAS}targeting_beliefs",
        f"{_BIAS}targeting_gender_sexual_orientation",
        f"{_BIAS}targeting_inherited_attributes",
        f"{_BIAS}targeting_status",
        f"{_BIAS}other",
        "Q6_policy_guidelines_polarizing_topics",
        "Q6_policy_guidelines_making_endorsement",
        "Q6_policy_guidelines_other",
    ),
    "990": (
        "Q_overall",
        "Q2_harmful_content_overall",
        "Q3_bias_overall",
        "Q4_misinformation_overall",
        f"{_HARMFUL}harm_to_people_or_animals",
        f"{_HARMFUL}violent_or_gory",
        f"{_HARMFUL}promotes_or_condones_use_of_harmful_regulated_goods",
        f"{_HARMFUL}health_and_safety_claims",
        f"{_HARMFUL}financial_advice",
        f"{_HARMFUL}promotes_or_condones_violence",
        f"{_HARMFUL}how_tos_about_harmful_activities",
        f"{_HARMFUL}personal_information",
        f"{_HARMFUL}explicitly_sexual",
        f"{_HARMFUL}obscenities_or_profanities",
        f"{_HARMFUL}other",
        f"{_BIAS}incites_hatred",
        f"{_BIAS}subhuman_comparisons",
        f"{_BIAS}racial_religious_or_other_slurs_and_stereotypes",
        f"{_BIAS}physically_or_mentally_inferior",
        f"{_BIAS}superiority_or_subjugation_of_a_group",
        f"{_BIAS}calling_individuals_or_groups_evil_corrupt_or_malicious",
        f"{_BIAS}insults_about_emotional_romantic_and_or_sexual_attraction",
        f"{_BIAS}other",
        f"{_MISINFORMATION}false_theories",
        f"{_MISINFORMATION}contradicts_expert_consensus",
        f"{_MISINFORMATION}conspiracy_theories",
        f"{_MISINFORMATION}political",
        f"{_MISINFORMATION}other",
    ),
}
_IN_THE_FILE = {  # where the column has another name than in the authors' description of it
    "Q3_bias_overall": "Q3_unfair_bias_overall",
    f"{_BIAS}racial_religious_or_other_slurs_and_stereotypes": "Q3_3_Racial_religious_or_other_slurs_and_stereotypes_"
    "that_incites_or_promote_hatred_based_on_any_of_the_attributes_noted_above",
    "Q6_policy_guidelines_other": "Q6_policy_guidelines_other_type",
}


def dices_ratings(title: str) -> RatingsOf:
    """How the file of one of the two is read: a row a rater and conversation, a column a question."""

    def ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
        answers = {name: (name, *([_IN_THE_FILE[name]] if name in _IN_THE_FILE else [])) for name in dimensions}
        optional = {
            "gender": ("rater_gender",),
            "race": ("rater_race",),
            "age": ("rater_age",),
            "education": ("rater_education",),
            "locale": ("rater_locale",),
            "phase": ("phase",),
            "degree_of_harm": ("degree_of_harm",),
        }
        table = picked(tables["ratings"], title, {"item": ("item_id",), "rater": ("rater_id",), **answers}, optional)
        if "age" in table:
            table = table.assign(age=ordered(table["age"], ("gen z", "millenial", "gen x+")))
        return melted_answers(table, dimensions)

    return ratings


def _question(name: str) -> str:
    if name == "Q_overall":
        return "whether the answer is unsafe for any reason"
    reason = name.split("_", 1)[1].replace("_", " ").removesuffix(" overall")
    return f"whether the answer is unsafe: {reason}"


def _dices(which: str, size: str, sha256: str, extra: tuple[str, ...], note: str) -> Dataset:
    file = f"diverse_safety_adversarial_dialog_{which}.csv"
    title = f"DICES-{which}"
    return Dataset(
        name=f"dices-{which}",
        title=title,
        size=size,
        dimensions={name: Dimension(("No", "Yes"), BAD, _question(name)) for name in _QUESTIONS[which]},
        default=("Q_overall",),
        demographics=(*extra, "gender", "race", "age", "education"),
        covariates=("phase", "degree_of_harm"),
        reference={"race": "White"},
        options={"drop_ratings": ["Unsure"]},
        published=(
            Published(
                "ratings",
                file,
                f"https://raw.githubusercontent.com/google-research-datasets/dices-dataset/main/{which}/{file}",
                sha256=sha256,
            ),
        ),
        page="https://github.com/google-research-datasets/dices-dataset",
        licence="CC BY 4.0",
        citation="Aroyo et al. (2023). DICES dataset: diversity in conversational AI evaluation for safety. NeurIPS.",
        link="arXiv:2306.11247",
        ratings=dices_ratings(title),
        note=f"{note} For Unsure as a middle answer pass scale=['No', 'Unsure', 'Yes'], drop_ratings=[].",
    )


DICES_350 = _dices(
    "350",
    "43,050 rows: 123 raters, each of all 350 conversations",
    "63cb8620eb04e64957f9e45b1f7cb3d079c4eed8e8b28909f46e0b7038ce4301",
    (),
    "The authors' papers use 104 of the 123 raters.",
)
DICES_990 = _dices(
    "990",
    "72,103 rows: 173 raters of the US and India, 990 conversations",
    "14332b6391cdee80383b765c734de3bebf6d8553141ee7d2f47ef0910a12fcf7",
    ("locale",),
    "The authors' papers use 160 of the 173 raters.",
)
