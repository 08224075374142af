"""The one way in which YAML files are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_yaml(path: Path) -> Any:
    """What a YAML file holds, or the JSON file beside it that was made of it. Raises yaml.YAMLError when it is none.

    In a browser there are only the JSON files: YAML in pure Python is a hundred times as slow, and these are long.
    """
    if (made := path.with_suffix(".json")).is_file():
        return json.loads(made.read_text("utf-8"))
    import yaml

    # The C loader, where there is one: ten times as fast.
    return yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
