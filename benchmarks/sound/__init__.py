"""How the judge of sense was made; see README.md."""
