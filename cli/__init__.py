"""The command line: one file per noun, each imported when one of its commands is called."""

from .app import main

__all__ = ["main"]
