"""The public names by subject. ``tests/docs`` fails when one stands nowhere, or a name is not public."""

from typing import NamedTuple


class Subject(NamedTuple):
    """A page of the API: file name, heading, a sentence, names as people type them after ``pluralstats.``."""

    page: str
    title: str
    about: str
    names: str


SUBJECTS = (
    Subject(
        "reading",
        "Reading and checking ratings",
        "A file of any of twenty shapes becomes one object; what is wrong with it is said at once.",
        "read_ratings check Check Ratings Scale read_item_texts datasets ScaleWarning ExclusionWarning",
    ),
    Subject(
        "simulating",
        "Simulating ratings",
        "Studies whose truth is known, to plan a study or to try an analysis.",
        "simulate simulate_seed_study Truth",
    ),
    Subject(
        "fitting",
        "Fitting models",
        "One call fits ordinal and linear models with crossed effects of raters and items.",
        "fit Fit Priors Sampler Solver load_fit pymc_model fit_pymc FitWarning CacheWarning",
    ),
    Subject(
        "effects",
        "Differences between groups",
        "In rating points, percent, probabilities or odds; averaged over raters and items before an interval is taken.",
        "effects contrasts group_means curve joint_tests difference_sources robustness predict",
    ),
    Subject(
        "variance",
        "Variance and reliability",
        "How much of the disagreement is item, group, person or noise, and how many raters an item needs.",
        "variance_shares r2 reliability raters_needed dimension_correlations",
    ),
    Subject(
        "disagreement",
        "Agreement and cohesion",
        "Coefficients of agreement, disagreement item by item, and whether groups agree more among themselves.",
        "agreement item_disagreement rating_shares label_differences cohesion model_cohesion diversity_sensitivity",
    ),
    Subject(
        "structure",
        "Intersections and contested items",
        "Which combinations of groups differ, and which items split them.",
        "intersections intersection_shares contested_items",
    ),
    Subject(
        "raters",
        "Single raters",
        "How severe and how noisy each rater is, how they use the scale, and who answers the same all along.",
        "rater_table",
    ),
    Subject(
        "populations",
        "Populations",
        "The same numbers for people who are not the raters at hand.",
        "Population PopulationWarning",
    ),
    Subject(
        "labels",
        "Labels and preference pairs",
        "What a model is trained on: distributions of answers, and how probably one response is preferred.",
        "label_distributions Labels load_labels aggregate preference_pairs Pairs load_pairs DirectionWarning",
    ),
    Subject(
        "trust",
        "Can this be trusted?",
        "Predictive checks, comparison of models, priors, and calibration by simulation.",
        "predictive_checks predictive_problems loo LeaveOneOut compare joint_gain prior_predictive prior_sensitivity "
        "proportional_odds_tests calibration_ranks rank_uniformity interval_coverage",
    ),
    Subject(
        "studies",
        "Whole studies and tables",
        "A study file in, a report with tables and figures out.",
        "StudyConfig run_study on_cluster export_table regression_table Summary",
    ),
    Subject(
        "figures",
        "Figures",
        "Every figure takes an object or its table and returns matplotlib Axes; the gallery shows each.",
        "figures.forest figures.group_means figures.curve figures.comparison figures.robustness figures.scale_collapse "
        "figures.population figures.intersections figures.intersection_differences figures.contested "
        "figures.caterpillar figures.rater_profiles figures.wright figures.likert figures.variance_shares "
        "figures.agreement "
        "figures.cohesion figures.association figures.dimension_correlations figures.item_disagreement "
        "figures.label_entropy "
        "figures.pair_calibration figures.predicted_shares figures.predicted_moments figures.predicted_units "
        "figures.prior_predictive figures.trace_and_rank figures.sbc_ranks figures.coverage figures.elpd figures.arms "
        "figures.trade_off figures.win_rates figures.distances figures.steerability figures.reduction_ratios "
        "figures.alt_text figures.style",
    ),
    Subject(
        "training",
        "Training models",
        'On pairs and labels, with `pip install "pluralstats[alignment]"`.',
        "alignment.train_model alignment.RunSettings alignment.RunResult alignment.TrainingTable alignment.Arm "
        "alignment.check_arms alignment.run_arms alignment.SoftDPOTrainer alignment.WeightedKTOTrainer "
        "alignment.WeightedSFTTrainer alignment.load_reward_model alignment.tiny_model alignment.rebuild_from_gguf "
        "alignment.gguf_in_wheel alignment.synthetic_study alignment.SyntheticStudy",
    ),
    Subject(
        "scoring",
        "Scoring texts",
        "Reward models, classifiers, word lists, judges, and the logs of other programs as one table of scores.",
        "alignment.score_table alignment.read_scores alignment.Scorer alignment.LexiconScorer alignment.RewardScorer "
        "alignment.ClassifierScorer alignment.DetoxifyScorer alignment.JudgeScorer alignment.Endpoint "
        "alignment.JudgeUsage alignment.sampled_responses alignment.inspect_scores alignment.lm_eval_scores "
        "alignment.JudgeWarning alignment.ImportedScoresWarning",
    ),
    Subject(
        "comparing",
        "Comparing trained models",
        "Effects of training conditions that hold for new judges, prompts and seeds.",
        "alignment.compare_arms alignment.ArmComparison alignment.joint_effects alignment.reduction_ratios "
        "alignment.steering_matrix alignment.judged_wins alignment.distribution_distances alignment.pair_accuracy "
        "alignment.pair_calibration alignment.pair_metrics alignment.calibration_metrics alignment.reliability_table "
        "alignment.write_summary",
    ),
    Subject(
        "errors",
        "Errors",
        "Each says what was expected, what was found and what to do.",
        "PluralstatsError DataError ConfigError FitError",
    ),
)
