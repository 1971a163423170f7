from pathlib import Path

from scripts.render_asterisk_example import example_files, main


def test_the_example_is_written_where_asked(tmp_path: Path) -> None:
    main(str(tmp_path))
    written = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*.conf")}
    assert written == example_files()
