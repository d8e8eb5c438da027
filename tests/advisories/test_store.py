"""The store: what goes in, what comes out, and what happens to it when something goes wrong."""

from __future__ import annotations

import io
import json
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support import DATA, advisory_store, report_of, sbomgate, write_tree

from sbomgate.advisories import importing, match
from sbomgate.advisories.importing import import_records
from sbomgate.advisories.store import SCHEMA, Store, default_path
from sbomgate.advisory_model import Match
from sbomgate.errors import CollectError, UsageError
from sbomgate.model import Component, Location, Origin, Pin, Source
from sbomgate.purl import npm, pypi

RECORDS = DATA / "osv"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return advisory_store(tmp_path_factory.mktemp("store") / "store.sqlite", RECORDS)


def component(ecosystem: str, name: str, version: str = "", **more: Any) -> Component:
    purl = (npm if ecosystem == "npm" else pypi)(name, version)
    values = {"origin": Origin.LOCKED, "pin": Pin.EXACT, "locations": (Location("lock", 1),), **more}
    return Component(ecosystem=ecosystem, name=name, version=version, purl=purl, **values)


def found(store: Path, *components: Component) -> tuple[Match, ...]:
    with Store(str(store)) as opened:
        return match(components, opened)


def record(name: str = "GHSA-1", package: str = "acme", modified: str = "2026-01-31T12:00:00Z", **more: Any) -> dict[str, Any]:
    row = {"package": {"ecosystem": "PyPI", "name": package}, "versions": ["1.0"]}
    return {"id": name, "modified": modified, "affected": [row], **more}


def archive(path: Path, files: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content if isinstance(content, (bytes, str)) else json.dumps(content))
    return path


# -- what is matched -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ecosystem", "name", "good", "bad", "advisory"),
    [
        ("pypi", "litellm", ("1.82.6", "1.82.9"), ("1.82.7", "1.82.8"), "MAL-2026-2144"),
        ("pypi", "elementary-data", ("0.23.2", "0.23.4"), ("0.23.3",), "MAL-2026-3083"),
        ("pypi", "pantheon-agents", ("0.6.0", "0.6.3"), ("0.6.1", "0.6.2"), "MAL-2026-5299"),
        ("pypi", "mistralai", ("2.4.5", "2.4.7"), ("2.4.6",), "MAL-2026-3608"),
        ("npm", "axios", ("1.14.0", "0.30.3", "1.14.2"), ("1.14.1", "0.30.4"), "MAL-2026-2307"),
        ("npm", "plain-crypto-js", (), ("0.0.1", "4.2.1", "99.0.0"), "MAL-2026-2306"),
        ("npm", "chalk", ("5.6.0", "5.6.2"), ("5.6.1",), "MAL-2025-46969"),
        ("npm", "debug", ("4.4.1", "4.4.3"), ("4.4.2",), "MAL-2025-46974"),
        ("npm", "@ctrl/tinycolor", ("4.1.0", "4.1.3"), ("4.1.1", "4.1.2"), "MAL-2025-47141"),
        ("npm", "@postman/postman-mcp-server", ("2.4.9", "2.4.13"), ("2.4.10", "2.4.12"), "MAL-2025-190909"),
        ("npm", "postmark-mcp", ("1.0.15", "1.0.16-rc.1"), ("1.0.16", "1.0.18", "2.0.0"), "MAL-2025-47604"),
        ("npm", "keyv", ("5.9.9", "6.0.1"), ("6.0.0",), "MAL-2026-11524"),
    ],
)
def test_incidents(whole: Path, ecosystem: str, name: str, good: tuple[str, ...], bad: tuple[str, ...], advisory: str) -> None:
    assert not found(whole, *(component(ecosystem, name, version) for version in good))
    matches = found(whole, *(component(ecosystem, name, version) for version in bad))
    assert [(one.state, one.advisory, one.malicious) for one in matches] == [("affected", advisory, True)] * len(bad)
    assert {one.purl for one in matches} == {component(ecosystem, name, version).purl for version in bad}


def test_records_of_one_defect_are_one_match(whole: Path) -> None:
    (one,) = found(whole, component("pypi", "litellm", "1.82.8"))
    assert one.ids == ("MAL-2026-2144", "PYSEC-2026-2")
    (one,) = found(whole, component("pypi", "acme-parser", "1.4.0"))
    assert one.ids == ("GHSA-cccc-gggg-ffff", "PYSEC-2026-100", "CVE-2026-22222")
    # the other record still calls 1.4.1 affected
    assert (one.fixed, one.severity, one.score, one.rating) == ("1.4.2", "critical", "9.8", "")
    assert one.source == "osv"
    assert one.modified == "2026-03-26T09:53:17"
    (one,) = found(whole, component("pypi", "acme-parser", "1.4.1"))
    assert (one.ids, one.severity, one.rating) == (("GHSA-cccc-gggg-ffff", "CVE-2026-22222"), "medium", "MODERATE")


def test_the_latest_cvss_version_counts(whole: Path) -> None:
    (one,) = found(whole, component("npm", "@acme/docs-mcp", "1.4.0"))
    assert (one.severity, one.score, one.fixed) == ("high", "8.7", "1.4.1")
    assert one.vector.startswith("CVSS:4.0/")
    assert found(whole, component("npm", "@acme/docs-mcp", "2.0.0"))[0].fixed == "2.1.0"


def test_an_unknown_version_is_never_called_vulnerable(whole: Path) -> None:
    names = [("pypi", "litellm"), ("npm", "@acme/docs-mcp"), ("npm", "plain-crypto-js"), ("npm", "express")]
    states = {(one.purl, one.state) for one in found(whole, *(component(*name) for name in names))}
    assert states == {("pkg:pypi/litellm", "possible"), ("pkg:npm/%40acme/docs-mcp", "possible"), ("pkg:npm/plain-crypto-js", "affected")}


def test_what_only_shares_a_name_is_not_matched(whole: Path) -> None:
    own = component("pypi", "litellm", "1.82.8", origin=Origin.PROJECT)
    local = component("npm", "chalk", "5.6.1", source=Source("path", url="packages/chalk"))
    other = component("conda", "litellm", "1.82.8")
    assert found(whole, own, local, other, component("npm", "litellm", "1.82.8")) == ()


def test_matches_pickle_and_do_not_depend_on_the_order(whole: Path) -> None:
    components = [component("npm", "chalk", "5.6.1"), component("pypi", "litellm", "1.82.8"), component("npm", "debug", "4.4.2")]
    matches = found(whole, *components)
    assert pickle.loads(pickle.dumps(matches)) == matches == found(whole, *reversed(components), *components)


def test_a_range_that_is_impossible_is_told_where_it_matters(tmp_path: Path) -> None:
    events = [{"introduced": "2.0"}, {"fixed": "1.0"}]
    broken = {"package": {"ecosystem": "PyPI", "name": "acme"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    commits = {"package": {"ecosystem": "PyPI", "name": "beta"}, "ranges": [{"type": "GIT", "repo": "x", "events": [{"introduced": "0"}]}]}
    write_tree(tmp_path, {"a.json": json.dumps(record(affected=[broken])), "b.json": json.dumps(record("GHSA-2", affected=[commits]))})
    outcome = import_records([str(tmp_path)], str(tmp_path / "store"))
    assert outcome.impossible == ("GHSA-1: a range ends before it begins (`fixed` '1.0')",)
    assert (outcome.kept, outcome.commits_only, outcome.problems) == (2, 1, ())
    write_tree(tmp_path, {"requirements.txt": "acme==1.5\nbeta==1.0\ngamma==1.0\n"})
    code, report = report_of("requirements.txt", "--advisories", "osv", "--advisory-db", "store", cwd=tmp_path)
    assert code == 3
    assert [(one["where"], one["path"]) for one in report["problems"]] == [
        ("pkg:pypi/acme@1.5", "requirements.txt:1"),
        ("pkg:pypi/beta@1.0", "requirements.txt:2"),
    ]
    assert "GHSA-1" in report["problems"][0]["what"]


# -- what is imported ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_export_is_read_by_several_processes_as_by_one(tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_BATCH", 7)
    monkeypatch.setattr(importing, "_FORK_FROM", 7)
    files = {f"GHSA-{i}.json": record(f"GHSA-{i}", f"acme-{i}") for i in range(100)} | {"bad.json": "{", "note.txt": "x"}
    outcome = import_records([str(archive(tmp_path / "all.zip", files))], str(tmp_path / "store"), jobs=jobs)
    assert outcome.kept == 100
    assert [(one.path, one.what[:14]) for one in outcome.problems] == [("all.zip/bad.json", "not valid JSON")]
    with Store(str(tmp_path / "store")) as store:
        assert (store.records(), store.facts["refused"], store.facts["pypi packages"]) == (100, "1", "100")
        assert [(one.name, one.records) for one in store.sources] == [("all.zip", 100)]
    assert [one.advisory for one in found(tmp_path / "store", component("pypi", "acme-99", "1.0"))] == ["GHSA-99"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_records_of_one_id_the_later_one_counts(tmp_path: Path, order: tuple[int, int]) -> None:
    states = [record(package="old", modified="2026-01-31T12:00:00Z"), record(package="new", modified="2026-01-31T12:00:00.5Z")]
    paths = [archive(tmp_path / f"{i}.zip", {"GHSA-1.json": states[i]}) for i in order]
    outcome = import_records([str(path) for path in paths], str(tmp_path / "store"))
    assert (outcome.replaced, outcome.older) == ((1, 0) if order == (0, 1) else (0, 1))
    assert [one.purl for one in found(tmp_path / "store", component("pypi", "old", "1.0"), component("pypi", "new", "1.0"))] == [
        "pkg:pypi/new@1.0"
    ]


def test_a_withdrawn_record_stands_against_an_older_state_of_itself(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for number, state in enumerate((record(), record(modified="2026-02-01T00:00:00Z", withdrawn="2026-02-01T00:00:00Z"), record())):
        path = archive(tmp_path / f"{number}.zip", {"a.json": state})
        import_records([str(path)], str(store), add=True)
        assert bool(found(store, component("pypi", "acme", "1.0"))) is (number == 0)
    with Store(str(store)) as opened:
        assert (opened.records(), opened.facts["withdrawn"], len(opened.sources)) == (0, "1", 3)


def test_an_import_replaces_the_store_unless_it_is_told_to_add(tmp_path: Path) -> None:
    store = tmp_path / "store"
    one, other = (
        archive(tmp_path / "1.zip", {"a.json": record("GHSA-1", "one")}),
        archive(tmp_path / "2.zip", {"b.json": record("GHSA-2", "two")}),
    )
    both = component("pypi", "one", "1.0"), component("pypi", "two", "1.0")
    advisory_store(store, one)
    assert not import_records([str(other)], str(store), add=True).problems
    assert len(found(store, *both)) == 2
    advisory_store(store, other)
    assert [match.advisory for match in found(store, *both)] == ["GHSA-2"]


def test_a_checkout_is_read_without_its_own_machinery(tmp_path: Path) -> None:
    files = {"osv/x/a.json": json.dumps(record()), ".git/b.json": "{", "package.json": '{"name": "tools"}', "README.md": "x"}
    outcome = import_records([str(write_tree(tmp_path / "checkout", files))], str(tmp_path / "store"))
    assert (outcome.kept, outcome.others, outcome.problems) == (1, 1, ())


def encrypted(path: Path) -> Path:
    data = bytearray(archive(path, {"a.json": record()}).read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    return path


def bomb(path: Path) -> Path:
    """An archive that claims to hold 4 GB in some hundred bytes."""
    data = bytearray(archive(path, {"a.json": record()}).read_bytes())
    for mark, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = data.index(mark) + offset
        data[at : at + 4] = b"\xfe\xff\xff\xff"
    path.write_bytes(data)
    return path


BAD_SOURCES = {
    "bomb": (bomb, "would unpack to"),
    "encrypted": (encrypted, "encrypted member"),
    "climbing": (lambda path: archive(path, {"../../a.json": record()}), "../a.json"),
    "cut off": (lambda path: path.write_bytes(archive(path, {"a.json": record()}).read_bytes()[:-30]) and path, "not a ZIP archive"),
    "empty": (lambda path: archive(path, {}), "no OSV record"),
    "nothing of ours": (
        lambda path: archive(path, {"a.json": record(affected=[{"package": {"ecosystem": "Go", "name": "x"}}])}),
        "no OSV record",
    ),
    "no archive": (lambda path: path.write_text("hello") and path, "no OSV record"),
    "a pipe": (lambda path: os.mkfifo(path) or path, "no regular file"),
    "missing": (lambda path: path, "cannot be read"),
}


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_a_bad_source_leaves_the_store_as_it_was(tmp_path: Path, name: str) -> None:
    make, why = BAD_SOURCES[name]
    store = advisory_store(tmp_path / "store", archive(tmp_path / "good.zip", {"a.json": record()}))
    before = store.read_bytes()
    source = make(tmp_path / "source.zip")
    done = sbomgate("advisories", "import", source, "--advisory-db", store)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert store.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) in (
        ["good.zip", "source.zip", "store", "store.lock"],
        ["good.zip", "store", "store.lock"],
    )


def test_a_member_that_is_too_large_or_an_archive_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as target:
        target.writestr("b.json", json.dumps(record("GHSA-2")))
    files = {"a.json": record(), "inner.zip": inner.getvalue(), "long.json": b"[" + b" " * 9_000_000 + b"]"}
    outcome = import_records([str(archive(tmp_path / "all.zip", files))], str(tmp_path / "store"))
    assert outcome.kept == 1
    assert [one.what.partition(":")[0] for one in outcome.problems] == [
        "an archive inside the archive is not opened",
        "larger than 8,388,608 bytes",
    ]


def test_an_import_that_is_killed_leaves_the_old_store_and_the_next_one_goes_through(tmp_path: Path) -> None:
    store = advisory_store(tmp_path / "store", archive(tmp_path / "old.zip", {"a.json": record()}))
    source = archive(tmp_path / "new.zip", {f"{i}.json": record(f"GHSA-{i}", "new") for i in range(50)})
    code = """
import os, signal, sys
from sbomgate.advisories import importing, store
put = store.Writer.put
def dying(self, records):
    put(self, records)
    self._connection.execute("PRAGMA cache_spill = 1")
    os.kill(os.getpid(), signal.SIGKILL)
store.Writer.put = dying
importing.import_records([sys.argv[1]], sys.argv[2])
"""
    done = subprocess.run([sys.executable, "-c", code, source, store], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "store.new").exists()
    assert [one.advisory for one in found(store, component("pypi", "acme", "1.0"))] == ["GHSA-1"]
    with pytest.raises(CollectError, match="advisory store of version 0"):
        Store(str(tmp_path / "store.new"))
    advisory_store(store, source)
    assert len(found(store, component("pypi", "new", "1.0"))) == 50
    assert not (tmp_path / "store.new").exists()


def test_two_imports_at_once_are_refused(tmp_path: Path) -> None:
    from sbomgate.advisories.store import Writer

    source = archive(tmp_path / "all.zip", {"a.json": record()})
    with Writer(str(tmp_path / "store"), add=False), pytest.raises(UsageError, match="another import is at work"):
        import_records([str(source)], str(tmp_path / "store"))
    advisory_store(tmp_path / "store", source)


# -- what can be wrong with a store ----------------------------------------------------------------------------------------


def older(data: bytes) -> bytes:
    return data[:60] + (SCHEMA + 1).to_bytes(4, "big") + data[64:]


BROKEN = {
    "none": (None, "there is no advisory store"),
    "empty": (lambda data: b"", "not an advisory store"),
    "text": (lambda data: b"hello " * 100, "not an advisory store"),
    "of another program": (lambda data: data[:68] + b"\0\0\0\0" + data[72:], "not an advisory store"),
    "of another version": (older, f"advisory store of version {SCHEMA + 1}, this sbomgate reads {SCHEMA}"),
    "cut off": (lambda data: data[:-100], "cut off"),
    "damaged": (lambda data: data[:100] + b"\xff" * (len(data) - 100), "damaged"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_store_that_cannot_be_used_makes_the_scan_incomplete(tmp_path: Path, whole: Path, name: str) -> None:
    change, why = BROKEN[name]
    store = tmp_path / "store"
    if change is not None:
        store.write_bytes(change(whole.read_bytes()))
    write_tree(tmp_path, {"requirements.txt": "acme-parser==1.4.0 --hash=sha256:" + "0" * 64 + "\n"})
    code, report = report_of("requirements.txt", "--advisories", "osv", "--advisory-db", "store", cwd=tmp_path)
    assert code == 3
    (problem,) = report["problems"]
    assert why in problem["what"]
    assert "sbomgate advisories import" in problem["fix"]
    assert not report["summary"]["complete"]
    done = sbomgate("advisories", "status", "--advisory-db", store)
    assert done.returncode == 3
    assert why in done.stderr


def test_a_store_with_other_tables_is_damaged(tmp_path: Path, whole: Path) -> None:
    store = tmp_path / "store"
    store.write_bytes(whole.read_bytes())
    with sqlite3.connect(store) as connection:
        connection.execute("DROP TABLE advisory")
        connection.execute("CREATE TABLE advisory (id TEXT, modified TEXT, malicious INTEGER, source INTEGER, detail TEXT)")
        connection.execute("INSERT INTO advisory VALUES ('MAL-2025-46974', 'x', 1, 0, '[]')")
    connection.close()
    with pytest.raises(CollectError, match="damaged"):
        found(store, component("npm", "debug", "4.4.2"))
    with pytest.raises(CollectError, match="damaged"):
        found(store, component("npm", "chalk", "5.6.1"))


def test_adding_to_a_store_of_another_version_is_refused(tmp_path: Path, whole: Path) -> None:
    store = tmp_path / "store"
    store.write_bytes(older(whole.read_bytes()))
    done = sbomgate("advisories", "import", RECORDS, "--add", "--advisory-db", store)
    assert done.returncode == 3
    assert f"version {SCHEMA + 1}" in done.stderr
    assert store.read_bytes() == older(whole.read_bytes())
    assert not sbomgate("advisories", "import", RECORDS, "--advisory-db", store).returncode


def test_a_store_on_a_read_only_disk_is_read(tmp_path: Path, whole: Path) -> None:
    store = tmp_path / "odd name?#%41" / "store"
    store.parent.mkdir()
    store.write_bytes(whole.read_bytes())
    store.chmod(0o444)
    store.parent.chmod(0o555)
    try:
        assert found(store, component("npm", "chalk", "5.6.1"))
    finally:
        store.parent.chmod(0o755)


# -- commands --------------------------------------------------------------------------------------------------------------


def test_status_tells_age_and_counts(whole: Path) -> None:
    done = sbomgate("advisories", "status", "--advisory-db", whole, "-f", "json")
    status = json.loads(done.stdout)
    assert (status["records"], status["malicious"], status["withdrawn"], status["refused"], status["store_version"]) == (
        18,
        15,
        1,
        0,
        SCHEMA,
    )
    assert status["ecosystems"] == {"pypi": {"packages": 6, "records": 9}, "npm": {"packages": 9, "records": 9}}
    assert status["newest"] == "2026-08-05T00:00:00Z"
    assert status["age_days"] > 0
    assert [(one["name"], one["records"], len(one["sha256"])) for one in status["sources"]] == [("osv", 19, 64)]
    text = sbomgate("advisories", "status", "--advisory-db", whole).stdout
    assert "18 records, 15 of them malicious; 1 more withdrawn" in text


def test_where_the_store_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = os.path.expanduser("~")
    for platform, environ, expected in (
        ("linux", {"XDG_CACHE_HOME": "/c"}, "/c/sbomgate"),
        ("linux", {}, f"{home}/.cache/sbomgate"),
        ("darwin", {}, f"{home}/Library/Caches/sbomgate"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/sbomgate"),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        assert default_path(environ) == f"{expected}/advisories.sqlite"
        assert default_path({**environ, "SBOMGATE_ADVISORIES": "/s"}) == "/s"


def test_scan_uses_the_store_of_the_environment_and_the_sources_of_the_policy(tmp_path: Path, whole: Path) -> None:
    write_tree(
        tmp_path,
        {
            "requirements.txt": "acme-parser==1.4.0\nlitellm==1.82.8\nmistralai==2.4.6\n",
            ".mcp.json": '{"mcpServers": {"docs": {"command": "npx", "args": ["@acme/docs-mcp"]}, "mail": {"command": "npx", "args": ["postmark-mcp@1.0.18"]}}}',
            "sbomgate.toml": '[advisories]\nsources = ["osv"]\nmax-age-days = 9000\n',
        },
    )
    done = sbomgate("scan", ".", "-f", "json", cwd=tmp_path, env={"SBOMGATE_ADVISORIES": str(whole)})
    report = json.loads(done.stdout)
    rows = [(one["rule"], one["severity"], one["subject"]) for one in report["findings"] if one["rule"].startswith("SG6")]
    assert rows == [
        ("SG601", "critical", "pkg:npm/postmark-mcp@1.0.18"),
        ("SG601", "critical", "pkg:pypi/litellm@1.82.8"),
        ("SG601", "critical", "pkg:pypi/mistralai@2.4.6"),
        ("SG602", "critical", "pkg:pypi/acme-parser@1.4.0"),
        ("SG609", "low", "pkg:npm/%40acme/docs-mcp"),
    ]
    (vulnerable,) = (one for one in report["findings"] if one["rule"] == "SG602")
    for text in (
        "GHSA-cccc-gggg-ffff, PYSEC-2026-100, CVE-2026-22222",
        "CVSS 9.8, CVSS:3.1/AV:N",
        "fixed in 1.4.2",
        "(osv, 2026-03-26",
        "osv",
    ):
        assert text.strip("(") in vulnerable["message"], text
    without = sbomgate("scan", ".", "-f", "json", "--advisories", "none", cwd=tmp_path)
    assert {one["rule"] for one in json.loads(without.stdout)["findings"] if one["rule"].startswith("SG6")} == {"SG601"}


def test_several_targets_and_a_manifest_tell_each_thing_once(tmp_path: Path, whole: Path) -> None:
    write_tree(tmp_path, {"a/requirements.txt": "acme-parser==1.4.0\n", "b/requirements.txt": "idna==3.7\n"})
    assert not sbomgate("manifest", "write", "a", "b", "-o", "known.cdx.json", cwd=tmp_path).returncode
    arguments = ("a", "b", "--manifest", "known.cdx.json", "--advisories", "osv", "--advisory-db", whole)
    _, report = report_of(*arguments, cwd=tmp_path)
    rules = [(one["rule"], one["target"]) for one in report["findings"] if one["rule"] in ("SG602", "SG603")]
    assert rules == [("SG602", "a"), ("SG603", "a"), ("SG603", "b")]


def test_a_scan_without_advisories_loads_nothing_of_them(tmp_path: Path) -> None:
    from test_structure import loaded_by

    write_tree(tmp_path, {"requirements.txt": "litellm==1.82.8\n"})
    loaded = loaded_by("scan", "requirements.txt", cwd=tmp_path)
    assert not [name for name in loaded if name.startswith("sbomgate.advisories") or name in ("sqlite3", "cvss")]
