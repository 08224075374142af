"""Text files as people have them: UTF-8 with or without a mark at the start, and one line for everything else."""

from __future__ import annotations

import codecs
import json
import sys
from pathlib import Path
from typing import Any

from .errors import InputError


def read_text(path: Path, field: str = "") -> str:
    """The text of a UTF-8 file, without the byte order mark that some editors put in front.

    field: the option that named the file, for the message. Raises InputError with the line of the first byte that is
    not UTF-8, or with why the file cannot be read.
    """
    said = f"{field}: {path}" if field else str(path)
    try:
        if path.is_char_device():  # /dev/zero never ends
            raise InputError(f"{said}: is a device, not a file")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{said}: cannot be read ({error.strerror})") from None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{said}: is UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"line {line} has the byte 0x{content[error.start]:02x}"
        raise InputError(f"{said}: is not UTF-8 ({found}; Windows-1252?); save it as UTF-8") from None


def parse_json(text: str, said: str) -> Any:
    """The value of a JSON text. Raises InputError beginning with ``said`` where it is none or nested too deeply."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{said} is not JSON ({error})") from None
    except ValueError:  # the only other one: Python converts no longer numbers
        most = f"{sys.get_int_max_str_digits():,}"
        raise InputError(f"{said} holds a whole number of more than {most} digits, which is not read") from None
    except RecursionError:
        raise InputError(f"{said} is not JSON that can be read (nested too deeply)") from None
