"""The objectives in closed form."""

import math

import torch
from pluralstats.alignment.objectives.pairs import (
    calibrated_losses,
    entropy_floor,
    exponentiated_gradient,
    geometric_floor,
    geometric_losses,
    weighted_mean,
)

P = torch.tensor([0.5, 0.7, 0.9, 1.0], dtype=torch.float64)
MARGINS = torch.tensor([0.3, -1.2, 2.0, 0.4], dtype=torch.float64)


def test_a_margin_of_log_3_has_losses_known_in_closed_form():
    # s(log 3) = 3/4, so the loss is -p log(3/4) - (1 - p) log(1/4)
    margin, p = torch.tensor([math.log(3)], dtype=torch.float64), torch.tensor([0.6], dtype=torch.float64)
    expected = -0.6 * math.log(0.75) - 0.4 * math.log(0.25)
    assert math.isclose(calibrated_losses(margin, p).item(), expected)
    # geometric at p = 3/4 halves the margin: s(log(3) / 2) = sqrt 3 / (1 + sqrt 3)
    geometric = geometric_losses(margin, torch.tensor([0.75], dtype=torch.float64)).item()
    assert math.isclose(geometric, -math.log(math.sqrt(3) / (1 + math.sqrt(3))))


def test_certain_labels_give_the_loss_of_plain_dpo_under_both_forms():
    plain = -torch.nn.functional.logsigmoid(MARGINS)
    torch.testing.assert_close(calibrated_losses(MARGINS, torch.ones_like(P)), plain)
    torch.testing.assert_close(geometric_losses(MARGINS, torch.ones_like(P)), plain)


def test_exchanging_the_responses_and_p_for_its_complement_changes_nothing():
    for losses in (calibrated_losses, geometric_losses):
        torch.testing.assert_close(losses(MARGINS, P), losses(-MARGINS, 1 - P))


def test_a_soft_label_is_the_mixture_of_both_hard_ones():
    hard = P * calibrated_losses(MARGINS, torch.ones_like(P)) + (1 - P) * calibrated_losses(
        -MARGINS, torch.ones_like(P)
    )
    torch.testing.assert_close(calibrated_losses(MARGINS, P), hard)


def test_the_calibrated_loss_is_least_where_the_implied_probability_is_the_wanted_one():
    p = P[:3]
    margins = torch.logit(p).requires_grad_()
    losses = calibrated_losses(margins, p)
    losses.sum().backward()
    torch.testing.assert_close(margins.grad, torch.zeros_like(p), rtol=0, atol=1e-12)
    torch.testing.assert_close(losses.detach(), entropy_floor(p))


def test_the_gradient_of_the_calibrated_loss_is_implied_minus_wanted_probability():
    margins = MARGINS.clone().requires_grad_()
    calibrated_losses(margins, P).sum().backward()
    torch.testing.assert_close(margins.grad, torch.sigmoid(MARGINS) - P)


def test_no_geometric_loss_is_below_its_floor():
    far = torch.full_like(P, 200.0)
    torch.testing.assert_close(geometric_losses(far, P), geometric_floor(P), rtol=0, atol=1e-12)


def test_huge_margins_give_finite_losses_and_gradients():
    margins = torch.tensor([1e4, -1e4], requires_grad=True)
    calibrated_losses(margins, torch.tensor([0.3, 0.3])).sum().backward()
    assert torch.isfinite(margins.grad).all()


def test_the_mean_is_over_rows_and_not_over_weights():
    # (2 * 1 + 0 * 5) / 2, where a mean over weights would be 1
    assert weighted_mean(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 0.0])).item() == 1.0


def test_shares_move_to_the_group_with_the_higher_loss_by_its_exponent():
    shares = exponentiated_gradient(torch.tensor([0.2, 0.8]), torch.tensor([1.0, 0.0]), 0.5)
    ratio = 0.25 * math.exp(0.5)  # odds 0.2 / 0.8 times exp(rate times the difference of the losses)
    torch.testing.assert_close(shares[0] / shares[1], torch.tensor(ratio))
    torch.testing.assert_close(shares.sum(), torch.tensor(1.0))
