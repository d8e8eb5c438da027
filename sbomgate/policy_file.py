"""Changes to a policy file made by `sbomgate allow`: appended as text, so that comments and order stay."""

from __future__ import annotations

import os
import re
import stat

from sbomgate.errors import UsageError
from sbomgate.policy import find_policy, is_date, load_policy
from sbomgate.text import without_surrogates

_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})\Z")


def add_allow(finding: str, reason: str, expires: str, path: str | None) -> str:
    """Append an allowlist entry for `finding`; the path of the policy that now has it.

    `finding`: a fingerprint (16 hex digits) or `sha256:` with the digest of what is accused. The file is `path`, else
    the policy in force, else a new `sbomgate.toml`. UsageError for anything that is neither, an empty reason, or a
    date that is none; the file is then unchanged.
    """
    if not reason.strip():
        raise UsageError("the reason is empty", fix="say why this is accepted")
    lowered = finding.strip().lower()
    if _FINGERPRINT.match(lowered):
        handle = f'fingerprint = "{lowered}"'
    elif match := _DIGEST.match(lowered):
        handle = f'digest = "sha256:{match[1]}"'
    else:
        raise UsageError(f"{finding!r} is neither a fingerprint nor a SHA-256 digest", fix="copy the fingerprint from the report")
    if expires and not is_date(expires):
        raise UsageError(f"{expires!r} is no date", fix="write it as 2027-01-31")
    path = path or find_policy(".") or "sbomgate.toml"
    head = "[[tool.sbomgate.allow]]" if os.path.basename(path) == "pyproject.toml" else "[[allow]]"
    lines = [head, handle, f"reason = {_toml_string(reason.strip())}"]
    if expires:
        lines.append(f"expires = {expires}")
    old = ""
    if os.path.lexists(path):
        load_policy(path)
        with open(path, encoding="utf-8", newline="") as file:
            old = file.read()
    newline = "\r\n" if "\r\n" in old else "\n"
    kept = old.rstrip("\r\n")
    _replace_checked(path, (kept + 2 * newline if kept else "") + newline.join(lines) + newline)
    return path


def _replace_checked(path: str, text: str) -> None:
    """Put `text` in place of the file at `path` if it is a policy; leave the file as it was if not."""
    import tomllib

    from sbomgate.policy import parse_policy

    try:
        document = tomllib.loads(text)
    except ValueError as error:
        raise UsageError(
            f"the entry cannot be appended ({error})", path, fix="write `allow` as [[allow]] tables, or add the entry by hand"
        ) from error
    tool = document.get("tool", {})
    parse_policy(tool.get("sbomgate", {}) if os.path.basename(path) == "pyproject.toml" else document, path)
    real = os.path.realpath(path)  # a link stays a link
    scratch = f"{real}.{os.getpid()}.tmp"
    try:
        with open(scratch, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if os.path.exists(real):
            os.chmod(scratch, stat.S_IMODE(os.stat(real).st_mode))
        os.replace(scratch, real)
    except OSError as error:
        if os.path.exists(scratch):
            os.unlink(scratch)
        raise UsageError(f"cannot be written ({error.strerror})", path) from error


def _toml_string(text: str) -> str:
    """`text` as a basic TOML string: JSON's escapes are a subset of TOML's, which also wants DEL escaped."""
    import json

    return json.dumps(without_surrogates(text), ensure_ascii=False).replace("\x7f", "\\u007f")
