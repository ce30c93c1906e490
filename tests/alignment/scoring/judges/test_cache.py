"""Answers that were paid for are kept, whatever happens to their file."""

import threading
import warnings

import pytest
from pluralstats.alignment.scoring.judges.cache import ReplyCache

import pluralstats as ps


def test_a_flipped_bit_in_a_cache_is_found_or_changes_nothing_that_is_read(tmp_path):
    """Every bit of two lines, also those of the names "sha256" and "reply"."""
    cache, asked = tmp_path / "judge.jsonl", {"a": {"reply": "Rating: 1"}, "b": {"reply": "Rating: 5", "model": "m"}}
    for key, entry in asked.items():
        ReplyCache(cache).put(key, entry)
    whole = cache.read_bytes()
    for place in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        cache.write_bytes(damaged)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            found = ReplyCache(cache)
        kept = {key: found.get(key) for key in asked if found.get(key) is not None}
        assert kept.items() <= asked.items()
        assert len(found) == len(kept)
        assert told or kept == asked


def test_a_cache_of_a_version_without_checksums_is_read(tmp_path):
    (tmp_path / "judge.jsonl").write_text('{"key": "a", "model": "m", "reply": "Rating: 1", "prompt_tokens": 3}\n')
    assert ReplyCache(tmp_path / "judge.jsonl").get("a")["reply"] == "Rating: 1"


def test_threads_that_share_a_cache_lose_no_line(tmp_path):
    caches = [ReplyCache(tmp_path / "judge.jsonl") for _ in range(4)]
    workers = [
        threading.Thread(target=lambda c=c, k=k: [c.put(f"{k}-{i}", {"reply": "x" * 500}) for i in range(50)])
        for k, c in enumerate(caches)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(ReplyCache(tmp_path / "judge.jsonl")) == 200


def test_lines_of_the_cache_that_are_no_answers_are_passed_over(tmp_path):
    cache = tmp_path / "judge.jsonl"
    cache.write_text(
        '{"key": "a"}\n{"key": ["b"], "reply": ""}\n[1]\n{"key": "c", "reply": 4}\n{"key": "d", "reply": ""}\n'
        + '{"key": '
        + "[" * 100_000
        + "\n"
    )
    with pytest.warns(UserWarning, match="1, 2, 3, 4, 6"):
        assert len(ReplyCache(cache)) == 1  # d, of a version without checksums


@pytest.mark.parametrize("content", ["item,rating\na,4\n", '{"prompt": "p", "response": "a"}\n'])
def test_a_file_that_is_no_cache_is_left_alone(content, tmp_path):
    """Answers would be written behind somebody's table."""
    (tmp_path / "scores.csv").write_text(content)
    with pytest.raises(ps.ConfigError, match=r"scores\.csv holds no answers of a judge"):
        ReplyCache(tmp_path / "scores.csv")
    assert (tmp_path / "scores.csv").read_text() == content


@pytest.mark.parametrize("cut", range(30))
def test_the_half_line_of_a_program_killed_at_its_first_answer_is_no_foreign_file(cut, tmp_path):
    cache = tmp_path / "judge.jsonl"
    ReplyCache(cache).put("a", {"reply": "Rating: 4"})
    cache.write_bytes(cache.read_bytes()[:cut])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ReplyCache(cache).put("b", {"reply": "Rating: 2"})
        assert ReplyCache(cache).get("b") == {"reply": "Rating: 2"}
