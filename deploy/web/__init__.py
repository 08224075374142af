"""The planner as a page: what the device's own site and the laptop's server are made of."""

__all__ = ["asked", "desk", "export", "guard", "python_zip", "server", "service", "session", "vendor"]
