"""The nouns of the program: small, frozen, picklable.

Everything that crosses a stage of the road is one of these. Sequences are tuples, paths are strings with `/`,
relative to the target; digests are lower-case hex. The few-field values are named tuples, the nouns are frozen, slotted
dataclasses without methods of their own: `Noun` has them once for all. What an inventory holds of agents, of custody and of advisories
has modules of its own, `agent_model`, `custody_model` and `advisory_model`: they are loaded where there is any of it.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbomgate.advisory_model import AdvisorySource, Match, ReleaseState
    from sbomgate.agent_model import AgentCommand, AgentFile, AgentOption, AgentStep, Instruction, PermissionRule
    from sbomgate.custody_model import Evidence

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def noun(kind: type[_T]) -> type[_T]:
    """`kind` as a dataclass whose methods are those of `Noun`."""
    return dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(kind)


class Noun:
    """The methods of a frozen dataclass with keywords only, once for all of them.

    `dataclass` writes and compiles six functions for each class: 11 of 12 ms for this module, in every run.
    """

    __slots__ = ()

    if not TYPE_CHECKING:

        def __init__(self, /, **values: Any) -> None:
            defaults = _defaults(type(self))
            filled = defaults | values
            if len(filled) > len(defaults):
                raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(values.keys() - defaults.keys()))}")
            for name, value in filled.items():
                if value is MISSING:
                    raise TypeError(f"{type(self).__name__} needs {name}")
                _set(self, name, value)

        def __setattr__(self, name: str, _: Any) -> None:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name: str) -> None:
            raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        kind: Any = type(self)
        return _values(kind)(self) == _values(kind)(other)

    def __hash__(self) -> int:
        kind: Any = type(self)
        return hash(_values(kind)(self))

    def __repr__(self) -> str:
        kind: Any = type(self)
        pairs = zip(_defaults(kind), _values(kind)(self), strict=True)
        return f"{kind.__qualname__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"

    def __getstate__(self) -> tuple[Any, ...]:
        kind: Any = type(self)
        return _values(kind)(self)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        kind: Any = type(self)
        for name, value in zip(_defaults(kind), state, strict=True):
            _set(self, name, value)


_set = object.__setattr__


@cache
def _defaults(kind: Any) -> dict[str, Any]:
    """Name of each field → its default; MISSING if it has none."""
    return {part.name: part.default for part in kind.__dataclass_fields__.values()}


@cache
def _values(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the fields of a `kind`, which are two or more, as one tuple."""
    return attrgetter(*_defaults(kind))


class Severity(StrEnum):
    """How much a finding matters; `rank` orders them, the gravest first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def lowered(self, steps: int) -> Severity:
        """The severity so many steps below, at least `info`."""
        return tuple(Severity)[min(self.rank + steps, len(_RANKS) - 1)]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Confidence(StrEnum):
    """How sure a finding is, apart from how much it would matter."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Pin(StrEnum):
    """How firmly a reference fixes what it names, from the firmest to the loosest."""

    HASHED = "hashed"
    VCS_COMMIT = "vcs-commit"
    EXACT = "exact"
    PATH = "path"
    RANGE = "range"
    DIST_TAG = "dist-tag"
    VCS_REF = "vcs-ref"
    URL = "url"
    NONE = "none"


class Origin(StrEnum):
    """What kind of statement a component comes from; decides which rules may judge it."""

    LOCKED = "locked"
    """A row of a lockfile: the version is resolved."""
    REQUIRED = "required"
    """A requirement that a person wrote: a version may be missing."""
    INSTALLED = "installed"
    """Present on disk; its version is exact by nature."""
    BUNDLED = "bundled"
    """Inside the artifact of another component, which says so itself: nothing to pin, nothing to verify."""
    LAUNCHED = "launched"
    """Fetched and started by an agent's configuration."""
    PROJECT = "project"
    """The thing that is scanned itself: a workspace member, the root of a lockfile."""


class Location(NamedTuple):
    """A place in a target."""

    path: str
    line: int = 0
    """1-based; 0 when the line is unknown or the whole file is meant."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class Digest(NamedTuple):
    """A hash value with its algorithm."""

    alg: str
    """As hashlib spells it: `sha256`, `sha512`, `sha1`, `md5`."""
    value: str
    """Lower-case hex."""


class Artifact(NamedTuple):
    """A wheel, sdist or tarball that may be installed for a component."""

    url: str = ""
    """Credentials removed; empty where only the hash is known."""
    filename: str = ""
    digests: tuple[Digest, ...] = ()
    size: int = 0
    """Bytes; 0 when unknown."""


class Source(NamedTuple):
    """Where an artifact comes from, as far as the input says."""

    kind: str
    """`index` · `vcs` · `url` · `path`."""
    url: str = ""
    """Credentials removed. The index, the repository, the archive, or the path."""
    reference: str = ""
    """VCS: what was asked for (branch, tag, commit); empty for the default branch."""
    commit: str = ""
    """VCS: the resolved commit; empty when the input does not pin one."""


class Person(NamedTuple):
    """Who is named as the author or maintainer of a package: a person, a team or a company."""

    name: str
    """Empty where only an address is given."""
    email: str = ""
    url: str = ""


class LicenceFile(NamedTuple):
    """A licence file that was installed with a package."""

    path: str
    """Relative to the target."""
    identifier: str = ""
    """The licence that it is the text of, see `licence_texts`; empty for a text that is not known."""


@noun
class Metadata(Noun):
    """What an installed distribution says of itself. Every text is the author's: unverified."""

    summary: str = ""
    license_expression: str = ""
    """SPDX, PEP 639 `License-Expression`, or an npm `license` that is one."""
    license_text: str = ""
    """The free-form `License` field, first line, cut."""
    license_classifiers: tuple[str, ...] = ()
    """Those of PyPI that begin with `License ::`; of npm, the names in the old list `licenses`."""
    author: str = ""
    """Who is named first; the address only where there is no name."""
    authors: tuple[Person, ...] = ()
    """Who made it."""
    maintainers: tuple[Person, ...] = ()
    """Who publishes it, where that is said apart."""
    urls: tuple[tuple[str, str], ...] = ()
    """(label as written, URL)."""
    requires_python: str = ""
    licence_files: tuple[LicenceFile, ...] = ()
    """Sorted. Only looked for when they are asked for; empty otherwise."""


@noun
class Installation(Noun):
    """How a component lies on disk."""

    site: str
    """The folder that is on the import path, relative to the target."""
    metadata_path: str
    """The `.dist-info` or `.egg-info`, relative to the target."""
    installer: str = ""
    editable: bool = False
    record: str = "missing"
    """`present` · `empty` · `missing`; `missing` for what has no RECORD by design too (see `installer`)."""
    files: int = 0
    """Rows of RECORD."""
    content_digest: str = ""
    """`sgc1:` + hex over the files that come from the artifact; empty where they are unknown. See the manifest docs."""
    verified: bool = False
    """Every file was hashed and equals RECORD."""


@noun
class Component(Noun):
    """One package as one input states it; `inventory.merge` joins equal ones from several inputs."""

    ecosystem: str
    """`pypi` · `npm` · `conda` · `oci` · `githubactions` · `generic`, the purl type."""
    name: str
    """PyPI: normalised (PEP 503). npm: with its scope, `@scope/name`."""
    version: str = ""
    """Exact; empty when the input does not fix one."""
    purl: str
    """Identity inside an inventory; `dependencies` refer to it."""
    origin: Origin
    pin: Pin
    locations: tuple[Location, ...]
    """Never empty. The first is where a finding points."""
    requirement: str = ""
    """What was asked for, as written, when that is not `version`: `>=1.2`, `latest`, `^3`."""
    scope: str = "runtime"
    """`runtime` · `optional` · `peer` · `dev`; a component needed for several is the first of these."""
    groups: tuple[str, ...] = ()
    """Extras and dependency groups that bring it in, sorted."""
    hashes: tuple[Digest, ...] = ()
    """Of artifacts, never of a tree. Several: any one of the artifacts may be installed."""
    artifacts: tuple[Artifact, ...] = ()
    source: Source | None = None
    dependencies: tuple[str, ...] = ()
    """purls of components of the same input, sorted."""
    install_script: bool = False
    """npm: the package declares code to run at installation."""
    metadata: Metadata | None = None
    installation: Installation | None = None
    properties: tuple[tuple[str, str], ...] = ()
    """Names of the CycloneDX taxonomy or `sbomgate:*`, sorted."""


class Capability(NamedTuple):
    """Something that start-up code would do, found by reading it."""

    kind: str
    """`process` · `network` · `dynamic-code` · `file-write` · `credentials` · `persistence` · `native-code` · …"""
    detail: str
    """What was seen, on one line: the call, the decoded text, the name. Cut, not escaped."""
    location: Location
    """Where it was seen: the hook, or a module that the hook imports."""


class Environment(NamedTuple):
    """A Python environment, as its files tell it."""

    root: str
    """Relative to the target; empty for the target itself. Of a bare site folder, that folder."""
    sites: tuple[str, ...]
    """Its site folders, relative to the target, in the order in which the interpreter adds them."""
    python: str = ""
    """`3.12`; empty when no file tells the version."""
    implementation: str = "cpython"
    """`cpython` · `pypy`."""
    virtual: bool = False
    """Has a pyvenv.cfg."""
    system_sites: bool = False
    """Its interpreter reads the site folders of the user and of the base Python too: outside the target."""


@noun
class StartupHook(Noun):
    """A file that the interpreter reads at its start, with what it would do."""

    kind: str
    """`pth` · `start` · `sitecustomize` · `usercustomize` · `pyvenv-cfg` · …"""
    location: Location
    """The file, and the line of the first statement that is executed."""
    sha256: str
    """Of the whole file."""
    owner: str = ""
    """purl of the distribution whose RECORD lists the file; empty if none does."""
    executes: tuple[str, ...] = ()
    """The lines that would be executed, as written, cut at 4096 characters each. Shown, never run."""
    adds_paths: tuple[str, ...] = ()
    """Path lines as written, in order."""
    verdict: str = ""
    """`known-good` · `inert` · `harmless` · or the name of what is wrong; see `collectors.environment.hooks`."""
    reason: str = ""
    """What the verdict rests on: the template or digest that matched, or the gravest capability."""
    capabilities: tuple[Capability, ...] = ()


@noun
class FileFact(Noun):
    """One file that is not as its RECORD promises, or is known from an attack; or a package that is not as npm's hidden lockfile has it."""

    kind: str
    """`changed` · `missing` · `shared` (two owners, different content) · `outside` (RECORD names it, the environment does
    not hold it) · `symlink` · `unhashed` (code that RECORD lists without a hash, so it was not checked) · `unowned` (code)
    · `unowned-data` · `unattributed` (owners cannot be known) · `stdlib-shadow` (imported in the place of a module of the
    standard library) · `stdlib-name` (would be, were it searched first) · `removed-module` (one that Python no longer has)
    · `module-shadow` (imported in the place of a module that another distribution owns) · `bytecode-differs` (cached code
    that is not of its source) · `bytecode-deviates` (only its instructions are others) · `bytecode-unchecked` ·
    `interpreter` (a script, or all of a folder, starts that of another environment) · `writable` (by every user of the machine, a place
    where modules are looked for) · `writable-code` (likewise, a file that runs at every start) · `known-bad` (its content, or that
    which RECORD lists for it, is that of a known malicious file) · `known-bad-name` (it only has the name of one). Packages of
    npm: `npm-version` (another one than recorded) · `npm-unlisted` · `npm-absent`."""
    path: str
    owners: tuple[str, ...] = ()
    """purls of the distributions that list it."""
    expected: str = ""
    """SHA-256 (or the RECORD's algorithm) as `alg:hex`; of a package, name and version."""
    actual: str = ""
    detail: str = ""
    """What else is known; of a package, the path of the hidden lockfile."""


class Provides(NamedTuple):
    """What can be called by name where packages are installed. In no inventory: it tells what a server's command means."""

    place: str
    """A site folder, or a lockfile."""
    programs: dict[str, str]
    """Name of a command → purl of what brings it."""
    modules: dict[str, str]
    """Name that can be imported → purl of its distribution; empty text where several have it."""


class Local(NamedTuple):
    """What a command starts where nothing is fetched, and where it is looked for. Paths are as written."""

    kind: str = ""
    """`package` (its folder in node_modules) · `program` (a command of the project, its environment, or PATH) · `module` (of
    Python); empty where the command names what is fetched, or a file."""
    name: str = ""
    folder: str = ""
    """Where it runs; empty for the project, `?` where that is elsewhere or cannot be known (another machine, a container)."""
    place: str = ""
    """The folder that the program stands in, where the command says so: `.venv/bin`."""


NOTHING_LOCAL = Local()


@noun
class Server(Noun):
    """An MCP server that an agent's configuration starts or calls."""

    client: str
    scope: str
    """`repo` · `repo-local` · `user` · `managed` · `plugin` · `ci`; see `agent_model`."""
    name: str
    location: Location
    transport: str
    """`stdio` · `http` · `sse` · `ws` · `unknown`."""
    launcher: str = ""
    """`npx`, `uvx`, `docker`, …; the program's own name when it is no known launcher."""
    ecosystem: str = ""
    """Of the package: `npm` · `pypi` · `oci` · …; empty when the command names none."""
    package: str = ""
    version: str = ""
    requirement: str = ""
    """The version part as written: `latest`, `^1`, `1.2.3`; empty when there is none."""
    pin: str = "none"
    """A value of `Pin`, or `digest` · `tag` (of an image, mutable) · `local` · `n/a` · `lockfile` (of the project: see
    `implemented_at`) · `installed` (likewise, and no lock holds it)."""
    pinned: bool | None = None
    """None: cannot be said (a local program, a placeholder, a remote URL)."""
    purl: str = ""
    """Of the component that is fetched and started; empty when there is none."""
    extra_packages: tuple[str, ...] = ()
    """purls of further packages that the launcher fetches."""
    url: str = ""
    """Remote servers: credentials and query values removed."""
    auto_approved: str = "none"
    """`none` · `some` · `all`."""
    env_names: tuple[str, ...] = ()
    """Names of environment variables, sorted. Values are never kept."""
    command_digest: str = ""
    """SHA-256 of the command with its arguments (secrets taken out): changes when the command does."""
    detours: tuple[str, ...] = ()
    """What keeps the package from saying what runs: `--registry` names where it comes from, a shell runs more than it. One phrase
    each; those about the environment, which no digest covers, begin with `variable `."""
    disabled: bool = False
    only_for: str = ""
    """The agent, profile, project or plugin that it is limited to; empty: every session."""
    in_force: bool = True
    """Whether its client heeds the entry at all; see `agent_model`."""
    why_not: str = ""
    local: Local = NOTHING_LOCAL
    implemented_at: Location | None = None
    """The row of the lockfile, or the metadata of the installed distribution, that `version` and `purl` are taken from; None
    where the command alone tells them. See `implementations`."""
    written: tuple[str, ...] = ()
    """Then: package (its purl, where it has one) and `pin` as the command alone has them."""
    capabilities: tuple[Capability, ...] = ()
    """What the command line alone gives away: `fetch-and-run` (`curl | sh`) · `host-access` (a container's mounts and privileges)
    · `listens` (it answers on every address of the machine)."""


class Secret(NamedTuple):
    """A secret that stands in a configuration. The value itself is never kept."""

    kind: str
    """`github-token`, `url-password`, …; `literal` where only the name of its place says that it is one."""
    location: Location
    where: str
    """Its place in the document: `mcpServers.docs.env.TOKEN`."""
    length: int
    """Characters."""


class Setting(NamedTuple):
    """A fact that an input states about all of its components, or about where they are to be had."""

    kind: str
    """Where packages come from: `index-url` · `extra-index-url` · `find-links` · `pypi-url` · `registry` · `channel`, a URL each;
    `scope-registry` (`@scope URL`) · `package-index` (`name URL`) · `index-strategy` · `no-index`.
    Whom to believe: `trusted-host` · `strict-ssl` (`false`) · `require-hashes`; other options of pip by their own names.
    What to read elsewhere: `remote-requirements` · `remote-constraints`.
    What a project asks for, where a lock has the last word: `declares`, `declares-optional`, `declares-dev`, `builds-with`
    (PEP 508) · `declares-npm`, `declares-npm-optional`, `declares-npm-dev`, `declares-npm-peer` (`name range`) · `override`.
    Whose scripts run at installation: `trusted-scripts` (`name` or `name@version`) · `ignore-scripts` (`true`: none).
    Code that a tool loads at every start: `node-options` · `script-shell` · `onload-script` · `pnpmfile` · `yarn-path` · `yarn-plugin`.
    What should not be there: `credentials`, in a URL · `token`, in a setting · `lock-contradiction`."""
    value: str
    """Credentials removed. For `credentials` and `token`: what they are and how long, never what they say."""
    location: Location


class Party(NamedTuple):
    """A person or an organisation, as somebody stated it."""

    name: str = ""
    email: str = ""
    """Of an organisation, that of its contact."""
    url: str = ""
    contact: str = ""
    """Of an organisation: the name of the person or office to write to."""


class Parties(NamedTuple):
    """Who answers for a document, as the policy or the caller states it; nobody is guessed."""

    authors: tuple[Party, ...] = ()
    supplier: Party | None = None
    """Of what the document is about."""
    manufacturer: Party | None = None
    """The organisation that made the document."""


class ProjectFile(NamedTuple):
    """What a project says of itself. Every text is the author's: unverified."""

    location: Location
    ecosystem: str
    name: str
    """As in `Component`."""
    version: str = ""
    authors: tuple[Party, ...] = ()
    metadata: Metadata | None = None
    private: bool = False
    """It says that it is never published: no registry has it under its name."""


@noun
class Problem(Noun):
    """An input that could not be read. Any problem makes a report incomplete."""

    path: str
    what: str
    where: str = ""
    fix: str = ""


@noun
class Finding(Noun):
    """Something that is wrong, where, and what makes it go away."""

    rule: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    """One line; values in it are as found, reporters escape them."""
    location: Location
    subject: str = ""
    """purl, or the name of what the finding is about."""
    key: str = ""
    """What tells two findings of one rule about one subject in one file apart: a digest, a requirement."""
    fingerprint: str = ""
    """Stable when lines move; the handle of an allowlist entry. Given by the engine, see `policy.fingerprint`."""
    fix: str = ""
    digest: str = ""
    """SHA-256 of the content that is accused, where there is one: an allowlist entry can name it."""
    target: str = ""
    """The path of the target as the caller named it."""
    accepted: str | None = None
    """The reason of the allowlist entry, or of the VEX statement, that accepts it."""


class Target(NamedTuple):
    """What to scan: a folder or a file."""

    path: str
    kind: str = ""
    """`project` · `environment` · `node_modules` · `file`; found out when empty. `user` (a home folder: the settings of agents in
    it, and those that are managed on this machine) and `home` (a home folder alone, of another machine) are only what a caller says."""


@noun
class Inventory(Noun):
    """Everything that was collected from one target, sorted."""

    target: Target
    components: tuple[Component, ...] = ()
    """One for each input that names it; `inventory.merge` joins them."""
    environments: tuple[Environment, ...] = ()
    hooks: tuple[StartupHook, ...] = ()
    servers: tuple[Server, ...] = ()
    secrets: tuple[Secret, ...] = ()
    files: tuple[FileFact, ...] = ()
    settings: tuple[Setting, ...] = ()
    agent_files: tuple[AgentFile, ...] = ()
    permissions: tuple[PermissionRule, ...] = ()
    options: tuple[AgentOption, ...] = ()
    commands: tuple[AgentCommand, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    agent_steps: tuple[AgentStep, ...] = ()
    projects: tuple[ProjectFile, ...] = ()
    """What project files say of their projects; what a lockfile knows of these are components."""
    custody: tuple[Evidence, ...] = ()
    """Only of a comparison with a lockfile; the weakest first."""
    matches: tuple[Match, ...] = ()
    """What advisories say of the components; only where a source of them was asked for."""
    advisory_sources: tuple[AdvisorySource, ...] = ()
    releases: tuple[ReleaseState, ...] = ()
    """What indexes say of the components; only where they were asked."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader should know of how this was made; no problem, no finding."""
    agent: frozenset[str] = frozenset()
    """purls of the agent graph: agent packages and all that they depend on."""
    roots: tuple[str, ...] = ()
    """purls that something outside the graph asks for: direct dependencies."""
    files_verified: int = 0
    sources: int = 0
    """Inputs that a collector took; 0 means that nothing at all was found to scan."""


@noun
class Report(Noun):
    """The outcome of one scan of one or more targets."""

    inventories: tuple[Inventory, ...]
    findings: tuple[Finding, ...]
    """Accepted ones included, the gravest first."""
    fail_on: str = "high"
    """A severity, or `never`."""
    policy: str = ""
    """Path of the policy in force; empty for the defaults."""
    parties: Parties = Parties()
    """Those of the policy, for a document of the report."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for inventory in self.inventories for problem in inventory.problems)

    @property
    def complete(self) -> bool:
        """Whether everything that should have been read was, and there was something to read."""
        return bool(self.inventories) and not self.problems and all(inventory.sources for inventory in self.inventories)

    @property
    def failed(self) -> bool:
        """Whether an open finding reaches `fail_on`."""
        if self.fail_on == "never":
            return False
        bar = Severity(self.fail_on).rank
        return any(finding.accepted is None and finding.severity.rank <= bar for finding in self.findings)

    @property
    def gate(self) -> str:
        """`fail` · `incomplete` · `pass`."""
        return "fail" if self.failed else "pass" if self.complete else "incomplete"

    @property
    def exit_code(self) -> int:
        return {"pass": 0, "fail": 1, "incomplete": 3}[self.gate]
