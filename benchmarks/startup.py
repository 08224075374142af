"""How long starting takes: medians over turns of all commands, so that what else the machine does hits them alike.

python benchmarks/startup.py --turns 5
"""

import argparse
import subprocess
import sys
import time
from statistics import median

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import studysmith": ["-c", "import studysmith"],
    "import typer": ["-c", "import typer"],
    "studysmith --help": ["-m", "studysmith", "--help"],
    "studysmith compile --help": ["-m", "studysmith", "compile", "--help"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(parser.parse_args().turns):
        for name, arguments in COMMANDS.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - started)
    bare = median(seconds["python -c pass"])
    for name, measured in seconds.items():
        print(f"{name:26} {median(measured):.3f} s  {median(measured) / bare:4.1f} times bare python")


if __name__ == "__main__":
    main()
