"""One task of ``reading.py`` in a process of its own: make the file, or read it in one of three ways."""

import argparse
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

import pluralstats as ps

SCALE = (1, 5)
LEVELS = {
    "gender": ["female", "male", "nonbinary"],
    "age": ["18-29", "30-44", "45-59", "60+"],
    "race": ["White", "Black", "Asian", "Hispanic", "Other"],
    "education": ["school", "college", "degree"],
    "politics": ["left", "centre", "right"],
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=["make", *READ])
    parser.add_argument("file")
    parser.add_argument("--rows", type=int, default=0)
    options = parser.parse_args(argv)
    if options.task == "make":
        made_file(options.file, options.rows)
        return 0
    warm = Path(options.file).with_name("warm.csv")
    warm.write_text("item,rater,rating\na,1,1\nb,1,2\n")
    READ[options.task](str(warm), [])  # imports what is imported on first use
    wall, cpu = time.perf_counter(), time.process_time()
    found = READ[options.task](options.file, list(LEVELS))
    print(f"= wall {time.perf_counter() - wall:.4f}\n= cpu {time.process_time() - cpu:.4f}\n= found {found}")
    return 0


def made_file(file: str, n: int) -> None:
    """Random ratings in a file: on average 25 a rater and 135 an item; item 1.1 is another than 1.10."""
    rng = np.random.default_rng(1)
    n_raters, n_items = max(n // 25, 20), max(n // 135, 30)
    event = (
        rng.choice(n_raters * n_items, size=n, replace=False) if n < 10**5 else _distinct(rng, n_raters * n_items, n)
    )
    rater, item = event // n_items, event % n_items
    columns = {
        "item": _taken([f"{i // 20 + 1}.{i % 20 + 1}" for i in range(n_items)], item),
        "rater": _taken([f"worker{i:06d}" for i in range(n_raters)], rater),
        "rating": pa.array(rng.integers(SCALE[0], SCALE[1] + 1, n)),
    }
    columns |= {name: _taken(words, rng.integers(0, len(words), n_raters)[rater]) for name, words in LEVELS.items()}
    pa.csv.write_csv(pa.table(columns), file, pa.csv.WriteOptions(quoting_style="none"))
    print(f"= mb {Path(file).stat().st_size / 1e6:.1f}\n= found {n}/{len(np.unique(item))}/{len(np.unique(rater))}")


def _distinct(rng: np.random.Generator, most: int, n: int) -> np.ndarray:
    """Different whole numbers below ``most``, in random order; a permutation of all would not fit into memory."""
    return rng.permutation(np.unique(rng.integers(0, most, size=2 * n)))[:n]


def _taken(words: list[str], codes: np.ndarray) -> pa.Array:
    return pa.array(words).take(pa.array(codes))


def by_pyarrow(file: str, demographics: list[str]) -> str:
    """The bare read into pandas; ids as text, so that they can be counted."""
    text = pa.csv.ConvertOptions(column_types={"item": pa.string()})
    table = pa.csv.read_csv(file, convert_options=text).to_pandas()
    return f"{len(table)}/{table['item'].nunique()}/{table['rater'].nunique()}"


def by_read_ratings(file: str, demographics: list[str]) -> str:
    ratings = ps.read_ratings(file, scale=SCALE, demographics=demographics)
    return f"{ratings.n_ratings}/{ratings.n_items}/{ratings.n_raters}"


def by_check(file: str, demographics: list[str]) -> str:
    """``check`` says how many raters and ratings there are, and not how many items."""
    found = ps.check(file, scale=SCALE, demographics=demographics).summary.iloc[0]
    return f"{found['n_ratings']}/-/{found['n_raters']}"


READ = {"pyarrow": by_pyarrow, "read_ratings": by_read_ratings, "check": by_check}

if __name__ == "__main__":
    raise SystemExit(main())
