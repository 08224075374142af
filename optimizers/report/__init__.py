"""A comparison as one self-contained page, and as Markdown."""

__all__ = ["conclusions", "figures", "html", "page", "sections", "side_by_side"]
