"""Which workers run here and which elsewhere, from the service file; and which model each opens, from the manifest."""

from pathlib import Path

import pytest

from agent.setup.errors import CannotSetUp
from agent.setup.manifest import KINDS, read_manifest
from agent.setup.paths import Home, home
from agent.setup.pki import make_pki
from agent.setup.placement import far_places, near_sets
from agent.setup.service import ModelsSection
from agent.setup.service_programs import model_programs


def section(**keys: str) -> ModelsSection:
    return ModelsSection("/run/a", "/var/a", **keys)


def test_without_a_word_all_is_here_and_tiny() -> None:
    assert near_sets(section()) == dict.fromkeys(("tts", "vad", "stt", "llm"), "tiny")
    assert far_places(section()) == {}


def test_what_is_elsewhere_is_kept_here_only_to_fall_back_on(tmp_path: Path) -> None:
    make_pki(tmp_path, ["gpu-host"])
    far = section(set="cpu", stt="gpu-host:7900", tls=str(tmp_path / "controller"))
    assert near_sets(far) == dict.fromkeys(("tts", "vad", "llm"), "cpu")
    places = far_places(far)
    assert {kind: place.name for kind, place in places.items()} == {"stt": "stt at gpu-host:7900"}
    both = section(set="cpu", stt="gpu-host:7900", llm_url="http://other", fallback="tiny")
    assert near_sets(both) == {"tts": "cpu", "vad": "cpu", "stt": "tiny", "llm": "tiny"}


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"stt": "gpu-host:7900"}, "no tls; attendant workers make-pki"),
        ({"stt": "gpu-host", "tls": "."}, "'gpu-host' is not HOST:PORT"),
        ({"stt": "gpu-host:7900", "tls": "/nowhere"}, "/nowhere: No such file or directory; it needs ca.pem"),
        ({"llm": "gpu-host:7900", "llm_url": "http://other", "tls": "."}, "both llm and llm_url"),
    ],
)
def test_what_cannot_be_meant_is_one_line_with_its_remedy(keys: dict[str, str], says: str, tmp_path: Path) -> None:
    make_pki(tmp_path, ["gpu-host"])
    if keys.get("tls") == ".":
        keys = keys | {"tls": str(tmp_path / "controller")}
    with pytest.raises(CannotSetUp) as refusal:
        far_places(section(**keys))
    assert says in str(refusal.value)


@pytest.mark.parametrize("name", ["tiny", "cpu", "gpu"])
def test_every_shipped_set_has_a_model_of_each_kind(name: str) -> None:
    models = read_manifest(home().manifest).by_kind(name)
    assert set(models) == set(KINDS)
    assert (models["stt"].device == "cuda") == (name == "gpu"), "recognition is what a GPU is used for"


def test_a_set_with_two_voices_or_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    text = home().manifest.read_text().replace('tiny = ["whisper-base", ', 'tiny = ["piper-es", "whisper-base", ')
    path.write_text(text)
    with pytest.raises(CannotSetUp, match="one model of the kind 'tts', it has piper-es, piper-joe"):
        read_manifest(path).by_kind("tiny")
    path.write_text(text.replace('"piper-es", "whisper-base", "piper-joe", ', '"whisper-base", '))
    with pytest.raises(CannotSetUp, match="'tts', it has none"):
        read_manifest(path).by_kind("tiny")


def test_the_workers_open_the_models_of_their_set(tmp_path: Path) -> None:
    (program,) = model_programs(home(), tmp_path / "run", {"stt": "tiny"}).values()
    assert program.argv[program.argv.index("--model") + 1] == str(home().models / "whisper-base")
    assert program.argv[program.argv.index("--device") + 1] == "cpu"


@pytest.mark.parametrize("name", ["cpu", "gpu"])
def test_a_model_whose_hash_nobody_vouches_for_is_not_opened(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotSetUp, match=r"is unpinned; attendant models pin whisper-"):
        model_programs(Home(home().root, tmp_path), tmp_path / "run", {"stt": name})


def test_a_voice_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(CannotSetUp, match="whisper-base is no voice"):
        model_programs(Home(home().root, tmp_path), tmp_path / "run", {}, ("whisper-base",))
    with pytest.raises(CannotSetUp, match="is unpinned; attendant models pin piper-es"):
        model_programs(Home(home().root, tmp_path), tmp_path / "run", {}, ("piper-es",))
