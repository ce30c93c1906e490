"""The PyMC graph that pluralstats builds (``ps.pymc_model``), by nutpie or by PyMC's own sampler."""

import exact_peers
import exact_pymc

import pluralstats as ps


def main(argv: list[str] | None = None) -> None:
    parser = exact_peers.arguments(__doc__)
    parser.add_argument("--sampler", choices=exact_pymc.SAMPLERS, default="nutpie")
    options = parser.parse_args(argv)
    ratings = ps.read_ratings(options.data, **exact_peers.columns(options))
    formula = f"rating ~ {' + '.join(options.demographics)} + (1 | item) + (1 | rater)"
    model = ps.pymc_model(ratings, formula)
    keep = ["threshold", "coefficient", "sd", "r_item", "r_rater"]
    posterior, said = exact_pymc.sampled(model, options, keep)
    names = [f"threshold[{k}]" for k in range(1, len(model.coords["boundary"]) + 1)]
    names += [*model.coords["parameter"], *(f"sd({term})" for term in model.coords["term"])]
    names += [f"{term}[{level}]" for term in ("item", "rater") for level in model.coords[term]]
    exact_peers.hand_over(options.out, names, *(posterior[name] for name in keep), **said)


if __name__ == "__main__":
    main()
