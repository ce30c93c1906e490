"""Weighted KTO and weighted SFT: parity with TRL, and what weights and probabilities come down to."""

from importlib.metadata import version

import pandas as pd
import pytest
import torch
from packaging.version import Version
from pluralstats.alignment.models.loading import load_tokenizer
from pluralstats.alignment.models.texts import example_columns
from pluralstats.alignment.tables.rows import pair_rows
from pluralstats.alignment.trainers.kto import kto_rows
from pluralstats.alignment.trainers.kto import make_trainer as make_kto_trainer
from pluralstats.alignment.trainers.sft import make_trainer as make_sft_trainer
from pluralstats.alignment.trainers.sft import sft_rows
from pluralstats.alignment.trainers.starting import base_model, training_arguments, training_dataset
from training_steps import assert_different, assert_same, gradient, settings
from trl import KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

import pluralstats as ps

needs_kto = pytest.mark.skipif(Version(version("trl")) < Version("1.8"), reason="trl has a stable KTO from 1.8 on")


@pytest.fixture(scope="module")
def step(tiny, tmp_path_factory):
    """Gradient of a table, all of its rows in one batch; tests that ask for the same share it."""
    folder, known = tmp_path_factory.mktemp("steps"), {}

    def of(make, table):
        asked = (make, table.to_json(orient="split"))
        if asked not in known:
            known[asked] = gradient(make(settings(tiny, folder / "run", batch_size=4 * len(table)), table))
        return known[asked]

    return of


def trl_trainer(chosen, rows, trainer, config, **more):
    """TRL's own trainer on rows without weights."""
    tokenizer, model = load_tokenizer(chosen.model), base_model(chosen)
    columns = example_columns(rows, ("completion",), tokenizer)
    columns |= {"label": rows["label"].tolist()} if "label" in rows else {}
    return trainer(
        model=model,
        args=config(**training_arguments(chosen, model), max_length=chosen.max_length, **more),
        train_dataset=training_dataset(columns, chosen.out),
        processing_class=tokenizer,
    )


@needs_kto
def test_certain_pairs_of_equal_weight_have_the_kto_gradient_of_trl(tiny, pairs, step, tmp_path):
    certain = pairs.assign(p=1.0, weight=1.0)
    chosen = settings(tiny, tmp_path / "trl", batch_size=32)
    rows = kto_rows(pair_rows(certain), chosen.seed)
    assert len(rows) == 16
    assert (rows["weight"] == 1).all()
    theirs = trl_trainer(chosen, rows, KTOTrainer, KTOConfig, beta=chosen.beta, precompute_ref_log_probs=True)
    assert_same(step(make_kto_trainer, certain), gradient(theirs))


@needs_kto
def test_weights_and_probabilities_change_the_kto_gradient(pairs, step):
    soft = pairs.assign(p=[0.9, 0.6, 0.8, 0.5, 0.75, 0.8, 0.55, 0.95])  # none is certain: always 32 rows, same order
    plain = step(make_kto_trainer, soft)
    assert_different(plain, step(make_kto_trainer, soft.assign(weight=1.0)))
    assert_different(plain, step(make_kto_trainer, soft.assign(p=0.9)))


def test_a_response_is_desirable_as_far_as_it_is_preferred(pairs):
    rows = kto_rows(pair_rows(pairs.head(1).assign(p=0.75)), seed=1)
    found = rows.set_index(["completion", "label"])["weight"]
    # shares .75, .25, .25, .75 of weight 1, scaled to mean 1
    assert found.to_dict() == pytest.approx(
        {("yes", True): 1.5, ("yes", False): 0.5, ("no", True): 0.5, ("no", False): 1.5}
    )


@pytest.mark.parametrize("rows", [lambda pairs: kto_rows(pairs, seed=1), sft_rows])
def test_rows_know_no_order_of_the_responses_and_no_row_of_weight_zero(rows, pairs):
    def sorted_rows(table):
        found = rows(pair_rows(table))
        return found.sort_values(found.columns.tolist()).reset_index(drop=True)

    exchanged = pairs.assign(chosen=pairs["rejected"], rejected=pairs["chosen"], p=1 - pairs["p"])
    pd.testing.assert_frame_equal(sorted_rows(pairs), sorted_rows(exchanged))
    weightless = pairs.assign(weight=[0.0, *pairs["weight"][1:]])
    pd.testing.assert_frame_equal(sorted_rows(weightless), sorted_rows(pairs.iloc[1:]))


def test_a_batch_of_one_is_refused_for_kto(tiny, pairs, tmp_path):
    if Version(version("trl")) < Version("1.8"):
        with pytest.raises(ps.ConfigError, match="needs trl"):
            make_kto_trainer(settings(tiny, tmp_path / "run"), pairs)
        return
    with pytest.raises(ps.ConfigError, match="2 or more"):
        make_kto_trainer(settings(tiny, tmp_path / "run", batch_size=1), pairs)


def test_certain_pairs_of_equal_weight_have_the_sft_gradient_of_trl(tiny, pairs, step, tmp_path):
    certain = pairs.assign(p=1.0, weight=1.0)
    rows = sft_rows(pair_rows(certain))
    assert rows["completion"].tolist() == pairs["chosen"].tolist()
    theirs = trl_trainer(settings(tiny, tmp_path / "trl", batch_size=32), rows, SFTTrainer, SFTConfig, loss_type="nll")
    assert_same(step(make_sft_trainer, certain), gradient(theirs))


def test_a_whole_weight_is_a_repeated_row_up_to_the_count_of_tokens(pairs, step):
    """The gradient is proportional; its length is not, as TRL divides by the tokens of the rows there are."""
    certain = pairs.assign(p=1.0, weight=1.0)
    one = step(make_sft_trainer, certain.assign(weight=[2.0] + [1.0] * 7))
    other = step(make_sft_trainer, pd.concat([certain.head(1), certain]))
    assert_same(one / one.norm(), other / other.norm())


def test_weights_and_probabilities_change_the_sft_gradient(pairs, step):
    plain = step(make_sft_trainer, pairs)
    assert_different(plain, step(make_sft_trainer, pairs.assign(weight=1.0)))
    assert_different(plain, step(make_sft_trainer, pairs.assign(p=1.0)))


def test_accumulated_sft_batches_have_the_weights_of_one_large_one(tiny, pairs, tmp_path):
    """Also where micro-batches differ in tokens: the count is that of the whole optimiser step."""
    found = []
    for name, size, accumulation in (("one", 8, 1), ("four", 2, 4)):
        chosen = settings(tiny, tmp_path / name, batch_size=size, accumulation=accumulation, steps=2)
        trainer = make_sft_trainer(chosen, pairs.assign(p=1.0))
        trainer.train()
        found.append(trainer.model.state_dict())
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)
