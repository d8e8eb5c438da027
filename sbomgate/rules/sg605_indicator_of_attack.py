"""A file, a host or a name that is known from an attack.

## Why it matters
Reports of attacks tell the digests of the files that they left, the names of those files and the hosts that they talk to; the list that ships with
sbomgate (`allowlists/known-bad.toml`) has them, each with its source. A file with such a digest **is** that file,
whoever put it there: into an installed package, beside an agent's settings, into the folder of workflows. docs/advisories.md says where it is looked for.
What a RECORD lists counts even if the file is gone, since some of these scripts remove themselves. A host of an attack in what an
agent starts, calls or fetches from is `critical` as well. Only the name of a file, with other content, is `medium`: attackers
change their scripts, and rarely what they call them. Start-up hooks are told by SG112.

## Bad
~~~json path=.mcp.json
{"mcpServers": {"proxy": {"type": "http", "url": "https://models.litellm.cloud/mcp"}}}
~~~

~~~text path=.github/setup_bun.js
// a loader that is in no list yet
~~~

## Good
~~~json path=.mcp.json
{"mcpServers": {"proxy": {"type": "http", "url": "https://mcp.example/"}}}
~~~

~~~text path=.github/build.js
// a script of the project
~~~

## How to fix
Take the machine off the network, keep a copy for those who investigate, look for what else was left, and replace every credential that it could
read; then build it anew. If only the name is the same, read the file, and accept it by its digest with a reason.

## References
- `allowlists/known-bad.toml`
- CWE-506, Embedded Malicious Code
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sbomgate.model import Component, Confidence, FileFact, Finding, Location, Severity
from sbomgate.policy import Context, Rule

_KINDS = ("known-bad", "known-bad-name")
_FIX = "take the machine off the network, replace every credential that it could read, and build it anew"


def check(context: Context) -> Iterator[Finding]:
    for fact in context.inventory.files:
        if fact.kind in _KINDS:
            yield _file(fact)
    yield from _hosts(context)


def _file(fact: FileFact) -> Finding:
    is_known = fact.kind == "known-bad"
    said, digest = _content(fact) if is_known else _name(fact)
    return RULE.finding(
        Location(fact.path),
        " ".join(filter(None, ("file", f"of {', '.join(fact.owners)}" if fact.owners else "", said))),
        subject=fact.owners[0] if fact.owners else fact.path,
        digest=digest,
        key=f"{fact.path} {digest}",
        severity=None if is_known else Severity.MEDIUM,
        confidence=None if is_known else Confidence.LOW,
        fix=_FIX if is_known else f"read it; if it is honest, accept it: sbomgate allow sha256:{digest} --reason TEXT",
    )


def _content(fact: FileFact) -> tuple[str, str]:
    """(what is wrong with the file, the digest that says so)."""
    from sbomgate.indicators import bad_files

    actual, listed = fact.actual.removeprefix("sha256:"), fact.expected.removeprefix("sha256:")
    if actual in bad_files():
        return f"is, byte for byte, a known malicious file: {bad_files()[actual].summary}", actual
    there = "holds something else now" if actual else "was not compared with it, or is gone"
    return f"is a known malicious file by its RECORD, and {there}: {bad_files()[listed].summary}", listed


def _name(fact: FileFact) -> tuple[str, str]:
    from sbomgate.indicators import told_by_name

    said = f"with a name that is known from an attack, and content that is not on the list: {told_by_name(fact.path)}"
    return said, fact.actual.removeprefix("sha256:")


def _hosts(context: Context) -> Iterator[Finding]:
    """What the agents' settings start or call, and where packages come from, if an indicator stands in it."""
    from sbomgate.indicators import in_text

    found = context.inventory
    for server in found.servers:
        if told := in_text(server.url):
            yield _told(server.location, f"server {server.name!r} is at a host known from an attack: {told}", server.name)
    for command in found.commands:
        if told := in_text(command.text):
            yield _told(command.location, f"{command.client} runs what is known from an attack at {command.event}: {told}", command.text)
    for option in found.options:
        if told := in_text(option.value):
            yield _told(
                option.location,
                f"{option.client}: {option.name or option.key} is set to what is known from an attack: {told}",
                option.value,
            )
    for host, component in _sources(found.components).items():
        if told := in_text(host):
            yield _told(
                component.locations[0],
                f"{component.name} {component.version} comes from a host known from an attack: {told}",
                component.purl,
            )


def _told(location: Location, message: str, subject: str) -> Finding:
    return RULE.finding(location, message, subject=subject, key=f"{location.path} {message}", fix=_FIX)


def _sources(components: Iterable[Component]) -> dict[str, Component]:
    """Host → the first component that comes from it."""
    found: dict[str, Component] = {}
    for item in components:
        if item.source is not None and "://" in item.source.url:
            found.setdefault(item.source.url.split("/", 3)[2], item)
    return found


RULE = Rule(id="SG605", name="indicator-of-attack", severity=Severity.CRITICAL, check=check, doc=__doc__)
