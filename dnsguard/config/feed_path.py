"""Where what was fetched from a url is kept: everything beyond the hub's fetching sees a list as a file."""

import hashlib
from pathlib import Path
from typing import Final

FOLDER: Final = "feeds"
"""In state_dir."""


def feed_key(url: str) -> str:
    """Name a url's files: two lists of one url share them; a token in a url shows in no file name."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def feed_path(state_dir: Path, url: str) -> Path:
    """Give the last good copy of what a url has; before the first fetch there is none."""
    return state_dir / FOLDER / f"{feed_key(url)}.list"
