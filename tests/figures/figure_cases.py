"""The figures that the tests of print quality draw: each function on ordinary and on degenerate tables."""

from collections.abc import Callable

import effect_tables
import group_tables
import numpy as np
import training_tables

from pluralstats import figures

SHORT = training_tables.arm_effects(dimensions=training_tables.TRAITS)
CASES: dict[str, Callable] = {
    "forest": lambda: figures.forest(effect_tables.effects(), scale=(1, 5), rope=0.1),
    "forest of five dimensions": lambda: figures.forest(effect_tables.effects(effect_tables.DIMENSIONS), scale=(1, 5)),
    "group means": lambda: figures.group_means(effect_tables.means(), scale=(1, 5)),
    "group means of five dimensions": lambda: figures.group_means(
        effect_tables.means(effect_tables.DIMENSIONS), scale=(1, 5)
    ),
    "group means of long names": lambda: figures.group_means(effect_tables.means(groups=effect_tables.WORDY)),
    "curve": lambda: figures.curve(effect_tables.curves(groups=("",)), scale=(1, 5)),
    "curves of two groups": lambda: figures.curve(effect_tables.curves(), scale=(1, 5)),
    "curves of five dimensions": lambda: figures.curve(effect_tables.curves(effect_tables.DIMENSIONS), scale=(1, 5)),
    "curve of long levels": lambda: figures.curve(
        effect_tables.curves(column="education", levels=effect_tables.WORDY["education"])
    ),
    "forest of one row": lambda: figures.forest(effect_tables.effects(groups=effect_tables.ONE)),
    "forest of 40 levels": lambda: figures.forest(effect_tables.effects(groups=effect_tables.MANY)),
    "forest of long names": lambda: figures.forest(effect_tables.effects(groups=effect_tables.WORDY)),
    "comparison": lambda: figures.comparison(effect_tables.models(), scale=(1, 5), rope=0.1),
    "comparison of five dimensions": lambda: figures.comparison(effect_tables.models(effect_tables.DIMENSIONS)),
    "comparison of long names": lambda: figures.comparison(effect_tables.models(groups=effect_tables.WORDY)),
    "likert": lambda: figures.likert(effect_tables.rating_shares()),
    "likert of five dimensions": lambda: figures.likert(effect_tables.rating_shares(effect_tables.DIMENSIONS)),
    "likert of one group": lambda: figures.likert(effect_tables.rating_shares(groups={})),
    "likert of 40 levels": lambda: figures.likert(
        effect_tables.rating_shares(groups=effect_tables.MANY, categories=("no", "yes"))
    ),
    "likert of long names": lambda: figures.likert(
        effect_tables.rating_shares(groups=effect_tables.WORDY), ramp="sequential"
    ),
    "likert of 101 categories": lambda: figures.likert(
        effect_tables.rating_shares(groups=effect_tables.ONE, categories=[str(i) for i in range(101)])
    ),
    "variance shares": lambda: figures.variance_shares(effect_tables.variance_shares()),
    "variance shares of five dimensions": lambda: figures.variance_shares(
        effect_tables.variance_shares(effect_tables.DIMENSIONS)
    ),
    "variance shares of one component": lambda: figures.variance_shares(effect_tables.variance_shares().head(1)),
    "agreement": lambda: figures.agreement(effect_tables.agreement()),
    "agreement of everybody": lambda: figures.agreement(effect_tables.agreement(("alpha_ordinal",), groups={})),
    "agreement of 40 levels": lambda: figures.agreement(
        effect_tables.agreement(("alpha_ordinal",), groups=effect_tables.MANY)
    ),
    "agreement of long names": lambda: figures.agreement(effect_tables.agreement(groups=effect_tables.WORDY)),
    "caterpillar of raters and items": lambda: figures.caterpillar(effect_tables.random_effects()),
    "caterpillar of five dimensions": lambda: figures.caterpillar(
        effect_tables.random_effects(100, 40, effect_tables.DIMENSIONS)
    ),
    "caterpillar of few": lambda: figures.caterpillar(effect_tables.random_effects(12, 3), term="rater"),
    "caterpillar of one": lambda: figures.caterpillar(effect_tables.random_effects(1, 1), term="item"),
    "rater profiles": lambda: figures.rater_profiles(
        group_tables.raters([f"R{i:03d}" for i in range(250)], ("noise", "use_of_scale"))
    ),
    "rater profiles of few": lambda: figures.rater_profiles(group_tables.raters(group_tables.GROUPS["race"])),
    "rater profiles of long names": lambda: figures.rater_profiles(
        group_tables.raters([f"a worker whose name is long, number {i:03d}" for i in range(60)], ("noise",))
    ),
    "rater profiles of five dimensions": lambda: figures.rater_profiles(
        group_tables.raters([f"R{i:03d}" for i in range(90)], (), effect_tables.DIMENSIONS)
    ),
    "wright": lambda: figures.wright(effect_tables.parameters(), effect_tables.random_effects()),
    "wright of five dimensions": lambda: figures.wright(
        effect_tables.parameters(effect_tables.DIMENSIONS),
        effect_tables.random_effects(40, 20, effect_tables.DIMENSIONS),
    ),
    "wright of long names": lambda: figures.wright(
        effect_tables.parameters(categories=effect_tables.AGREEMENT), effect_tables.random_effects(31, 1)
    ),
    "wright of eleven categories": lambda: figures.wright(
        effect_tables.parameters(categories=[str(i) for i in range(11)]), effect_tables.random_effects()
    ),
    "predicted shares": lambda: figures.predicted_shares(effect_tables.checks()),
    "predicted shares of everybody": lambda: figures.predicted_shares(effect_tables.checks(groups={})),
    "predicted shares of 40 levels": lambda: figures.predicted_shares(effect_tables.checks(groups=effect_tables.MANY)),
    "predicted shares of long names": lambda: figures.predicted_shares(
        effect_tables.checks(groups=effect_tables.WORDY, categories=effect_tables.LONG)
    ),
    "predicted shares of 101 categories": lambda: figures.predicted_shares(
        effect_tables.checks(groups=effect_tables.ONE, categories=[str(i) for i in range(101)])
    ),
    "predicted moments": lambda: figures.predicted_moments(effect_tables.checks()),
    "predicted moments of 40 levels": lambda: figures.predicted_moments(
        effect_tables.checks(groups=effect_tables.MANY)
    ),
    "predicted moments of long names": lambda: figures.predicted_moments(
        effect_tables.checks(groups=effect_tables.WORDY)
    ),
    "predicted units": lambda: figures.predicted_units(effect_tables.checks()),
    "predicted units of few": lambda: figures.predicted_units(effect_tables.checks(units=20)),
    "predicted units of one": lambda: figures.predicted_units(effect_tables.checks(units=1)),
    "prior predictive": lambda: figures.prior_predictive(effect_tables.prior_checks()),
    "prior predictive without groups": lambda: figures.prior_predictive(effect_tables.prior_checks(groups={})),
    "prior predictive of long names": lambda: figures.prior_predictive(
        effect_tables.prior_checks(effect_tables.WORDY, effect_tables.LONG)
    ),
    "sbc ranks": lambda: figures.sbc_ranks(effect_tables.ranks()),
    "sbc ranks of six models": lambda: figures.sbc_ranks(effect_tables.ranks(models=effect_tables.SIX_MODELS)),
    "sbc ranks of long names": lambda: figures.sbc_ranks(
        effect_tables.ranks([*effect_tables.LONG, *(f"education[{name}]" for name in effect_tables.LONG)])
    ),
    "coverage": lambda: figures.coverage(effect_tables.coverages()),
    "coverage of one": lambda: figures.coverage(
        effect_tables.coverages(("1|2", "2|3")).tail(1).drop(columns="parameter")
    ),
    "coverage of three models": lambda: figures.coverage(effect_tables.coverages(models=effect_tables.SIX_MODELS[:3])),
    "coverage of six models": lambda: figures.coverage(effect_tables.coverages(models=effect_tables.SIX_MODELS)),
    "elpd": lambda: figures.elpd(effect_tables.densities()),
    "elpd of five dimensions": lambda: figures.elpd(effect_tables.densities(effect_tables.DIMENSIONS)),
    "elpd of long names": lambda: figures.elpd(effect_tables.densities(models=effect_tables.LONG)),
    "traces": lambda: figures.trace_and_rank(effect_tables.traces()),
    "traces of many": lambda: figures.trace_and_rank(
        effect_tables.traces([*effect_tables.LONG, *(f"r[{name}]" for name in effect_tables.LONG), "sd"])
    ),
    "traces of one short chain": lambda: figures.trace_and_rank(effect_tables.traces(["sd(item)"], 1, 10)),
    "scale collapse": lambda: figures.scale_collapse(
        training_tables.collapsed(effect_tables.effects(estimand="latent_d")), rope=0.1
    ),
    "scale collapse of five dimensions": lambda: figures.scale_collapse(
        training_tables.collapsed(effect_tables.effects(effect_tables.DIMENSIONS, estimand="latent_d"))
    ),
    "scale collapse of long names": lambda: figures.scale_collapse(
        training_tables.collapsed(
            effect_tables.effects(groups=effect_tables.WORDY, estimand="percent_of_range"), (7, 5, 3, 2)
        ),
        estimand="percent_of_range",
    ),
    "intersections": lambda: figures.intersections(group_tables.cells(), scale=(1, 5)),
    "intersections of two terms": lambda: figures.intersections(group_tables.two_terms()),
    "intersections of many cells": lambda: figures.intersections(
        group_tables.cells(group_tables.GROUPS | group_tables.MANY, 3000)
    ),
    "intersections of one cell": lambda: figures.intersections(group_tables.cells().head(1)),
    "intersection differences": lambda: figures.intersection_differences(group_tables.cells(), rope=0.1),
    "intersection differences of two terms": lambda: figures.intersection_differences(group_tables.two_terms()),
    "intersection differences of many cells": lambda: figures.intersection_differences(
        group_tables.cells(group_tables.GROUPS | group_tables.MANY, 3000)
    ),
    "contested": lambda: figures.contested(group_tables.contested_items(), margin=0.2, scale=(1, 5)),
    "contested with texts": lambda: figures.contested(
        group_tables.contested_items(), margin=0.2, texts=group_tables.TEXTS
    ),
    "contested of four contrasts": lambda: figures.contested(
        group_tables.contested_items(300, group_tables.FOUR), k=6, agreed=3
    ),
    "contested of two dimensions": lambda: figures.contested(
        group_tables.contested_items(80, dimensions=("toxicity", "bias"))
    ),
    "contested of one item": lambda: figures.contested(group_tables.contested_items(1)),
    "dimension correlations": lambda: figures.dimension_correlations(
        group_tables.correlations(effect_tables.DIMENSIONS)
    ),
    "dimension correlations of two": lambda: figures.dimension_correlations(group_tables.correlations(("a", "b"))),
    "dimension correlations of eight": lambda: figures.dimension_correlations(
        group_tables.correlations([f"dimension number {i}" for i in range(8)], ("rater", "item", "question"))
    ),
    "cohesion": lambda: figures.cohesion(group_tables.cohesions()),
    "cohesion of two groups": lambda: figures.cohesion(group_tables.cohesions(group_tables.TWO, ("reliability",))),
    "cohesion of 40 groups": lambda: figures.cohesion(group_tables.cohesions(group_tables.MANY)),
    "cohesion of long names": lambda: figures.cohesion(group_tables.cohesions(group_tables.LONG)),
    "cohesion of two dimensions": lambda: figures.cohesion(
        group_tables.cohesions(group_tables.TWO, dimensions=("toxicity", "bias"))
    ),
    "association": lambda: figures.association(group_tables.cohesions(undefined=("Asian",))),
    "association of two groups": lambda: figures.association(
        group_tables.cohesions(group_tables.TWO, ("voting",)), below=0.001
    ),
    "association of 40 groups": lambda: figures.association(group_tables.cohesions(group_tables.MANY)),
    "association of long names": lambda: figures.association(group_tables.cohesions(group_tables.LONG), p="p"),
    "cohesion by the model": lambda: figures.cohesion(group_tables.model_cohesions(scales=("latent", "ratings"))),
    "cohesion by the model of two dimensions": lambda: figures.cohesion(
        group_tables.model_cohesions(dimensions=("toxicity", "stereotypical bias"))
    ),
    "association by the model": lambda: figures.association(group_tables.model_cohesions(without=("Asian",))),
    "association by the model of two dimensions": lambda: figures.association(
        group_tables.model_cohesions(group_tables.LONG, dimensions=("toxicity", "stereotypical bias"))
    ),
    "item disagreement": lambda: figures.item_disagreement(group_tables.items(), scale=(1, 5)),
    "item disagreement of few ratings": lambda: figures.item_disagreement(
        group_tables.items(ratings=5), column="sd", scale=(1, 5)
    ),
    "item disagreement of one item": lambda: figures.item_disagreement(group_tables.items(1), column="polarisation"),
    "item disagreement of two dimensions": lambda: figures.item_disagreement(
        group_tables.items(400, 9, ("toxicity", "bias")), column="percent_agreement", scale=(1, 5)
    ),
    "label entropy": lambda: figures.label_entropy(group_tables.labels(), scale=(1, 5)),
    "label entropy of 40 items": lambda: figures.label_entropy(group_tables.labels(40), scale=(1, 5)),
    "label entropy of one item": lambda: figures.label_entropy(group_tables.labels(1)),
    "label entropy of two answers": lambda: figures.label_entropy(
        group_tables.labels(200, answers=2).assign(expected=lambda t: t["expected"] - 1), scale=(0, 1)
    ),
    "label entropy of certain labels": lambda: figures.label_entropy(
        group_tables.labels(20).assign(entropy=0.0, disagreement=0.0, ignorance=0.0), scale=(1, 5)
    ),
    "label entropy of two dimensions and targets": lambda: figures.label_entropy(
        group_tables.labels(
            80, dimensions=("toxicity", "bias"), targets=("politics: liberal", "politics: conservative")
        ),
        scale=(1, 5),
    ),
    "population": lambda: figures.population(group_tables.population_shares()),
    "population of one level": lambda: figures.population(group_tables.population_shares(group_tables.TWO).head(1)),
    "population of 40 levels": lambda: figures.population(group_tables.population_shares(group_tables.MANY)),
    "population with effects": lambda: figures.population(
        group_tables.population_shares(), effects=group_tables.both_effects(), scale=(1, 5), rope=0.1
    ),
    "population with effects of long names": lambda: figures.population(
        group_tables.population_shares(group_tables.LONG),
        effects=group_tables.both_effects(group_tables.LONG, ("toxicity", "stereotypical bias")),
    ),
    "robustness": lambda: figures.robustness(group_tables.methods(), scale=(1, 5)),
    "robustness of one method": lambda: figures.robustness(group_tables.methods(group_tables.TWO).head(1)),
    "robustness of 40 levels": lambda: figures.robustness(group_tables.methods(group_tables.MANY)),
    "robustness of long names": lambda: figures.robustness(
        group_tables.methods(group_tables.LONG, ("toxicity", "bias"))
    ),
    "forest of all pairs": lambda: figures.forest(group_tables.effects(pairwise=True), scale=(1, 5), rope=0.1),
    "arms": lambda: figures.arms(
        training_tables.arm_effects(), seeds=training_tables.arm_seeds(training_tables.arm_effects()), rope=0.1
    ),
    "arms of two dimensions": lambda: figures.arms(SHORT, seeds=training_tables.arm_seeds(SHORT)),
    "arms of five dimensions": lambda: figures.arms(training_tables.arm_effects(dimensions=training_tables.FIVE)),
    "arms of one": lambda: figures.arms(training_tables.arm_effects(training_tables.ARMS[:1])),
    "arms of long names": lambda: figures.arms(
        training_tables.arm_effects(training_tables.LONG_ARMS),
        seeds=training_tables.arm_seeds(training_tables.arm_effects(training_tables.LONG_ARMS)),
    ),
    "trade-off": lambda: figures.trade_off(training_tables.trade_offs()),
    "trade-off of one": lambda: figures.trade_off(training_tables.trade_offs(training_tables.ARMS[:1], "up")),
    "trade-off of long names": lambda: figures.trade_off(training_tables.trade_offs(training_tables.LONG_ARMS)),
    "trade-off without uncertainty": lambda: figures.trade_off(
        training_tables.trade_offs().assign(x=0.0, y=0.0, sd_x=0.0, sd_y=0.0)
    ),
    "steerability": lambda: figures.steerability(training_tables.steering(), advantage=training_tables.advantages()),
    "steerability of two": lambda: figures.steerability(training_tables.steering(training_tables.PARTIES[:2])),
    "steerability of eight": lambda: figures.steerability(
        training_tables.steering([f"group number {i}" for i in range(8)]),
        advantage=training_tables.advantages([f"group number {i}" for i in range(8)]),
    ),
    "steerability without spread": lambda: figures.steerability(
        training_tables.steering().assign(estimate=3.0, lower=np.nan, upper=np.nan)
    ),
    "reduction ratios": lambda: figures.reduction_ratios(training_tables.ratios()),
    "reduction ratios of one": lambda: figures.reduction_ratios(training_tables.ratios(training_tables.ARMS[1:2])),
    "reduction ratios of long names": lambda: figures.reduction_ratios(
        training_tables.ratios(training_tables.LONG_ARMS, training_tables.LONG_ARMS[0] + " again")
    ),
    "pair calibration": lambda: figures.pair_calibration(training_tables.calibrations()),
    "pair calibration of one": lambda: figures.pair_calibration(training_tables.calibrations(("posterior",)).head(1)),
    "win rates": lambda: figures.win_rates(training_tables.win_rates()),
    "win rates of everybody": lambda: figures.win_rates(training_tables.win_rates(training_tables.LONG_ARMS, ("all",))),
    "distances": lambda: figures.distances(training_tables.distances()),
    "distances without a floor": lambda: figures.distances(
        training_tables.distances(training_tables.LONG_ARMS, ("a",), ("wasserstein",)).drop(columns="floor")
    ),
}
