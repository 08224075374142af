"""``python -m studysmith``: the command line."""

from .cli.app import main

main()
