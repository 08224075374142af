"""Every corruption and every attack: importing this module has them all registered."""

from __future__ import annotations

from .attacks import ATTACKS
from .corruption import REGISTRY

__all__ = ["ATTACKS", "REGISTRY"]
