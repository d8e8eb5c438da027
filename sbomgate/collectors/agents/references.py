"""What a launcher is asked to fetch: package, version, and how firmly they are fixed.

Sources: `npm-package-arg` for npm, PEP 508 and PEP 440 for Python, the OCI distribution specification for images, the
documentation of pip and npm for repositories and addresses. Any text is read, none is refused: what is no reference to a
package is `LOCAL` (nothing is fetched) or `UNKNOWN` (a placeholder: it cannot be said).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from sbomgate.collectors.agents.shell import MAX_EXTRAS, word_set
from sbomgate.purl import canonical_name
from sbomgate.text import redacted_url

MAX_NAME: Final = 300
MASK: Final = "***"
"""What `redaction` leaves of a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a launcher is asked to fetch, or the fact that it fetches nothing."""

    ecosystem: str = ""
    """`npm` · `pypi` · `oci` · `jsr` · `nuget` · `golang` · `maven` · `nix` · `git` · `url`; empty if nothing is fetched."""
    name: str = ""
    """npm: with its scope. PyPI: normalised. Images: the repository as written. git: the last two parts of the path."""
    version: str = ""
    """Exact version, `sha256:…` of an image, commit of a repository; empty if none of these is fixed."""
    requirement: str = ""
    """The version part as written."""
    pin: str = "local"
    """A value of `model.Pin`, or `digest` · `tag` · `local` · `n/a`."""
    pinned: bool | None = None
    url: str = ""
    """git, url: where from, credentials removed."""


LOCAL: Final = Reference()
UNKNOWN: Final = Reference(pin="n/a")
_SEMVER: Final = r"[v=\s]*(?P<version>[0-9]{1,16}\.[0-9]{1,16}\.[0-9]{1,16}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)\s*\Z"
_NPM_RANGE: Final = r"[\s^~<>=vV|-]*(?:[0-9]+|[xX*])(?:\.(?:[0-9]+|[xX*])){0,2}(?:[-+.][0-9A-Za-z.+-]+)?(?:\s|\Z|\|)"
_PEP440: Final = (
    r"v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*(?:[-_.]?(?:alpha|beta|preview|pre|rc|a|b|c)[-_.]?[0-9]*)?(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?"
    r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?\Z"
)
_PEP508: Final = r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?P<extras>\[[^\]]*\])?\s*(?P<rest>.*)\Z"
_CLAUSE: Final = r"\s*(?P<operator>===|==|~=|!=|<=|>=|<|>)\s*(?P<version>[^\s]+)\s*\Z"
_MOVING_TAGS: Final = word_set("latest main master edge nightly dev develop stable next beta alpha canary rolling head")
"""Tags of images that are made to be moved."""
_COMMIT: Final = r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?\Z"
_PATHLIKE: Final = r"\.\.?(?:[\\/]|\Z)|[\\/]|~[\\/]|[A-Za-z]:[\\/]|file:|link:|workspace:|portal:"
_PLACEHOLDERS: Final = r"\$\{[^{}]*\}|\{\{[^{}]*\}\}|\{[A-Za-z]+:[^{}]*\}|\$[A-Za-z_]\w*(?::[A-Za-z_]\w*)?|%[A-Za-z_]\w*%|<[A-Za-z][^<>]*>|\$\([^()]*\)|`[^`]*`"
_PLACEHOLDER_STARTS: Final = ("$", "{", "%", "<", "`")


def is_placeholder(text: str) -> bool:
    """Whether `text` is a placeholder as a whole, so that nothing is known of what will stand there."""
    return text[:1] in _PLACEHOLDER_STARTS and re.fullmatch(_PLACEHOLDERS, text[:MAX_NAME]) is not None


def has_placeholder(text: str) -> bool:
    return any(start in text for start in _PLACEHOLDER_STARTS) and re.search(_PLACEHOLDERS, text[:4096]) is not None


def _hidden(ecosystem: str) -> Reference:
    """A package whose name was taken for a secret. Something is fetched all the same: `npx --token evil` must not pass."""
    return Reference(ecosystem=ecosystem, pin="none", pinned=False)


def npm_reference(spec: str) -> Reference:
    """What npm would fetch for `spec`. Source: `npm-package-arg`."""
    spec = _unquoted(spec)
    if spec == MASK:
        return _hidden("npm")
    if not spec or is_placeholder(spec):
        return replaced(UNKNOWN, ecosystem="npm" if spec else "")
    if re.match(_PATHLIKE, spec) or spec == ".":
        return LOCAL
    if spec.startswith(("git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:")):
        return git_reference(spec)
    if spec.startswith(("https:", "http:")):
        return (
            git_reference(spec)
            if re.match(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)/[^/]+/[^/]+?(?:\.git)?(?:#.*)?\Z", spec)
            else url_reference(spec)
        )
    if spec.startswith("jsr:"):
        return replaced(npm_reference(spec[4:]), ecosystem="jsr") if not spec.startswith("jsr:jsr:") else UNKNOWN
    spec = spec.removeprefix("npm:")
    at = spec.find("@", 1)
    name, version = (spec[:at], spec[at + 1 :]) if at > 0 else (spec, "")
    if not name.startswith("@") and "/" in name:
        return git_reference(f"github:{spec}") if re.fullmatch(r"[^@/\s]+/[^@/\s#]+(?:#.*)?", spec) else LOCAL
    if alias := re.match(r"npm:((?:@[^/@]+/)?[^@/]+)(?:@(.*))?\Z", version):
        name, version = alias[1], alias[2] or ""
    elif re.match(r"git\+|git:|git@|ssh:|github:|gitlab:|bitbucket:", version):
        return replaced(git_reference(version), ecosystem="npm", name=name[:MAX_NAME])
    elif version.startswith(("https:", "http:")):
        return replaced(url_reference(version), ecosystem="npm", name=name[:MAX_NAME])
    elif re.match(_PATHLIKE, version):
        return LOCAL
    return _npm_versioned(name, version)


def _npm_versioned(name: str, version: str) -> Reference:
    name, version = name[:MAX_NAME], _unquoted(version)
    if is_placeholder(name.rpartition("/")[2]):
        return replaced(UNKNOWN, ecosystem="npm")
    if not version:
        return Reference(ecosystem="npm", name=name, pin="none", pinned=False)
    if has_placeholder(version):
        return Reference(ecosystem="npm", name=name, requirement=version[:MAX_NAME], pin="n/a")
    if match := re.match(_SEMVER, version[:MAX_NAME]):
        return Reference(ecosystem="npm", name=name, version=match["version"], requirement=version[:MAX_NAME], pin="exact", pinned=True)
    pin = "range" if re.match(_NPM_RANGE, version[:MAX_NAME]) else "dist-tag"
    return Reference(ecosystem="npm", name=name, requirement=version[:MAX_NAME], pin=pin, pinned=False)


def pypi_reference(spec: str) -> Reference:
    """What uv or pip would fetch for `spec`: PEP 508, and uv's `name@version`."""
    spec = _unquoted(spec)
    if spec == MASK:
        return _hidden("pypi")
    if not spec or is_placeholder(spec):
        return replaced(UNKNOWN, ecosystem="pypi" if spec else "")
    if re.match(r"(?:git|hg|svn|bzr)\+", spec):
        return git_reference(spec)
    if spec.startswith(("https://", "http://")):
        return git_reference(spec) if re.search(r"\.git(?:@[^/]*)?(?:#.*)?\Z", spec) else url_reference(spec)
    if re.match(_PATHLIKE, spec) or spec.startswith("-") or (re.search(r"\.(?:whl|tar\.gz|zip|py)\Z", spec) and "://" not in spec):
        return LOCAL
    match = re.match(_PEP508, spec[:4096], re.DOTALL)
    if not match or not re.match(r"[@=<>!~;(,]|\Z", match["rest"]):
        if "/" in spec or "\\" in spec:
            return LOCAL
        if has_placeholder(spec):
            return replaced(UNKNOWN, ecosystem="pypi")
        return Reference(ecosystem="pypi", name=spec[:MAX_NAME], pin="none", pinned=False)  # no name that an index could hold
    name = canonical_name(match["name"])[:MAX_NAME]
    rest = match["rest"].strip()
    if rest.startswith("@"):
        value = rest[1:].strip()
        if re.match(r"(?:git|hg|svn|bzr)\+", value):
            return replaced(git_reference(value), ecosystem="pypi", name=name)
        if value.startswith(("https:", "http:")):
            return replaced(url_reference(value), ecosystem="pypi", name=name)
        if re.match(_PATHLIKE, value):
            return LOCAL
        return _pypi_versioned(name, f"=={value}" if re.match(_PEP440, value[:MAX_NAME], re.IGNORECASE) else value, value)
    rest = rest.partition(";")[0].strip().removeprefix("(").removesuffix(")")
    return _pypi_versioned(name, rest, rest)


def _pypi_versioned(name: str, specifier: str, written: str) -> Reference:
    written = written[:MAX_NAME]
    if not specifier.strip():
        return Reference(ecosystem="pypi", name=name, pin="none", pinned=False)
    if has_placeholder(specifier):
        return Reference(ecosystem="pypi", name=name, requirement=written, pin="n/a")
    clauses = [re.match(_CLAUSE, part[:MAX_NAME]) for part in specifier.split(",")[:MAX_EXTRAS] if part.strip()]
    for clause in clauses:
        if clause and clause["operator"] in ("==", "===") and re.match(_PEP440, clause["version"], re.IGNORECASE):
            return Reference(
                ecosystem="pypi", name=name, version=clause["version"].removeprefix("v"), requirement=written, pin="exact", pinned=True
            )
    pin = "range" if any(clauses) else "dist-tag"
    return Reference(ecosystem="pypi", name=name, requirement=written, pin=pin, pinned=False)


def oci_reference(image: str) -> Reference:
    """What a container engine would pull for `image`; a `:` before the last `/` is a port."""
    image = _unquoted(image).removeprefix("docker://")
    if image == MASK:
        return _hidden("oci")
    if not image or is_placeholder(image):
        return replaced(UNKNOWN, ecosystem="oci")
    if image.startswith((".", "/", "oci-archive:", "docker-archive:", "oci:", "dir:")):
        return LOCAL
    rest, _, digest = image.partition("@")
    slash = rest.rfind("/")
    colon = rest.find(":", slash + 1)
    if has_placeholder(rest[slash + 1 :]) or "${" in rest:
        name = "" if has_placeholder(rest[slash + 1 : colon] if colon > 0 else rest[slash + 1 :]) else rest[: colon if colon > 0 else None]
        return Reference(
            ecosystem="oci", name=name[:MAX_NAME], requirement=rest[colon + 1 :][:MAX_NAME] if colon > 0 and name else "", pin="n/a"
        )
    name, tag = (rest[:colon], rest[colon + 1 :]) if colon > 0 else (rest, "")
    name, written = name[:MAX_NAME], image[len(name) + 1 :][:MAX_NAME]
    if re.fullmatch(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}", digest):
        return Reference(ecosystem="oci", name=name, version=digest, requirement=written, pin="digest", pinned=True)
    pin = "none" if not tag else "dist-tag" if tag.lower() in _MOVING_TAGS else "tag"
    if has_placeholder(digest):
        return Reference(ecosystem="oci", name=name, requirement=written, pin="n/a")
    return Reference(ecosystem="oci", name=name, requirement=written if tag else "", pin=pin, pinned=False)


def git_reference(spec: str) -> Reference:
    """A repository: `git+https://…@ref`, npm's `…#ref`, `github:owner/name#ref`."""
    spec = _without_user(_unquoted(spec))
    place, _, fragment = spec.partition("#")
    reference = "" if "=" in fragment else fragment
    start = place.find("/", place.find("://") + 3) if "://" in place else place.find(":") + 1
    if (at := place.rfind("@")) > start > 0:
        place, reference = place[:at], place[at + 1 :] or reference
    path = place[start:].strip("/") if start > 0 else place
    name = "/".join(part for part in path.removesuffix(".git").split("/")[-2:] if part)
    return commit_reference("git", name, reference, place)


def _without_user(url: str) -> str:
    return redacted_url(url).replace("://***@", "://")[:4096]


def commit_reference(ecosystem: str, name: str, reference: str, url: str) -> Reference:
    name, reference = name[:MAX_NAME], reference[:MAX_NAME]
    if has_placeholder(reference) or is_placeholder(name):
        return Reference(ecosystem=ecosystem, name=name, requirement=reference, pin="n/a", url=url)
    if re.match(_COMMIT, reference):
        return Reference(
            ecosystem=ecosystem, name=name, version=reference.lower(), requirement=reference, pin="vcs-commit", pinned=True, url=url
        )
    return Reference(ecosystem=ecosystem, name=name, requirement=reference, pin="vcs-ref", pinned=False, url=url)


def url_reference(spec: str) -> Reference:
    """An archive or script that is fetched by its address; a `#sha256=` fragment pins it."""
    spec = _without_user(_unquoted(spec))
    place, _, fragment = spec.partition("#")
    name = place.partition("?")[0].rstrip("/").rpartition("/")[2][:MAX_NAME] or place[:MAX_NAME]
    if match := re.search(r"(?:^|&)sha(256=[0-9a-f]{64}|512=[0-9a-f]{128})(?:&|\Z)", fragment):
        return Reference(ecosystem="url", name=name, requirement=f"sha{match[1]}"[:MAX_NAME], pin="hashed", pinned=True, url=place)
    if has_placeholder(place):
        return Reference(ecosystem="url", name=name, pin="n/a", url=place)
    return Reference(ecosystem="url", name=name, pin="url", pinned=False, url=place)


def versioned(ecosystem: str, name: str, version: str, exact: bool) -> Reference:
    name, version = name[:MAX_NAME], version[:MAX_NAME]
    if is_placeholder(name):
        return replaced(UNKNOWN, ecosystem=ecosystem)
    if not version:
        return Reference(ecosystem=ecosystem, name=name, pin="none", pinned=False)
    if has_placeholder(version):
        return Reference(ecosystem=ecosystem, name=name, requirement=version, pin="n/a")
    if exact:
        return Reference(ecosystem=ecosystem, name=name, version=version, requirement=version, pin="exact", pinned=True)
    return Reference(
        ecosystem=ecosystem, name=name, requirement=version, pin="dist-tag" if version[:1].isalpha() else "range", pinned=False
    )


def replaced(reference: Reference, **changes: str | bool | None) -> Reference:

    return replace(reference, **changes)  # type: ignore[arg-type]


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'").strip()
