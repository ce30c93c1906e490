"""The objectives as pure functions of tensors (METHODS section 7); trainers only bring the tensors together."""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


def calibrated_losses(margins: Tensor, p: Tensor) -> Tensor:
    """Soft DPO: the cross-entropy between the wanted and the implied probability of preferring the chosen response.

    -p log s(m) - (1 - p) log s(-m), smallest where s(m) = p.

    Parameters
    ----------
    margins : Tensor
        (n,), m = beta times the difference of the two log-ratios to the reference model.
    p : Tensor
        (n,), probabilities that the chosen response is preferred.

    Returns
    -------
    Tensor
        (n,), nats.

    Examples
    --------
    >>> calibrated_losses(torch.tensor([0.0]), torch.tensor([0.8]))
    tensor([0.6931])
    """
    return -p * logsigmoid(margins) - (1 - p) * logsigmoid(-margins)


def geometric_losses(margins: Tensor, p: Tensor) -> Tensor:
    """DPO between geometric mixtures of the two responses: -log s((2p - 1) m); a pair at p = 1/2 teaches nothing.

    Furuta et al. (2024), Geometric-averaged preference optimization for soft preference labels, equation 9.

    Examples
    --------
    >>> geometric_losses(torch.tensor([2.0]), torch.tensor([0.5]))
    tensor([0.6931])
    """
    return -logsigmoid((2 * p - 1) * margins)


def entropy_floor(p: Tensor) -> Tensor:
    """Entropy of each label in nats: the least that ``calibrated_losses`` can be.

    Examples
    --------
    >>> entropy_floor(torch.tensor([0.5, 0.9]))
    tensor([0.6931, 0.3251])
    """
    return -torch.xlogy(p, p) - torch.xlogy(1 - p, 1 - p)


def geometric_floor(p: Tensor) -> Tensor:
    """The least that ``geometric_losses`` can be: 0, but log 2 of a pair that teaches nothing.

    Examples
    --------
    >>> geometric_floor(torch.tensor([0.5, 0.9]))
    tensor([0.6931, 0.0000])
    """
    return math.log(2) * (p == 0.5).to(p)


PAIR_LOSSES = {"calibrated": calibrated_losses, "geometric": geometric_losses}
PAIR_FLOORS = {"calibrated": entropy_floor, "geometric": geometric_floor}


def weighted_mean(losses: Tensor, weights: Tensor) -> Tensor:
    """Mean of weight times loss in a batch, for weights of mean 1 over the data set.

    Dividing by the weights of the batch instead would pull rows of light batches up.

    Examples
    --------
    >>> weighted_mean(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 0.5]))
    tensor(1.7500)
    """
    return (weights * losses).mean()


def exponentiated_gradient(shares: Tensor, losses: Tensor, rate: float) -> Tensor:
    """One step towards the group that is served worst: q_g exp(rate L_g), scaled to sum 1.

    Sagawa et al. (2020), Distributionally robust neural networks for group shifts, algorithm 1.

    Parameters
    ----------
    shares : Tensor
        (n_groups,), q, sum 1.
    losses : Tensor
        (n_groups,), nats.
    rate : float
        Step length; 0 keeps the shares.

    Examples
    --------
    >>> exponentiated_gradient(torch.tensor([0.5, 0.5]), torch.tensor([0.0, 1.0]), 1.0)
    tensor([0.2689, 0.7311])
    """
    return torch.softmax(shares.log() + rate * losses, dim=0)


def group_sums(values: Tensor, groups: Tensor, n_groups: int) -> Tensor:
    """Sum of the values of each group.

    Parameters
    ----------
    values : Tensor
        (n,).
    groups : Tensor
        (n,), whole numbers from 0.

    Returns
    -------
    Tensor
        (n_groups,), 0 for a group without rows.

    Examples
    --------
    >>> group_sums(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0, 2, 0]), 3)
    tensor([5., 0., 2.])
    """
    return torch.zeros(n_groups, dtype=values.dtype, device=values.device).index_add(0, groups, values)
