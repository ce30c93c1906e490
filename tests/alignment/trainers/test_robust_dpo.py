"""Group-robust DPO: what it comes down to, where its weight goes, and what it refuses."""

import pytest
import torch
from accelerate import Accelerator
from pluralstats.alignment.trainers.dpo import make_trainer as make_dpo_trainer
from pluralstats.alignment.trainers.robust_dpo import GroupShares
from pluralstats.alignment.trainers.robust_dpo import make_trainer as make_robust_dpo_trainer
from training_steps import assert_same, gradient, settings

import pluralstats as ps


@pytest.fixture
def accelerator():
    return Accelerator(cpu=True)


def columns(p, group, weight=None):
    return {
        "p": torch.tensor(p),
        "group": torch.tensor(group),
        "weight": torch.ones(len(p)) if weight is None else torch.tensor(weight),
    }


def test_before_any_step_it_is_soft_dpo(tiny, pairs, tmp_path):
    chosen = settings(tiny, tmp_path / "run")
    assert_same(gradient(make_robust_dpo_trainer(chosen, pairs)), gradient(make_dpo_trainer(chosen, pairs)))


def test_weight_moves_to_the_group_that_is_served_worst(accelerator):
    shares = GroupShares(["a", "b"], [0.5, 0.5], "calibrated", 0.5)
    margins = torch.tensor([2.0, -2.0], requires_grad=True)
    shares(margins, columns([1.0, 1.0], [0, 1]), accelerator)
    found = shares.state()["attributes"]
    # log 2 cosh-free closed form: the losses are log(1 + exp(-2)) and log(1 + exp(2)), which differ by 2 nats
    assert found["excess"]["b"] - found["excess"]["a"] == pytest.approx(2.0)
    assert found["shares"]["b"] / found["shares"]["a"] == pytest.approx(torch.e**1.0)  # exp(0.5 * 2)
    after = shares(margins, columns([1.0, 1.0], [0, 1]), accelerator)
    losses = torch.nn.functional.softplus(torch.tensor([-2.0, 2.0]))
    expected = sum(found["shares"][name] * loss for name, loss in zip("ab", losses, strict=True))
    assert after.item() == pytest.approx(expected.item(), rel=1e-6)  # sum_g q_g L_g


def test_a_group_whose_raters_disagree_gains_nothing_by_it(accelerator):
    """Its loss is log 2 under the best model; its excess is 0."""
    shares = GroupShares(["divided", "served badly"], [0.5, 0.5], "calibrated", 1.0)
    margins = torch.tensor([0.0, 1.0], requires_grad=True)  # losses log 2 = .69 and .31; excess 0 and .31
    shares(margins, columns([0.5, 1.0], [0, 1]), accelerator)
    found = shares.state()["attributes"]["shares"]
    assert found["served badly"] > found["divided"]


def test_an_absent_group_keeps_its_last_excess(accelerator):
    shares = GroupShares(["a", "b"], [0.5, 0.5], "calibrated", 0.5)
    margins = torch.tensor([2.0, -2.0], requires_grad=True)
    shares(margins, columns([1.0, 1.0], [0, 1]), accelerator)
    before = shares.state()["attributes"]
    shares(margins, columns([1.0, 1.0], [0, 0]), accelerator)
    after = shares.state()["attributes"]
    assert after["excess"]["b"] == before["excess"]["b"]
    assert after["shares"]["b"] > 0


def test_rows_of_a_small_group_count_as_much_as_its_share_says(accelerator):
    """q / pi: with q = (1/2, 1/2) and one row in four of b, a row of b counts three times one of a."""
    shares = GroupShares(["a", "b"], [0.75, 0.25], "calibrated", 0.0)
    shares._shares = torch.tensor([0.5, 0.5], dtype=torch.float64)
    margins = torch.zeros(4, requires_grad=True)
    shares(margins, columns([1.0] * 4, [0, 0, 0, 1]), accelerator).backward()
    assert (margins.grad[3] / margins.grad[0]).item() == pytest.approx(3)


def test_fewer_than_two_groups_or_one_without_weight_are_refused(tiny, pairs, tmp_path):
    chosen = settings(tiny, tmp_path / "run")
    for table in (pairs.drop(columns="target"), pairs.assign(target="all")):
        with pytest.raises(ps.DataError, match="two or more groups"):
            make_robust_dpo_trainer(chosen, table)
    with pytest.raises(ps.DataError, match="All weights of conservative are 0"):
        make_robust_dpo_trainer(chosen, pairs.assign(weight=[1.0, 0.0] * 4))
