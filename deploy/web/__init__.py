"""The planner as a page: what the device's own site and the laptop's server are made of."""

__all__ = ["asked", "desk", "guard", "python_zip", "server", "service", "session", "vendor"]
