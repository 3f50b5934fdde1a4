"""The book's configuration, with what the environment sets for one build."""

import os
from pathlib import Path
from typing import Any

import yaml

BASE_URL = "BOOK_BASE_URL"


def read_config(root: Path) -> dict[str, Any]:
    """Return _config.yml; the variable BOOK_BASE_URL, which a publishing host sets, wins over `book_base_url`."""
    config: dict[str, Any] = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    if address := os.environ.get(BASE_URL):
        config["sphinx"]["config"]["book_base_url"] = address
    return config


def base_url(config: dict[str, Any]) -> str:
    """Return where the site is published, without a slash at its end; empty when that is unknown."""
    return str(config["sphinx"]["config"].get("book_base_url") or "").rstrip("/")
