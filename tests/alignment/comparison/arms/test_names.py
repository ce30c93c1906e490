"""Names of arms, prompts and judges that hold the slash by which levels of combined terms are written."""

import pandas as pd
from pluralstats.alignment.comparison.arms.model import arm_ratings


def test_slashes_in_names_merge_no_cells():
    """Arm a/b with prompt c is another cell than arm a with prompt b/c; so are backslashes in front of them."""
    rows = [("a/b", "c"), ("a", "b/c"), ("a\\", "b/c"), ("a\\/b", "c"), ("a", "c")]
    scores = pd.DataFrame(rows, columns=["arm", "prompt_id"]).assign(
        seed=["1", "b/1", "2", "3", "1"], judge=["x", "x/a", "x", "x", "x"], dimension="score", response="", score=1.0
    )
    frame = arm_ratings(scores.assign(score=range(5)), "a", "continuous").frame
    assert frame["cell"].nunique() == 5
    assert "a/c" in set(frame["cell"])
    assert frame["run"].nunique() == 5
