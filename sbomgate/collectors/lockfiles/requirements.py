"""pip's requirements and constraints files. Format: pip documentation, "Requirements File Format"; its code, `req_file.py`.

A file and what it includes by `-r` and `-c` are read together, each component at its own line of its own file. What is
not in the target is not read: `-r https://…` is told and never fetched.
"""

from __future__ import annotations

import codecs
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from sbomgate.collectors.lockfiles.integrity import STRONG, malformed_properties, parse_hash
from sbomgate.collectors.lockfiles.provenance import ARCHIVES, credentials, filename, from_filename, vcs, vcs_pin, vcs_url
from sbomgate.errors import CollectError
from sbomgate.model import Artifact, Component, Digest, Location, Origin, Pin, Problem, Setting, Source
from sbomgate.purl import canonical_name, pypi
from sbomgate.text import redacted_url, without_surrogates
from sbomgate.tree import SourceFile, conflict_marker

MARKER: Final = "sbomgate:python:marker"
EXTRAS: Final = "sbomgate:python:extras"
EDITABLE: Final = "sbomgate:python:editable"
CONSTRAINT: Final = "sbomgate:python:constrained-by"

MAX_DEPTH: Final = 20
"""Files that include each other; real projects have three."""
MAX_FILES: Final = 1000

_BOMS: Final = (  # the longer ones first; source: pip, `_internal/utils/encoding.py` (before 25.1) and `req_file.py`
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING: Final = re.compile(rb"coding[:=]\s*([-\w.]+)")  # pip, `PEP263_ENCODING_RE`
_VARIABLE: Final = re.compile(r"\$\{[A-Z0-9_]+\}")  # pip, `ENV_VAR_RE`
_CLAUSE: Final = r"(?:===?|~=|!=|<=?|>=?)\s*(?:[^\s;,()<>=!~]|!(?!=))+"
_CLAUSES: Final = rf"{_CLAUSE}(?:\s*,\s*{_CLAUSE})*(?:\s*,)?"
_PLAIN: Final = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*"
    r"(?:\[(?P<extras>[A-Za-z0-9._,\s-]*)\])?\s*"
    rf"(?P<specifier>(?:\(\s*{_CLAUSES}\s*\)|{_CLAUSES})?)\s*"
    r"(?:;\s*(?P<marker>.+))?"
)
_AT: Final = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[^\]]*)\])?\s*@\s*(?P<url>[^\s;]\S*)(?:\s+;\s*(?P<marker>.+)|\s*)"
)
_VCS: Final = re.compile(r"(?:git|hg|svn|bzr)\+", re.IGNORECASE)
_URL: Final = re.compile(r"(?:https?|ftp|file)://|file:", re.IGNORECASE)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_FRAGMENT_HASH: Final = re.compile(r"[#&](md5|sha1|sha224|sha256|sha384|sha512)=([^&]*)")
_EGG: Final = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_COMMIT_IN_ARCHIVE: Final = re.compile(r"/(?:archive|tarball|zipball)/([0-9a-f]{40})(?:\.|$|[?#])")
_SHORT: Final = {"-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url", "-f": "--find-links"}
_FLAGS: Final = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes", "--all-releases"})
_WITH_VALUE: Final = frozenset(
    {"--requirement", "--constraint", "--editable", "--index-url", "--extra-index-url", "--find-links", "--trusted-host",
     "--no-binary", "--only-binary", "--use-feature", "--pypi-url", "--only-final", "--uploaded-prior-to"}
)  # fmt: skip
_URLS: Final = frozenset({"--index-url", "--extra-index-url", "--find-links", "--pypi-url"})
_OF_REQUIREMENT: Final = frozenset({"--hash", "--config-settings", "--config-setting", "-C", "--global-option", "--install-option"})
_LONG: Final = frozenset(option for option in _FLAGS | _WITH_VALUE | _OF_REQUIREMENT if option.startswith("--"))

Noun = Component | Problem | Setting | str


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield one component per requirement of `file` and of what it includes; CollectError if it is no text."""
    return iter(_Reader(file).read())


class Line(NamedTuple):
    """A logical line: continuations joined, comments taken off, variables not filled in."""

    number: int
    text: str


class Constraint(NamedTuple):
    specifier: str
    url: str
    hashes: tuple[str, ...]
    location: Location


@dataclass(slots=True)
class Parsed:
    """One requirement taken apart, as text."""

    name: str = ""
    extras: str = ""
    specifier: str = ""
    url: str = ""
    marker: str = ""
    editable: bool = False
    hashes: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.nouns: list[Noun] = []
        self.components: list[Component] = []
        self.constraints: defaultdict[str, list[Constraint]] = defaultdict(list)
        self.narrowest: dict[str, tuple[Pin, str, Constraint | None]] = {}
        self.active: list[str] = []
        self.done: set[tuple[str, bool]] = set()

    def read(self) -> list[Noun]:
        name = self.file.path.rpartition("/")[2]
        self._file(self.file, constraint="constraint" in name, alone=True)
        return [*(self._constrained(component) for component in self.components), *self.nouns]

    def _file(self, file: SourceFile, *, constraint: bool, alone: bool = False) -> None:
        """Read one file; `alone`: it is the one that was asked for, so its errors are raised."""
        key = (file.path, constraint)
        if key in self.done:
            return
        self.done.add(key)
        try:
            text = decoded(file)
        except CollectError as error:
            if alone:
                raise
            self._problem(file.path, error.what, error.where, error.fix)
            return
        if marker := conflict_marker(text):
            self._problem(file.path, "merge-conflict marker", marker.partition(":")[0], "resolve the conflict")
        self.active.append(file.path)
        for line in logical_lines(text):
            try:
                self._line(file, line, constraint=constraint)
            except CollectError as error:
                self._problem(file.path, error.what, f"line {line.number}", error.fix)
        self.active.pop()

    def _line(self, file: SourceFile, line: Line, *, constraint: bool) -> None:
        text = line.text
        location = Location(file.path, line.number)
        if text.startswith(("<<<<<<< ", "=======", ">>>>>>> ", "||||||| ")):
            return  # told once for the file
        parsed = Parsed()
        if text[0] != "-":
            requirement, options = _split_options(text)
            for option, value in options:
                self._requirement_option(option, value, parsed)
            self._requirement(requirement, parsed, location, constraint=constraint)
            return
        requirement, options = _split_options(text)
        if requirement:
            raise CollectError(f"not understood: {requirement[:80]!r}", fix="see pip's documentation, Requirements File Format")
        for option, value in options:
            if option in ("--requirement", "--constraint"):
                self._include(file, value, location, constraint=constraint or option == "--constraint")
            elif option == "--editable":
                parsed.editable = True
                requirement = value
            elif option in _OF_REQUIREMENT:
                if not parsed.editable:
                    raise CollectError(f"{option} belongs to no requirement", fix="end the line before it with a backslash")
                self._requirement_option(option, value, parsed)
            elif option in _FLAGS or option in _WITH_VALUE:
                self._setting(option, value, location)
            else:
                raise CollectError(f"unknown option {option[:80]!r}", fix="see pip's documentation, Requirements File Format")
        if parsed.editable:
            self._requirement(requirement, parsed, location, constraint=constraint)

    def _requirement_option(self, option: str, value: str, parsed: Parsed) -> None:
        if option == "--hash":
            parsed.hashes.append(value)
        elif option not in _OF_REQUIREMENT:
            raise CollectError(f"unknown option {option[:80]!r} of a requirement", fix="see pip's documentation, Requirements File Format")

    def _setting(self, option: str, value: str, location: Location) -> None:
        if option in _URLS and (secret := credentials(value)):
            self.nouns.append(Setting("credentials", secret, location))
        self.nouns.append(Setting(option.lstrip("-"), redacted_url(value), location))

    def _include(self, file: SourceFile, value: str, location: Location, *, constraint: bool) -> None:
        place = f"line {location.line}"
        if not value:
            raise CollectError("names no file")
        if _SCHEME.match(value) and not value.lower().startswith("file:"):
            if secret := credentials(value):
                self.nouns.append(Setting("credentials", secret, location))
            self.nouns.append(Setting("remote-constraints" if constraint else "remote-requirements", redacted_url(value), location))
            self._problem(file.path, f"not fetched: {redacted_url(value)}", place, "keep the file in the repository")
            return
        if _VARIABLE.search(value):
            self._problem(file.path, f"file named by an environment variable: {value!r}", place, "name the file")
            return
        included = file.sibling(value.removeprefix("file:"))
        if included is None:
            self._problem(file.path, f"no such file in the target: {value!r}", place, "scan the folder that holds both")
        elif included.path in self.active:
            self._problem(file.path, f"includes itself: {value!r}", place, "remove the line")
        elif len(self.active) >= MAX_DEPTH or len(self.done) >= MAX_FILES:
            self._problem(file.path, f"more than {MAX_DEPTH} files within each other", place, "include fewer files")
        else:
            self._file(included, constraint=constraint)

    def _requirement(self, text: str, parsed: Parsed, location: Location, *, constraint: bool) -> None:
        parse_requirement(text, parsed)
        if secret := credentials(parsed.url):
            self.nouns.append(Setting("credentials", secret, location))
        if constraint:
            if parsed.name:
                found = Constraint(parsed.specifier, parsed.url, tuple(parsed.hashes), location)
                self.constraints[canonical_name(parsed.name)].append(found)
            return
        self.components.append(component_of(parsed, location))

    def _constrained(self, component: Component) -> Component:
        """`component` with the exact version that a constraint gives it, if it has none itself."""
        if component.name not in self.constraints or component.pin not in (Pin.NONE, Pin.RANGE):
            return component
        if (found := self.narrowest.get(component.name)) is None:
            found = self.narrowest[component.name] = _narrowest(self.constraints[component.name])
        pin, version, constraint = found
        if constraint is None:
            return component
        pair = (CONSTRAINT, str(constraint.location))
        if pin is Pin.EXACT:
            digests, malformed = _digests(constraint.hashes)
            hashes = component.hashes or digests
            return replace(
                component,
                version=version,
                purl=pypi(component.name, version),
                pin=Pin.HASHED if any(digest.alg in STRONG for digest in hashes) else Pin.EXACT,
                requirement="",
                hashes=hashes,
                properties=tuple(sorted((*component.properties, pair, *malformed_properties(malformed)))),
            )
        if component.pin is Pin.RANGE:
            return component
        return replace(component, pin=Pin.RANGE, requirement=constraint.specifier, properties=tuple(sorted((*component.properties, pair))))

    def _problem(self, path: str, what: str, where: str, fix: str = "") -> None:
        self.nouns.append(Problem(path=path, what=what, where=where, fix=fix))


def _narrowest(constraints: list[Constraint]) -> tuple[Pin, str, Constraint | None]:
    """What the constraints on one name give it: the first exact version, or else the first range; None if neither is there."""
    for constraint in constraints:
        pin, version = _pin_of(constraint.specifier)
        if pin is Pin.EXACT:
            return pin, version, constraint
    return Pin.RANGE, "", next((constraint for constraint in constraints if constraint.specifier), None)


def decoded(file: SourceFile) -> str:
    """The file as text, in the encoding that pip would take it for; CollectError if it is in none."""
    data = file.read()
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decode(data[len(bom) :], encoding, file)
    for line in data.split(b"\n", 2)[:2]:
        if line[:1] == b"#" and (match := _CODING.search(line)):
            try:
                name = codecs.lookup(match[1].decode("ascii")).name
            except (LookupError, UnicodeDecodeError):
                break
            if not name.startswith(("utf", "iso8859", "ascii", "latin", "cp", "koi8", "mac", "gb", "big5", "euc", "shift", "johab")):
                break  # `rot13`, `zip`: no encoding of text
            return _decode(data, name, file)
    return _decode(data, "utf-8", file)


def _decode(data: bytes, encoding: str, file: SourceFile) -> str:
    try:
        return without_surrogates(data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CollectError(f"not valid {encoding.upper()} (byte {error.start})", file.path, f"line {line}", "save it as UTF-8") from error


def logical_lines(text: str) -> Iterator[Line]:
    """The lines that mean something. Source: pip, `req_file.py`, `join_lines` and `ignore_comments`."""
    pending: list[str] = []
    start = number = 1
    for ended in text.splitlines(keepends=True):  # also at U+2028 and its like, as pip does: a comment may end there
        line = ended.rstrip("\r\n") if ended[-1] in "\r\n" else ended if ended[-1].isprintable() else ended.splitlines()[0]
        is_comment = line.lstrip()[:1] == "#"
        if not pending:
            start = number
        number += ended[-1] in "\r\n"  # the lines of an editor
        if line.endswith("\\") and not is_comment:
            pending.append(line.strip("\\"))
            continue
        if pending:  # a comment ends the continued line and is no part of it
            line = "".join((*pending, f" {line}" if is_comment else line))
            pending = []
        if meaning := _without_comment(line):
            yield Line(start, meaning)
    if pending and (meaning := _without_comment("".join(pending))):
        yield Line(start, meaning)


def _without_comment(line: str) -> str:
    """`line` up to a `#` at its start or after a space, stripped. Source: pip, `COMMENT_RE`."""
    at = line.find("#")
    while at > 0 and not line[at - 1].isspace():
        at = line.find("#", at + 1)
    return (line if at < 0 else line[:at]).strip()


def _split_options(text: str) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first option, and the options with their values. Source: pip, `break_args_options`."""
    words = text.split()
    first = next((i for i, word in enumerate(words) if word[0] == "-" and (len(word) > 1)), len(words))
    requirement = " ".join(words[:first])
    if first == len(words):
        return requirement, []
    rest = words[first:]
    options_text = " ".join(rest)
    if '"' in options_text or "'" in options_text or "\\" in options_text:
        rest = _shell_words(options_text)
    options: list[tuple[str, str]] = []
    i = 0
    while i < len(rest):
        word = rest[i]
        i += 1
        if word[:2] == "--":
            option, equals, value = word.partition("=")
            option = _completed(option)
        else:
            option, equals, value = word[:2], word[2:3], word[2:].removeprefix("=")
            option = _SHORT.get(option, option)
        if not equals and option not in _FLAGS and i < len(rest) and word[:1] == "-":
            value = rest[i]
            i += 1
        if word[:1] != "-":
            raise CollectError(f"not understood: {word[:80]!r}", fix="see pip's documentation, Requirements File Format")
        options.append((option, value))
    return requirement, options


def _completed(option: str) -> str:
    """The option that `option` is an unambiguous beginning of. Source: Python's optparse, which pip parses lines with."""
    if option in _LONG:
        return option
    matching = [name for name in _LONG if name.startswith(option)]
    return matching[0] if len(matching) == 1 else option


def _shell_words(text: str) -> list[str]:
    from shlex import split

    try:
        return split(text)
    except ValueError as error:
        raise CollectError(f"not understood ({error})", fix="close the quotation mark") from error


def parse_requirement(text: str, parsed: Parsed) -> None:
    """Fill `parsed` from a requirement without its options; CollectError if pip could not read it."""
    if match := _PLAIN.fullmatch(text):
        if not (text.endswith(ARCHIVES) and match["specifier"] == "" and not match["marker"]):
            parsed.name, parsed.extras = match["name"], match["extras"] or ""
            parsed.specifier, parsed.marker = match["specifier"].strip("() \t"), match["marker"] or ""
            return
    elif match := _AT.fullmatch(text):
        parsed.name, parsed.extras, parsed.url, parsed.marker = match["name"], match["extras"] or "", match["url"], match["marker"] or ""
        return
    bare, _, marker = text.partition(" ;") if " ;" in text else text.partition("; ")
    if _VCS.match(bare) or _SCHEME.match(bare) or _is_path(bare):
        parsed.url, parsed.marker = bare.strip(), marker.strip()
        if match := re.fullmatch(r"(.*[^\[\]])\[([A-Za-z0-9._,\s-]*)\]", parsed.url):
            parsed.url, parsed.extras = match[1], match[2]
        if match := _EGG.search(parsed.url):
            parsed.name = match[1]
        elif "://" not in parsed.url or _URL.match(parsed.url):
            parsed.name, version = from_filename(filename(parsed.url))
            parsed.specifier = f"=={version}" if version else ""
        return
    _parse_strictly(text, parsed)


def _parse_strictly(text: str, parsed: Parsed) -> None:
    """Fill `parsed` from a form that is rare or wrong, with the reference implementation; CollectError if it is wrong."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = Requirement(text)
    except (InvalidRequirement, RecursionError) as error:
        reason = str(error).partition("\n")[0][:120]
        raise CollectError(f"not a requirement ({reason}): {text[:80]!r}", fix="write it as name==version") from error
    parsed.name, parsed.extras, parsed.specifier = found.name, ",".join(sorted(found.extras)), str(found.specifier)
    parsed.url, parsed.marker = found.url or "", str(found.marker or "")


def _is_path(text: str) -> bool:
    """Whether pip takes `text` for a path. Source: pip, `req/constructors.py`, `_looks_like_path`."""
    return "/" in text or "\\" in text or text.startswith(".") or text.lower().endswith(ARCHIVES)


def _pin_of(specifier: str) -> tuple[Pin, str]:
    """How firmly a specifier fixes the version, and the version if it is exact."""
    if not specifier or _VARIABLE.search(specifier):
        return Pin.NONE, ""
    exact = [part.strip() for part in specifier.split(",") if part.strip()]
    for part in exact:
        if part.startswith("==="):
            return Pin.EXACT, part[3:].strip()
        if part.startswith("==") and not part.endswith(".*"):
            return Pin.EXACT, part[2:].strip()
    return Pin.RANGE, ""


def _digests(written: list[str] | tuple[str, ...]) -> tuple[tuple[Digest, ...], list[str]]:
    digests: dict[Digest, None] = {}
    malformed = []
    for text in written:
        digest = parse_hash(text)
        if digest is None:
            malformed.append(text)
        else:
            digests[digest] = None
    return tuple(digests), malformed


def component_of(parsed: Parsed, location: Location) -> Component:
    """The component that a requirement, taken apart, asks for."""
    url = parsed.url
    written = list(parsed.hashes)
    pin, version = _pin_of(parsed.specifier)
    source = None
    artifacts: tuple[Artifact, ...] = ()
    if url:
        written += [f"{alg}:{value}" for alg, value in _FRAGMENT_HASH.findall(url)]
    digests, malformed = _digests(written)
    strong = any(digest.alg in STRONG for digest in digests)
    name = canonical_name(parsed.name)
    origin = Origin.REQUIRED
    if not url:
        purl = pypi(name, version)
        if strong:
            pin = Pin.HASHED if pin is Pin.EXACT else pin
        requirement = parsed.specifier if pin in (Pin.RANGE, Pin.NONE) else ""
        artifacts = tuple(Artifact("", "", (digest,)) for digest in digests)
    else:
        clean = redacted_url(url.partition("#")[0])
        requirement = redacted_url(url)
        if _VCS.match(url):
            source = _repository(url)
            pin, version = vcs_pin(source), ""
            purl = pypi(name or _last(clean), "", vcs_url=vcs_url(source))
        elif _SCHEME.match(url) and not url.lower().startswith("file:"):
            archive = _COMMIT_IN_ARCHIVE.search(url)
            source = Source("url", clean, archive[1] if archive else "", archive[1] if archive else "")
            pin = Pin.HASHED if strong else Pin.URL
            artifacts = (Artifact(clean, filename(clean), digests),)
            stated, found = from_filename(filename(clean))
            version = version or (found if canonical_name(stated) == name else "")
            purl = pypi(name or _last(clean), version, download_url=clean)
        else:
            path = clean.removeprefix("file://").removeprefix("file:")
            source = Source("path", path)
            is_archive = path.lower().endswith(ARCHIVES)
            pin = Pin.HASHED if strong and is_archive else Pin.PATH
            artifacts = (Artifact(path, filename(path), digests),) if is_archive else ()
            purl = pypi(name or _last(path), version)
            origin = Origin.REQUIRED if is_archive else Origin.PROJECT
        name = name or _last(source.url)
    pairs = set(malformed_properties(malformed))
    if parsed.marker:
        pairs.add((MARKER, parsed.marker[:1000]))
    if parsed.extras:
        pairs.add((EXTRAS, ",".join(sorted({canonical_name(part.strip()) for part in parsed.extras.split(",") if part.strip()}))))
    if parsed.editable:
        pairs.add((EDITABLE, "true"))
    return Component(
        ecosystem="pypi",
        name=name,
        version=version,
        purl=purl,
        origin=origin,
        pin=pin,
        locations=(location,),
        requirement=requirement,
        hashes=digests,
        artifacts=artifacts,
        source=source,
        properties=tuple(sorted(pairs)),
    )


def _repository(url: str) -> Source:
    """`git+https://host/repo@reference#egg=name`. Source: pip documentation, "VCS Support"."""
    url = url.partition("#")[0]
    scheme, slashes, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    repository, at, reference = path.rpartition("@")
    if not at:
        return vcs(url)
    return vcs(f"{scheme}{slashes}{host}{slash}{repository}", reference=reference)


def _last(url: str) -> str:
    """A name for what has none: the last part of its path."""
    name = url.rstrip("/").rpartition("/")[2].partition("?")[0]
    name = name.removesuffix(".git").strip(".")
    return canonical_name(name) or "project"
