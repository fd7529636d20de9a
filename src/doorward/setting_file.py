"""The file in the data folder in which settings may stand."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from doorward.errors import SettingsError

FILE = "doorward.toml"


def read_file(data: Path) -> dict[str, Any]:
    """What stands in the file, as TOML has it; nothing where there is no file.

    Errors:
        SettingsError: it cannot be read.
    """
    path = data / FILE
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None
