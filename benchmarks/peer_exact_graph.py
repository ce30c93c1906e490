"""A PyMC graph of the model, written for the sampler's good, by nutpie or by PyMC's own sampler.

``--items zero``: random effects around zero, in the non-centred form. ``--items carried``: the items carry the overall
mean (first threshold fixed at zero, items ~ normal(mean, sd)), which spares the sampler the slow direction between
thresholds and the mean of the items; the draws are put back before they are handed over. ``--raters centred``: raters
~ normal(0, sd), better where raters gave many ratings. ``--raters around``: raters ~ normal(X b, sd) with the columns
of X centred over ratings, the best form of all. The likelihood is written out, because ``pm.OrderedProbit`` takes seven
times as long for a gradient.
"""

import exact_peers
import exact_pymc
import numpy as np
import pymc as pm
import pytensor.tensor as pt


def main(argv: list[str] | None = None) -> None:
    parser = exact_peers.arguments(__doc__)
    parser.add_argument("--items", choices=["zero", "carried"], default="zero")
    parser.add_argument("--raters", choices=["standard", "centred", "around"], default="standard")
    parser.add_argument("--sampler", choices=exact_pymc.SAMPLERS, default="nutpie")
    options = parser.parse_args(argv)
    data = exact_peers.read(options)
    posterior, said = exact_pymc.sampled(graph(data, options.items == "carried", options.raters), options)
    tau, item = posterior["tau"], posterior["item"]
    if options.items == "carried":
        mean = posterior["mean"][..., None]
        tau, item = tau - mean, item - mean
    parts = (tau, posterior["b"], posterior["sd_item"], posterior["sd_rater"], item, posterior["rater"])
    if options.raters == "around":
        parts = exact_peers.put_back(data, exact_peers.of_raters(data), *parts)
    exact_peers.hand_over(options.out, exact_peers.names_of(data), *parts, **said)


def graph(data: exact_peers.Data, carried: bool, raters: str) -> pm.Model:
    """The model with the default priors of pluralstats."""
    with pm.Model() as model:
        gaps = pm.Normal("log_gaps", 0.0, 1.0, shape=data.categories - 2)
        first = -pm.Normal("mean", 0.0, 3.0) if carried else pm.Normal("first", 0.0, 3.0)
        start = 0.0 if carried else first
        tau = pm.Deterministic("tau", pt.concatenate([[start], start + pt.cumsum(pt.exp(gaps))]))
        b = pm.StudentT("b", nu=3, mu=0.0, sigma=1.0, shape=data.X.shape[1])
        sd_item = pm.HalfStudentT("sd_item", nu=3, sigma=1.0)
        sd_rater = pm.HalfStudentT("sd_rater", nu=3, sigma=1.0)
        if raters == "around":
            rater = pm.Normal("rater", pt.dot(exact_peers.of_raters(data), b), sd_rater)
        elif raters == "centred":
            rater = pm.Normal("rater", 0.0, sd_rater, shape=len(data.raters))
        else:
            rater = pm.Deterministic("rater", sd_rater * pm.Normal("z_rater", shape=len(data.raters)))
        if carried:
            item = pm.Normal("item", -first, sd_item, shape=len(data.items))
        else:
            item = pm.Deterministic("item", sd_item * pm.Normal("z_item", shape=len(data.items)))
        eta = item[data.item] + rater[data.rater]
        eta = eta if raters == "around" else eta + pt.dot(data.X, b)
        far = np.array([40.0])
        low, high = pt.concatenate([-far, tau])[data.y] - eta, pt.concatenate([tau, far])[data.y] - eta
        pm.Potential("rating", pt.log(probability(low, high)).sum())
    return model


def probability(low, high):
    """Phi(high) - Phi(low), taken in the lower tail, where nothing cancels."""
    sign = pt.switch(low + high > 0.0, -1.0, 1.0) / np.sqrt(2.0)
    below, above = pt.minimum(sign * low, sign * high), pt.maximum(sign * low, sign * high)
    return 0.5 * (pt.erfc(-above) - pt.erfc(-below))


if __name__ == "__main__":
    main()
