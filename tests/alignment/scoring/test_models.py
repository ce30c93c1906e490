"""Models as scorers: reward models by folder, text classifiers, detoxify as a plug-in."""

import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from pluralstats.alignment import RunSettings, tiny_model
from pluralstats.alignment.scoring.models import ClassifierScorer, DetoxifyScorer, RewardScorer
from pluralstats.alignment.scoring.scorers import score_table
from pluralstats.alignment.trainers.reward import make_trainer as make_reward_trainer
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import pluralstats as ps

TEXTS = ["good kind words", "bad words", "what is this?"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(tiny_model(tmp_path_factory.mktemp("tiny") / "model", TEXTS, width=32, layers=1))


@pytest.fixture(scope="module")
def run(model, tmp_path_factory):
    """The folder of a run, as training leaves it."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    pair = pd.DataFrame({"prompt": ["p"], "chosen": ["a"], "rejected": ["b"], "p": [0.8]})
    trainer = make_reward_trainer(RunSettings(model=model, out=folder, method="reward", max_length=32), pair)
    trainer.model.save_pretrained(folder / "model")
    trainer.processing_class.save_pretrained(folder / "model")
    return folder


@pytest.fixture(scope="module")
def classifier(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier") / "mood"
    torch.manual_seed(1)
    names = {0: "calm", 1: "rude", 2: "warm"}
    network = AutoModelForSequenceClassification.from_pretrained(
        model, num_labels=3, id2label=names, label2id={name: place for place, name in names.items()}
    )
    network.config.pad_token_id = 0
    network.save_pretrained(folder)
    AutoTokenizer.from_pretrained(model).save_pretrained(folder)
    return folder


def test_the_run_and_its_model_folder_are_the_same_scorer(run):
    one, two = RewardScorer.from_folder(run), RewardScorer.from_folder(run / "model")
    assert one.dimension == one.name  # two reward models have scales of their own and are no judges of one dimension
    assert one.name == two.name == "first"
    np.testing.assert_array_equal(one.score(["p"] * 3, TEXTS), two.score(["p"] * 3, TEXTS))


def test_a_score_does_not_depend_on_the_texts_beside_it(run):
    scorer = RewardScorer.from_folder(run, batch_size=2)
    together = scorer.score(["p", "q", "r"], TEXTS)
    alone = [scorer.score([prompt], [text])[0] for prompt, text in zip("pqr", TEXTS, strict=True)]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(scorer.score(["r", "q", "p"], TEXTS[::-1]), together[::-1], atol=1e-5)


def test_a_reward_model_scores_a_table_with_its_length_of_training(run):
    scorer = RewardScorer.from_folder(run, dimension="kindness")
    assert scorer.model.tokenizer.model_max_length == 32
    table = score_table([scorer], pd.DataFrame({"prompt": ["p", "p"], "response": ["good", "good " * 100]}))
    assert table["dimension"].tolist() == ["kindness", "kindness"]
    assert np.isfinite(table["score"]).all()


def test_thinking_is_not_rated_unless_it_is_kept(run):
    thought = ["<think>bad bad</think>good"]
    dropped = RewardScorer.from_folder(run).score(["p"], thought)
    np.testing.assert_array_equal(dropped, RewardScorer.from_folder(run).score(["p"], ["good"]))
    assert RewardScorer.from_folder(run, thinking="keep").score(["p"], thought) != dropped


def test_probabilities_of_the_labels_of_a_classifier_sum_to_one(classifier):
    scores = [
        ClassifierScorer.from_name(str(classifier), label).score([""] * 3, TEXTS) for label in ("calm", "rude", "warm")
    ]
    np.testing.assert_allclose(np.sum(scores, axis=0), 1, atol=1e-6)
    made = ClassifierScorer.from_name(str(classifier), "rude", dimension="toxicity")
    assert (made.name, made.dimension, made.label) == ("mood", "toxicity", 1)


def test_labels_that_exclude_nothing_have_probabilities_of_their_own(classifier):
    made = ClassifierScorer.from_name(str(classifier), "rude")
    made.network.config.problem_type = "multi_label_classification"
    output = made._probabilities(torch.zeros(1, 3))
    assert output.tolist() == [[0.5, 0.5, 0.5]]  # sigmoid of 0, not a third


def test_texts_longer_than_a_classifier_reads_are_cut(classifier):
    assert np.isfinite(ClassifierScorer.from_name(str(classifier), "rude").score([""], ["word " * 2000])).all()


def test_a_label_that_is_not_there_is_answered_with_those_that_are(classifier, model):
    with pytest.raises(ps.ConfigError, match="has the labels calm, rude, warm; found `label` 'toxic'"):
        ClassifierScorer.from_name(str(classifier), "toxic")
    with pytest.raises(ps.ConfigError, match="is no text classifier; it is made for LlamaForCausalLM"):
        ClassifierScorer.from_name(model)


def test_detoxify_is_used_where_it_is_installed_and_named_where_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "detoxify", None)
    with pytest.raises(ps.ConfigError, match="Run: pip install detoxify"):
        DetoxifyScorer.from_name()

    class Predictor:
        def __init__(self, kind):
            self.kind = kind

        def predict(self, texts):
            return {"toxicity": [len(text) / 100 for text in texts], "insult": [0.0] * len(texts)}

    monkeypatch.setitem(sys.modules, "detoxify", SimpleNamespace(Detoxify=Predictor))
    scorer = DetoxifyScorer.from_name("unbiased")
    assert scorer.predictor.kind == "unbiased"
    assert scorer.score([""] * 40, ["a", "bb"] * 20).tolist() == [0.01, 0.02] * 20
    assert DetoxifyScorer.from_name(dimension="insult").score([], []).shape == (0,)
