"""What can be compiled: the built-in tasks, and loading a user"s own."""

__all__ = ["load", "plan", "read", "solve"]
