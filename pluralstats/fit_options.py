"""What ``fit`` refuses before it starts."""

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, nearest, problems_error

METHODS = ("laplace",)
ON_PROBLEM = ("warn", "raise", "ignore")


def check_ratings(ratings: object) -> None:
    """Refuse anything but Ratings, a data frame above all."""
    if not isinstance(ratings, Ratings):
        raise ConfigError(
            f"`ps.fit` needs Ratings; found {type(ratings).__name__}. Wrap the data: "
            "ps.Ratings(frame, scale=(1, 5), demographics=[...])."
        )


def check_options(
    ratings: Ratings, family: str, method: str, reml: bool, draws: int, seed: int, on_problem: str
) -> None:
    """Refuse options of ``fit`` that cannot be meant, all at once."""
    problems = []
    if method not in METHODS:
        problems.append(f"`method` is one of {', '.join(METHODS)}; found '{method}'.{nearest(method, METHODS)}")
    if on_problem not in ON_PROBLEM:
        hint = nearest(on_problem, ON_PROBLEM)
        problems.append(f"`on_problem` is one of {', '.join(ON_PROBLEM)}; found '{on_problem}'.{hint}")
    if reml and family != "gaussian":
        problems.append(f"`reml=True` goes with the gaussian family only; found family '{family}'. Leave it out.")
    if not isinstance(draws, int) or draws < 1:
        problems.append(f"`draws` is a positive number of posterior draws; found {draws!r}. The default is 1000.")
    if not isinstance(seed, int) or seed < 0:
        problems.append(f"`seed` is a whole number of at least 0; found {seed!r}. The default is 1.")
    if ratings.n_ratings == 0:
        problems.append("There are no ratings to fit.")
    if problems:
        raise problems_error(ConfigError, problems)


def one_dimension(ratings: Ratings, columns: tuple[str, ...]) -> None:
    """Refuse several dimensions unless the formula tells them apart."""
    dimensions = ratings.dimensions
    if len(dimensions) > 1 and "dimension" not in columns:
        raise ConfigError(
            f"The ratings have {len(dimensions)} dimensions ({', '.join(dimensions)}) and the formula does not name "
            f"`dimension`. Fit one at a time: ps.fit(ratings.select(dimension='{dimensions[0]}'))."
        )
