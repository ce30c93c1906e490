"""A monotonic effect beside that of brms.

Origin: ``brms_monotonic.json`` by ``posteriors.R``. Of brms' average step b and simplex zeta of three steps, step k is
3 b zeta_k; the prior of the whole, 3 b, is student_t(3, 0, 1) and that of zeta uniform, as here.
"""

import made_raters
from test_posteriors import HMC, assert_same, by_brms

import pluralstats as ps


def test_steps_of_education_have_the_posterior_of_brms(hate):
    fit = ps.fit(made_raters.ratings(hate), "rating ~ mo(education) + (1 | item) + (1 | rater)", **HMC)
    steps = {f"mo(education)[{level}]": f"step {k}" for k, level in enumerate(made_raters.EDUCATION[1:], 1)}
    assert_same(fit, by_brms("monotonic"), steps)
