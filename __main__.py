"""``python -m studysmith``: the command line."""

from .cli import main

main()
