"""`sbomgate allow` writes what it was told, into the file as it stood, or leaves the file alone."""

from __future__ import annotations

import os
import stat
import tomllib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sbomgate.errors import UsageError
from sbomgate.policy_edits import add_allow
from sbomgate.policy_file import load_policy

PRINT = "0123456789abcdef"
DIGEST = "ab" * 32


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_file_is_made(here) -> None:
    assert add_allow(PRINT, "known", "", None) == "sbomgate.toml"
    assert (here / "sbomgate.toml").read_text() == f'[[allow]]\nfingerprint = "{PRINT}"\nreason = "known"\n'
    assert os.listdir(here) in ([".git", "sbomgate.toml"], ["sbomgate.toml", ".git"])


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (DIGEST, f'digest = "sha256:{DIGEST}"'),
        (f"SHA256:{DIGEST.upper()}", f'digest = "sha256:{DIGEST}"'),
        (f" {PRINT.upper()}\n", f'fingerprint = "{PRINT}"'),
    ],
)
def test_a_finding_is_named_by_fingerprint_or_digest(here, finding: str, line: str) -> None:
    add_allow(finding, "known", "", None)
    assert line in (here / "sbomgate.toml").read_text()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n\n"])
def test_comments_order_and_line_ends_stay(here, end: str, tail: str) -> None:
    old = f'# ours{end}fail-on = "low"   # strict{end}{end}[[allow]]{end}path = "x"{end}reason = "é"'
    (here / "sbomgate.toml").write_bytes((old + tail.replace("\n", end)).encode())
    add_allow(PRINT, "known", "2027-01-31", None)
    new = (here / "sbomgate.toml").read_bytes().decode()
    assert new == f'{old}{end}{end}[[allow]]{end}fingerprint = "{PRINT}"{end}reason = "known"{end}expires = 2027-01-31{end}'
    policy = load_policy("sbomgate.toml")
    assert policy.fail_on == "low"
    assert [entry.reason for entry in policy.allow] == ["é", "known"]


def test_pyproject_gets_it_in_its_table(here) -> None:
    old = '[project]\nname = "x"\n\n[tool.sbomgate]\nfail-on = "low"\n\n[tool.other]\na = 1\n'
    (here / "pyproject.toml").write_text(old)
    assert add_allow(PRINT, "known", "", None) == str(here / "pyproject.toml")
    new = (here / "pyproject.toml").read_text()
    assert new == f'{old}\n[[tool.sbomgate.allow]]\nfingerprint = "{PRINT}"\nreason = "known"\n'
    assert load_policy("pyproject.toml").allow[0].fingerprint == PRINT
    add_allow(DIGEST, "known", "", None)
    assert len(load_policy("pyproject.toml").allow) == 2


def test_a_pyproject_without_our_table_is_not_the_policy(here) -> None:
    (here / "pyproject.toml").write_text("[project]\n")
    assert add_allow(PRINT, "known", "", None) == "sbomgate.toml"
    assert (here / "pyproject.toml").read_text() == "[project]\n"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), min_size=1, max_size=20))
@example('"quoted" \\ and \'so\' """')
@example("two\nlines\r\nand\ttabs")
@example("\x7f\x00\x1b[31m\x80\x9f\u2028\ufeff")
@example("\\u0041 \\x")
@example("ends in \\")
@example('"\nfail-on = "never"\n#')
@example("[[allow]]")
@example("\udcff\ud800 no UTF-8")
@example("😀 \U0010ffff")
def test_any_reason_comes_back_as_it_was(here, reason: str) -> None:
    if not reason.strip():
        return
    path = here / "any.toml"
    path.unlink(missing_ok=True)
    add_allow(PRINT, reason, "", str(path))
    (entry,) = load_policy(str(path)).allow
    assert entry.reason == reason.strip().encode("utf-8", "backslashreplace").decode()
    assert load_policy(str(path)).fail_on == "high"
    assert set(tomllib.loads(path.read_bytes().decode())) == {"allow"}


@pytest.mark.parametrize(
    ("finding", "reason", "expires"),
    [
        ("", "r", ""),
        ("SG301", "r", ""),
        (PRINT[:-1], "r", ""),
        (PRINT + "0", "r", ""),
        (f"sha512:{DIGEST}", "r", ""),
        (f'{PRINT}"\nx = 1', "r", ""),
        (PRINT, "", ""),
        (PRINT, " \t\n", ""),
        *(
            (PRINT, "r", date)
            for date in (
                "soon",
                "2027-02-30",
                "20270131",
                "2027-W05-1",
                "31.1.2027",
                '"2027-01-31"',
                "2027-01-31\nfail-on = 'never'",
                "2027-01-31 # x",
                "never",
            )
        ),
    ],
)
@pytest.mark.parametrize("old", [None, "# mine\n"])
def test_what_is_wrong_is_refused_and_the_file_stays(here, finding: str, reason: str, expires: str, old: str | None) -> None:
    path = here / "sbomgate.toml"
    if old is not None:
        path.write_text(old)
    with pytest.raises(UsageError):
        add_allow(finding, reason, expires, None)
    assert (path.read_text() if path.exists() else None) == old
    assert len(os.listdir(here)) == 1 + path.exists()


@pytest.mark.parametrize(
    "old", ["allow = []\n", "not toml", "fail-on = 'x'\n", "[[allow]]\npath = 'x'\n", "\ufeff# mark\n", "x = '\udcff'"]
)
def test_a_file_that_cannot_take_it_stays(here, old: str) -> None:
    path = here / "sbomgate.toml"
    path.write_bytes(old.encode("utf-8", "surrogateescape"))
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        add_allow(PRINT, "known", "", None)
    assert "sbomgate.toml" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert len(os.listdir(here)) == 2


def test_a_place_that_cannot_be_written_is_told(here, monkeypatch) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        add_allow(PRINT, "known", "", "no/such/folder/sbomgate.toml")
    (here / "sbomgate.toml").write_text("# mine\n")

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(UsageError, match="Permission denied"):
        add_allow(PRINT, "known", "", None)
    assert (here / "sbomgate.toml").read_text() == "# mine\n"
    assert len(os.listdir(here)) == 2


def test_a_link_stays_a_link_and_the_mode_what_it_was(here) -> None:
    real = here / "real"
    real.mkdir()
    (real / "policy.toml").write_text("")
    (real / "policy.toml").chmod(0o640)
    (here / "sbomgate.toml").symlink_to("real/policy.toml")
    add_allow(PRINT, "known", "", None)
    assert (here / "sbomgate.toml").is_symlink()
    assert load_policy(str(real / "policy.toml")).allow[0].fingerprint == PRINT
    assert stat.S_IMODE((real / "policy.toml").stat().st_mode) == 0o640
    assert os.listdir(real) == ["policy.toml"]


def test_a_dangling_link_or_a_folder_is_refused(here) -> None:
    (here / "sbomgate.toml").symlink_to("nowhere")
    with pytest.raises(UsageError, match="cannot be read"):
        add_allow(PRINT, "known", "", "sbomgate.toml")
    (here / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        add_allow(PRINT, "known", "", "folder")
