"""What lies in node_modules against what a lockfile of npm, pnpm, Yarn or Bun locks: one piece of evidence for each folder.

There is no RECORD: the chain is lock → tarball → file. Without the tarball a package is known by its package.json alone.
What installers may change, and nothing else: a `.gitignore` becomes an `.npmignore`, the first line of a program ends as on
Unix, programs may be executed, `node_modules/.bin` leads to them, npm before version 7 wrote what it knew into package.json.
Sources: pacote, `lib/fetcher.js`; `bin-links`; npm 6, `lib/install/update-package-json.js`; Node.js documentation, "Loading
from node_modules folders".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sbomgate.collectors.lockfiles.integrity import STRONG
from sbomgate.collectors.lockfiles.npm import BUNDLED, PATCH
from sbomgate.collectors.lockfiles.yarn_lock import CHECKSUM
from sbomgate.collectors.node_modules import MAX_MANIFEST
from sbomgate.custody.artifacts import Found, address
from sbomgate.custody.compare import Custody
from sbomgate.custody.npm_lock import Lock, Locked, find_base, is_version, text_of
from sbomgate.custody.npm_names import MODULES, STORES, is_extensionless, loaded_name, may_be_absent, plain, renamed
from sbomgate.custody.shims import MAX_LINE, MAX_SHIM, interpreter, read_shim
from sbomgate.custody.tarball import File, Tarball
from sbomgate.custody_model import Deviation, Evidence, PackageFolder, PackageLedger
from sbomgate.errors import CollectError
from sbomgate.hashing import Request, deviating
from sbomgate.inventory import STRENGTHS
from sbomgate.model import Component, Digest, Inventory, Location, Origin, Problem
from sbomgate.purl import npm
from sbomgate.tree import Tree, normalised, parse_json

_CODE: Final = (
    ".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx", ".node", ".wasm", ".so", ".dll", ".dylib", ".exe", ".sh", ".cmd", ".bat",
    ".ps1", ".py", ".gyp", ".gypi",
)  # fmt: skip
_LAUNCHERS: Final = (".cmd", ".ps1", ".exe", ".bunx")
_SCRIPT: Final = "an install script of the package may have written it"
_SPECIAL: Final = 0o6000
_MAX_SHOWN: Final = 5


class _Row:
    """A folder with what is known of it; filled on the way."""

    def __init__(self, folder: PackageFolder, locked: Locked | None, item: Component | None) -> None:
        self.folder = folder
        self.locked = locked
        self.item = item
        self.candidates: list[Found] = []
        self.stranger: Found | None = None
        self.chosen: Found | None = None
        self.holder: _Row | None = None
        """The package whose tarball has this one in it."""
        self.files: dict[str, str] = {}
        """Path below the folder → kind, of what belongs to it."""
        self.deviations: list[Deviation] = []
        self.remarks: list[str] = []
        self._inner: frozenset[str] | None = None
        self._cases: dict[str, list[str]] = {}

    @property
    def inner(self) -> frozenset[str]:
        """Every folder that the tarball has below its node_modules."""
        if self._inner is None:
            found: set[str] = set()
            for name in self.tarball.files if self.tarball else ():
                if name.startswith(f"{MODULES}/"):
                    folder = name.rpartition("/")[0]
                    while folder and folder not in found:
                        found.add(folder)
                        folder = folder.rpartition("/")[0]
            self._inner = frozenset(found)
        return self._inner

    def other_cases(self, name: str) -> list[str]:
        """The members of the tarball that are called `name` by a system that knows no case, but are not."""
        if not self._cases and self.tarball:
            for one in self.tarball.files:
                self._cases.setdefault(one.casefold(), []).append(one)
        return [one for one in self._cases.get(name.casefold(), ()) if one != name]

    @property
    def tarball(self) -> Tarball | None:
        return self.chosen.tarball if self.chosen else None


def compare(
    target: Inventory,
    ledgers: Sequence[PackageLedger],
    lock: Inventory,
    kind: str,
    path: str,
    found: Sequence[Found],
    tree: Tree,
    jobs: int = 0,
) -> tuple[Custody, list[Problem]]:
    """The evidence for every package folder, for what is locked and not there, and what could not be read. `path`: of the lock."""
    return _Comparer(target, ledgers, Lock(lock, kind, path, find_base(tree, ledgers, path)), found, tree, jobs).run()


class _Comparer:
    def __init__(
        self, target: Inventory, ledgers: Sequence[PackageLedger], lock: Lock, found: Sequence[Found], tree: Tree, jobs: int
    ) -> None:
        self.lock, self.tree, self.jobs = lock, tree, jobs
        self.found = found
        self.notes: list[str] = []
        self.projects = {"", normalised(lock.base).rstrip("/").removeprefix("."), *lock.projects} if lock.base != "\0" else {""}
        """The folders that the lock speaks of, relative to the target."""
        self.ledgers = [one for one in ledgers if one.top.removesuffix(MODULES).rstrip("/") in self.projects]
        if others := sorted({one.top for one in ledgers} - {one.top for one in self.ledgers}):
            more = f" and {len(others) - _MAX_SHOWN} more" if len(others) > _MAX_SHOWN else ""
            self.notes.append(f"not compared, since the lock does not know their projects: {', '.join(others[:_MAX_SHOWN])}{more}")
        items = {item.purl: item for item in target.components if item.origin is Origin.INSTALLED}
        folders = sorted({one.path: one for ledger in self.ledgers for one in ledger.packages}.items())
        self.rows = {path: _Row(one, lock.find(one), items.get(one.purl)) for path, one in folders}
        self.loose: list[Evidence] = []
        self.problems: list[Problem] = []

    def run(self) -> tuple[Custody, list[Problem]]:
        self._choose()
        self._find_holders()
        self._share_files()
        self._compare_files()
        self._compare_modes()
        self._compare_programs()
        evidence = [_evidence(row, self.lock) for row in self.rows.values()]
        absent = self._absent(evidence)
        evidence += self.loose
        evidence.sort(key=lambda one: (STRENGTHS.index(one.strength), one.purl, one.location))
        weak = sum(one.strength == "version" for one in evidence)
        if weak:
            self.notes.append(f"{weak} of {len(evidence)} packages were not compared with a tarball; give a folder that holds it")
        return Custody(tuple(evidence), tuple(absent), (), tuple(self.notes)), self.problems

    # tarballs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _choose(self) -> None:
        """Find the tarball of each package: by the locked hash, never by its name."""
        by_digest: dict[Digest, list[Found]] = defaultdict(list)
        strangers: dict[str | Digest, Found] = {}
        for one in self.found:
            for digest in one.digests if one.locked else ():
                by_digest[digest].append(one)
            if not one.locked:
                strangers[one.filename] = one
            if (claimed := address(one.path)) is not None and claimed not in one.digests:
                strangers[claimed] = one
        for row in self.rows.values():
            locked = row.locked
            if locked is None or any(key == PATCH for key, _ in (locked.component.properties if locked.component else ())):
                continue
            strong = [digest for digest in locked.digests if digest.alg in STRONG]
            row.candidates = [one for digest in strong for one in by_digest.get(digest, ())]
            for one in row.candidates:
                tarball = one.tarball
                if tarball and (not locked.is_version or (tarball.name, tarball.version) == (locked.name, locked.version)):
                    row.chosen = one
                    break
            if strong and not row.candidates:
                # what `npm pack` calls it; without its scope the name would be that of other packages too
                name = f"{locked.name.removeprefix('@').replace('/', '-')}-{locked.version}.tgz"
                row.stranger = next((strangers[key] for key in (*strong, name) if key in strangers), None)

    def _find_holders(self) -> None:
        """Tell what lies in the tarball of a package around it: its files are those of that package."""
        for path, row in self.rows.items():
            above = self._around(path)
            if above is None:
                continue
            holder = above.holder or above
            inside = path[len(holder.folder.path) + 1 :]
            entry = self.lock.row(row.folder)
            if holder.tarball is not None:
                own = entry is not None and entry.get("inBundle") is not True
                row.holder = holder if inside in holder.inner and not own else None
            else:
                # without the tarball the lock says so, or what the package says of itself: then it is no better known
                says_so = row.locked is None and row.item is not None and BUNDLED in row.item.properties
                is_bundled = entry is not None and entry.get("inBundle") is True
                row.holder = holder if is_bundled or says_so else None

    def _around(self, path: str) -> _Row | None:
        """The package whose node_modules holds the one at `path`."""
        at = path.rfind(f"/{MODULES}/")
        return self.rows.get(path[:at]) if at > 0 else None

    # files ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _share_files(self) -> None:
        """Give each file to the package that it belongs to; tell those that belong to none and could be loaded."""
        owners: dict[str, _Row | None] = {"": None}
        loose: dict[str, str] = {}
        for ledger in self.ledgers:

            def problem(error: CollectError) -> None:
                self.problems.append(Problem(path=error.path, what=error.what, fix=error.fix))

            prefix = f"{ledger.top}/" if ledger.top else ""
            for path, kind in self.tree.files_below(ledger.top, problem).items():
                folder = path.rpartition("/")[0]
                owner = self._owner(folder, owners)
                if owner is not None:
                    owner.files[path[len(owner.folder.path) + 1 :]] = kind
                elif (name := loaded_name(path[len(prefix) :], kind)) and not self._is_known_link(path, name, kind):
                    loose.setdefault(name, path)
        for name, path in sorted(loose.items()):
            what = "a link to a folder that" if self.tree.kind(path) == "link" else "a file that"
            reason = f"installed, but not locked: {what} no locked package has, and that Node.js loads as {name!r}"
            self.loose.append(Evidence(npm(name), "broken", Location(path), reason, "not-locked"))

    def _owner(self, folder: str, owners: dict[str, _Row | None]) -> _Row | None:
        pending = []
        while folder not in owners:
            row = self.rows.get(folder)
            if row is not None:
                owners[folder] = row.holder or row
                break
            pending.append(folder)
            folder = folder.rpartition("/")[0]
        owner = owners[folder]
        for one in pending:
            owners[one] = owner
        return owner

    def _is_known_link(self, path: str, name: str, kind: str) -> bool:
        """Whether the link at `path` leads to what the lock has under its name: a package of a store, a member of the workspace."""
        if kind != "link":
            return False
        target = self.tree.link_target(path)
        if target is None:
            # a folder outside is told by the collector; of a file outside, or of nothing, only the name is known
            locked_row = self.lock.rows.get(self.lock.key(path), {})
            is_locked = name in self.lock.versions or name in self.lock.aliases or locked_row.get("link") is True
            return is_locked or self.tree.kind(f"{path}/.") == "folder"
        row = self.rows.get(target)
        if row is None:
            return target in self.lock.projects or self.tree.kind(target) not in ("file", "folder")
        return name in (row.folder.name, row.folder.installed) or name in self.lock.aliases

    def _compare_files(self) -> None:
        """Compare every file with the tarball that it should come from."""
        requests: list[Request] = []
        meant: list[tuple[_Row, str, File | None]] = []
        for row in self.rows.values():
            tarball = row.tarball
            if tarball is None or row.holder is not None:
                continue
            known = set()
            folders = {one.rpartition("/")[0] for one in row.files if one.startswith(f"{MODULES}/")}
            for name, file in tarball.files.items():
                place = renamed(name, tarball, row.files)
                known.add(place)
                kind = row.files.get(place, "")
                path = f"{row.folder.path}/{place}"
                if kind == "file":
                    requests.append(Request(path, "sha256", bytes.fromhex(file.sha256), file.size))
                    meant.append((row, place, file))
                elif kind:
                    row.deviations.append(Deviation("link" if kind == "link" else "unread", path, code=True))
                elif not may_be_absent(name, tarball, folders) and not any(other in row.files for other in row.other_cases(name)):
                    row.deviations.append(Deviation("missing", path, code=False))
            for name, kind in row.files.items():
                if name in known or self._is_installers(row, name, kind):
                    continue
                path = f"{row.folder.path}/{name}"
                if kind == "file":
                    requests.append(Request(path, "sha256", b"", 0))
                    meant.append((row, name, None))
                else:
                    row.deviations.append(Deviation("link" if kind == "link" else "unread", path, code=True, detail="not in it"))
        elsewhere = {
            file.sha256: row
            for row in self.rows.values()
            if row.tarball
            for file in row.tarball.files.values()
            if file.executable and file.size
        }
        for number, actual, error in deviating(self.tree, requests, self.jobs):
            row, name, expected = meant[number]
            self._deviates(row, name, expected, actual, error, elsewhere)

    def _is_installers(self, row: _Row, name: str, kind: str) -> bool:
        """Whether an installer puts the file `name` into a package: what lies in a node_modules of its own is told elsewhere."""
        assert row.tarball is not None
        path = f"{row.folder.path}/{name}"
        if name in row.tarball.links:
            row.remarks.append(f"{name} is a link in the tarball too")
            return kind == "link" and (self.tree.link_target(path) or "").startswith(f"{row.folder.path}/")
        outer, modules, inner = path.rpartition(f"/{MODULES}/")
        if not modules or outer not in self.rows or len(outer) < len(row.folder.path):
            return False  # not in the node_modules of this package, or of one that lies in its tarball
        return inner.startswith(".") or (
            kind == "link" and bool(found := loaded_name(inner, kind)) and self._is_known_link(path, found, kind)
        )

    def _deviates(self, row: _Row, name: str, expected: File | None, actual: str, error: str, elsewhere: dict[str, _Row]) -> None:
        tarball = row.tarball
        assert tarball is not None
        path = f"{row.folder.path}/{name}"
        programs = {inside for _, inside in row.folder.programs}
        is_code = name == "package.json" or name.lower().endswith(_CODE) or name in programs or is_extensionless(name)
        if error:
            row.deviations.append(Deviation("unread", path, code=True, detail=error))
        elif expected is None:
            by_script = bool(tarball.scripts)
            row.deviations.append(Deviation("added", path, is_code and not by_script, actual, _SCRIPT if by_script else ""))
        elif actual == expected.unix:
            pass  # as `bin-links` writes programs
        elif name == "package.json" and self._is_rewritten(path, tarball):
            row.remarks.append("package.json was rewritten by npm 6 or older, which keeps in it what it installed")
        elif any(tarball.files[other].sha256 == actual and other not in row.files for other in row.other_cases(name)):
            row.remarks.append(f"{name} is there in another case too, and the file system keeps one of them")
        elif tarball.scripts and name in programs and (other := elsewhere.get(actual)) is not None:
            row.remarks.append(f"{name} is a file of {other.folder.purl}: an install script put it there")
        else:
            row.deviations.append(Deviation("differs", path, is_code, actual))

    def _is_rewritten(self, path: str, tarball: Tarball) -> bool:
        """Whether the package.json at `path` says what that in `tarball` does, as npm before version 7 wrote it."""
        try:
            have = parse_json(self.tree.read(path, MAX_MANIFEST).decode("utf-8-sig"), path)
            want = parse_json(tarball.manifest.decode("utf-8-sig"), path)
        except (CollectError, UnicodeDecodeError):
            return False
        if not isinstance(have, dict) or not isinstance(want, dict) or not {"_id", "_resolved", "_requested"} <= have.keys():
            return False
        if "bin" not in want and isinstance(folders := want.get("directories"), dict) and isinstance(folder := folders.get("bin"), str):
            inside = normalised(folder)
            names = {name[len(inside) + 1 :] for name in tarball.files if name.startswith(f"{inside}/")}
            want["bin"] = {name: f"{inside}/{name}" for name in names if "/" not in name}  # every file of that folder
        return plain(have) == plain(want)

    def _compare_modes(self) -> None:
        """Tell files that may be executed, or that run as their owner, where neither the tarball nor the package says so."""
        allowed: list[tuple[_Row, str]] = []
        count = 0
        for row in self.rows.values():
            tarball = row.tarball
            if tarball is None or row.holder is not None:
                continue
            programs = {inside for _, inside in row.folder.programs}
            folders = tuple(f"{inside}/" for command, inside in row.folder.programs if not command)
            for name, kind in row.files.items():
                mode = self.tree.mode(f"{row.folder.path}/{name}") if kind == "file" else None
                if mode is None:
                    continue
                if mode & _SPECIAL:
                    row.deviations.append(Deviation("mode", f"{row.folder.path}/{name}", code=True, detail=f"mode {mode:o}"))
                file = tarball.files.get(name)
                if file is None or file.executable or name in programs or name.startswith(folders) or tarball.scripts:
                    continue
                count += 1
                if mode & 0o111:
                    allowed.append((row, name))
        if 2 * len(allowed) > count:
            self.notes.append("file modes were not compared: this file system says of most files that they may be executed")
            return
        for row, name in allowed:
            row.deviations.append(Deviation("mode", f"{row.folder.path}/{name}", code=False, detail="may be executed"))

    # programs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _compare_programs(self) -> None:
        """Compare each `.bin` with the programs that packages name."""
        owners: dict[str, dict[str, _Row]] = defaultdict(dict)
        for row in self.rows.values():
            for command, inside in row.folder.programs:
                if command:
                    owners[command][f"{row.folder.path}/{inside}"] = row
                    continue
                for name in row.files:
                    if name.rpartition("/")[0] == inside:
                        owners[name.rpartition("/")[2]][f"{row.folder.path}/{name}"] = row
        scripts: list[tuple[str, str, dict[str, _Row]]] = []
        launchers = 0
        for modules in self._bins():
            try:
                entries = self.tree.entries(f"{modules}.bin")
            except CollectError as error:
                self.problems.append(Problem(path=error.path, what=error.what, fix=error.fix))
                continue
            for name, kind in entries:
                path = f"{modules}.bin/{name}"
                if name.lower().endswith(_LAUNCHERS) and kind == "file":
                    launchers += 1
                elif kind == "link":
                    target = self.tree.link_target(path)
                    if target is None or not (target in owners.get(name, ()) or self._is_own(target)):
                        self._strays(name, path, owners.get(name, {}), target or "out of the target, or to nothing")
                elif kind == "file":
                    scripts.append((name, path, owners.get(name, {})))
                else:
                    self._strays(name, path, owners.get(name, {}), "no program")
        self._compare_shims(scripts)
        if launchers:
            self.notes.append(f"{launchers} launchers for Windows in .bin folders were not compared")

    def _bins(self) -> Iterator[str]:
        """The node_modules folders, each with `/`, that have a `.bin`."""
        seen: set[str] = set()
        for ledger in self.ledgers:
            prefix = f"{ledger.top}/" if ledger.top else ""
            seen |= {prefix, *(f"{prefix}{store}/{MODULES}/" for store in STORES)}
            for one in ledger.packages:
                seen.add(f"{one.path}/{MODULES}/")
                if one.installed:
                    seen.add(one.path.removesuffix(one.installed))
        return (modules for modules in sorted(seen) if self.tree.kind(f"{modules}.bin") == "folder")

    def _is_own(self, target: str) -> bool:
        """Whether `target` is code of the project, and not of what it installed."""
        return MODULES not in target.split("/") and self.lock.base != "\0"

    def _compare_shims(self, scripts: Sequence[tuple[str, str, dict[str, _Row]]]) -> None:
        read = []
        homes: Counter[str] = Counter()
        for name, path, owners in scripts:
            try:
                content = self.tree.read(path, MAX_SHIM)
            except CollectError as error:
                self._strays(name, path, owners, error.what)
                continue
            shim = read_shim(content)
            read.append((name, path, owners, shim))
            homes.update({folder.partition(f"/{MODULES}")[0] for folder in shim.searched} if shim else ())
        home = max(homes, key=lambda one: (homes[one], one), default="")
        for name, path, owners, shim in read:
            if shim is None:
                self._strays(name, path, owners, "no script that an installer writes")
                continue
            folder = path.rpartition("/")[0]
            for program, arguments, inside in sorted(shim.starts):
                target = self.tree.link_target(normalised(f"{folder}/{inside}"))
                if target is None or not (target in owners or self._is_own(target)):
                    self._strays(name, path, owners, f"it starts {inside}")
                    break
                named, wanted = self._interpreter(target)
                if (program.removesuffix(".exe") not in (named, "node", "") or arguments != wanted) and program:
                    self._strays(name, path, owners, f"it starts {' '.join((program, *arguments))}"[:200])
                    break
            else:
                other = sorted(one for one in shim.searched if f"/{MODULES}" not in one or one.partition(f"/{MODULES}")[0] != home)
                if other:
                    self._strays(name, path, owners, f"it lets Node.js search {other[0]}")

    def _interpreter(self, path: str) -> tuple[str, tuple[str, ...]]:
        try:
            return interpreter(self.tree.head(path, MAX_LINE))
        except CollectError:
            return "", ()

    def _strays(self, name: str, path: str, owners: dict[str, _Row], what: str) -> None:
        """Tell a program that is not the one that a package names."""
        deviation = Deviation("script", path, code=True, detail=what if " " in what else f"it leads to {what}")
        if owners:
            row = next(iter(owners.values()))
            (row.holder or row).deviations.append(deviation)
            return
        reason = f"{path} is the program of no package that is installed"
        self.loose.append(Evidence(npm(name), "broken", Location(path), reason, "content", deviations=(deviation,)))

    # absent ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _absent(self, evidence: Iterable[Evidence]) -> list[Evidence]:
        """What is locked and, as far as can be told, needed here, but not installed."""
        wanted = list(self._wanted())
        here = {(row.folder.name, row.folder.version) for row in self.rows.values()}
        names = {row.folder.name for row in self.rows.values()}
        broken = {one.location.path for one in evidence if one.fault == "version"}
        missing: dict[str, list[Evidence]] = {"runtime": [], "dev": [], "peer": []}
        present: Counter[str] = Counter()
        for path, item, name, version, scope in wanted:
            is_here = (name, version) in here or (not version and name in names) or path in self.rows or f"{path}/package.json" in broken
            if is_here or scope == "optional":
                present[scope] += is_here
                continue
            reason = "locked, but not installed"
            place = item.locations[0] if item else Location(self.lock.kind)
            missing[scope].append(Evidence(item.purl if item else npm(name, version), "broken", place, reason, "not-installed"))
        found = missing["runtime"]
        for scope, omitted in (("dev", "development dependencies"), ("peer", "peer dependencies")):
            if present[scope]:
                found += missing[scope]
            elif missing[scope]:
                self.notes.append(f"none of the {len(missing[scope])} locked {omitted} is installed: taken for left out on purpose")
        return list(dict.fromkeys(found))

    def _wanted(self) -> Iterator[tuple[str, Component | None, str, str, str]]:
        """(path or nothing, component, name, version, scope) of everything that the lock has for this target."""
        if not self.lock.rows:
            if self.lock.kind == "pnpm-lock" and not any(self.tree.kind(_below(one.top, ".pnpm")) for one in self.ledgers):
                self.notes.append("what is locked and not installed was not looked for: the store of pnpm lies outside the target")
                return
            for item in self.lock.components:
                yield "", item, item.name, item.version if is_version(item) else "", item.scope
            return
        for key, row in self.lock.rows.items():
            path = self.lock.path(key)
            at = key.rfind(f"{MODULES}/")
            if at < 0 or not path or row.get("link") is True or row.get("inBundle") is True or row.get("extraneous") is True:
                continue
            outer = key[:at].rstrip("/")
            if outer and MODULES not in outer and normalised(self.lock.path(outer)) not in self.projects:
                continue  # of a member of the workspace that is not here
            name, version = text_of(row, "name") or key[at + len(MODULES) + 1 :], text_of(row, "version")
            flags = [row.get(flag) is True for flag in ("optional", "devOptional", "dev", "peer")]
            scope = "optional" if flags[0] or flags[1] else "dev" if flags[2] else "peer" if flags[3] else "runtime"
            yield path, self.lock.component(name, version), name, version, scope


def _evidence(row: _Row, lock: Lock) -> Evidence:
    """How firmly the package is known; the gravest that is wrong with it first."""
    folder, locked = row.folder, row.locked
    known = Evidence(folder.purl, "version", Location(folder.manifest))

    def fault(name: str, reason: str) -> Evidence:
        return known._replace(strength="broken", fault=name, reason=reason)

    if row.holder is not None:
        inside = _evidence(row.holder, lock)
        strength = "bytes" if inside.strength == "bytes" else "version"
        return known._replace(strength=strength, artifact=inside.artifact, reason=f"it lies in the tarball of {row.holder.folder.purl}")
    if locked is None:
        versions = sorted(set(filter(None, lock.versions.get(folder.name, ()))))
        if versions:
            return fault("version", f"{folder.version or 'no version'} is installed, {' or '.join(versions[:_MAX_SHOWN])} is locked")
        return fault("not-locked", "installed, but not locked")
    if locked.is_version and (folder.name, folder.version) != (locked.name, locked.version):
        if folder.name == locked.name:
            return fault("version", f"{folder.version or 'no version'} is installed, {locked.version} is locked")
        return fault("version", f"{folder.name} {folder.version} is installed where {locked.name} {locked.version} is locked")
    if lock.rows and lock.row(folder) is None and folder.installed and STORES.isdisjoint(folder.path.split("/")):
        row.remarks.append("it lies where the lock has no package")
    tarball = row.tarball
    if row.stranger is not None:
        name = f"{locked.name} {locked.version}"
        return fault("artifact", f"{row.stranger.path} has sha256 {row.stranger.sha256[:16]}…, which is not locked for {name}")
    if tarball is None or row.chosen is None:
        if refused := next((one for one in row.candidates if one.refused), None):
            return fault("refused", f"{refused.path}: {refused.refused}")
        if wrong := next((one.tarball for one in row.candidates if one.tarball), None):
            return fault("artifact", f"the locked artifact is one of {wrong.name} {wrong.version}")
        if row.deviations:
            return fault("content", _told(row))._replace(deviations=_ordered(row.deviations))
        stated = [digest for digest in row.item.hashes if digest.alg in STRONG] if row.item else []
        strong = [digest for digest in locked.digests if digest.alg in STRONG]
        if stated and strong and set(stated).isdisjoint(strong) and {one.alg for one in stated} & {one.alg for one in strong}:
            return fault("artifact", f"was installed from an artifact with {stated[0].alg} {stated[0].value[:16]}…, which is not locked")
        return known._replace(reason="; ".join((_why_no_tarball(locked), *row.remarks)))
    known = known._replace(artifact=row.chosen.sha256, files=len(tarball.files))
    if row.deviations:
        return known._replace(strength="broken", fault="content", reason=_told(row), deviations=_ordered(row.deviations))
    return known._replace(strength="bytes", reason="; ".join(dict.fromkeys(row.remarks)))


def _why_no_tarball(locked: Locked) -> str:
    """Why the files of the package cannot be compared with a tarball."""
    item = locked.component
    properties = dict(item.properties) if item else {}
    kind = item.source.kind if item and item.source else "index"
    if PATCH in properties:
        return f"patched with {properties[PATCH]}: what a patch makes of a package is not compared"
    if kind == "vcs":
        return "packed on this machine from a repository: what that makes cannot be derived"
    if kind == "path":
        return "installed from a local folder or file"
    if CHECKSUM in properties:
        return "the lock has the digest of an archive of Yarn's own, and none of the tarball"
    if not locked.digests:
        return "the lock has no hash of its tarball"
    if not any(digest.alg in STRONG for digest in locked.digests):
        return f"the lock has only {' and '.join(sorted({one.alg for one in locked.digests}))} of its tarball, which is too weak to prove anything"
    return "its tarball was not found"


def _told(row: _Row) -> str:
    paths = [one.path for one in _ordered(row.deviations)]
    what = "not as the artifact says" if row.tarball else "not as the package says"
    return f"{paths[0]} is {what}" if len(paths) == 1 else f"{len(paths)} files are {what}, {paths[0]} among them"


def _ordered(deviations: Iterable[Deviation]) -> tuple[Deviation, ...]:
    return tuple(sorted(deviations, key=lambda one: (not one.code, one.path, one.kind)))


def _below(*parts: str) -> str:
    return "/".join(part for part in parts if part)
