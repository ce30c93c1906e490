"""Which models say how much of the latent spread is noise."""

from pluralstats.errors import ConfigError
from pluralstats.model.families.family import Family


def refuse_no_noise(family: Family, what: str) -> None:
    """Refuse numbers between two ends, whose noise around eta is no single number.

    Answers at an end come from logistic noise, those between the ends from a beta distribution whose spread changes
    with eta and the precision.

    Raises
    ------
    ConfigError
    """
    if family.bounded is not None:
        raise ConfigError(
            f"{what} needs the noise of an answer on the latent scale, and the {family.name} family has no single one: "
            "the piles at the ends and the answers between them differ in it. Differences in points, expected ratings "
            "and predictive checks know the family; for this fit family='gaussian'."
        )
