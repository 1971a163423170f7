"""What every test of a session stands on."""

import os
import subprocess
import sys

from agent.setup.paths import home

REPORT = "import os, tests.conftest; print(os.environ.get('ATTENDANT_DSN'))"


def test_a_session_of_tests_knows_no_database_but_its_own() -> None:
    """`make test` empties tables: the database that ATTENDANT_DSN names is somebody's."""
    somebodys = {**os.environ, "ATTENDANT_DSN": "postgresql:///attendant"}
    outcome = subprocess.run(
        [sys.executable, "-c", REPORT], cwd=home().root, env=somebodys, capture_output=True, text=True, check=True
    )
    assert outcome.stdout == "None\n"
