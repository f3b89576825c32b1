from pathlib import Path

import pytest

from env.variables import create_missing


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place with the files that development starts with."""
    monkeypatch.delenv("PIXCRAWLER_ENVIRONMENT", raising=False)
    create_missing(tmp_path)
    return tmp_path
