"""bambi: family cumulative with the probit link, group-specific terms as bambi writes them (non-centred).

``--sampler pymc`` is what bambi does by itself, ``nutpie`` its ``inference_method="nutpie"``. The model that bambi has
built is handed to the sampler here, because ``Model.fit`` does not say how long it compiled.
"""

import bambi as bmb
import exact_peers
import exact_pymc
import numpy as np
import pandas as pd
import pymc as pm
import runner


def main(argv: list[str] | None = None) -> None:
    parser = exact_peers.arguments(__doc__)
    parser.add_argument("--sampler", choices=exact_pymc.SAMPLERS, default="pymc")
    options = parser.parse_args(argv)
    data = exact_peers.read(options)
    frame = pd.read_parquet(options.data)
    frame["rating"] = pd.Categorical(frame["rating"], ordered=True)
    half = bmb.Prior("HalfStudentT", nu=3, sigma=1.0)
    priors = {name: bmb.Prior("StudentT", nu=3, mu=0.0, sigma=1.0) for name in options.demographics}
    priors |= {f"1|{name}": bmb.Prior("Normal", mu=0.0, sigma=half) for name in ("item", "rater")}
    ordered = pm.distributions.transforms.ordered
    start = np.linspace(-2.0, 2.0, data.categories - 1)  # where bambi has it, with sd 1; ours is normal(0, 3)
    priors["threshold"] = bmb.Prior("Normal", mu=start, sigma=3.0, transform=ordered)
    formula = f"rating ~ {' + '.join(options.demographics)} + (1 | item) + (1 | rater)"
    model = bmb.Model(formula, frame, family="cumulative", link="probit", priors=priors)
    _, build, _ = runner.clocked(model.build)
    keep = ["threshold", *options.demographics, "1|item_sigma", "1|rater_sigma", "1|item", "1|rater"]
    posterior, said = exact_pymc.sampled(model.backend.model, options, keep)
    said["compile"] += build
    said["version"] = f"bambi {bmb.__version__}, {said['version']}"
    names = exact_peers.names_of(data)
    exact_peers.hand_over(options.out, names, *(posterior[name] for name in keep), **said)


if __name__ == "__main__":
    main()
