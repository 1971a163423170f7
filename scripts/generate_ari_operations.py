"""Write agent/adapters/asterisk/operations.py from the rest-api/*.json that an Asterisk package carries.

Usage: python scripts/generate_ari_operations.py FOLDER [OUTPUT]
FOLDER is the package's rest-api folder, on Debian /usr/share/asterisk/rest-api. Run it when Asterisk is upgraded.
"""

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

WIDTH = 120
OUTPUT = Path(__file__).parent.parent / "agent/adapters/asterisk/operations.py"

HEADER = '''"""Every ARI operation by resource and nickname. Written by scripts/generate_ari_operations.py: do not edit.

Source: the rest-api/*.json of Asterisk 22.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One REST operation. ``path`` has its parameters in braces; ``body`` is the JSON body's one field, if any."""

    method: str
    path: str
    query: tuple[str, ...] = ()
    body: str = ""


# fmt: off
OPERATIONS: dict[str, Operation] = {
'''


def operations(folder: Path) -> dict[str, tuple[str, str, tuple[str, ...], str]]:
    """``resource.nickname`` -> (method, path, query parameters, body field), in the files' order."""
    found: dict[str, tuple[str, str, tuple[str, ...], str]] = {}
    for file in sorted(folder.glob("*.json")):
        for api in json.loads(file.read_text()).get("apis", []):
            for operation in api.get("operations", []):
                parameters: list[dict[str, Any]] = operation.get("parameters", [])
                query = tuple(p["name"] for p in parameters if p["paramType"] == "query")
                body = next((p["name"] for p in parameters if p["paramType"] == "body"), "")
                name = f"{file.stem}.{operation['nickname']}"
                found[name] = (operation["httpMethod"], api["path"], query, body)
    return found


def render(found: dict[str, tuple[str, str, tuple[str, ...], str]]) -> str:
    """The Python module's text: one operation a line, more where it would be too wide."""
    lines = [HEADER.rstrip("\n")]
    for name, (method, path, query, body) in found.items():
        names = [f'"{q}"' for q in query]
        arguments = [f'"{method}"', f'"{path}"']
        arguments += [f"({', '.join(names)}{',' if len(names) == 1 else ''})"] if query else []
        arguments += [f'body="{body}"'] if body else []
        line = f'    "{name}": Operation({", ".join(arguments)}),'
        lines.append(line if len(line) <= WIDTH else fold(line))
    return "\n".join([*lines, "}", ""])


def fold(line: str) -> str:
    """Break a too wide line between arguments."""
    head, rest = line.split("Operation(", 1)
    return head + "Operation(\n" + textwrap.fill(rest, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8)


def main(folder: str, output: str = str(OUTPUT)) -> None:
    found = operations(Path(folder))
    if not found:
        sys.exit(f"{folder}: no ARI operations found; give the rest-api folder of an Asterisk 22 package")
    Path(output).write_text(render(found))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
