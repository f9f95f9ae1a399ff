"""The report's own words in both languages; facts and sentences about goals come from the release."""

from functools import lru_cache
from importlib import resources

import yaml

from handleplan_pipeline.errors import ReleaseError


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("words.yaml").read_text(encoding="utf-8")
    return {str(key): words for key, words in yaml.safe_load(text).items()}


def has(key: str) -> bool:
    return key in _words()


def say(key: str, language: str, **fields: object) -> str:
    """The words of `key`, with its fields filled in. Raises ReleaseError for a key or a field that is not there."""
    try:
        return _words()[key][language].format(**fields)
    except KeyError as e:
        raise ReleaseError(f"report: words.yaml has no {e} for {key} in {language}.") from None
