"""Every corruption and every attack: importing this module has them all registered."""

from __future__ import annotations

from . import bare_attacks, corruptions, senseless, timetable, wording  # noqa: F401  (they register themselves)
from .attacks import ATTACKS
from .corruption import REGISTRY

__all__ = ["ATTACKS", "REGISTRY"]
