"""Reports to render: one for each state that a reader must be able to tell apart."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sbomgate.model import (
    Component,
    Confidence,
    Digest,
    Finding,
    Inventory,
    Location,
    Origin,
    Pin,
    Problem,
    Report,
    Server,
    Severity,
    StartupHook,
    Target,
)
from sbomgate.reporters import pages

DATA = Path(__file__).parents[1] / "data" / "reporters"

SITE = "lib/python3.12/site-packages"
HOSTILE = "a\x1b[31m\n::error::x\r\u202e%0A]]><script>alert(1)</script>|`@octocat #1 [l](http://evil.example)\udcff\ud800 www.evil.example"
"""A text that tries to leave its place in every format."""


def component(name: str, version: str = "", *, origin: Origin = Origin.INSTALLED, pin: Pin = Pin.EXACT, path: str = "uv.lock") -> Component:
    purl = f"pkg:pypi/{name}@{version}" if version else f"pkg:pypi/{name}"
    hashes = (Digest("sha256", "ab" * 32),) if pin is Pin.HASHED else ()
    return Component(
        ecosystem="pypi", name=name, version=version, purl=purl, origin=origin, pin=pin, locations=(Location(path, 3),), hashes=hashes
    )


def finding(severity: Severity = Severity.HIGH, **changes: object) -> Finding:
    base = Finding(
        rule="SG201",
        name="unpinned",
        severity=severity,
        confidence=Confidence.HIGH,
        message="litellm has no version: the newest release is installed, whatever it is",
        location=Location("requirements.txt", 3),
        subject="pkg:pypi/litellm",
        fingerprint="9f3c2a7b11d0e4aa",
        fix="pin litellm to an exact version with its hash",
        target=".",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


PROJECT = Inventory(
    target=Target(".", "project"),
    components=(component("idna", "3.7", origin=Origin.LOCKED, pin=Pin.HASHED), component("litellm", origin=Origin.REQUIRED, pin=Pin.NONE)),
    servers=(
        Server(
            client="claude-code",
            scope="repo",
            name="context7",
            location=Location(".mcp.json", 4),
            transport="stdio",
            launcher="npx",
            ecosystem="npm",
            package="@upstash/context7-mcp",
            requirement="latest",
            pin="dist-tag",
            pinned=False,
            env_names=("CONTEXT7_API_KEY",),
        ),
    ),
    agent=frozenset({"pkg:pypi/litellm"}),
    sources=2,
)
ENVIRONMENT = Inventory(
    target=Target(".venv", "environment"),
    components=(component("litellm", "1.82.8", path=f"{SITE}/litellm-1.82.8.dist-info/METADATA"),),
    hooks=(
        StartupHook(
            kind="pth",
            location=Location(f"{SITE}/litellm_init.pth", 1),
            sha256="cd" * 32,
            owner="pkg:pypi/litellm@1.82.8",
            executes=('import os; os.system("true")',),
            verdict="hook-starts-process",
            reason="os.system",
        ),
    ),
    agent=frozenset({"pkg:pypi/litellm@1.82.8"}),
    files_verified=28411,
    sources=1,
    notes=("files of editable installs are not hashed: they change by design",),
)
PROBLEM = Problem(path="uv.lock", where="package[3].name", what="expected str, found int", fix="run `uv lock` again")

HOOK_FINDING = finding(
    Severity.CRITICAL,
    rule="SG103",
    name="hook-starts-process",
    message="starts a process whenever Python starts: 'import os; os.system(\"true\")'",
    location=Location(f"{SITE}/litellm_init.pth", 1),
    subject="pkg:pypi/litellm@1.82.8",
    fingerprint="a1b2c3d4e5f60718",
    fix="uninstall litellm 1.82.8 and replace every secret that this machine holds",
    digest="cd" * 32,
    target=".venv",
)
REQUIREMENT_FINDINGS = (
    finding(),
    finding(
        message="openai has no version: the newest release is installed, whatever it is",
        location=Location("requirements.txt", 4),
        subject="pkg:pypi/openai",
        fingerprint="0011223344556677",
        fix="pin openai to an exact version with its hash",
    ),
)
LOW_FINDING = finding(
    Severity.LOW,
    message="rich has no version: the newest release is installed, whatever it is",
    location=Location("dev/requirements.txt"),
    subject="pkg:pypi/rich",
    fingerprint="8899aabbccddeeff",
    fix="pin rich to an exact version with its hash",
)
ACCEPTED_FINDING = finding(
    Severity.MEDIUM,
    rule="SG304",
    name="unowned-file",
    message="no RECORD lists this file",
    location=Location(f"{SITE}/local.py"),
    subject="",
    fingerprint="feedfacefeedface",
    fix="remove it, or accept it with a reason",
    target=".venv",
    accepted="written by our image build, ticket 12",
)

REPORTS = {
    "clean": Report(inventories=(replace(PROJECT, servers=()),), findings=()),
    "failing": Report(inventories=(PROJECT, ENVIRONMENT), findings=(HOOK_FINDING, *REQUIREMENT_FINDINGS, LOW_FINDING, ACCEPTED_FINDING)),
    "incomplete": Report(inventories=(replace(PROJECT, servers=(), problems=(PROBLEM,)),), findings=(LOW_FINDING,)),
    "failing-and-incomplete": Report(
        inventories=(replace(PROJECT, problems=(PROBLEM,)), Inventory(target=Target("empty"))), findings=REQUIREMENT_FINDINGS
    ),
    "nothing": Report(inventories=(Inventory(target=Target("docs", "project")),), findings=()),
    "accepted": Report(inventories=(ENVIRONMENT,), findings=(ACCEPTED_FINDING,), fail_on="medium"),
    "never": Report(inventories=(PROJECT,), findings=REQUIREMENT_FINDINGS, fail_on="never"),
    "file-target": Report(
        inventories=(replace(PROJECT, target=Target("sub/requirements.txt", "file"), servers=()),),
        findings=(finding(target="sub/requirements.txt"), finding(target="sub/requirements.txt", location=Location("../base.txt", 9))),
        fail_on="critical",
    ),
    "hostile": Report(
        inventories=(
            replace(
                ENVIRONMENT,
                target=Target(HOSTILE),
                components=(
                    replace(ENVIRONMENT.components[0], name=HOSTILE, version=HOSTILE, purl=HOSTILE, locations=(Location(HOSTILE, 1),)),
                ),
                hooks=(
                    replace(
                        ENVIRONMENT.hooks[0],
                        location=Location(HOSTILE),
                        executes=(HOSTILE,),
                        owner=HOSTILE,
                        reason=HOSTILE,
                        verdict=HOSTILE,
                    ),
                ),
                servers=(replace(PROJECT.servers[0], name=HOSTILE, client=HOSTILE, package=HOSTILE, url=HOSTILE, env_names=(HOSTILE,)),),
                problems=(Problem(path=HOSTILE, where=HOSTILE, what=HOSTILE, fix=HOSTILE),),
                notes=(HOSTILE,),
            ),
        ),
        findings=(
            finding(message=HOSTILE, location=Location(HOSTILE, 2), subject=HOSTILE, fix=HOSTILE, target=HOSTILE),
            finding(message="x" * 1_000_000, location=Location("y" * 5000), target=HOSTILE),
            finding(message=HOSTILE, location=Location(HOSTILE), target=HOSTILE, accepted=HOSTILE),
        ),
    ),
}


PAGES = {
    "SG201": pages.read_page(
        "A package is required without any version.\n\n## Why it matters\nWhatever the index serves is what runs.\nHere `high`, elsewhere `low`.\n\n## How to fix\nPin it.\n",
        Severity.HIGH,
    )
}


@pytest.fixture(autouse=True)
def _fixed_pages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules come and their pages change; what a report looks like must not depend on it."""
    if "real_rules" not in request.fixturenames:
        monkeypatch.setattr(pages, "_page", lambda rule_id: PAGES.get(rule_id, pages.Page()))


@pytest.fixture
def real_rules() -> None:
    """The pages of the rules as they are."""


@pytest.fixture
def reports() -> dict[str, Report]:
    return REPORTS


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest) -> Report:
    """Each of the reports in turn."""
    return REPORTS[request.param]


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def same_as_file() -> Callable[[str, str], None]:
    """Compare a text with the file of that name; UPDATE_EXPECTED=1 writes it instead, and a person reads the difference."""

    def compare(text: str, name: str) -> None:
        path = DATA / name
        if os.environ.get("UPDATE_EXPECTED"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert text == path.read_bytes().decode()

    return compare
