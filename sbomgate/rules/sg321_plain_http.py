"""Packages are fetched over a connection that nobody authenticates.

## Why it matters
Over `http://` and `git://` everyone on the way can answer in the server's place. Where each artifact has a hash a changed
one is refused, so this is `low` then, `medium` in the agent graph. Without hashes it is `medium`, and `high` in the agent
graph. An index given by a setting serves all packages of its file, with their hashes: `high`.

## Bad
~~~text path=requirements.txt
litellm @ http://files.example/litellm-1.82.6-py3-none-any.whl
~~~

## Good
~~~text path=requirements.txt
litellm @ https://files.example/litellm-1.82.6-py3-none-any.whl#sha256=164a3ef3e19f309e3cabc199bef3d2045212712fefdfa25fc7f75884a5b5b205
~~~

## How to fix
Use `https://`. A lockfile is corrected by locking again with the corrected registry.

## References
- pip documentation, "Requirements File Format", `--index-url`
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sbomgate.model import Component, Finding, Pin, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import host, listed, stated

_INDEXES = (
    "index-url",
    "extra-index-url",
    "find-links",
    "pypi-url",
    "remote-requirements",
    "remote-constraints",
    "registry",
    "scope-registry",
)
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


def check(context: Context) -> Iterator[Finding]:
    for setting in context.inventory.settings:
        if setting.kind in _INDEXES and _is_open(setting.value.rpartition(" ")[2]):
            yield RULE.finding(
                setting.location,
                f"{setting.kind} {setting.value} is not authenticated",
                subject=setting.value,
                key=setting.kind,
                severity=Severity.HIGH,
                fix="use https://",
            )
    places: defaultdict[tuple[str, str], list[Component]] = defaultdict(list)
    for component in stated(context):
        source = component.source
        if source is not None and source.kind != "path":
            for url in {source.url, *(artifact.url for artifact in component.artifacts)}:
                if _is_open(url):
                    places[component.locations[0].path, host(url)].append(component)
    for (_, name), components in places.items():
        yield _finding(context, name, list(dict.fromkeys(components)))


def _finding(context: Context, name: str, components: list[Component]) -> Finding:
    names = sorted({component.name for component in components})
    loose = [component for component in components if component.pin is not Pin.HASHED]
    agent = any(context.is_agent(component.purl) for component in loose or components)
    severity = (Severity.HIGH if agent else Severity.MEDIUM) if loose else (Severity.MEDIUM if agent else Severity.LOW)
    return RULE.finding(
        min((component.locations[0] for component in loose or components), key=lambda place: place.line),
        f"fetched from {name} without authentication: {listed(names)}",
        subject=components[0].purl if len(components) == 1 else name,
        key="\n".join((name, *names)),
        severity=severity,
        fix="use https:// and lock again",
    )


def _is_open(url: str) -> bool:
    if url.startswith("https://"):
        return False
    scheme, found, _ = url.lower().partition("://")
    return (
        bool(found)
        and scheme.rpartition("+")[2] in ("http", "git", "ftp")
        and host(url).rpartition(":")[0] not in _LOCAL
        and host(url) not in _LOCAL
    )


RULE = Rule(id="SG321", name="plain-http", severity=Severity.HIGH, check=check, doc=__doc__)
