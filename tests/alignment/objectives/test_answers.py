"""Losses of reward models: closed forms, gradients, and what must not change them."""

import torch
from pluralstats.alignment.objectives.answers import (
    gaps_of,
    log_answer_probabilities,
    marginal_thresholds,
    ordered_thresholds,
    ordinal_loss,
    soft_preference_loss,
)

ONE = torch.ones(1, dtype=torch.float64)


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


def surprise(reward, cuts, distribution, weight):
    return ordinal_loss(log_answer_probabilities(reward, cuts), distribution, weight)


def test_certain_preferences_give_the_bradley_terry_loss():
    # closed form: -log sigmoid(2) = log(1 + exp(-2)) = 0.126928
    assert abs(float(soft_preference_loss(numbers(2), ONE, ONE)) - 0.126928) < 1e-6


def test_a_pair_and_its_reverse_are_the_same():
    margin, p, weight = numbers(0.7, -1.2, 3.0), numbers(0.9, 0.55, 0.6), numbers(0.5, 1.5, 1.0)
    torch.testing.assert_close(soft_preference_loss(margin, p, weight), soft_preference_loss(-margin, 1 - p, weight))


def test_a_soft_preference_is_both_orders_with_its_weights():
    soft = soft_preference_loss(numbers(0.7), numbers(0.8), ONE)
    both = soft_preference_loss(numbers(0.7, -0.7), numbers(1, 1), numbers(0.8, 0.2)) * 2  # mean of two rows
    torch.testing.assert_close(soft, both)


def test_a_weight_of_zero_drops_the_row():
    kept = soft_preference_loss(numbers(0.7), numbers(0.8), numbers(2))
    torch.testing.assert_close(soft_preference_loss(numbers(0.7, 9), numbers(0.8, 0.5), numbers(4, 0)), kept)


def test_the_preference_loss_is_least_where_the_model_says_p():
    margin = torch.logit(numbers(0.8)).requires_grad_()
    loss = soft_preference_loss(margin, numbers(0.8), ONE)
    loss.backward()
    assert abs(float(margin.grad[0])) < 1e-12
    # closed form: entropy of .8, -.8 log .8 - .2 log .2 = 0.500402
    assert abs(loss.item() - 0.500402) < 1e-6


def test_gradients_of_the_losses_are_those_of_finite_differences():
    p, weight = numbers(0.9, 0.5), numbers(0.4, 1.6)
    assert torch.autograd.gradcheck(
        lambda margin: soft_preference_loss(margin, p, weight), numbers(0.3, -4).requires_grad_()
    )
    shares = numbers([0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0])
    assert torch.autograd.gradcheck(
        lambda reward, gaps: surprise(reward, ordered_thresholds(gaps), shares, weight),
        (numbers(0.3, -4).requires_grad_(), numbers(0.5, -1).requires_grad_()),
    )


def test_answer_probabilities_are_differences_of_logistic_probabilities_and_sum_to_one():
    cuts, reward = numbers(-1.0, 0.5, 2.0), numbers(-3, 0.2, 7)
    cumulative = torch.sigmoid(cuts[None] - reward[:, None])
    edges = torch.cat([torch.zeros(3, 1), cumulative, torch.ones(3, 1)], dim=1)
    probabilities = log_answer_probabilities(reward, cuts).exp()
    torch.testing.assert_close(probabilities, edges.diff(dim=1))
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(3, dtype=torch.float64))


def test_far_rewards_have_finite_losses_and_gradients():
    reward = torch.tensor([-400.0, 400.0], requires_grad=True)
    loss = surprise(reward, torch.tensor([-1.0, 1.0]), torch.full((2, 3), 1 / 3), torch.ones(2))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(reward.grad).all()


def test_a_constant_added_to_rewards_and_thresholds_changes_nothing():
    cuts, reward = numbers(-1.0, 0.5), numbers(0.3)
    torch.testing.assert_close(log_answer_probabilities(reward, cuts), log_answer_probabilities(reward + 5, cuts + 5))


def test_thresholds_increase_and_have_mean_zero_whatever_the_numbers_behind_them():
    cuts = ordered_thresholds(torch.tensor([-50.0, 0.0, 20.0]))
    assert (cuts.diff() > 0).all()
    assert abs(float(cuts.mean())) < 1e-5


def test_thresholds_survive_the_way_to_their_gaps_and_back():
    cuts = numbers(-4.0, -0.5, 1.0, 3.5)
    torch.testing.assert_close(ordered_thresholds(gaps_of(cuts)), cuts)


def test_training_starts_from_the_shares_of_all_answers():
    shares = numbers([0.1, 0.2, 0.7], [0.3, 0.3, 0.4])
    cuts, reward = marginal_thresholds(shares, numbers(1, 3))
    expected = numbers(0.25, 0.275, 0.475)  # by hand: (1 * first + 3 * second) / 4
    torch.testing.assert_close(log_answer_probabilities(reward[None], cuts).exp()[0], expected)


def test_answers_that_nobody_gave_have_finite_thresholds():
    cuts, reward = marginal_thresholds(torch.tensor([[0.0, 1.0, 0.0]]), torch.ones(1))
    assert torch.isfinite(cuts).all()
    assert torch.isfinite(reward)
    assert torch.isfinite(gaps_of(cuts)).all()


def test_soft_labels_of_two_answers_are_the_logistic_model():
    # K = 2: P(second) = sigmoid(r), so that the loss is the binary cross-entropy
    reward = numbers(0.7)
    ordinal = surprise(reward, numbers(0.0), numbers([0.3, 0.7]), ONE)
    torch.testing.assert_close(ordinal, soft_preference_loss(reward, numbers(0.7), ONE))


def test_constant_labels_have_their_least_loss_without_breaking():
    shares = torch.tensor([[0.0, 0.0, 1.0]]).repeat(4, 1)
    cuts, start = marginal_thresholds(shares, torch.ones(4))
    loss = surprise(start.repeat(4), cuts, shares, torch.ones(4))
    assert 0 <= float(loss) < 1e-3
