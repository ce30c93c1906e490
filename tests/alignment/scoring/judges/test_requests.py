"""Questions over HTTP: retries, time limits, keys that stay where they are, and a judge that is down."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from judge_server import by_length, judge, reply, scorer
from pluralstats.alignment.scoring.judges.requests import Endpoint, chat_reply

import pluralstats as ps


def test_a_busy_judge_is_asked_again():
    with judge(lambda body, n: by_length(body, n) if n > 2 else (503, "busy", {"Retry-After": "0"})) as (url, seen):
        assert scorer(url).score(["p"], ["aaa"]).tolist() == [3]
        assert len(seen) == 3


def test_a_judge_that_is_down_is_named_with_its_address_and_attempts():
    endpoint = Endpoint("http://127.0.0.1:9/v1", attempts=2, pause=0.001)  # port 9: nothing listens
    with pytest.raises(ps.ConfigError) as error:
        chat_reply(endpoint, {})
    assert str(error.value).startswith(
        "The judge at http://127.0.0.1:9/v1/chat/completions did not answer in 2 attempts:"
    )


def test_a_refusal_is_not_repeated_and_says_where_the_key_comes_from():
    with judge(lambda body, n: (401, '{"error": "no key"}', {})) as (url, seen):
        with pytest.raises(ps.ConfigError, match=r"refuses .*HTTP 401 Unauthorized, .*no key.*JUDGE_API_KEY"):
            scorer(url).score(["p"], ["a"])
        assert len(seen) == 1


def test_the_key_comes_from_the_environment_and_is_written_nowhere(tmp_path, monkeypatch):
    monkeypatch.setenv("JUDGE_API_KEY", "not-a-real-key")
    with judge(by_length) as (url, seen):
        made = scorer(url, cache=tmp_path / "judge.jsonl")
        made.score(["p"], ["a"])
    assert seen[0][1]["Authorization"] == "Bearer not-a-real-key"
    assert "not-a-real-key" not in (tmp_path / "judge.jsonl").read_text() + repr(made)


def test_a_redirect_does_not_carry_the_key_elsewhere(monkeypatch):
    monkeypatch.setenv("JUDGE_API_KEY", "not-a-real-key")
    with judge(by_length) as (elsewhere, seen):
        moved = (302, "", {"Location": f"{elsewhere}/chat/completions"})
        with judge(lambda body, n: moved) as (url, _), pytest.raises(ps.ConfigError, match="HTTP 302"):
            scorer(url).score(["p"], ["a"])
        assert seen == []


def test_a_slow_judge_counts_as_down_after_its_time_limit():
    held = threading.Event()

    def slow(body, n):
        held.wait()  # however long the client takes to notice
        return "Rating: 1"

    with judge(slow) as (url, _):
        try:
            with pytest.raises(ps.ConfigError, match=r"did not answer in 1 attempts: .*timed out"):
                scorer(url, time_limit=0.05, attempts=1).score(["p"], ["a"])
        finally:
            held.set()


@pytest.mark.parametrize("answer", ["<html>hello</html>", '{"choices": []}', "[]", "[" * 100_000])
def test_a_server_that_is_no_chat_model_is_named(answer):
    with (
        judge(lambda body, n: (200, answer, {})) as (url, _),
        pytest.raises(ps.ConfigError, match="does not answer like a chat model: expected JSON with choices"),
    ):
        scorer(url).score(["p"], ["a"])


def test_a_server_that_drips_obeys_the_time_limit():
    """Two answers a hundred bytes long, a byte at a time: of the state line, and of the text behind its length.

    With a limit for each wait both would come in whole, however slow the machine.
    """
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(reply("Rating: 1"))
    for at_once, drips in ((b"", whole + reply("Rating: 1").encode()), (whole, reply("Rating: 1").encode())):
        with dripping(at_once, drips) as url, pytest.raises(ps.ConfigError, match=r"in 1 attempts: .*timed out"):
            scorer(url, time_limit=0.2, attempts=1).score(["p"], ["a"])


def test_what_a_server_drips_about_its_failure_is_left_out():
    with (
        dripping(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 400\r\n\r\n", b"x" * 400) as url,
        pytest.raises(ps.ConfigError, match=r"refuses the request: HTTP 400 Bad Request\. Check"),
    ):
        scorer(url, time_limit=0.2, attempts=1).score(["p"], ["a"])


@contextmanager
def dripping(at_once, drips):
    """A server that answers with some bytes at once and the others one by one."""

    def serve():
        with suppress(OSError):  # a client that did not wait
            connection, _ = server.accept()
            with connection:
                connection.recv(100_000)
                connection.sendall(at_once)
                for byte in drips:
                    connection.sendall(bytes([byte]))
                    time.sleep(0.02)

    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
    finally:
        thread.join()
        server.close()
