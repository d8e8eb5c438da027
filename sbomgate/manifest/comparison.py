"""What is different between two manifests, and what a comparison of these two cannot say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from sbomgate.manifest.names import IS
from sbomgate.manifest.nouns import AND, Change, Known, Manifest, Package
from sbomgate.model import Location

_WEAK: Final = frozenset(("MD5", "SHA-1"))
_VERSIONED: Final = re.compile(r"-[^-/]*(?=\.(?:dist|egg)-info/)")
"""The version in the name of a folder of metadata."""
_PLAIN_COMMAND: Final = re.compile(r"[\w@%+=:,./ -]+(?:[: ]\*)?\Z")
"""A command without anything that a shell would read as more than one."""
_WORDS: Final = 20
"""Words of a command that may be the beginning of a wider rule."""
_PAIRS: Final = 50
"""Versions of one package on each side whose order is looked at."""
_READ: Final = frozenset(("pypi", "npm", "conda", "oci", "generic", "jsr", "url", "git"))
"""Types of purls that our own collectors know; what another tool says of other types has nothing to be compared with."""


def diff(old: Manifest, new: Manifest) -> Iterator[Change]:
    """What is different in `new`, in order of kind and subject; what one side cannot know is not compared."""
    if not (old.native and new.native):
        yield from _foreign_changes(old, new)
        return
    yield from _package_changes(_some(old.packages, bundled=False), _some(new.packages, bundled=False), old.path)
    for change in _package_changes(_some(old.packages, bundled=True), _some(new.packages, bundled=True), old.path):
        yield replace(change, bundled=True)
    yield from _known_changes("hook", _of_other_version(old.hooks, new.hooks), new.hooks)
    yield from _known_changes("server", *_alike(old.servers, new.servers))
    yield from _setting_changes(old, new)


def incomparable(old: Manifest, new: Manifest) -> list[str]:
    """What the comparison cannot say, and why; one sentence each."""
    notes = []
    for side in (old, new):
        if not side.native:
            tool = f", but by {side.tool}" if side.tool else ""
            notes.append(
                f"{side.path}: not written by sbomgate{tool}; start-up hooks, servers and the content of installed files were not compared"
            )
        elif not side.complete:
            notes.append(f"{side.path}: made from an incomplete scan")
        if side.native and side.unnamed:
            notes.append(f"{side.path}: {side.unnamed} components without a purl were not compared")
        notes += [f"{side.path}: {limit}" for limit in side.limits]
    if not ((old.native and new.native) or _is_one_tool(old, new)):
        notes.append("written by different tools: licences, and qualifiers of purls such as the repository, were not compared")
    if old.native != new.native:
        theirs = new if old.native else old
        kinds = Counter(kind for purl in theirs.packages if (kind := _kind(purl)) not in _READ)
        if kinds:
            counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
            notes.append(f"{theirs.path}: sbomgate does not read components of these types, they were not compared: {counted}")
    return notes


def _is_one_tool(old: Manifest, new: Manifest) -> bool:
    return not old.native and not new.native and old.tool == new.tool != ""


def _kind(purl: str) -> str:
    return purl.removeprefix("pkg:").partition("/")[0]


def _foreign_changes(old: Manifest, new: Manifest) -> Iterator[Change]:
    """The differences where one side is of another tool, which does not say what is bundled or brings what it is about itself."""
    one_tool = _is_one_tool(old, new)
    # what one side calls so is no package of its own on the other either
    inside = frozenset(package.purl.partition("?")[0] for package in (*_bundled(old), *_bundled(new)))
    projects = {name for side in (old, new) for name, versions in side.packages.items() if any(one.project for one in versions)}
    sides = []
    for side in (old, new):
        found: dict[str, list[Package]] = {}
        for name, versions in side.packages.items():
            if name in projects or (old.native != new.native and _kind(name) not in _READ):
                continue
            chosen: dict[str, Package] = {}
            for package in versions if one_tool else map(_bare, versions):
                if package.bundled or package.purl.partition("?")[0] in inside:
                    continue
                before = chosen.get(package.purl)
                chosen[package.purl] = replace(package, hashes=before.hashes | package.hashes) if before else package
            if chosen:
                found[name] = list(chosen.values())
        sides.append(found)
    yield from _package_changes(sides[0], sides[1], old.path, licenses=one_tool)


def _bare(package: Package) -> Package:
    """`package` without the qualifiers of its purl: tools differ in what they say there."""
    return replace(package, purl=package.purl.partition("?")[0]) if "?" in package.purl else package


def _bundled(side: Manifest) -> Iterator[Package]:
    return (package for versions in side.packages.values() for package in versions if package.bundled)


def _some(packages: Mapping[str, tuple[Package, ...]], *, bundled: bool) -> dict[str, list[Package]]:
    """Those that lie inside artifacts, or all others."""
    found: dict[str, list[Package]] = {}
    for key, versions in packages.items():
        if chosen := [package for package in versions if package.bundled == bundled]:
            found[key] = chosen
    return found


def _package_changes(
    old: Mapping[str, list[Package]], new: Mapping[str, list[Package]], old_path: str, *, licenses: bool = True
) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        olds, news = old.get(key, []), new.get(key, [])
        if olds == news:
            continue
        before = {package.purl: package for package in olds}
        after = {package.purl: package for package in news}
        gone = [before[purl] for purl in sorted(before.keys() - after.keys())]
        come = [after[purl] for purl in sorted(after.keys() - before.keys())]
        if gone and come:
            yield _version_change(key, gone, come)
            yield from _weaker(gone, come)
            if licenses:
                yield from _license_change(gone, come)
        else:
            for item in come:
                yield Change(
                    kind="added", subject=item.purl, detail=item.version, location=item.location, agent=item.agent, after=item.version
                )
            for item in gone:
                yield Change(
                    kind="removed",
                    subject=item.purl,
                    detail=item.version,
                    location=Location(old_path),
                    agent=item.agent,
                    before=item.version,
                )
        for purl in sorted(before.keys() & after.keys()):
            yield from _same_version(before[purl], after[purl])
            if licenses:
                yield from _license_change([before[purl]], [after[purl]])


def _version_change(name: str, gone: list[Package], come: list[Package]) -> Change:
    before, after = (", ".join(item.version or "any" for item in side) for side in (gone, come))
    direction = ""
    if before == after:  # the same version from another place
        before, after = ", ".join(item.purl for item in gone), ", ".join(item.purl for item in come)
    else:
        direction = _direction(_kind(name), gone, come)
    return Change(
        kind="version",
        subject=come[0].purl,
        detail=f"{before} → {after}",
        location=come[0].location,
        agent=any(item.agent for item in come),
        direction=direction,
        before=before,
        after=after,
    )


def _direction(kind: str, gone: list[Package], come: list[Package]) -> str:
    """`up` if every new version is above every old one, `down` if below; empty where they are mixed or not understood."""
    if kind in ("npm", "cargo"):
        from sbomgate.npm_ranges import compared
    elif kind in ("pypi", "conda"):
        from sbomgate.versions import compared
    else:
        return ""
    signs = {compared(one.version, other.version) for one in gone[:_PAIRS] for other in come[:_PAIRS]}
    return {-1: "up", 1: "down"}.get(signs.pop() or 0, "") if len(signs) == 1 else ""


def _weaker(gone: list[Package], come: list[Package]) -> Iterator[Change]:
    """A change if strong hashes were told before, and now only such as can be forged."""
    before, after = ({alg for item in side for alg, _ in item.hashes} for side in (gone, come))
    if before - _WEAK and after and not after - _WEAK:
        was, now = ", ".join(sorted(before)), ", ".join(sorted(after))
        item = come[0]
        yield Change(
            kind="weaker-hash",
            subject=item.purl,
            detail=f"{was} → {now}",
            location=item.location,
            agent=item.agent,
            before=was,
            after=now,
        )


def _license_change(gone: list[Package], come: list[Package]) -> Iterator[Change]:
    """A change if both sides declare licences, and other ones."""
    was, now = (", ".join(sorted({name for item in side for name in item.licenses})) for side in (gone, come))
    if was and now and was != now:
        item = come[0]
        yield Change(
            kind="license",
            subject=item.purl,
            detail=f"{was} → {now}",
            location=item.location,
            agent=item.agent,
            before=was,
            after=now,
        )


def _same_version(before: Package, after: Package) -> Iterator[Change]:
    algorithms = {alg for alg, _ in before.hashes}
    strange = sorted(value for value in after.hashes if value[0] in algorithms and value not in before.hashes)
    if strange:
        alg, value = strange[0]
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        yield Change(
            kind="hash",
            subject=after.purl,
            detail=f"{alg} {value}{more} is not in the manifest",
            location=after.location,
            agent=after.agent,
        )
    elif after.hashes and algorithms.isdisjoint(alg for alg, _ in after.hashes) and algorithms:
        now = ", ".join(sorted({alg for alg, _ in after.hashes}))
        detail = f"{', '.join(sorted(algorithms))} is no longer told, only {now}"
        yield Change(kind="hash", subject=after.purl, detail=detail, location=after.location, agent=after.agent)
    else:
        yield from _weaker([before], [after])
    if before.content and before.content != after.content:
        detail = f"{before.content} → {after.content}" if after.content else f"{before.content} → no RECORD that tells it"
        yield Change(kind="content", subject=after.purl, detail=detail, location=after.location, agent=after.agent)


def _of_other_version(old: Mapping[str, Known], new: Mapping[str, Known]) -> dict[str, Known]:
    """`old` with the hooks in folders of metadata named as in `new`: their names hold the version, which is compared as such."""
    gone, come = ({_VERSIONED.sub("-", key): key for key in side if key not in other} for side, other in ((old, new), (new, old)))
    renamed = {gone[name]: come[name] for name in gone.keys() & come.keys() if gone[name] != name}
    return {renamed.get(key, key): known for key, known in old.items()}


def _known_changes(what: str, old: Mapping[str, Known], new: Mapping[str, Known]) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before is None and after is not None:
            yield Change(
                kind=f"{what}-added",
                subject=key,
                detail="",
                location=after.location,
                agent=True,
                digest=_digest(after, None),
            )
        elif after is None and before is not None:
            yield Change(kind=f"{what}-removed", subject=key, detail="", location=before.location, agent=True)
        elif before is not None and after is not None and before.facts != after.facts:
            facts = dict(before.facts), dict(after.facts)
            names = [name for name in sorted(facts[0].keys() | facts[1].keys()) if facts[0].get(name) != facts[1].get(name)]
            detail = "; ".join(f"{name}: {facts[0].get(name, 'none')} → {facts[1].get(name, 'none')}" for name in names)
            yield Change(
                kind=f"{what}-changed",
                subject=key,
                detail=detail,
                location=after.location,
                agent=True,
                digest=_digest(after, before),
                facts=tuple(names),
            )


def _alike(old: Mapping[str, Known], new: Mapping[str, Known]) -> tuple[Mapping[str, Known], Mapping[str, Known]]:
    """Both sides, each server without the launcher where a manifest of an earlier version does not tell it."""
    silent = {
        key
        for key in old.keys() & new.keys()
        for names in [[{name for name, _ in side[key].facts} for side in (old, new)]]
        if any("command-digest" in side and "launcher" not in side for side in names)
    }
    if not silent:
        return old, new
    bare = [
        {
            key: replace(known, facts=tuple(fact for fact in known.facts if fact[0] != "launcher")) if key in silent else known
            for key, known in side.items()
        }
        for side in (old, new)
    ]
    return bare[0], bare[1]


def _setting_changes(old: Manifest, new: Manifest) -> Iterator[Change]:
    """What agents' files say otherwise. One value that took the place of one other is a change, all else came or went."""
    if old.settings.keys() == new.settings.keys():
        return
    gone, come = old.settings.keys() - new.settings.keys(), new.settings.keys() - old.settings.keys()
    by_name: tuple[dict[tuple[str, str, str], list[str]], ...] = ({}, {})
    for side, keys in zip(by_name, (gone, come), strict=True):
        for path, kind, text in sorted(keys):
            name, separator, value = _named(kind, text)
            side.setdefault((path, kind, name + separator), []).append(value)
    limits = [_rules(side) for side in (old, new)]
    for path, kind, name in sorted(by_name[0].keys() | by_name[1].keys()):
        was, now = by_name[0].get((path, kind, name), []), by_name[1].get((path, kind, name), [])
        subject = f"{path}: {kind} {name.removesuffix(IS)}"
        if len(was) == len(now) == 1:
            place = new.settings[path, kind, name + now[0]]
            yield Change(
                kind=f"agent-{kind}-changed", subject=subject, detail=f"{was[0] or 'nothing'} → {now[0] or 'nothing'}", location=place,
                agent=True, digest=_sha256(now[0]), before=was[0], after=now[0], holder=path,
            )  # fmt: skip
            continue
        for verb, values, mine, others in (("removed", was, old, limits[1]), ("added", now, new, limits[0])):
            # a rule that went is told by what is left, one that came by what was there
            within = kind in ("allow", "deny", "ask") and _is_within(others.get((path, kind), frozenset()), name)
            for value in values:
                yield Change(
                    kind=f"agent-{kind}-{verb}", subject=subject, detail=value, location=mine.settings[path, kind, name + value],
                    agent=True, digest=_sha256(value) if verb == "added" else "", direction="within" if within else "",
                    before=value if verb == "removed" else "", after=value if verb == "added" else "", holder=path,
                )  # fmt: skip


def _named(kind: str, text: str) -> tuple[str, str, str]:
    """(what it is, separator, value) of the text of a setting."""
    return text.partition(IS) if kind in ("option", "command", "instruction") else (text, "", "")


def _sha256(value: str) -> str:
    return value[7:71] if value.startswith("sha256:") else ""


def _rules(side: Manifest) -> Mapping[tuple[str, str], frozenset[str]]:
    """(path, effect) → the texts of its rules."""
    found: dict[tuple[str, str], set[str]] = {}
    for path, kind, text in side.settings:
        found.setdefault((path, kind), set()).add(text)
    return {key: frozenset(texts) for key, texts in found.items()}


def _is_within(rules: frozenset[str], text: str) -> bool:
    """Whether one of `rules` says what the rule `text` says, and more: all of its tool, or what begins so (`npm run *`).

    Where that is not plain from the texts, for paths and for commands that hold several, it is not said to.
    """
    head, bracket, specifier = text.partition("(")
    if not bracket:
        return False
    if head in rules or f"{head}(*)" in rules or f"{head}(:*)" in rules:
        return True
    specifier = specifier.removesuffix(")")
    if not _PLAIN_COMMAND.match(specifier):
        return False
    words = specifier.removesuffix(":*").removesuffix(" *").split(" ")
    starts = (" ".join(words[:count]) for count in range(1, min(len(words), _WORDS) + 1))
    return any(wide != text and wide in rules for start in starts for wide in (f"{head}({start}:*)", f"{head}({start} *)"))


def _digest(after: Known, before: Known | None) -> str:
    """The digest of the content that is new."""
    known = set(dict(before.facts).get("sha256", "").split(AND)) if before else set()
    return next((value for value in dict(after.facts).get("sha256", "").split(AND) if value not in known), "")
