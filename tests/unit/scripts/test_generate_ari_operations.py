import json
from pathlib import Path

import pytest

from scripts.generate_ari_operations import main


def test_a_table_is_written_that_python_can_load(tmp_path: Path) -> None:
    long = [{"name": f"parameter{i}", "paramType": "query"} for i in range(12)]
    body = {"name": "variables", "paramType": "body"}
    api = {
        "path": "/things/{id}",
        "operations": [
            {"nickname": "get", "httpMethod": "GET"},
            {"nickname": "put", "httpMethod": "PUT", "parameters": [*long, body]},
        ],
    }
    (tmp_path / "things.json").write_text(json.dumps({"apis": [api]}))
    (tmp_path / "resources.json").write_text(json.dumps({"apis": [{"path": "/api-docs"}]}))
    main(str(tmp_path), str(tmp_path / "operations.py"))
    text = (tmp_path / "operations.py").read_text()
    assert max(map(len, text.splitlines())) <= 120
    scope: dict[str, object] = {"__name__": "operations"}
    exec(compile(text, "operations.py", "exec"), scope)
    table = scope["OPERATIONS"]
    assert isinstance(table, dict)
    assert (table["things.get"].method, table["things.get"].path) == ("GET", "/things/{id}")
    assert len(table["things.put"].query) == 12
    assert table["things.put"].body == "variables"


def test_a_folder_without_operations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="rest-api folder"):
        main(str(tmp_path))
