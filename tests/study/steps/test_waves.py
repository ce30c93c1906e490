"""A study whose waves had different scales is about one of them, and says so where none is named."""

import json

import pytest
from two_waves import SCALES, two_waves

import pluralstats as ps
from pluralstats.study.configuration.arguments import in_study_words
from pluralstats.study.configuration.toml import plain_values, toml_value
from pluralstats.study.steps.ratings import study_data

DATA = '[data]\nscale = { wave = { "1" = [1, 5], "2" = [1, 3] } }\ndemographics = ["gender"]\n'


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    made = two_waves(30)
    file = tmp_path_factory.mktemp("waves") / "ratings.csv"
    made.frame.assign(rating=made.frame["rating"] + 1).to_csv(file, index=False)
    return file


def test_a_study_reads_the_wave_that_it_is_about(path):
    config = ps.StudyConfig.from_toml(DATA + 'wave = "2"\n')
    data = study_data(config, path)
    assert data.ratings.scale.describe() == "1-3"
    assert set(data.ratings.frame["wave"]) == {"2"}
    assert "percent_of_range" in config.estimands
    excluded = study_data(ps.StudyConfig.from_toml(DATA + 'wave = "2"\nexclude = { item = ["I01"] }\n'), path)
    assert set(excluded.everybody.frame["wave"]) == {"2"}


def test_a_study_of_two_scales_is_refused_with_the_line_to_write(path):
    with pytest.raises(ps.ConfigError) as error:
        study_data(ps.StudyConfig.from_toml(DATA), path)
    assert "the ratings are on 1-5 (wave 1); 1-3 (wave 2)" in str(error.value)
    assert 'wave = "1"' in str(error.value)
    with pytest.raises(ps.ConfigError, match="There is no wave '3'; the ratings have 1, 2"):
        study_data(ps.StudyConfig.from_toml(DATA + 'wave = "3"\n'), path)


def test_scales_by_wave_are_written_as_study_files_and_flags_have_them(path):
    check = ps.check(path, scale=SCALES)
    assert toml_value(plain_values(check.options["scale"])) == "{ wave = { 1 = [1, 5], 2 = [1, 3] } }"
    sentence = f"Pass scale={json.dumps({'wave': {'1': [1, 5], '2': [1, 3]}})}."
    assert in_study_words(sentence) == "Pass [data] scale = {wave = {1 = [1, 5], 2 = [1, 3]}}."
    assert in_study_words(sentence, {"scale": "--scale"}) == "Pass --scale 'wave: 1=1,5; 2=1,3'."
