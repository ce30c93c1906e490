"""Every wrong study file has one exact message that names the right key or value."""

from inspect import signature
from pathlib import Path

import pytest
from pluralstats.figures import style

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.schema import RAMPS, SECTIONS

BAD = {
    "unknown key at the top": (
        'titel = "x"',
        "s.toml: `titel` is not a key at the top of a study file. Did you mean 'title'?",
    ),
    "unknown key far from all": (
        "zzz = 1",
        "s.toml: `zzz` is not a key at the top of a study file. The keys there are title, simulated, seed, data, "
        "model, effects, agreement, cohesion, structure, population, labels, training, figures.",
    ),
    "unknown section": (
        "[modle]\nfamily = 'gaussian'",
        "s.toml: `modle` is not a key at the top of a study file. Did you mean 'model'?",
    ),
    "unknown key of a section": (
        "[data]\ndemographic = ['gender']",
        "s.toml: `demographic` is not a key in [data]. Did you mean 'demographics'?",
    ),
    "key in the wrong section": (
        "[data]\nformula = 'rating ~ 1'",
        "s.toml: `formula` is not a key in [data]. It belongs under [model].",
    ),
    "section key at the top": (
        "scale = [1, 5]",
        "s.toml: `scale` is not a key at the top of a study file. It belongs under [data].",
    ),
    "top key in a section": (
        "[model]\nseed = 3",
        "s.toml: `seed` is not a key in [model]. It belongs at the top of the file, before any section.",
    ),
    "submodel with a left side": (
        "[model]\ndisc = 'rating ~ gender'",
        "s.toml: `model.disc` should be a formula without its left side, such as '~ gender + (1 | rater)', but is "
        "'rating ~ gender' (text).",
    ),
    "submodel of a family without": (
        "[model]\nfamily = 'acat'\nstretch = '~ gender'",
        "s.toml: `model.stretch` goes with cumulative models, whose answers are places on one latent scale; the family "
        "is 'acat'. Remove one of them.",
    ),
    "priors of parts that there are not": (
        "[model.priors]\npart_sd = 0.3",
        "s.toml: `model.priors.part_sd` is about `model.disc` and `model.stretch`, and both are missing. Add one of "
        "them, or remove it.",
    ),
    "estimand of one noise": (
        "[model]\ndisc = '~ gender'\nlink = 'logit'\n[effects]\nestimands = ['odds_ratio']",
        "s.toml: `effects.estimands` has 'odds_ratio', which has a meaning where all ratings have the same noise and "
        "the same use of the scale, and [model] has disc. Use 'points', 'probability' or 'marginal_odds_ratio', which "
        "average over both.",
    ),
    "mistyped dimensions": (
        "[model]\ndimensions = 'jiont'",
        "s.toml: `model.dimensions` should be 'joint' or 'separate', but is 'jiont' (text). Did you mean 'joint'?",
    ),
    "one curve on several dimensions": (
        "[model]\nformula = 'rating ~ s(age) + (1 | item)'\ndimensions = 'joint'",
        's.toml: `model.dimensions` is "joint", and `model.formula` has s(x), whose curve would be one for all '
        'dimensions. Write "separate", leave it out, or write bs(x, df=4).',
    ),
    "numbers on several dimensions at once": (
        "[model]\nfamily = 'gaussian'\ndimensions = 'joint'",
        's.toml: `model.dimensions` is "joint", and a gaussian model has one residual standard deviation for all '
        'dimensions. Write "separate", or leave it out.',
    ),
    "tests of thresholds of numbers": (
        "[model]\nfamily = 'gaussian'\n[effects]\nproportional_odds = true",
        "s.toml: `effects.proportional_odds` asks about thresholds, and the gaussian family has none. Remove it.",
    ),
    "tests of a plain model of one that is not": (
        "[model]\ndisc = '~ gender'\nthresholds = 'wave'\n[effects]\nproportional_odds = true",
        "s.toml: `effects.proportional_odds` tests the model without `disc`, `stretch` and `thresholds`, and [model] "
        "has disc and thresholds. Remove one of them.",
    ),
    "thresholds of numbers": (
        "[model]\nfamily = 'gaussian'\nthresholds = 'wave'",
        's.toml: `model.thresholds` has no meaning with family = "gaussian", which has none. Remove it.',
    ),
    "thresholds by dimension": (
        "[model]\nthresholds = 'dimension'",
        "s.toml: `model.thresholds` is 'dimension', and a study has thresholds of each dimension anyway. Remove it.",
    ),
    "thresholds by wave in a joint model": (
        "[model]\nthresholds = 'wave'\ndimensions = 'joint'",
        "s.toml: `model.thresholds` is 'wave', and one model of all dimensions has thresholds by dimension. Write "
        'dimensions = "separate" under [model], or remove one of them.',
    ),
    "section that is no section": (
        'data = "ratings.csv"',
        "s.toml: `data` should be a section ([data] on its own line), but is 'ratings.csv' (text).",
    ),
    "seed as text": (
        'seed = "one"',
        "s.toml: `seed` should be a whole number of at least 0, but is 'one' (text).",
    ),
    "seed as yes or no": (
        "seed = true",
        "s.toml: `seed` should be a whole number of at least 0, but is true (true or false).",
    ),
    "negative seed": (
        "seed = -1",
        "s.toml: `seed` should be a whole number of at least 0, but is -1 (a whole number).",
    ),
    "simulated as text": ('simulated = "yes"', "s.toml: `simulated` should be true or false, but is 'yes' (text)."),
    "empty title": ('title = " "', "s.toml: `title` should be text, but is ' ' (text)."),
    "demographics as text": (
        "[data]\ndemographics = 'gender'",
        's.toml: `data.demographics` should be a list of names, such as ["gender", "race"], but is \'gender\' (text).',
    ),
    "scale that falls": (
        "[data]\nscale = [5, 1]",
        "s.toml: `data.scale` should be [low, high], a list of increasing numbers, a list of different labels in "
        'order, "continuous", or ["continuous", low, high]; or a table of these, such as '
        '{wave = {"1" = [1, 5], "2" = [1, 3]}}, but is [5, 1] (a list).',
    ),
    "scales by wave of which one falls": (
        "[data.scale.wave]\n1 = [1, 5]\n2 = [3, 1]",
        "s.toml: `data.scale` should be [low, high], a list of increasing numbers, a list of different labels in "
        'order, "continuous", or ["continuous", low, high]; or a table of these, such as '
        "{wave = {\"1\" = [1, 5], \"2\" = [1, 3]}}, but is {'wave': {'1': [1, 5], '2': [3, 1]}} (a table).",
    ),
    "mistyped policy": (
        "[data]\nundisclosed = 'levels'",
        "s.toml: `data.undisclosed` should be 'drop', 'level' or 'impute', but is 'levels' (text). "
        "Did you mean 'level'?",
    ),
    "recode without a column": (
        "[data]\nrecode = {old = 'new'}",
        's.toml: `data.recode` should be a table for each column, such as recode.age = {"18-24" = "under 30"}, '
        "but is {'old': 'new'} (a table).",
    ),
    "multi-select policy": (
        "[data]\nmulti_select = {race = 'all'}",
        's.toml: `data.multi_select` should be a table from column to "first", "multiracial" or '
        "\"share\", but is {'race': 'all'} (a table).",
    ),
    "lump as a fraction": (
        "[data]\nlump = 0.5",
        "s.toml: `data.lump` should be a whole number of at least 0, but is 0.5 (a number).",
    ),
    "mistyped family": (
        "[model]\nfamily = 'cumulativ'",
        "s.toml: `model.family` should be 'cumulative', 'bernoulli', 'sratio', 'cratio', 'acat', 'gaussian' or "
        "'ordered_beta', but is "
        "'cumulativ' (text). Did you mean 'cumulative'?",
    ),
    "formula without rating": (
        "[model]\nformula = 'score ~ gender'",
        "s.toml: `model.formula` should be a formula such as 'rating ~ gender + (1 | item) + (1 | rater)', but is "
        "'score ~ gender' (text).",
    ),
    "too few draws": (
        "[model]\ndraws = 10",
        "s.toml: `model.draws` should be a whole number of at least 100, but is 10 (a whole number).",
    ),
    "alternatives as a list": (
        "[model]\nalternatives = ['rating ~ 1']",
        's.toml: `model.alternatives` should be a table from name to formula, such as {"items only" = "rating ~ '
        "gender + (1 | item)\"}, but is ['rating ~ 1'] (a list).",
    ),
    "alternative called main": (
        "[model]\nalternatives = {main = 'rating ~ 1'}",
        "s.toml: `model.alternatives` has one named 'main', the name of the main model. Rename it.",
    ),
    "mistyped estimand": (
        "[effects]\nestimands = ['pionts']",
        "s.toml: `effects.estimands` should be a list of estimands out of points, percent, percent_of_range, "
        "probability, probability_ratio, odds_ratio, marginal_odds_ratio, latent_d and 'P(rating >= 4)', but is "
        "['pionts'] (a list). Did you mean 'points'?",
    ),
    "odds ratio of a probit": (
        "[effects]\nestimands = ['odds_ratio']",
        "s.toml: `effects.estimands` has 'odds_ratio', which needs link = \"logit\" under [model]. Add that, or use "
        "'marginal_odds_ratio'.",
    ),
    "odds ratio of steps": (
        "[model]\nfamily = 'acat'\nlink = 'logit'\n[effects]\nestimands = ['odds_ratio']",
        "s.toml: `effects.estimands` has 'odds_ratio', and coefficients of the acat family are no logarithms of "
        "cumulative odds. Use 'marginal_odds_ratio'.",
    ),
    "categories of a gaussian": (
        "[model]\nfamily = 'gaussian'\n[effects]\nestimands = ['P(rating >= 4)']",
        "s.toml: `effects.estimands` has 'P(rating >= 4)', but the gaussian family has no categories. Use points, "
        "percent, percent_of_range, latent_d.",
    ),
    "negative rope": (
        "[effects]\nrope = -0.1",
        "s.toml: `effects.rope` should be a number of rating points, 0 or more, but is -0.1 (a number).",
    ),
    "mistyped coefficient": (
        "[agreement]\ncoefficients = ['alpha']",
        "s.toml: `agreement.coefficients` should be a list of coefficients out of alpha_nominal, alpha_ordinal, "
        "alpha_interval, percent, ac1, ac2, fleiss, distance, entropy, polarisation, but is ['alpha'] (a list).",
    ),
    "few replicates": (
        "[agreement]\nreplicates = 1",
        "s.toml: `agreement.replicates` should be a whole number of at least 20, but is 1 (a whole number).",
    ),
    "reference of no demographic": (
        "[data]\ndemographics = ['gender']\nreference = {gendr = 'female'}",
        "s.toml: `data.reference` names 'gendr', which is not among the demographics (gender). Did you mean 'gender'?",
    ),
    "agreement by no demographic": (
        "[agreement]\nby = ['gender']",
        "s.toml: `agreement.by` names 'gender', which is not among the demographics (none are given).",
    ),
    "link of a gaussian": (
        "[model]\nfamily = 'gaussian'\nlink = 'logit'",
        's.toml: `model.link` has no meaning with family = "gaussian". Remove it.',
    ),
    "reml of a cumulative": (
        "[model]\nreml = true",
        's.toml: `model.reml` needs family = "gaussian". Remove it or change the family.',
    ),
    "reml of a posterior": (
        "[model]\nfamily = 'gaussian'\nreml = true",
        's.toml: `model.reml` needs method = "laplace" under [model]: a posterior needs no such correction. Add that, '
        "or remove it.",
    ),
    "chains of the approximation": (
        "[model]\nmethod = 'laplace'\nchains = 2",
        's.toml: `model.chains` has no meaning with method = "laplace", which runs no chains. Remove it.',
    ),
    "mistyped method": (
        "[model]\nmethod = 'laplas'",
        "s.toml: `model.method` should be 'hmc', 'nuts', 'laplace' or 'pymc', but is 'laplas' (text). Did you mean "
        "'laplace'?",
    ),
    "priors as text": (
        "[model]\npriors = 'weak'",
        "s.toml: `model.priors` should be a section ([model.priors] on its own line), but is 'weak' (text).",
    ),
    "unknown prior": (
        "[model.priors]\ncoefficients = 0.5",
        "s.toml: `coefficients` is not a key in [model.priors]. It belongs under [agreement].",
    ),
    "mistyped prior": (
        "[model.priors]\ncoeficient = 0.5",
        "s.toml: `coeficient` is not a key in [model.priors]. Did you mean 'coefficient'?",
    ),
    "negative prior scale": (
        "[model.priors]\nsd = -1",
        "s.toml: `model.priors.sd` should be a number above 0, but is -1 (a whole number).",
    ),
    "prior scale of a term as text": (
        "[model.priors]\nterms = {gender = 'weak'}",
        's.toml: `model.priors.terms` should be a table from term to number, such as {"gender" = 0.5, "sd(rater)" = '
        "2.0}, but is {'gender': 'weak'} (a table).",
    ),
    "settings of the priors in the model": (
        "[model]\nlog_gap = 2.0",
        "s.toml: `log_gap` is not a key in [model]. It belongs under [model.priors].",
    ),
    "continuous scale of a cumulative": (
        "[data]\nscale = 'continuous'",
        's.toml: `data.scale` is "continuous", which needs family = "gaussian" under [model].',
    ),
    "mistyped ramp": (
        "[figures]\nramp = 'divergent'",
        "s.toml: `figures.ramp` should be 'diverging' or 'sequential', but is 'divergent' (text). "
        "Did you mean 'diverging'?",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_study_file_gets_its_exact_message(case):
    text, message = BAD[case]
    with pytest.raises(ConfigError) as caught:
        StudyConfig.from_toml(text, name="s.toml")
    assert str(caught.value) == message


def test_all_problems_of_a_file_come_in_one_error():
    with pytest.raises(ConfigError) as caught:
        StudyConfig.from_toml("sed = 1\nseed = 'a'\n[data]\nlumps = 3\n[model]\nlink = 'probt'", name="s.toml")
    lines = str(caught.value).splitlines()
    assert lines[0] == "4 problems were found:"
    assert [line.partition("Did you mean ")[2] for line in lines[1:]] == ["'seed'?", "", "'lump'?", "'probit'?"]


def test_text_that_is_no_toml_is_shown_with_its_line():
    with pytest.raises(ConfigError) as caught:
        StudyConfig.from_toml('title = "x"\n[data\nscale = [1, 5]', name="s.toml")
    message = str(caught.value)
    assert message.startswith("s.toml is not valid TOML: ") and "at line 2" in message
    assert message.endswith("That line is: '[data'.")


def test_a_missing_study_file_names_its_neighbour(tmp_path: Path):
    (tmp_path / "study.toml").touch()
    with pytest.raises(ConfigError) as caught:
        StudyConfig.read(tmp_path / "studi.toml")
    assert str(caught.value) == f"There is no study file {tmp_path / 'studi.toml'}. Did you mean 'study.toml'?"


def test_a_study_file_in_another_encoding_is_refused(tmp_path: Path):
    path = tmp_path / "study.toml"
    path.write_bytes('title = "Größe"'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"study.toml is not a text file in UTF-8"):
        StudyConfig.read(path)


def test_a_study_without_ratings_says_where_to_name_them():
    with pytest.raises(ConfigError) as caught:
        StudyConfig.from_toml("[data]\nscale = [1, 5]").data_path()
    assert str(caught.value) == (
        'The study names no ratings. Write path = "ratings.csv" under [data] in the study file, or give --data PATH '
        "on the command line."
    )


def test_a_path_that_is_not_there_names_its_neighbour(tmp_path: Path):
    (tmp_path / "ratings.csv").touch()
    config = StudyConfig.from_toml('[data]\npath = "rating.csv"', folder=tmp_path)
    with pytest.raises(ConfigError) as caught:
        config.data_path()
    wanted = tmp_path / "rating.csv"
    assert str(caught.value) == (
        f"The ratings should be in {wanted}, but there is no file at that path. Did you mean 'ratings.csv'?"
    )


def test_relative_paths_start_at_the_study_file(tmp_path: Path):
    (tmp_path / "ratings.csv").touch()
    (tmp_path / "study.toml").write_text('[data]\npath = "ratings.csv"', encoding="utf-8")
    assert StudyConfig.read(tmp_path / "study.toml").data_path() == tmp_path / "ratings.csv"


@pytest.mark.parametrize("key", ["people", "raters"])
def test_a_table_of_people_starts_at_the_study_file_under_either_key(tmp_path: Path, key: str):
    (tmp_path / "people.csv").write_text("rater,gender\nanna,female\nben,male\n", encoding="utf-8")
    (tmp_path / "ratings.csv").write_text("item,rater,rating\n1,anna,1\n1,ben,5\n", encoding="utf-8")
    text = f'[data]\npath = "ratings.csv"\n{key} = "people.csv"\nscale = [1, 5]\ndemographics = ["gender"]\n'
    config = ps.StudyConfig.from_toml(text, folder=tmp_path)
    assert ps.read_ratings(config.data_path(), **config.ratings_options()).demographics == ("gender",)


def test_a_file_of_people_starts_at_the_study_file_and_a_folder_of_files_is_ratings(tmp_path: Path):
    (tmp_path / "people.csv").write_text("rater,gender\nanna,female\nben,male\n", encoding="utf-8")
    (tmp_path / "answers").mkdir()
    for rater in ("anna", "ben"):
        (tmp_path / "answers" / f"{rater}.csv").write_text("item,rating\na,1\nb,5\n", encoding="utf-8")
    text = '[data]\npath = "answers"\npeople = "people.csv"\nscale = [1, 5]\ndemographics = ["gender"]\n'
    config = StudyConfig.from_toml(text, folder=tmp_path)
    ratings = ps.read_ratings(config.data_path(), **config.ratings_options())
    assert ratings.raters[["rater", "gender"]].to_numpy().tolist() == [["anna", "female"], ["ben", "male"]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('format = "qualtrix"', "Did you mean 'qualtrics'?"),
        ("items = 3", "`data.items` should be a name, a pattern such as"),
        ('unfinished = "perhaps"', "`data.unfinished` should be 'drop' or 'keep'"),
    ],
)
def test_a_wrong_word_about_the_shape_is_named(line: str, message: str):
    with pytest.raises(ConfigError) as caught:
        StudyConfig.from_toml(f"[data]\n{line}")
    assert message in str(caught.value)


def test_a_path_on_the_command_line_wins(tmp_path: Path):
    (tmp_path / "other.csv").touch()
    config = StudyConfig.from_toml('[data]\npath = "ratings.csv"', folder=tmp_path)
    assert config.data_path(tmp_path / "other.csv") == tmp_path / "other.csv"


def test_default_estimands_fit_the_family():
    estimands = {
        text: StudyConfig.from_toml(f"[model]\n{text}").estimands
        for text in ("link = 'probit'", "link = 'logit'", "family = 'gaussian'", "family = 'acat'\nlink = 'logit'")
    }
    assert "odds_ratio" not in estimands["family = 'acat'\nlink = 'logit'"]
    assert "odds_ratio" not in estimands["link = 'probit'"]
    assert "odds_ratio" in estimands["link = 'logit'"]
    assert not {"probability", "odds_ratio", "marginal_odds_ratio"} & set(estimands["family = 'gaussian'"])


def test_estimands_of_one_noise_are_left_out_where_noise_differs():
    estimands = {
        part: StudyConfig.from_toml(f"[model]\nlink = 'logit'\n{part} = '~ gender'").estimands
        for part in ("disc", "stretch")
    }
    for names in estimands.values():
        assert "latent_d" in names
        assert "odds_ratio" not in names


def test_a_study_file_knows_the_ramps_of_the_figures():
    assert tuple(style.RAMPS) == RAMPS


def test_what_a_study_file_leaves_out_is_the_default_of_the_function():
    config = StudyConfig.from_toml("")
    for section, function in ((config.model, ps.fit), (config.effects, ps.effects), (config.agreement, ps.agreement)):
        parameters = signature(function).parameters
        for name in set(vars(section)) & set(parameters) - {"estimands"}:  # a report has more than points
            assert getattr(section, name) == parameters[name].default, name


def test_every_data_key_is_an_option_of_the_reader_or_of_ratings():
    known = {*signature(ps.Ratings).parameters, *signature(ps.read_ratings).parameters, "path", "wave"}
    assert set(SECTIONS["data"]) <= known


def test_the_builtin_study_is_quick():
    assert StudyConfig.builtin().agreement.replicates == 200


@pytest.mark.parametrize("name", ["popquorn", "crehate"])
def test_the_study_files_of_the_paper_are_valid(name):
    config = StudyConfig.read(Path(__file__).parents[3] / "analysis" / f"{name}.toml")
    assert "path" not in config.data  # data are never committed; the path comes from the command line


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path):
    path = tmp_path / "study.toml"
    path.write_text('title = "Jokes"', encoding="utf-8-sig")
    config = StudyConfig.read(path)
    assert (config.title, config.source) == ("Jokes", 'title = "Jokes"')


def test_priors_and_sampler_of_a_study_file_reach_the_model():
    text = "[model]\nchains = 2\nwarmup = 60\n[model.priors]\ncoefficient = 1\nterms = {gender = 2}"
    model = StudyConfig.from_toml(text).model
    assert model.priors == ps.Priors(coefficient=1.0, terms={"gender": 2.0})
    assert (model.sampler.chains, model.sampler.warmup, model.n_draws) == (2, 60, 2000)
    assert StudyConfig().model.priors is None


def test_the_command_line_overrides_the_method_and_the_file_remembers_its_own():
    config = StudyConfig.from_toml("[model]\nchains = 2").with_method("laplace")
    assert (config.model.method, config.written_method, config.model.n_draws) == ("laplace", "hmc", 1000)
    assert config.model.sampler is None
    with pytest.raises(ConfigError, match=r"found 'lapalce'\. Did you mean 'laplace'"):
        config.with_method("lapalce")
    reml = StudyConfig.from_toml("[model]\nfamily = 'gaussian'\nmethod = 'laplace'\nreml = true")
    with pytest.raises(ConfigError, match=r"`model\.reml` needs method"):
        reml.with_method("hmc")
