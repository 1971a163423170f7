"""The authority of the workers' certificates: made once, used again, kept readable by its owner alone."""

import stat
from pathlib import Path

import pytest
from cryptography import x509

from agent.setup.errors import CannotSetUp
from agent.setup.pki import SIDE_DAYS, days_left, make_pki


def test_three_folders_each_to_be_copied_whole(tmp_path: Path) -> None:
    folders = make_pki(tmp_path / "pki", ["gpu-host", "10.0.0.5"])
    assert [folder.name for folder in folders] == ["ca", "worker", "controller"]
    for folder in folders:
        assert stat.S_IMODE((folder / "key.pem").stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert SIDE_DAYS - 2 <= days_left(folders[1]) < SIDE_DAYS
    certificate = x509.load_pem_x509_certificate((folders[1] / "cert.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["gpu-host"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.5"]


def test_made_again_it_is_the_same_authority_with_fresh_certificates(tmp_path: Path) -> None:
    make_pki(tmp_path, ["one"])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.pem")}
    make_pki(tmp_path, ["two"])
    kept = {str(path.relative_to(tmp_path)) for path, content in before.items() if path.read_bytes() == content}
    assert kept == {"ca/ca.pem", "ca/key.pem", "worker/ca.pem", "controller/ca.pem"}


def test_what_is_no_authority_is_left_alone(tmp_path: Path) -> None:
    make_pki(tmp_path, ["one"])
    (tmp_path / "ca/ca.pem").write_text("rubbish")
    with pytest.raises(CannotSetUp, match="holds no authority"):
        make_pki(tmp_path, ["one"])
    (tmp_path / "ca/ca.pem").write_bytes((tmp_path / "worker/cert.pem").read_bytes())
    with pytest.raises(CannotSetUp, match="a key that is not its certificate's"):
        make_pki(tmp_path, ["one"])


@pytest.mark.parametrize(("hosts", "says"), [([], "has no name"), (["grün"], "no host name")])
def test_hosts_are_named_as_certificates_name_them(hosts: list[str], says: str, tmp_path: Path) -> None:
    with pytest.raises(CannotSetUp, match=says):
        make_pki(tmp_path, hosts)
