"""All suspicions in their order: one line each."""

from collections.abc import Callable, Sequence

from pluralstats.data.checking.answers import (
    answers_off_the_scale,
    constant_items,
    constant_raters,
    excluded_values_not_found,
)
from pluralstats.data.checking.attention import attention_checks
from pluralstats.data.checking.demographics import (
    answers_that_join_others,
    free_text,
    lonely_levels,
    missing_demographics,
    raters_left_out,
    separators_not_found,
    single_levels,
    spelling_variants,
    withheld_demographics,
)
from pluralstats.data.checking.design import (
    columns_that_part_repeats,
    groups_with_other_items,
    items_of_two_questions,
    points_of_one_scale,
    survey_weights,
    unequal_weights,
)
from pluralstats.data.checking.evidence import Advised, Evidence
from pluralstats.data.checking.ids import spellings_of_ids
from pluralstats.data.checking.missing import (
    answers_without_position,
    declared_missing,
    formulas,
    labelled_no_answers,
    missing_by_group,
    missing_codes,
    missing_ratings,
)
from pluralstats.data.checking.numbers import outlying_codes
from pluralstats.data.checking.scales import answers_by_part, answers_by_rater, order_of_answers

SUSPICIONS: tuple[Callable[[Evidence], Sequence[str | Advised]], ...] = (
    attention_checks,
    excluded_values_not_found,
    order_of_answers,
    answers_off_the_scale,
    answers_without_position,
    answers_by_part,
    answers_by_rater,
    outlying_codes,
    missing_codes,
    declared_missing,
    labelled_no_answers,
    formulas,
    missing_ratings,
    missing_by_group,
    spellings_of_ids,
    missing_demographics,
    withheld_demographics,
    raters_left_out,
    free_text,
    spelling_variants,
    separators_not_found,
    answers_that_join_others,
    lonely_levels,
    single_levels,
    constant_raters,
    constant_items,
    columns_that_part_repeats,
    items_of_two_questions,
    points_of_one_scale,
    groups_with_other_items,
    survey_weights,
    unequal_weights,
)


def suspicions(evidence: Evidence) -> list[str | Advised]:
    """All suspicions as finished sentences, some with the option that they advise."""
    if not len(evidence.batch.table):
        return []
    return [found for look in SUSPICIONS for found in look(evidence)]
