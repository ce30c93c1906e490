"""The families that a model may have, by their names and links."""

import copyreg
from dataclasses import replace

from pluralstats.data.scale import Scale
from pluralstats.errors import ConfigError, nearest
from pluralstats.model.families.bounded.ordered_beta import ORDERED_BETA
from pluralstats.model.families.cloglog import CLOGLOG, LOGLOG
from pluralstats.model.families.comparisons.adjacent import ADJACENT
from pluralstats.model.families.comparisons.sequential import sequential
from pluralstats.model.families.cumulative import cumulative
from pluralstats.model.families.family import Family
from pluralstats.model.families.gaussian import GAUSSIAN
from pluralstats.model.families.logit import LOGIT
from pluralstats.model.families.probit import PROBIT

LATENTS = {latent.link: latent for latent in (PROBIT, LOGIT, CLOGLOG)}
CUMULATIVE = {link: cumulative(latent) for link, latent in LATENTS.items()}
# Of two categories P(y = 1) = F(eta - tau), as in a generalised linear model: cloglog, lopsided, is the mirror image.
BERNOULLI = CUMULATIVE | {"cloglog": cumulative(LOGLOG)}
DEFAULT = PROBIT.link
GOING_ON = LATENTS | {"cloglog": LOGLOG}  # the noise of stopping where the link is of going on
FAMILIES: dict[str, dict[str, Family]] = {
    "cumulative": CUMULATIVE,
    "bernoulli": {
        link: replace(family, name="bernoulli", link=link, categories=2) for link, family in BERNOULLI.items()
    },
    "sratio": {link: sequential("sratio", link, latent) for link, latent in LATENTS.items()},
    "cratio": {link: sequential("cratio", link, latent) for link, latent in GOING_ON.items()},
    "acat": {ADJACENT.link: ADJACENT},
    "gaussian": {GAUSSIAN.link: GAUSSIAN},
    "ordered_beta": {ORDERED_BETA.link: ORDERED_BETA},
}


def is_ordered(family: str) -> bool:
    """Whether a family's answers are ordered categories."""
    return all(one.ordered for one in FAMILIES[family].values())


def _known(name: str, link: str) -> Family:
    return FAMILIES[name][link]


copyreg.pickle(Family, lambda family: (_known, (family.name, family.link)))  # compiled code stays in its process


def check_family(family: str, link: str, scale: Scale) -> str:
    """The link to use; raises ConfigError for a family, link or scale that do not go together."""
    if family not in FAMILIES:
        raise ConfigError(f"`family` is one of {', '.join(FAMILIES)}; found '{family}'.{nearest(family, FAMILIES)}")
    links = FAMILIES[family]
    (first, *others) = links
    if not others and (link == DEFAULT or not links[first].ordered):  # the default is meant for families with a choice
        link = first
    if link not in links:
        known = f"one of {', '.join(links)}" if others else first
        raise ConfigError(f"`link` of the {family} family is {known}; found '{link}'.{nearest(link, links)}")
    if links[link].bounded is not None and scale.ends is None:
        raise ConfigError(
            f"The {family} family needs a continuous scale with two ends, at which answers pile up; found "
            f'{scale.describe()}. Pass scale=("continuous", 0, 100), with the ends of the slider, to ps.Ratings.'
        )
    if not links[link].ordered:
        return link
    if scale.is_continuous:
        raise ConfigError(
            f"The {family} family needs ordered categories, and the scale is continuous. Use family='gaussian'"
            f"{", or 'ordered_beta' for piles at both ends" if scale.ends else ''}."
        )
    if links[link].categories not in (None, scale.K):
        raise ConfigError(
            f"The {family} family needs a scale of {links[link].categories} categories; found {scale.K}. "
            f"Use family='cumulative', or `ratings.collapse({links[link].categories})` first."
        )
    return link
