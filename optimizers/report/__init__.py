"""A comparison as one self-contained page."""

__all__ = ["conclusions", "figures", "page", "side_by_side"]
