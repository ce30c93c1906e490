"""Shared by the tests of scorers."""

import pytest


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """The server is on this machine; a proxy of the environment does not know it."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("JUDGE_API_KEY", raising=False)
