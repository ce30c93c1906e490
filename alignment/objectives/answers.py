"""Losses of reward models as pure functions of tensors (METHODS section 7).

Both take what a table says (probabilities and weights), and neither knows of models, batches or trainers. Weights have
mean 1 over the whole data set and the mean over a batch is plain: a batch of few or light rows moves the model less.
"""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from .pairs import calibrated_losses, weighted_mean

SMALLEST_GAP = 1e-3  # of neighbouring thresholds, on the logistic scale: an answer nobody gives keeps a place


def soft_preference_loss(margin: Tensor, p: Tensor, weight: Tensor) -> Tensor:
    """How surprised a reward model is by graded preferences: Bradley-Terry with soft labels.

    ``mean_i w_i [-p_i log sigmoid(d_i) - (1 - p_i) log sigmoid(-d_i)]``; its least value is the entropy of p, reached
    where ``sigmoid(d_i) = p_i``.

    Parameters
    ----------
    margin : Tensor, (B,)
        ``d = r(chosen) - r(rejected)``.
    p : Tensor, (B,), probabilities
        That chosen is preferred to rejected.
    weight : Tensor, (B,)
        Of mean 1 over the data set.

    Returns
    -------
    Tensor, ()
        In nats.

    Examples
    --------
    >>> loss = soft_preference_loss(torch.tensor([0.0]), torch.tensor([0.8]), torch.tensor([1.0]))
    >>> round(float(loss), 4)  # log 2: no reward says nothing
    0.6931
    """
    return weighted_mean(calibrated_losses(margin, p), weight)


def ordered_thresholds(gaps: Tensor) -> Tensor:
    """Increasing thresholds of mean 0 from any real numbers.

    The mean is 0 because a constant added to every reward and every threshold changes no probability: a reward of 0 is
    the middle of the scale, whatever the model.

    Parameters
    ----------
    gaps : Tensor, (K - 2,)
        Each becomes the distance of two neighbours, ``softplus(gap) + 0.001``; none for a scale of two answers.

    Returns
    -------
    Tensor, (K - 1,)

    Examples
    --------
    >>> ordered_thresholds(torch.tensor([])).tolist()
    [0.0]
    >>> cuts = ordered_thresholds(gaps_of(torch.tensor([-2.0, 0.0, 3.0])))
    >>> [round(cut, 4) for cut in (cuts - cuts[0]).tolist()]
    [0.0, 2.0, 5.0]
    """
    steps = softplus(gaps) + SMALLEST_GAP
    cuts = torch.cat([gaps.new_zeros(1), steps.cumsum(0)])
    return cuts - cuts.mean()


def gaps_of(cuts: Tensor) -> Tensor:
    """The real numbers behind increasing thresholds, (K - 1,) to (K - 2,): undoes ``ordered_thresholds``."""
    steps = (cuts[1:] - cuts[:-1] - SMALLEST_GAP).clamp(min=SMALLEST_GAP)
    return steps + torch.log(-torch.expm1(-steps))  # of softplus, without overflow


def log_answer_probabilities(reward: Tensor, cuts: Tensor) -> Tensor:
    """Log-probability of every answer: ``P(y <= k) = sigmoid(c_k - r)``, the cumulative logit model.

    Parameters
    ----------
    reward : Tensor, (B,)
        On the logistic scale; higher means higher answers.
    cuts : Tensor, (K - 1,)
        Increasing.

    Returns
    -------
    Tensor, (B, K)
        ``log P(k) = log sigmoid(u) + log sigmoid(-l) + log(1 - exp(-(u - l)))`` with u and l the distances of the
        reward to the thresholds above and below the answer: no difference of two numbers near 1 is taken.

    Examples
    --------
    >>> log_answer_probabilities(torch.tensor([0.0]), torch.tensor([0.0])).exp().tolist()
    [[0.5, 0.5]]
    """
    distance = cuts[None, :] - reward[:, None]
    within = torch.log(-torch.expm1(cuts[:-1] - cuts[1:]))
    return torch.cat(
        [
            logsigmoid(distance[:, :1]),
            logsigmoid(distance[:, 1:]) + logsigmoid(-distance[:, :-1]) + within,
            logsigmoid(-distance[:, -1:]),
        ],
        dim=1,
    )


def ordinal_loss(log_probabilities: Tensor, distribution: Tensor, weight: Tensor) -> Tensor:
    """How surprised an ordinal reward model is by label distributions, not by one answer an item.

    ``mean_i w_i sum_k -p_ik log P(k | r_i)``.

    Parameters
    ----------
    log_probabilities : Tensor, (B, K)
        Of ``log_answer_probabilities``.
    distribution : Tensor, (B, K), probabilities
        Rows sum to 1.
    weight : Tensor, (B,)
        Of mean 1 over the data set.

    Returns
    -------
    Tensor, ()
        In nats.

    Examples
    --------
    >>> even = torch.tensor([[0.5, 0.5]])
    >>> round(float(ordinal_loss(even.log(), even, torch.ones(1))), 4)
    0.6931
    """
    return weighted_mean(-(distribution * log_probabilities).sum(dim=1), weight)


def marginal_thresholds(distribution: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Thresholds and constant reward of the model in which all texts are alike: where training starts.

    Parameters
    ----------
    distribution : Tensor, (n, K), probabilities
    weight : Tensor, (n,)

    Returns
    -------
    cuts : Tensor, (K - 1,)
        Of mean 0.
    reward : Tensor, ()
        What all texts have.

    Examples
    --------
    >>> cuts, reward = marginal_thresholds(torch.tensor([[0.2, 0.3, 0.5]]), torch.ones(1))
    >>> [round(p, 4) for p in log_answer_probabilities(reward[None], cuts).exp()[0].tolist()]
    [0.2, 0.3, 0.5]
    """
    share = (weight[:, None] * distribution).sum(dim=0) / weight.sum()
    cumulative = share.cumsum(0)[:-1].clamp(1e-4, 1 - 1e-4)  # an answer that nobody gave has no finite threshold
    cuts = torch.logit(cumulative)
    return ordered_thresholds(gaps_of(cuts)), -cuts.mean()
