"""Ordinal reward models: a known latent recovered, thresholds saved with the weights, weights, degenerate labels."""

import numpy as np
import pandas as pd
import pytest
import torch
from pluralstats.alignment import RunSettings, tiny_model
from pluralstats.alignment.objectives.answers import log_answer_probabilities
from pluralstats.alignment.rewards.networks import coded_texts, load_reward_model, predicted_answers, rewards_of
from pluralstats.alignment.tables.rows import response_rows
from pluralstats.alignment.trainers.ordinal_reward import calibration as answer_calibration
from pluralstats.alignment.trainers.ordinal_reward import make_trainer as make_ordinal_trainer

import pluralstats as ps

WORDS = ["awful", "bad", "poor", "plain", "fine", "good", "great", "lovely"]
LATENT = torch.linspace(-2, 2, len(WORDS))
CUTS = torch.tensor([-2.25, -1.25, 0.75, 2.75])  # of mean 0; the gaps are 1, 2, 2


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(tiny_model(tmp_path_factory.mktemp("tiny") / "model", WORDS * 3, width=32, layers=1))


def rated(distribution, **columns):
    k = distribution.shape[1]
    answers = {f"p_{i + 1}": distribution[:, i] for i in range(k)}
    texts = {"prompt": [f"how is it? {i}" for i in range(len(distribution))]}
    texts["response"] = [WORDS[i % len(WORDS)] for i in range(len(distribution))]
    return pd.DataFrame(texts | answers | {"weight": 1.0} | columns)


def truth(cuts=CUTS, latent=LATENT):
    shares = log_answer_probabilities(latent.double(), cuts.double()).exp()
    return (shares / shares.sum(dim=1, keepdim=True)).numpy()


def settings(model, tmp_path, **options):
    chosen = {"method": "ordinal_reward", "steps": 2, "batch_size": 8, "learning_rate": 1e-3, "save_every": 500}
    return RunSettings(model=model, out=tmp_path / "run", **(chosen | options))


def gradient(trainer):
    batch = next(iter(trainer.get_train_dataloader()))
    trainer.model.train()
    trainer.model.zero_grad()
    trainer.compute_loss(trainer.model, batch).backward()
    return torch.cat([p.grad.flatten() for p in trainer.model.parameters() if p.grad is not None])


def predictions(network, tokenizer, rows):
    coded = coded_texts(rows["prompt"].tolist(), rows["response"].tolist(), tokenizer)
    return predicted_answers(network, rewards_of(network, coded, tokenizer.pad_token_id))


@pytest.fixture(scope="module")
def trained(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    trainer = make_ordinal_trainer(settings(model, folder, steps=150, learning_rate=5e-3), rated(truth()))
    trainer.train()
    trainer.model.save_pretrained(folder / "model")
    trainer.processing_class.save_pretrained(folder / "model")
    return trainer, folder


def test_a_known_latent_and_its_thresholds_are_recovered(trained):
    trainer, _ = trained
    rows = response_rows(rated(truth()))
    np.testing.assert_allclose(predictions(trainer.model, trainer.processing_class, rows), truth(), atol=0.01)
    # simulated truth: gaps 1, 2, 2 on the logistic scale; the location is free and set by a mean of 0
    cuts = trainer.model.answers.thresholds().detach()
    np.testing.assert_allclose(cuts, CUTS, atol=0.05)


def test_calibration_of_the_trained_model_is_reported_in_points_and_nats(trained, model, tmp_path):
    trainer, _ = trained
    rows = response_rows(rated(truth()))
    found = answer_calibration(trainer.model, trainer.processing_class, rows, settings(model, tmp_path))
    values = {row["metric"]: row for row in found["metrics"]}
    assert values["excess_log_loss"]["value"] < 0.02
    assert values["rating_error"]["value"] < 0.15
    assert values["rating_error"]["lower"] <= values["rating_error"]["value"] <= values["rating_error"]["upper"]
    assert len(found["thresholds"]) == 4
    assert all(abs(row["predicted"] - row["labelled"]) < 0.05 for row in found["reliability"])


def test_the_saved_model_has_its_thresholds_and_predicts_the_same(trained):
    trainer, folder = trained
    rows = response_rows(rated(truth()))
    loaded = load_reward_model(folder)
    assert loaded.ordinal
    torch.testing.assert_close(loaded.network.answers.thresholds(), trainer.model.answers.thresholds())
    assert loaded.network.answers.values.tolist() == [1, 2, 3, 4, 5]
    torch.testing.assert_close(
        predictions(loaded.network, loaded.tokenizer, rows), predictions(trainer.model, trainer.processing_class, rows)
    )


def test_training_starts_from_the_shares_of_all_answers(model, tmp_path):
    trainer = make_ordinal_trainer(settings(model, tmp_path), rated(truth()))
    with torch.no_grad():
        found = trainer.model.answers(torch.zeros(1)).exp()[0]
    np.testing.assert_allclose(found, truth().mean(axis=0), atol=1e-4)


def test_weights_change_the_gradient_and_a_weight_of_zero_drops_the_row(model, tmp_path):
    one = truth()[[0, 7]]
    # both tables start from the same thresholds, so that only the loss differs
    same = np.vstack([one, one[::-1]])
    equal = gradient(make_ordinal_trainer(settings(model, tmp_path), rated(same)))
    unequal = gradient(make_ordinal_trainer(settings(model, tmp_path), rated(same, weight=[0.5, 0.5, 1.5, 1.5])))
    assert not torch.allclose(equal, unequal)
    zero = gradient(make_ordinal_trainer(settings(model, tmp_path), rated(one, weight=[1.0, 0.0])))
    dropped = gradient(make_ordinal_trainer(settings(model, tmp_path), rated(one[:1])))
    torch.testing.assert_close(zero, dropped, rtol=1e-3, atol=1e-6)


def test_a_distribution_is_its_answers_with_their_shares_as_weights(model, tmp_path):
    soft = rated(np.array([[0.2, 0.5, 0.3]]))
    hard = pd.concat([soft] * 3).assign(weight=[0.2, 0.5, 0.3])
    hard[["p_1", "p_2", "p_3"]] = np.eye(3)
    torch.testing.assert_close(
        gradient(make_ordinal_trainer(settings(model, tmp_path), hard)),
        gradient(make_ordinal_trainer(settings(model, tmp_path), soft)),
        rtol=1e-3,
        atol=1e-6,
    )


def test_two_micro_batches_are_one_batch(model, tmp_path):
    weights = []
    for batch, accumulation in ((8, 1), (4, 2)):
        plan = settings(model, tmp_path, batch_size=batch, accumulation=accumulation, steps=1)
        trainer = make_ordinal_trainer(plan, rated(truth()))
        trainer.train()
        weights.append(torch.cat([p.detach().flatten() for p in trainer.model.answers.parameters()]))
    torch.testing.assert_close(*weights, rtol=1e-3, atol=1e-5)


def test_thresholds_move_faster_than_the_network(model, tmp_path):
    trainer = make_ordinal_trainer(settings(model, tmp_path, learning_rate=1e-5), rated(truth()))
    trainer.create_optimizer()
    rates = {len(group["params"]): group["lr"] for group in trainer.optimizer.param_groups}
    assert rates[2] == pytest.approx(1e-3)  # gaps and shift
    held = sum(len(group["params"]) for group in trainer.optimizer.param_groups)
    assert held == sum(p.requires_grad for p in trainer.model.parameters())


def test_thresholds_never_move_slower_than_the_network_nor_by_large_steps(model, tmp_path):
    for rate, expected in ((2e-3, 0.05), (0.1, 0.1)):
        trainer = make_ordinal_trainer(settings(model, tmp_path, learning_rate=rate), rated(truth()))
        assert trainer.create_optimizer().param_groups[-1]["lr"] == pytest.approx(expected)


def test_an_adapter_holds_its_thresholds(model, tmp_path):
    plan = settings(model, tmp_path, lora_rank=2, steps=3, learning_rate=1e-2)
    trainer = make_ordinal_trainer(plan, rated(truth()))
    start = trainer.model.answers.thresholds().detach().clone()
    trainer.train()
    trainer.model.save_pretrained(tmp_path / "adapter")
    trainer.processing_class.save_pretrained(tmp_path / "adapter")
    loaded = load_reward_model(tmp_path)
    assert not torch.allclose(trainer.model.answers.thresholds(), start)
    torch.testing.assert_close(loaded.network.answers.thresholds(), trainer.model.answers.thresholds())
    rows = response_rows(rated(truth()))
    torch.testing.assert_close(
        predictions(loaded.network, loaded.tokenizer, rows), predictions(trainer.model, trainer.processing_class, rows)
    )


def test_a_killed_training_goes_on_to_the_same_thresholds(model, tmp_path):
    table = rated(truth())
    whole = make_ordinal_trainer(settings(model, tmp_path, steps=4), table)
    whole.train()
    first = make_ordinal_trainer(settings(model, tmp_path, steps=4, save_every=2), table)
    first.train()
    again = make_ordinal_trainer(settings(model, tmp_path, steps=4, save_every=2), table)
    again.train(resume_from_checkpoint=str(tmp_path / "run" / "checkpoints" / "checkpoint-2"))
    for name, weight in whole.model.state_dict().items():
        torch.testing.assert_close(again.model.state_dict()[name], weight, msg=name)


@pytest.mark.parametrize("answers", [2, 3])
def test_constant_labels_do_not_break(model, tmp_path, answers):
    same = np.zeros((4, answers))
    same[:, -1] = 1
    trainer = make_ordinal_trainer(settings(model, tmp_path), rated(same))
    trainer.train()
    found = answer_calibration(
        trainer.model, trainer.processing_class, response_rows(rated(same)), settings(model, tmp_path)
    )
    assert {row["metric"]: row["value"] for row in found["metrics"]}["log_loss"] < 0.01
    assert np.isfinite(found["thresholds"]).all()
    trainer.model.save_pretrained(tmp_path / "model")
    trainer.processing_class.save_pretrained(tmp_path / "model")
    assert load_reward_model(tmp_path).ordinal


def test_answers_that_are_words_count_from_one(model, tmp_path):
    rows = rated(truth()[:, :3] / truth()[:, :3].sum(axis=1, keepdims=True))
    rows = rows.rename(columns={"p_1": "p_low", "p_2": "p_middle", "p_3": "p_high"})
    assert make_ordinal_trainer(settings(model, tmp_path), rows).model.answers.values.tolist() == [1, 2, 3]


def test_probabilities_that_do_not_sum_to_one_are_refused(model, tmp_path):
    with pytest.raises(ps.DataError, match="The probabilities p_1, p_2 do not sum to 1 "):
        make_ordinal_trainer(settings(model, tmp_path), rated(np.array([[0.5, 0.5], [0.5, 0.4]])))
