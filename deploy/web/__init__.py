"""The planner as a page: what the device's own site and the laptop's server are made of."""

__all__ = ["desk", "guard", "server", "service"]
