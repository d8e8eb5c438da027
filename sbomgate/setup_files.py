"""What `sbomgate init` writes: a policy, a manifest, a pre-commit block and a CI step. Nothing that exists is touched unasked."""

from __future__ import annotations

import os
from typing import Final

from sbomgate import __version__
from sbomgate.errors import UsageError

MANIFEST: Final = "sbomgate.cdx.json"

_POLICY: Final = """\
# What sbomgate holds this project to. `sbomgate rules` lists the rules, `sbomgate explain RULE` shows the page of one.
fail-on = "high"

# Packages of your own that belong to the agent graph, which is held to a stricter default:
# agent-packages = ["pkg:pypi/acme-llm", "pkg:npm/@acme/*"]

# Whose signature of the manifest is believed (docs/signing.md); without one by them, `scan --manifest` is exit 3:
# [manifest]
# signers = "allowed_signers"

# Findings that are accepted, each with a reason, best with an end; `sbomgate allow FINGERPRINT --reason TEXT` adds one:
# [[allow]]
# fingerprint = "0123456789abcdef"
# reason = "reviewed by Ada, upstream ticket 12"
# expires = 2027-01-31
"""

_PRE_COMMIT: Final = """\
  - repo: local
    hooks:
      - id: sbomgate
        name: sbomgate
        entry: sbomgate scan
        language: python
        additional_dependencies: ["sbomgate=={version}"]
        files: (^|/)(package-lock\\.json|npm-shrinkwrap\\.json|uv\\.lock|[^/]*requirements[^/]*\\.txt|\\.?mcp\\.json)$
        require_serial: true
"""

_WORKFLOW: Final = """\
name: sbomgate
on: [push, pull_request]
permissions:
  contents: read
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      # exit 0 clean, 1 gate failed, 2 wrong usage, 3 something could not be read; [manifest] in the policy has a signature verified
      - run: pipx run --spec 'sbomgate=={version}' sbomgate scan . {manifest}-f github -o sarif=sbomgate.sarif -o markdown=sbomgate.md
      - if: always()
        run: cat sbomgate.md >> "$GITHUB_STEP_SUMMARY"
"""


def write_setup(folder: str, *, force: bool = False) -> list[str]:
    """Write the four files into `folder`; one line for each, saying what was done and what is left to do.

    UsageError if a file cannot be written. A file that exists stays as it is unless `force`; an existing
    `.pre-commit-config.yaml` always does, since a block belongs inside it.
    """
    from sbomgate.engine import collect
    from sbomgate.reporters import cyclonedx

    lines = []
    has_policy = os.path.exists(os.path.join(folder, "pyproject.toml")) and _has_table(os.path.join(folder, "pyproject.toml"))
    if has_policy:
        lines.append("pyproject.toml: has [tool.sbomgate] already; no sbomgate.toml written")
    else:
        lines.append(_put(folder, "sbomgate.toml", _POLICY, force=force))
    inventory = collect(folder)
    if inventory.sources:
        text = cyclonedx.text([inventory], reproducible=True)
        lines.append(_put(folder, MANIFEST, text, force=force))
        if inventory.problems:
            lines.append(f"{MANIFEST}: incomplete, {len(inventory.problems)} inputs could not be read; `sbomgate scan` names them")
        lines.append(f"{MANIFEST}: review it before you commit it: it calls known-good what is here now")
        lines.append(
            f"{MANIFEST}: not signed; `ssh-keygen -Y sign -n sbomgate -f KEY {MANIFEST}` signs it, then see [manifest] in the policy"
        )
    else:
        lines.append(f"{MANIFEST}: not written, there is nothing to scan here yet")
    block = _PRE_COMMIT.format(version=__version__)
    config = ".pre-commit-config.yaml"
    if os.path.exists(os.path.join(folder, config)):
        lines.append(f"{config}: exists; add this below `repos:`")
        lines += block.rstrip("\n").split("\n")
    else:
        lines.append(_put(folder, config, "repos:\n" + block, force=force))
    workflow = os.path.join(".github", "workflows", "sbomgate.yml")
    manifest = f"--manifest {MANIFEST} " if inventory.sources else ""
    lines.append(_put(folder, workflow, _WORKFLOW.format(version=__version__, manifest=manifest), force=force))
    return lines


def _has_table(path: str) -> bool:
    with open(path, "rb") as handle:
        return b"[tool.sbomgate" in handle.read()


def _put(folder: str, name: str, text: str, *, force: bool) -> str:
    path = os.path.join(folder, name)
    if os.path.lexists(path) and not force:
        return f"{name}: exists, left as it is (--force overwrites)"
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", name) from error
    return f"{name}: written"
