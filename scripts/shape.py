"""Say where the code outgrows its shape: `shape.py DIR...` prints `file:line: finding`, exit status 1 if there is one.

Limits: a module 400 lines, a function 40 lines and 6 parameters, and no name that says nothing (Manager, Helper, ...).
The answer to a finding is a better cut, not a bigger limit.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

MODULE_LINES = 400
FUNCTION_LINES = 40
PARAMETERS = 6
EMPTY_NAMES = re.compile(
    r"(Manager|Helper|Handler|Util|Utils|Engine)$|^(utils?|helpers?|managers?|handlers?|engines?)$"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def findings(path: Path) -> Iterator[str]:
    """Each finding of one Python file, as `path:line: what is wrong`."""
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n") + (not text.endswith("\n"))
    if lines > MODULE_LINES:
        yield f"{path}:{lines}: module has {lines} lines, {MODULE_LINES} are allowed"
    if EMPTY_NAMES.search(path.stem) or EMPTY_NAMES.search(path.parent.name):
        yield f"{path}:1: a module or room called so says nothing of what lives there"
    try:
        tree = ast.parse(text, filename=str(path))
    except SyntaxError as error:
        yield f"{path}:{error.lineno}: not Python: {error.msg}"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and EMPTY_NAMES.search(node.name):
            yield f"{path}:{node.lineno}: the class name {node.name} says nothing of what it is"
        if isinstance(node, Function):
            yield from (f"{path}:{node.lineno}: {finding}" for finding in function_findings(node))


def function_findings(function: Function) -> Iterator[str]:
    """What is too big about one function; a nested function counts with its parent and for itself."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    if lines > FUNCTION_LINES:
        yield f"function {function.name} has {lines} lines, {FUNCTION_LINES} are allowed"
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    count = len([name for name in names if name not in ("self", "cls")])
    # A typer command declares its options as parameters: the command line is its interface, not the argument list.
    if count > PARAMETERS and not function.decorator_list:
        yield f"function {function.name} has {count} parameters, {PARAMETERS} are allowed"


def main(arguments: list[str]) -> int:
    if not arguments:
        print("usage: shape.py DIR...", file=sys.stderr)
        return 2
    found = 0
    for root in map(Path, arguments):
        if not root.exists():
            print(f"{root}: no such file or directory", file=sys.stderr)
            return 2
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            for finding in findings(path):
                found += 1
                print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
