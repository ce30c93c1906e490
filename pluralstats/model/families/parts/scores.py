"""Scores and curvature of rows with parts, and the loop over the rows of one category."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pluralstats.model.families.parts.ends import bends_of_end, ends_of, pair, slopes_of_end
from pluralstats.model.families.vector_math import SMALLEST_EXPONENT, exponential, log_of

LONGEST = 40.0  # standardised distance beyond which a threshold is as good as infinite


def scores_of(interval: Any) -> Callable[..., Any]:
    def scores(y, weight, predictors, tau, score, curvature):
        z, d_eta, p, d_tau, d_c = np.empty(2), np.empty(2), np.empty(2), np.empty(2), np.empty(2)
        L, LL, first, second = np.empty(2), np.empty((2, 2)), np.zeros((2, 3)), np.zeros((2, 3, 3))
        total = 0.0
        for i in range(y.size):
            ends_of(tau, y[i], predictors[i], z, d_eta, p, d_tau, d_c)
            logp, ru, ru1, _, rl, rl1, _ = interval(z[1], z[0])
            pair(ru, ru1, rl, rl1, L, LL)
            for e in range(2):
                at = z[e] if math.isfinite(z[e]) else 0.0
                slopes_of_end(at, d_eta[e], p[e], first[e])
                bends_of_end(at, d_eta[e], p[e], second[e])
            w = weight[i]
            total += w * logp
            for u in range(3):
                score[i, u] = w * (L[0] * first[0, u] + L[1] * first[1, u])
                for v in range(3):
                    bend = L[0] * second[0, u, v] + L[1] * second[1, u, v]
                    for e in range(2):
                        for f in range(2):
                            bend += LL[e, f] * first[e, u] * first[f, v]
                    curvature[i, u, v] = -w * bend
        return total

    return scores


def chunk_of(between: Any) -> Callable[..., Any]:
    """The rows of one category, see ``PartRows``."""

    def chunk(k, size, unweighted, own, eta, sigma, a, weight, work, scores, to_own):
        c, last = own.mean(), own.size
        above, below = k < last, k > 0
        p, at_high, at_low, high = work[0], work[1], work[2], work[3]
        low = scores[0]  # taken for its room until the scores are known
        for i in range(size):
            scale = exponential(min(max(-sigma[i], SMALLEST_EXPONENT), -SMALLEST_EXPONENT))
            stretch = exponential(min(max(a[i], SMALLEST_EXPONENT), -SMALLEST_EXPONENT))
            scores[1, i], scores[2, i] = scale, stretch
            centre = (c - eta[i]) * scale
            high[i] = centre + stretch * scale * (own[k] - c) if above else LONGEST + abs(centre)
            low[i] = centre + stretch * scale * (own[k - 1] - c) if below else -LONGEST - abs(centre)
        between(size, low, high, weight, p, at_high, at_low)
        to_high, to_low, to_centre = 0.0, 0.0, 0.0
        for i in range(size):
            scale, stretch = scores[1, i], scores[2, i]
            rh = at_high[i] if above else 0.0
            rl = at_low[i] if below else 0.0
            zh, zl = rh * high[i], rl * low[i]
            both = stretch * scale
            to_high += rh * both
            to_low += rl * both
            to_centre += (rh - rl) * (scale - both)
            scores[1, i] = zl - zh
            scores[2, i] = both * ((rh * (own[k] - c) if above else 0.0) - (rl * (own[k - 1] - c) if below else 0.0))
            scores[0, i] = (rl - rh) * scale
        if above:
            to_own[k] += to_high
        if below:
            to_own[k - 1] -= to_low
        for j in range(last):
            to_own[j] += to_centre / last
        return log_of(size, unweighted, weight, p)

    return chunk


def between_of(interval: Any) -> Callable[..., Any]:
    """Rows between two ends: fills P and the weighted densities over P at both."""

    def between(size, low, high, weight, p, at_high, at_low):
        for i in range(size):
            logp, ru, _, _, rl, _, _ = interval(low[i], high[i])
            p[i] = math.exp(logp)
            at_high[i], at_low[i] = weight[i] * ru, weight[i] * rl

    return between
