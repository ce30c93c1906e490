"""A simulation that was killed goes on from its file."""

import pandas as pd
import pytest


def test_only_studies_that_are_missing_are_run(script, tmp_path):
    resumed, out, ran = script("resumed"), tmp_path / "found.csv", []

    def study(seed):
        ran.append(seed)
        if seed == 4:
            raise KeyboardInterrupt
        return pd.DataFrame({"model": ["a"], "seed": [seed], "estimate": [seed / 2]})

    with pytest.raises(KeyboardInterrupt):
        resumed.resumed(resumed.read_found(out), {"model": "a"}, [1, 2, 4], study, out)
    kept = resumed.read_found(out)
    assert kept["seed"].tolist() == [1, 2]
    found = resumed.resumed(kept, {"model": "a"}, [1, 2, 3], study, out)
    assert ran == [1, 2, 4, 3]
    pd.testing.assert_frame_equal(resumed.read_found(out), found)
    assert len(resumed.resumed(found, {"model": "b"}, [1], lambda seed: study(seed).assign(model="b"), out)) == 4
