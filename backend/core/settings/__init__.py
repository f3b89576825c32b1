from functools import lru_cache

from pydantic import ValidationError

from backend.core.settings.base import CommonSettings
from backend.core.settings.errors import InvalidSettingsError, invalid_settings

__all__ = ["CommonSettings", "InvalidSettingsError", "get_settings", "settings_or_exit"]


@lru_cache
def get_settings() -> CommonSettings:
    """Raises InvalidSettingsError, whose text is made for people."""
    try:
        # Not CommonSettings(): a type checker cannot know that the environment brings the required ones.
        return CommonSettings.model_validate({})
    except ValidationError as error:
        raise invalid_settings(error, CommonSettings) from None


def settings_or_exit() -> CommonSettings:
    """For the edge of a process: a fault is a few lines on standard error and exit 1, not a traceback."""
    try:
        return get_settings()
    except InvalidSettingsError as error:
        raise SystemExit(str(error)) from None
