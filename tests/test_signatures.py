"""Signed manifests: what was signed by whom the reader named is believed, anything else is not, and nobody waits for an answer."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Self

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import report_of, sbomgate, write_tree

from sbomgate import keyless, signatures
from sbomgate.cli.trust import believed
from sbomgate.errors import CollectError, UsageError
from sbomgate.policy import Trust
from sbomgate.policy_file import parse_policy
from sbomgate.signatures import MAX_SIGNATURE, NAMESPACE, Signer, parse_signature, read_signed, sign, verify

PROGRAM = next((path for path in signatures.PROGRAMS if os.path.exists(path)), "")
needs_ssh = pytest.mark.skipif(not PROGRAM, reason="there is no ssh-keygen on this machine")
LOCK = f"idna==3.7 --hash=sha256:{'8' * 64}\n"
DATA = b'{"bomFormat": "CycloneDX"}\n'
ME = "me@example.com"


def keygen(*arguments: object, data: bytes = b"", **options) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([PROGRAM, *map(str, arguments)], input=data, capture_output=True, check=True, start_new_session=True, **options)


def make_key(path: Path, kind: str = "ed25519", *more: str, phrase: str = "") -> Path:
    keygen("-q", "-t", kind, *more, "-N", phrase, "-C", "c", "-f", path)
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys: `id`, `other`, `locked` with a passphrase; `signers` lists the first."""
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "id")
    make_key(folder / "other")
    make_key(folder / "locked", phrase="open sesame")
    (folder / "signers").write_text(f'{ME} namespaces="sbomgate" {public(folder / "id")}\n')
    return folder


def public(key: Path) -> str:
    return Path(f"{key}.pub").read_text().strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "project", {"requirements.txt": LOCK})


@needs_ssh
@pytest.mark.parametrize("kind", [["ed25519"], ["ecdsa", "-b", "256"], ["ecdsa", "-b", "521"], ["rsa", "-b", "2048"]], ids=" ".join)
def test_ssh_keygen_and_we_agree(tmp_path: Path, kind: list[str]) -> None:
    """A second opinion in both directions: what we sign it takes, and what it signs we take."""
    key = make_key(tmp_path / "id", *kind)
    signers = tmp_path / "signers"
    signers.write_text(f"{ME} {public(key)}\n")
    made = tmp_path / "made.sig"
    made.write_bytes(sign(DATA, str(key)))
    keygen("-Y", "verify", "-f", signers, "-I", ME, "-n", NAMESPACE, "-s", made, data=DATA)
    (tmp_path / "m").write_bytes(DATA)
    keygen("-Y", "sign", "-q", "-n", NAMESPACE, "-f", key, tmp_path / "m")
    data, signer = read_signed(str(tmp_path / "m"), Trust(signers=str(signers)))
    assert data == DATA
    assert signer.name == ME
    fingerprint = keygen("-l", "-f", f"{key}.pub").stdout.split()[1].decode()
    assert signer.key == f"{kind[0].upper()} key {fingerprint}"


@needs_ssh
@pytest.mark.parametrize(
    "changed", [DATA[:-1], DATA + b"\n", DATA.replace(b"\n", b"\r\n"), DATA.replace(b"C", b"D", 1), b"", b"\xef\xbb\xbf" + DATA]
)
def test_a_changed_manifest_is_not_believed(keys: Path, changed: bytes) -> None:
    made = sign(DATA, str(keys / "id"))
    trust = Trust(signers=str(keys / "signers"))
    assert verify(DATA, made, trust).name == ME
    with pytest.raises(CollectError, match="not what was signed"):
        verify(changed, made, trust)


def armored(blob: bytes) -> bytes:
    return b"-----BEGIN SSH SIGNATURE-----\n" + base64.b64encode(blob) + b"\n-----END SSH SIGNATURE-----\n"


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def blob_of(
    key: bytes = string(b"ssh-ed25519") + string(b"k" * 32),
    namespace: bytes = b"sbomgate",
    hash_name: bytes = b"sha512",
    version: int = 1,
    more: bytes = b"",
) -> bytes:
    body = string(key) + string(namespace) + string(b"") + string(hash_name) + string(string(b"ssh-ed25519") + string(b"s" * 64))
    return b"SSHSIG" + version.to_bytes(4, "big") + body + more


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "not an SSH signature"),
        (b"\xff\xfe-\0", "not an SSH signature"),
        (armored(blob_of()).replace(b"END", b"XND"), "a part of one"),
        (armored(blob_of()) * 2, "base64 is broken"),
        (armored(blob_of()).replace(b"U1NI", b"U1N!"), "base64 is broken"),
        (armored(b"SSHSIX" + blob_of()[6:]), "version 1"),
        (armored(blob_of(version=2)), "version 1"),
        (armored(blob_of()[:-1]), "a part of an SSH signature"),
        (armored(blob_of(more=b"x")), "something behind it"),
        (armored(b"SSHSIG\0\0\0\1\xff\xff\xff\xff"), "a part of an SSH signature"),
        (armored(blob_of(namespace=b"git")), "signed for 'git', not for 'sbomgate'"),
        (armored(blob_of(namespace=b"\x1b[2J" * 100)), "signed for"),
        (armored(blob_of(key=string(b"ssh-dss") + string(b"k"))), "a key of type 'ssh-dss'"),
        (armored(blob_of(key=string(b"ssh-ed25519-cert-v01@openssh.com") + string(b"k"))), "a certificate, which is not accepted"),
        (armored(blob_of(key=string(b"ssh-rsa") + string(b"\1\0\1") + string(b"\0" + b"\xff" * 128))), "RSA key of 1024 bits"),
        (armored(blob_of(hash_name=b"sha1")), "digest of kind"),
    ],
)
def test_what_is_no_signature_for_us_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(CollectError) as caught:
        parse_signature(data)
    assert what in caught.value.what
    assert "\n" not in repr(caught.value.what)


def test_a_signature_is_written_anew_as_ssh_keygen_lays_it_out() -> None:
    signature = parse_signature(armored(blob_of()).replace(b"\n", b"\r\n"))
    assert parse_signature(signature.armored) == signature
    assert max(map(len, signature.armored.splitlines())) == 70
    assert signature.key_name.startswith("ED25519 key SHA256:")


SIGNATURES = st.binary(max_size=300) | st.binary(max_size=300).map(armored)
NEARLY = st.builds(
    lambda blob, at, piece: armored(blob[:at] + piece + blob[at + len(piece) :]),
    st.just(blob_of()),
    st.integers(0, len(blob_of())),
    st.binary(max_size=5),
)


@given(SIGNATURES | NEARLY)
@example(armored(b"SSHSIG\0\0\0\1" + string(string(b"ssh-rsa")) + string(b"sbomgate") + string(b"") + string(b"sha512") + string(b"")))
def test_any_bytes_are_a_signature_for_us_or_refused(data: bytes) -> None:
    try:
        signature = parse_signature(data)
    except CollectError as error:
        assert error.what
    else:
        assert parse_signature(signature.armored) == signature
        assert b"\x00\x00\x00\x08sbomgate" in base64.b64decode(b"".join(signature.armored.splitlines()[1:-1]))


@pytest.fixture(scope="module")
def good(keys: Path) -> bytes:
    """The signature of `DATA`, not armored."""
    return base64.b64decode(b"".join(sign(DATA, str(keys / "id")).splitlines()[1:-1]))


@needs_ssh
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_other_signature_is_taken_for_the_right_one(keys: Path, good: bytes, data: st.DataObject) -> None:
    """Any change of the signed blob is found, whichever part of it is hit."""
    blob = good
    at = data.draw(st.integers(0, len(blob) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = blob[:at] + bytes([blob[at] ^ 1 << bit]) + blob[at + 1 :]
    with pytest.raises(CollectError):
        verify(DATA, armored(changed), Trust(signers=str(keys / "signers")))


@needs_ssh
@pytest.mark.parametrize(
    "line",
    [
        "me@example.com {id}",
        '# a comment\n\n*@example.com,!you@example.com namespaces="git,sbomgate" {id}',
        'you namespaces="git" {id}\nme@example.com namespaces="sbomgate" {id}',  # which line allows it does not matter
        'you valid-before="20200101Z" {id}\nme@example.com valid-after="20200101Z",valid-before="21000101Z" {id}',
        "broken line without a key\nme@example.com {id}",
        "\ufeffme@example.com {id}\r",
        "me@example.com\t{id}",
        ",".join(f"user{number}@example.com" for number in range(20_000)) + ",me@example.com {id}",
    ],
)
def test_lists_of_signers_that_allow_it(keys: Path, tmp_path: Path, line: str) -> None:
    signers = tmp_path / "signers"
    signers.write_bytes(line.replace("{id}", public(keys / "id")).encode() + b"\n")
    assert "example.com" in verify(DATA, sign(DATA, str(keys / "id")), Trust(signers=str(signers))).name


@needs_ssh
@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("", "does not list"),
        ("me {other}", "does not list"),
        ("#me {id}", "does not list"),
        ('me namespaces="git" {id}', "namespace"),
        ('me valid-before="20200101Z" {id}', "expired"),
        ('me valid-after="21000101Z" {id}', "not yet valid"),
        ('me no-such-option="x" {id}', "allows"),
        ('me namespaces="sbomgate {id}', "allows"),
        ("me cert-authority {id}", "allows"),
        ("!me {id}", "allows"),
    ],
)
def test_lists_of_signers_that_do_not_allow_it(keys: Path, tmp_path: Path, line: str, what: str) -> None:
    signers = tmp_path / "signers"
    signers.write_text(line.replace("{id}", public(keys / "id")).replace("{other}", public(keys / "other")) + "\n")
    with pytest.raises(CollectError) as caught:
        verify(DATA, sign(DATA, str(keys / "id")), Trust(signers=str(signers)))
    assert what in caught.value.what
    assert "sbomgate-" not in caught.value.what  # no scratch folder in a message


@needs_ssh
@pytest.mark.parametrize("content", [b"me \x1b[2J", b"m\0e", "me".encode("utf-16"), b"x" * (signatures.MAX_SIGNERS + 1)])
def test_a_list_of_signers_that_is_none_is_wrong_usage(keys: Path, tmp_path: Path, content: bytes) -> None:
    signers = tmp_path / "signers"
    signers.write_bytes(content)
    with pytest.raises(UsageError):
        verify(DATA, sign(DATA, str(keys / "id")), Trust(signers=str(signers)))


@given(st.binary(max_size=200))
@example(b"a\rb")
def test_lines_of_any_list_are_found_or_refused(content: bytes) -> None:
    try:
        lines = signatures._lines_with(b"key", content + b"\nme ssh-ed25519 a2V5 # x\n", "signers")
    except UsageError:
        return
    assert lines[-1] == b"me ssh-ed25519 a2V5 # x"
    assert not any(b"\n" in line or b"\r" in line for line in lines)


@needs_ssh
def test_only_the_right_key_counts(keys: Path) -> None:
    with pytest.raises(CollectError, match="does not list"):
        verify(DATA, sign(DATA, str(keys / "other")), Trust(signers=str(keys / "signers")))


@needs_ssh
def test_a_signature_for_git_is_none_for_a_manifest(keys: Path) -> None:
    made = keygen("-Y", "sign", "-n", "git", "-f", keys / "id", data=DATA).stdout
    with pytest.raises(CollectError, match="signed for 'git'"):
        verify(DATA, made, Trust(signers=str(keys / "signers")))


@needs_ssh
def test_what_is_parsed_is_what_was_verified(keys: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever replaces the file between the check and the use gains nothing: there is no second reading."""
    path = project / "known.json"
    assert sbomgate("manifest", "write", project, "-o", path, "--sign", keys / "id").returncode == 0
    good = path.read_bytes()

    def verify_and_swap(*arguments) -> Signer:
        signer = verify(*arguments)
        path.write_bytes(good.replace(b"3.7", b"6.6"))
        return signer

    monkeypatch.setattr(signatures, "verify", verify_and_swap)
    known = believed(str(path), Trust(signers=str(keys / "signers")), "", (), quiet=True)
    assert b"6.6" in path.read_bytes()
    assert [package.version for (package,) in known.packages.values()] == ["3.7"]


@needs_ssh
def test_a_key_with_a_passphrase_asks_nobody(keys: Path, project: Path, tmp_path: Path) -> None:
    """Neither on the terminal, though there is one, nor with the program that is set up for asking."""
    asked = tmp_path / "asked"
    ask = tmp_path / "ask"
    ask.write_text(f"#!/bin/sh\ntouch {asked}\necho open sesame\n")
    ask.chmod(0o700)
    master, slave = os.openpty()
    code = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "-m", "sbomgate", "manifest", "write", project, "-o", tmp_path / "m", "--sign", keys / "locked"],
        stdin=slave,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=50,
        env={**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"},
    )
    os.close(slave)
    os.close(master)
    assert time.monotonic() - start < 45
    assert done.returncode == 2
    assert "has a passphrase, and nobody is asked for it" in done.stderr
    assert not asked.exists()
    assert not (tmp_path / "m").exists()


@pytest.fixture
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    socket = str(tmp_path_factory.mktemp("a") / "s")
    program = os.path.join(os.path.dirname(PROGRAM), "ssh-agent")
    with subprocess.Popen([program, "-D", "-a", socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(500):
                if os.path.exists(socket):
                    break
                time.sleep(0.01)
            yield socket
        finally:
            process.terminate()


@needs_ssh
def test_a_key_that_an_agent_holds_signs(agent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key(tmp_path / "id")
    add = os.path.join(os.path.dirname(PROGRAM), "ssh-add")
    subprocess.run([add, "-q", key], env={"SSH_AUTH_SOCK": agent}, check=True, capture_output=True)
    key.unlink()
    (tmp_path / "signers").write_text(f"{ME} {public(key)}\n")
    monkeypatch.setenv("SSH_AUTH_SOCK", agent)
    made = sign(DATA, f"{key}.pub")
    assert verify(DATA, made, Trust(signers=str(tmp_path / "signers"))).name == ME
    monkeypatch.delenv("SSH_AUTH_SOCK")
    with pytest.raises(UsageError, match="cannot sign"):
        sign(DATA, f"{key}.pub")


@needs_ssh
def test_keys_that_cannot_sign(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "cut").write_bytes((keys / "id").read_bytes()[:80])
    (tmp_path / "cut").chmod(0o600)
    make_key(tmp_path / "weak", "rsa", "-b", "1024")
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "cut", keys / "signers", tmp_path, tmp_path / "missing", tmp_path / "fifo", tmp_path / "weak"):
        with pytest.raises(UsageError) as caught:
            sign(DATA, str(path))
        assert caught.value.path == str(path)


@needs_ssh
def test_a_planted_ssh_keygen_is_not_started(keys: Path, project: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for folder in (project, project / ".venv" / "bin"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("ssh-keygen", "ssh-keygen.exe", "ssh-sk-helper", "ssh-pkcs11-helper"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {mark}\n")
            (folder / name).chmod(0o755)
    env = {
        "PATH": os.pathsep.join([".", "", str(project), str(project / ".venv" / "bin"), os.environ["PATH"]]),
        "SSH_SK_HELPER": str(project / "ssh-sk-helper"),
        "SSH_PKCS11_HELPER": str(project / "ssh-pkcs11-helper"),
        "SSH_SK_PROVIDER": str(project / "ssh-sk-helper"),
    }
    known = tmp_path / "known.json"
    assert subprocess.run(["ssh-keygen"], env={**os.environ, **env}, cwd=project, check=False).returncode == 0
    assert mark.exists()  # the trap works
    mark.unlink()
    assert sbomgate("manifest", "write", ".", "-o", known, "--sign", keys / "id", cwd=project, env=env).returncode == 0
    assert sbomgate("manifest", "verify", known, "--signers", keys / "signers", cwd=project, env=env).returncode == 0
    assert sbomgate("scan", ".", "--manifest", known, "--signers", keys / "signers", cwd=project, env=env).returncode == 0
    assert not mark.exists()


def test_no_program_of_the_target_and_none_that_others_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin" / "ssh-keygen"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\n")
    fake.chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(fake)
    monkeypatch.setattr(signatures, "PROGRAMS", (str(link),))
    assert signatures._program(["/elsewhere", str(tmp_path / "b")]) == str(link)
    for target in (str(tmp_path), str(fake.parent), "/"):
        with pytest.raises(UsageError, match="nothing of a target is run"):
            signatures._program(["/elsewhere", target])
    fake.chmod(0o757)
    with pytest.raises(UsageError, match="there is no ssh-keygen"):
        signatures._program([])


def test_a_program_that_does_not_answer_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec /bin/sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setattr(signatures, "PROGRAMS", (str(slow),))
    monkeypatch.setattr(signatures, "_SECONDS", 0.3)
    with pytest.raises(UsageError, match="no answer"):
        verify(DATA, armored(blob_of()), Trust(signers=_listed(tmp_path)))


def _listed(folder: Path) -> str:
    (folder / "signers").write_bytes(b"me ssh-ed25519 " + base64.b64encode(parse_signature(armored(blob_of())).key))
    return str(folder / "signers")


@needs_ssh
def test_scan_believes_a_signed_manifest_only(keys: Path, project: Path) -> None:
    known = project / "known.json"
    done = sbomgate("manifest", "write", project, "-o", known, "--sign", keys / "id")
    assert done.returncode == 0
    scan = (project, "--manifest", known, "--signers", keys / "signers")
    done = sbomgate("scan", *scan)
    assert done.returncode == 0
    assert f"signed by {ME} (ED25519 key SHA256:" in done.stderr
    # drift from a manifest that is believed
    (project / "requirements.txt").write_text(LOCK.replace("3.7", "3.8"))
    code, report = report_of(*scan)
    assert (code, [finding["rule"] for finding in report["findings"]]) == (1, ["SG503"])
    # the manifest changed together with the project: nothing to find, and that is no clean result
    known.write_text(known.read_text().replace("3.7", "3.8"))
    assert sbomgate("scan", project, "--manifest", known).returncode == 0
    code, report = report_of(*scan)
    assert code == 3
    assert report["findings"] == []
    assert not report["summary"]["complete"]
    (problem,) = report["problems"]
    assert problem["path"] == str(known)
    assert problem["what"].startswith("not what was signed")
    assert problem["what"].endswith("nothing was compared with this manifest")
    # and neither is one that is not signed at all
    Path(f"{known}.sig").unlink()
    code, report = report_of(*scan)
    assert code == 3
    assert report["problems"][0]["what"].startswith("not signed: there is no ")
    # other findings are told all the same
    (project / "requirements.txt").write_text("langchain\n")
    assert report_of(*scan)[0] == 1


@needs_ssh
def test_the_policy_may_demand_a_signature(keys: Path, project: Path) -> None:
    (project / "keys").mkdir()
    (project / "keys" / "signers").write_text((keys / "signers").read_text())
    (project / "sbomgate.toml").write_text('[manifest]\nsigners = "keys/signers"\n')
    known = project / "known.json"
    sbomgate("manifest", "write", "-o", "known.json", cwd=project)
    assert sbomgate("scan", "--manifest", "known.json", cwd=project).returncode == 3
    assert sbomgate("manifest", "verify", "known.json", cwd=project).returncode == 1
    keygen("-Y", "sign", "-q", "-n", NAMESPACE, "-f", keys / "id", known)
    assert sbomgate("scan", "--manifest", "known.json", cwd=project).returncode == 0
    assert sbomgate("manifest", "verify", "known.json", cwd=project).stdout.startswith(f"known.json: signed by {ME}")
    # from another folder the paths of the policy still begin at the policy
    done = sbomgate("scan", project, "--manifest", known, "--policy", project / "sbomgate.toml", cwd=project.parent)
    assert done.returncode == 0, done.stderr
    (project / "keys" / "signers").unlink()
    assert sbomgate("scan", "--manifest", "known.json", cwd=project).returncode == 2
    (project / "sbomgate.toml").write_text('[manifest]\nsigners = "/dev/null"\n')
    assert sbomgate("scan", "--manifest", "known.json", cwd=project).returncode == 2


@pytest.mark.parametrize(
    "table",
    [
        "x",
        {},
        {"signers": ""},
        {"signers": 1},
        {"signer": "x"},
        {"identity": "x"},
        {"issuer": "x"},
        {"signers": "x", "identity": "x", "issuer": "x"},
        {"signers": "x", "issuer": "x"},
    ],
)
def test_a_policy_never_demands_half_a_signature(table: object) -> None:
    with pytest.raises(UsageError):
        parse_policy({"manifest": table})


def test_a_policy_names_who_signs() -> None:
    assert parse_policy({}).trust is None
    assert parse_policy({"manifest": {"signers": "s"}}).trust == Trust(signers="s")
    assert parse_policy({"manifest": {"identity": "i", "issuer": "u"}}).trust == Trust(identity="i", issuer="u")


@needs_ssh
def test_manifest_verify_says_yes_no_or_that_it_cannot_be_told(keys: Path, project: Path) -> None:
    known = project / "known.json"
    sbomgate("manifest", "write", project, "-o", known, "--sign", keys / "id")
    signature = Path(f"{known}.sig")
    by = ("--signers", keys / "signers")
    assert sbomgate("manifest", "verify", known, *by).returncode == 0
    moved = project / "elsewhere"
    signature.rename(moved)
    assert sbomgate("manifest", "verify", known, *by).returncode == 1
    assert sbomgate("manifest", "verify", known, *by, "--signature", moved).returncode == 0
    signature.symlink_to(moved)
    (project / "link.json").symlink_to(known)
    assert sbomgate("manifest", "verify", known, *by).returncode == 0
    assert sbomgate("manifest", "verify", project / "link.json", *by, "--signature", moved).returncode == 0
    signature.unlink()
    signature.write_bytes(b"-" * (MAX_SIGNATURE + 1))
    done = sbomgate("manifest", "verify", known, *by)
    assert done.returncode == 1
    assert "larger than" in done.stdout
    signature.unlink()
    os.mkfifo(signature)
    assert sbomgate("manifest", "verify", known, *by).returncode == 1
    signature.unlink()
    signature.write_bytes(moved.read_bytes())
    for arguments in (
        ("manifest", "verify", known),
        ("manifest", "verify", project / "missing", *by),
        ("manifest", "verify", known, "--signers", project / "missing"),
        ("manifest", "verify", known, "--identity", "x"),
        ("manifest", "verify", known, *by, "--issuer", "x"),
        ("scan", project, *by),
        ("scan", project, "--manifest", known, "--signature", moved),
        ("scan", project, "--manifest", project / "missing", *by),
    ):
        done = sbomgate(*arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert done.stderr.count("\n") == 1, done.stderr
    known.write_text("not JSON")
    moved.write_bytes(sign(b"not JSON", str(keys / "id")))
    assert sbomgate("scan", project, "--manifest", known, *by, "--signature", moved).returncode == 2


@needs_ssh
def test_a_signature_of_what_was_there_before_is_told(keys: Path, project: Path) -> None:
    known = project / "known.json"
    sbomgate("manifest", "write", project, "-o", known, "--sign", keys / "id")
    before = known.read_bytes(), Path(f"{known}.sig").read_bytes()
    (project / "requirements.txt").write_text(LOCK.replace("3.7", "3.8"))
    assert sbomgate("manifest", "write", project, "-o", known, "--sign", keys / "locked").returncode == 2
    assert (known.read_bytes(), Path(f"{known}.sig").read_bytes()) == before
    done = sbomgate("manifest", "write", project, "-o", known)
    assert done.returncode == 0
    assert "known.json.sig is of what was there before" in done.stderr
    assert "before" not in sbomgate("manifest", "write", project, "-o", known, "--sign", keys / "id").stderr


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A stand-in for Sigstore's client, with the names and parameters that version 4.5 has."""
    state = SimpleNamespace(credential="token", fail=None, seen=[])

    class Bundle:
        def __init__(self, raw: str) -> None:
            self.raw = raw

        @classmethod
        def from_json(cls, raw: bytes | str) -> Bundle:
            json.loads(raw)
            return cls(raw if isinstance(raw, str) else raw.decode())

        def to_json(self) -> str:
            return self.raw

    class Signing:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def sign_artifact(self, input_: bytes) -> Bundle:
            if state.fail:
                raise state.fail
            return Bundle(json.dumps({"signed": input_.decode(), "identity": "ci", "issuer": "https://issuer.example"}))

    class SigningContext:
        @classmethod
        def from_trust_config(cls, trust_config: object) -> SigningContext:
            return cls()

        def signer(self, identity_token: object, *, cache: bool = True) -> Signing:
            return Signing()

    class Verifier:
        @classmethod
        def production(cls, *, offline: bool = False) -> Verifier:
            state.seen.append(offline)
            if state.fail:
                raise state.fail
            return cls()

        def verify_artifact(self, input_: bytes, bundle: Bundle, policy: SimpleNamespace) -> None:
            if json.loads(bundle.raw) != {"signed": input_.decode(), "identity": policy.identity, "issuer": policy.issuer}:
                raise RuntimeError("signature\nis invalid \x1b[2J")

    modules = {
        "sigstore": {},
        "sigstore.models": {"Bundle": Bundle, "ClientTrustConfig": SimpleNamespace(production=object)},
        "sigstore.oidc": {"IdentityToken": str, "detect_credential": lambda: state.credential},
        "sigstore.sign": {"SigningContext": SigningContext},
        "sigstore.verify": {"Verifier": Verifier},
        "sigstore.verify.policy": {"Identity": lambda *, identity, issuer: SimpleNamespace(identity=identity, issuer=issuer)},
    }
    for name, content in modules.items():
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return state


def test_sigstore_through_a_stand_in_for_its_client(client: SimpleNamespace, tmp_path: Path) -> None:
    made = sign(DATA, "sigstore")
    (tmp_path / "m").write_bytes(DATA)
    (tmp_path / "m.sigstore.json").write_bytes(made)
    trust = Trust(identity="ci", issuer="https://issuer.example")
    data, signer = read_signed(str(tmp_path / "m"), trust)
    assert (data, str(signer)) == (DATA, "ci (as https://issuer.example says, through Sigstore)")
    assert client.seen == [True]  # offline
    for changed, bundle, other in (
        (DATA + b"x", made, trust),
        (DATA, made, Trust(identity="else", issuer="https://issuer.example")),
        (DATA, made, Trust(identity="ci", issuer="https://else.example")),
        (DATA, b"{", trust),
    ):
        with pytest.raises(CollectError, match="not a signature of") as caught:
            verify(changed, bundle, other)
        assert "\x1b" not in caught.value.what


def test_sigstore_says_why_it_cannot(client: SimpleNamespace) -> None:
    client.credential = None
    with pytest.raises(UsageError, match="no identity to sign with"):
        sign(DATA, "sigstore")
    client.credential = "token"
    client.fail = OSError("no route to host")
    with pytest.raises(UsageError, match=r"did not sign .*no route"):
        sign(DATA, "sigstore")
    with pytest.raises(UsageError, match="root of trust"):
        keyless.verify(DATA, b"{}", "i", "u")


def test_sigstore_is_not_there_until_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigstore", None)
    monkeypatch.setitem(sys.modules, "sigstore.models", None)
    for call in (lambda: sign(DATA, "sigstore"), lambda: verify(DATA, b"{}", Trust(identity="i", issuer="u"))):
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.fix == 'pip install "sbomgate[sigstore]"'
