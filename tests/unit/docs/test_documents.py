"""What the documents say of the code is asked of the code."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from agent.cli import app
from agent.setup.paths import home
from agent.setup.service import read_service_file
from agent.values.caller import Outcome

ROOT = home().root
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LOGS_IN_RUNBOOK = ("app.py", "adapters", "cli", "console", "shell")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(path: Path, kind: str) -> list[str]:
    return [text for found, text in BLOCK.findall(path.read_text()) if found == kind]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", document.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (document.parent / target).exists(), f"{name_of(document)} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_that_is_named_exists(document: Path) -> None:
    group = typer.main.get_command(app)
    commands = {*group.commands}  # type: ignore[attr-defined]
    text = document.read_text()
    assert set(re.findall(r"(?:^|`|bin/)attendant ([a-z]+)", text, re.MULTILINE)) <= commands
    for name in ("actions", "models", "keys", "workers"):
        of_group = {*group.commands[name].commands}  # type: ignore[attr-defined]
        assert set(re.findall(rf"attendant {name} ([a-z-]+)", text)) <= of_group


def test_the_trunk_of_the_readme_is_the_one_that_is_rendered() -> None:
    rendered = (ROOT / "asterisk/other-pbx/trunk-to-attendant.conf").read_text()
    assert rendered in blocks(ROOT / "README.md", "ini")


def test_the_service_file_of_the_readme_is_read(tmp_path: Path) -> None:
    whole, model_lines = blocks(ROOT / "README.md", "toml")
    path = tmp_path / "attendant.toml"
    path.write_text(whole)
    service = read_service_file(path)
    assert service.limits.calls_max == 8
    path.write_text(whole.replace("[models]\n", model_lines + "\n"))
    assert read_service_file(path).models.llm_url == tomllib.loads(model_lines)["models"]["llm_url"]


def test_the_readme_names_the_model_sets_and_licences_of_the_manifest() -> None:
    manifest = tomllib.loads((ROOT / "models/manifest.toml").read_text())
    readme = (ROOT / "README.md").read_text()
    for name in manifest["sets"]:
        assert f"| `{name}` |" in readme
    for name in manifest["sets"]["tiny"]:
        assert manifest["models"][name]["licence"].split(",")[0] in readme


def log_lines() -> list[tuple[str, str]]:
    """Every text that a logger is given, with the file it stands in."""
    found = []
    roots = [ROOT / "agent" / name for name in LOGS_IN_RUNBOOK]
    for path in [p for root in roots for p in ([root] if root.is_file() else sorted(root.rglob("*.py")))]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            is_log = node.func.attr in ("info", "warning", "error", "exception") and "log" in ast.unparse(node.func)
            if is_log and isinstance(text := node.args[0], ast.Constant):
                found.append((name_of(path), str(text.value)))
    return found


def test_the_runbook_explains_every_log_line() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text()
    lines = log_lines()
    assert len(lines) > 10
    assert [line for line in lines if f"`{line[1]}`" not in runbook] == [], "add a row to docs/runbook.md"


def test_the_console_has_a_colour_for_every_outcome() -> None:
    style = (ROOT / "agent/console/pages/console.css").read_text()
    shown = set(re.findall(r"\.outcome\.(\w+)", style))
    assert {outcome.value for outcome in Outcome} - shown == set()
