"""Detached signatures of documents: who signed these bytes, and is that somebody whom the reader named?

SSH keys in the format of `ssh-keygen -Y sign`, through that program; or Sigstore's bundles, through its client
(`keyless`). This is the only module that starts a program: OpenSSH's own, which holds keys on agents and on hardware, is
kept by people who do nothing else, and is on every machine that has such keys. It is taken from folders of the system
only, never by a search path, never with a shell, never with variables that make it load or start something else; what
is verified goes in as bytes, so nothing can be put in their place meanwhile.

Source: OpenSSH, PROTOCOL.sshsig; ssh-keygen(1), "ALLOWED SIGNERS".
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from sbomgate.errors import CollectError, UsageError
from sbomgate.text import printable
from sbomgate.tree import read_regular

if TYPE_CHECKING:
    import subprocess

    from sbomgate.policy import Trust

NAMESPACE: Final = "sbomgate"
"""What is signed for: a signature that the same key made for git, or for a file of another program, is none of ours."""
SIGSTORE: Final = "sigstore"
"""In the place of a key: sign as the identity of the CI."""
MAX_SIGNATURE: Final = 64 * 2**10
"""Bytes; with an RSA key of 16384 bits a signature has 6 KB."""
MAX_BUNDLE: Final = 2**20
MAX_SIGNERS: Final = 2**20
KEY_TYPES: Final = {
    "ssh-ed25519": "ED25519",
    "ssh-rsa": "RSA",
    "ecdsa-sha2-nistp256": "ECDSA",
    "ecdsa-sha2-nistp384": "ECDSA",
    "ecdsa-sha2-nistp521": "ECDSA",
    "sk-ssh-ed25519@openssh.com": "ED25519-SK",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ECDSA-SK",
}
"""Name in the key → name in messages. DSA is not among them, nor are certificates."""
MIN_RSA: Final = 2048
PROGRAMS: Final = (
    (os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "OpenSSH", "ssh-keygen.exe"),)
    if os.name == "nt"
    else ("/usr/bin/ssh-keygen", "/usr/local/bin/ssh-keygen", "/run/current-system/sw/bin/ssh-keygen", "/opt/homebrew/bin/ssh-keygen")
)
"""Where systems keep it. Not PATH: an activated environment stands first there, and may be what is in doubt."""

_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
_END: Final = "-----END SSH SIGNATURE-----"
_MAGIC: Final = b"SSHSIG"
_HASHES: Final = ("sha256", "sha512")
_CONTROL: Final = re.compile(rb"[\0-\x08\x0a-\x1f\x7f]")
_MAX_LINES: Final = 100
"""Lines for one key."""
_SECONDS: Final = 60
"""Hashing 256 MiB takes one; the rest is for a hand to reach for the security key."""
_KEPT: Final = ("HOME", "TZ", "SYSTEMROOT", "USERPROFILE")
"""Variables that it is given; times without a zone in a list of signers are local."""


class Signature(NamedTuple):
    """A signature by an SSH key as the file states it; says nothing of whether it is right."""

    key_type: str
    key: bytes
    """The public key, in SSH's encoding."""
    armored: bytes
    """The signature written anew: what is checked is what was read here."""

    @property
    def key_name(self) -> str:
        """As ssh-keygen shows a key: `ED25519 key SHA256:…`."""
        from hashlib import sha256

        digest = base64.b64encode(sha256(self.key).digest()).decode().rstrip("=")
        return f"{KEY_TYPES[self.key_type]} key SHA256:{digest}"


class Signer(NamedTuple):
    """Who signed, as far as a signature says it."""

    name: str
    """The principal of the list of signers, or the identity in the certificate."""
    key: str
    """The key, or who vouches for the identity."""

    def __str__(self) -> str:
        return printable(f"{self.name} ({self.key})")


def signature_path(path: str, *, sigstore: bool) -> str:
    """Where the signature of the file at `path` is by default: where `ssh-keygen` and `sigstore` put it."""
    return f"{path}.sigstore.json" if sigstore else f"{path}.sig"


def sign(data: bytes, key: str) -> bytes:
    """A signature of `data` by the SSH key in the file `key`, or by the identity of the CI for `sigstore`; UsageError if there is none.

    The file is a private key without a passphrase, or a public or private key that an agent holds: nobody is asked.
    """
    if key == SIGSTORE:
        from sbomgate import keyless

        return keyless.sign(data)
    if not os.path.isfile(key):
        raise UsageError("no such key file", key, "--sign")
    done = _run(["-Y", "sign", "-n", NAMESPACE, "-f", os.path.abspath(key)], data, agent=True)
    if done.returncode:
        said = _said(done)
        if "passphrase" in said:
            raise UsageError(
                "the key has a passphrase, and nobody is asked for it", key, "--sign", "`ssh-add` the key, then the agent signs"
            )
        raise UsageError(f"cannot sign ({said})", key, "--sign")
    try:
        made = parse_signature(done.stdout, key)
        _check(["-Y", "check-novalidate", "-n", NAMESPACE], data, made, b"")
    except CollectError as error:
        raise UsageError(error.what, key, "--sign", error.fix) from error
    return made.armored


def read_signed(path: str, trust: Trust, signature: str = "", targets: Sequence[str] = ()) -> tuple[bytes, Signer]:
    """The bytes of the document at `path` and who signed them: these bytes were verified, and must be what is parsed.

    CollectError if they are not signed, or by nobody whom `trust` names; UsageError if there is no such document, or that
    cannot be found out. `targets`: folders from which no program may come.
    """
    from sbomgate.manifest import read

    try:
        data = read(path)
    except CollectError as error:
        raise UsageError(error.what, path, error.where, error.fix) from error
    signature = signature or signature_path(path, sigstore=not trust.signers)
    try:
        stated = read_regular(os.path.realpath(signature), MAX_SIGNATURE if trust.signers else MAX_BUNDLE)
    except FileNotFoundError as error:
        raise CollectError(
            f"not signed: there is no {signature}", path, fix="do not believe it; `manifest write --sign` signs one"
        ) from error
    except OSError as error:
        raise CollectError(f"its signature cannot be read ({error.strerror})", path, signature) from error
    except CollectError as error:
        raise CollectError(f"its signature cannot be read ({error.what})", path, signature) from error
    try:
        return data, verify(data, stated, trust, targets)
    except CollectError as error:
        fix = error.fix or "do not believe it: find out who changed it, or who signed it"
        raise CollectError(error.what, path, signature, fix) from error


def verify(data: bytes, signature: bytes, trust: Trust, targets: Sequence[str] = ()) -> Signer:
    """Who signed `data`; CollectError if that is nobody whom `trust` names, UsageError if that cannot be found out."""
    if not trust.signers:
        from sbomgate import keyless

        return keyless.verify(data, signature, trust.identity, trust.issuer)
    try:
        signers = read_regular(os.path.realpath(trust.signers), MAX_SIGNERS)
    except OSError as error:
        raise UsageError(f"the list of signers cannot be read ({error.strerror})", trust.signers) from error
    except CollectError as error:
        raise UsageError(f"the list of signers cannot be read ({error.what})", trust.signers, fix=error.fix) from error
    stated = parse_signature(signature)
    lines = _lines_with(stated.key, signers, trust.signers)
    if not lines:
        raise CollectError(f"signed by somebody whom {printable(trust.signers)} does not list ({stated.key_name})")
    try:
        _check(["-Y", "check-novalidate", "-n", NAMESPACE], data, stated, b"", targets)
    except CollectError as error:
        raise CollectError(f"not what was signed ({error.what}; {stated.key_name})") from error
    why = ""
    for line in lines:
        try:
            return Signer(_principal(line, data, stated, targets), stated.key_name)
        except CollectError as error:
            why = error.what
    raise CollectError(f"not a signature that {printable(trust.signers)} allows ({why}; {stated.key_name})")


def parse_signature(data: bytes, path: str = "") -> Signature:
    """What an armored SSH signature states; CollectError if it is none, is for another purpose, or by a kind of key that is not accepted."""
    try:
        lines = data.decode("ascii").replace("\r\n", "\n").strip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise CollectError("not an SSH signature", path) from error
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise CollectError("not an SSH signature, or a part of one", path, fix="make it with `ssh-keygen -Y sign`")
    try:
        blob = binascii.a2b_base64("".join(lines[1:-1]), strict_mode=True)
    except binascii.Error as error:
        raise CollectError("not an SSH signature (base64 is broken)", path) from error
    if blob[:6] != _MAGIC or blob[6:10] != b"\0\0\0\1":
        raise CollectError("not an SSH signature of version 1", path)
    key, namespace, _, hash_name, _ = _strings(blob[10:], 5, path)  # the third is reserved, and to be ignored
    key_type = _strings(key, 1, path, more=True)[0].decode("ascii", "backslashreplace")
    if namespace != NAMESPACE.encode():
        found = namespace.decode("utf-8", "backslashreplace")[:60]
        raise CollectError(f"signed for {found!r}, not for {NAMESPACE!r}", path, fix=f"sign it with `ssh-keygen -Y sign -n {NAMESPACE}`")
    if key_type not in KEY_TYPES:
        what = "a certificate" if "-cert-" in key_type else f"a key of type {key_type[:40]!r}"
        raise CollectError(
            f"signed with {what}, which is not accepted", path, fix="sign with a key of type ed25519, and list that key itself"
        )
    if key_type == "ssh-rsa" and (bits := int.from_bytes(_strings(key, 3, path)[2], "big").bit_length()) < MIN_RSA:
        raise CollectError(f"signed with an RSA key of {bits} bits, which is not accepted", path, fix=f"{MIN_RSA} bits at least")
    if hash_name.decode("ascii", "backslashreplace") not in _HASHES:
        raise CollectError(f"signed over a digest of kind {hash_name[:20]!r}, which is not accepted", path)
    body = base64.b64encode(blob).decode()
    rows = [body[start : start + 70] for start in range(0, len(body), 70)]
    return Signature(key_type, key, "\n".join([_BEGIN, *rows, _END, ""]).encode())


def _strings(blob: bytes, count: int, path: str, *, more: bool = False) -> list[bytes]:
    """The `count` strings that `blob` holds, each behind its length (RFC 4251, section 5); CollectError if they are not all of it."""
    found = []
    for _ in range(count):
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            raise CollectError("a part of an SSH signature", path, fix="make it anew")
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    if blob and not more:
        raise CollectError("an SSH signature with something behind it", path, fix="make it anew")
    return found


def _lines_with(key: bytes, signers: bytes, path: str) -> list[bytes]:
    """The lines of a list of signers that hold `key`; the others cannot matter, and whether these allow anything is ssh-keygen's to say."""
    wanted = base64.b64encode(key)
    lines = []
    for number, line in enumerate(signers.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n"), 1):
        if _CONTROL.search(line):
            raise UsageError("a control character in the list of signers", path, f"line {number}", "save it as UTF-8 text")
        if not line.lstrip().startswith(b"#") and wanted in line.split():
            lines.append(line)
    if len(lines) > _MAX_LINES:
        raise UsageError(f"more than {_MAX_LINES} lines for one key", path)
    return lines


def _principal(line: bytes, data: bytes, stated: Signature, targets: Sequence[str]) -> str:
    """Under which name the one `line` of a list of signers allows the signature `stated` of `data`; CollectError if under none."""
    named = _check(["-Y", "find-principals"], b"", stated, line, targets)
    why = "no principal"
    for name in named.decode("utf-8", "surrogateescape").splitlines():
        if name.startswith("!"):  # whom a list of patterns leaves out
            continue
        try:
            _check(["-Y", "verify", "-n", NAMESPACE, "-I", name], data, stated, line, targets)
        except CollectError as error:
            why = error.what
        else:
            return name
    raise CollectError(why)


def _check(arguments: list[str], data: bytes, stated: Signature, line: bytes, targets: Sequence[str] = ()) -> bytes:
    """What ssh-keygen prints about a signature that it finds right; CollectError with what it says if it does not."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="sbomgate-") as folder:
        files = {"-s": ("signature", stated.armored), **({"-f": ("signers", line + b"\n")} if line else {})}
        for option, (name, content) in files.items():
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            arguments = [*arguments, option, path]
        done = _run(arguments, data, targets)
        if done.returncode:
            raise CollectError(_said(done).replace(os.path.join(folder, "signers:1: "), "").replace(folder + os.sep, ""))
        return done.stdout


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Why it failed, in its own words: the first line that is no frame around a warning."""
    lines = (line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines())
    return printable(next((line for line in lines if line and line[0] != "@"), f"ssh-keygen ended with {done.returncode}"), 240)


def _program(targets: Sequence[str]) -> str:
    """The path of ssh-keygen; UsageError if the system has none, or it is a file of what is to be read and not run."""
    for path in PROGRAMS:
        real = os.path.realpath(path)
        try:
            status = os.stat(real)
        except OSError:
            continue
        if not stat.S_ISREG(status.st_mode) or not os.access(real, os.X_OK) or (os.name == "posix" and status.st_mode & 0o022):
            continue
        for target in targets:
            folder = os.path.realpath(target)
            if real == folder or real.startswith(folder.rstrip(os.sep) + os.sep):
                fix = "check the manifest elsewhere, with `sbomgate manifest verify`"
                raise UsageError("ssh-keygen is a file of the target, and nothing of a target is run", path, fix=fix)
        return path
    raise UsageError(f"there is no ssh-keygen ({', '.join(PROGRAMS)})", fix="install OpenSSH 8.2 or newer")


def _run(arguments: list[str], data: bytes, targets: Sequence[str] = (), *, agent: bool = False) -> subprocess.CompletedProcess[bytes]:
    """ssh-keygen run with `data` as its input. Without a terminal and without a program that asks, so it cannot wait for an answer."""
    import subprocess

    program = _program(targets)
    environment = {name: os.environ[name] for name in (*_KEPT, *(("SSH_AUTH_SOCK",) if agent else ())) if name in os.environ}
    environment |= {"LC_ALL": "C", "PATH": "", "SSH_ASKPASS_REQUIRE": "never"}
    try:
        return subprocess.run(  # noqa: S603 - a program of the system, arguments as a list
            [program, *arguments],
            input=data,
            capture_output=True,
            check=False,
            cwd=os.path.dirname(program),
            env=environment,
            start_new_session=True,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"no answer in {_SECONDS} s", program, fix="is the security key plugged in, and does the agent answer?") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in a name
        raise UsageError(f"cannot be run ({error})", program) from error
