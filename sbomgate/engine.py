"""The road: collect a target, audit what was collected, decide.

`collect` reads, `audit` judges, `scan` does both. All are pure functions of the target's files and their arguments:
they write nothing, keep nothing, reach no network, and their results pickle. `verify` does so too, unless it is told to
download, or to remember what it read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sbomgate.errors import CollectError, UsageError
from sbomgate.inventory import Builder, agent_matcher
from sbomgate.model import Finding, Inventory, Problem, Report, Target
from sbomgate.policy import Context, Policy, apply, fingerprint, is_enabled, today_of
from sbomgate.tree import FolderTree, HomeTree, SourceFile, SourceFolder, Tree

Progress = Callable[..., None]
"""Told what is being read; what is done with it instead comes second: `downloading` · `downloaded`."""
_UNUSED = "SG591"


def collect(
    target: Target | str,
    *,
    policy: Policy | None = None,
    files: bool = True,
    verify: bool = True,
    licences: bool = False,
    jobs: int = 0,
    progress: Progress | None = None,
) -> Inventory:
    """Everything in `target` that sbomgate can read; UsageError if there is no such target.

    `files`: compare the files of environments with their RECORDs; `verify`: hash them for that, not only their names.
    `licences`: read the licence files of what is installed, for a document.
    `jobs`: processes for hashing, 0 for one a processor. What cannot be read is a Problem of the inventory; nothing of the target is executed or imported.
    """
    return _gather(target, policy, files=files, verify=verify, licences=licences, jobs=jobs, progress=progress)[0]


def _gather(
    target: Target | str,
    policy: Policy | None,
    *,
    files: bool = True,
    verify: bool = True,
    licences: bool = False,
    jobs: int = 0,
    progress: Progress | None = None,
    ledger: bool = False,
) -> tuple[Inventory, Mapping[type, list[Any]]]:
    """The inventory of `target`, and its nouns by kind: the ledgers among them, if they were asked for, are in no inventory."""
    from sbomgate import collectors

    target = Target(target) if isinstance(target, str) else target
    if not os.path.lexists(target.path):
        raise UsageError("no such file or folder", target.path)
    single = not os.path.isdir(target.path)
    personal = target.kind in ("user", "home")
    if single and personal:
        raise UsageError("not a folder", target.path, fix="name a home folder")
    # a link that the caller names is followed: who names it means what it leads to
    real = os.path.realpath(target.path)
    tree: Tree = _file_tree(real) if single else FolderTree(target.path)
    if personal:
        tree = HomeTree(real, machine=target.kind == "user")
    builder = Builder(target)

    def problem(error: CollectError) -> None:
        builder.add(Problem(path=error.path or ".", where=error.where, what=error.what, fix=error.fix))

    if single:
        name = os.path.basename(os.path.realpath(target.path))
        spec = collectors.by_name(os.path.abspath(target.path).replace(os.sep, "/"))
        found: Iterable[tuple[collectors.Spec, str]] = [(spec, name)] if spec else []
        if spec is None:
            fix = "`sbomgate scan FOLDER` finds what can be read; the README lists the formats"
            builder.add(Problem(path=name, what="not a format that sbomgate reads", fix=fix))
    elif personal:
        found = collectors.personal(tree)
    else:
        found = collectors.discover(tree, "", problem, builder.add)
    for spec, path in found:
        if progress is not None:
            progress(path or target.path)
        counts = single or spec.alone
        builder.sources += counts
        source = SourceFolder(tree, path, files, files and verify, jobs, ledger, licences) if spec.is_folder else SourceFile(tree, path)
        nouns: Iterator[Any] = iter(())
        try:
            nouns = spec.collect(source)
            for noun in nouns:
                builder.add(noun)
                if not counts:
                    counts = True
                    builder.sources += 1
        except CollectError as error:
            problem(error if error.path else CollectError(error.what, path, error.where, error.fix))
        except Exception as error:  # noqa: BLE001 - one input must not take the others with it; it is never silent
            builder.add(
                Problem(
                    path=path or ".",
                    what=f"internal error ({type(error).__name__}: {str(error)[:200]})",
                    fix="please report it with the file",
                )
            )
        finally:
            if isinstance(nouns, Generator):
                nouns.close()  # after an interruption too: it may have processes at work
    if personal:
        builder.sources = max(builder.sources, 1)  # to find no agent's settings in a home folder is a result
    elif not builder.sources and not builder.kinds[Problem]:
        builder.add(
            Problem(path=".", what="nothing found to scan", fix="name a folder with a lockfile, an environment or an agent's configuration")
        )
    kind = target.kind or ("file" if single else collectors.folder_kind(tree))
    builder.target = target._replace(kind=kind)
    return builder.build(agent_matcher(policy.agent_packages if policy else ())), builder.kinds


def advised(
    inventory: Inventory,
    policy: Policy,
    advisory_db: str = "",
    *,
    online: bool = False,
    pip_audit: str = "",
    vex: Sequence[Any] = (),
    progress: Progress | None = None,
) -> Inventory:
    """`inventory` with what the sources of `policy` say of its components. A source that cannot be asked is a Problem.

    `advisory_db`: the store that the source `osv` reads; the user's own when empty. `online`: whether those that reach the network may
    be asked. `pip_audit`: the command of that source; the one beside our own interpreter when empty. `vex`: documents, `advisories.vex.load`.
    """
    if not policy.advisories:
        return inventory
    from sbomgate import advisories

    asked = advisories.ask(
        inventory, policy.advisories, db=advisory_db, url=policy.osv_url, command=pip_audit, online=online, progress=progress
    )
    matches = asked.matches
    if vex:
        from sbomgate.advisories.vex import applied

        matches = applied(matches, inventory, vex)
    return replace(
        inventory,
        matches=(*inventory.matches, *matches),
        releases=(*inventory.releases, *asked.releases),
        advisory_sources=(*inventory.advisory_sources, *asked.sources),
        problems=(*inventory.problems, *asked.problems),
        notes=(*inventory.notes, *asked.notes),
    )


def with_vex(report: Report, documents: Sequence[Any]) -> Report:
    """`report` with what was wrong with the VEX `documents` that it was made with, and what of them was not used in any target."""
    if not documents or not report.inventories:
        return report
    from sbomgate.advisories.vex import notes

    first, *others = report.inventories
    problems = tuple(problem for document in documents for problem in document.problems)
    first = replace(first, problems=(*first.problems, *problems), notes=(*first.notes, *notes(report.inventories, documents)))
    return replace(report, inventories=(first, *others))


def audit(inventory: Inventory, policy: Policy | None = None, manifest: Any = None) -> tuple[Finding, ...]:
    """What the rules find in `inventory`, the policy applied, the gravest first.

    `manifest`: the known-good `manifest.Manifest` to compare with, if any.
    """
    from sbomgate.rules import rules_for

    policy = policy or Policy()
    changes: tuple[Any, ...] = ()
    if manifest is not None:
        from sbomgate.manifest import diff, from_inventory

        changes = tuple(change for change in diff(manifest, from_inventory(inventory)) if not change.bundled)
    agents, gone = _agents(policy)
    context = Context(
        inventory,
        changes,
        policy.path,
        agents=agents,
        agent_packages=policy.agent_packages,
        install_scripts=policy.install_scripts,
        registries=policy.registries,
        max_age_days=policy.max_age_days,
        today=today_of(policy) if inventory.advisory_sources else "",
        blast_budget=policy.blast_budget,
    )
    rules = [rule for rule in rules_for(context) if is_enabled(policy, rule)]
    path = inventory.target.path
    personal = inventory.target.kind in ("user", "home")
    folder = "" if personal else _below_working_directory(path, single=inventory.target.kind == "file")

    def named(finding: Finding) -> Finding:
        return replace(finding, target=path, fingerprint=fingerprint(finding, folder))

    found = [named(finding) for rule in rules if rule.stage == "inventory" for finding in rule.check(context)]
    judged, unused, expired = apply(policy, found, folder)
    context = replace(context, unused=(*unused, *_unused_servers(context)), expired=(*expired, *gone))
    last = [named(finding) for rule in rules if rule.stage == "policy" for finding in rule.check(context)]
    judged += apply(policy, last, folder)[0]
    return tuple(sorted(judged, key=_order))


def _agents(policy: Policy) -> tuple[Any, tuple[Any, ...]]:
    """The policy's list of servers as it counts today, and its expired entries."""
    if policy.agents is None:
        return None, ()
    from sbomgate.server_allowlist import live

    return live(policy.agents, today_of(policy))


def _unused_servers(context: Context) -> list[Any]:
    """The entries of the list of servers that approve none; where there is no server at all, none of them is blamed."""
    if context.agents is None or not context.inventory.servers:
        return []
    from sbomgate.server_allowlist import used_by

    used = used_by(context.inventory.servers, context.agents.servers)
    return [entry for entry in context.agents.servers if entry.place not in used]


def scan(
    target: Target | str,
    policy: Policy | None = None,
    *,
    manifest: Any = None,
    advisory_db: str = "",
    online: bool = False,
    pip_audit: str = "",
    vex: Sequence[Any] = (),
    verify: bool = True,
    licences: bool = False,
    jobs: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Collect `target` and audit it: the report of one target.

    `advisory_db`, `online`, `pip_audit`, `vex`: for a policy that wants advisories; see `advised`.
    """
    policy = policy or Policy()
    inventory = collect(target, policy=policy, verify=verify, licences=licences, jobs=jobs, progress=progress)
    inventory = advised(inventory, policy, advisory_db, online=online, pip_audit=pip_audit, vex=vex, progress=progress)
    if manifest is not None:
        from sbomgate.manifest import from_inventory, incomparable

        inventory = replace(inventory, notes=(*inventory.notes, *incomparable(manifest, from_inventory(inventory))))
    inventory = _strict(inventory) if policy.strict else inventory
    findings = audit(inventory, policy, manifest)
    return Report(inventories=(inventory,), findings=findings, fail_on=policy.fail_on, policy=policy.path, parties=policy.parties)


def verify(
    environment: Target | str,
    lock: Target | str,
    policy: Policy | None = None,
    *,
    artifacts: Sequence[str] = (),
    online: bool = False,
    download_dir: str = "",
    cache: str = "",
    cache_key: str = "",
    advisory_db: str = "",
    ask_online: bool = False,
    pip_audit: str = "",
    vex: Sequence[Any] = (),
    licences: bool = False,
    jobs: int = 0,
    progress: Progress | None = None,
) -> Report:
    """What `scan` says of `environment`, a Python environment or a folder with a node_modules, and whether what is installed there is what `lock` locks, down to the bytes.

    `artifacts`: folders that are searched for the locked artifacts, by hash. `online`: those that are missing are downloaded,
    into `download_dir` or into a folder that is removed again. `cache`: a folder that keeps what was in each artifact, signed
    with the key in the file `cache_key`. `ask_online`: advisories may be asked for over the network. The lock is the report's second target, for what is locked and missing. UsageError if
    `environment` is none, or `lock` no lockfile of its packages.
    """
    from sbomgate import collectors, custody

    policy = policy or Policy()
    lock = Target(lock) if isinstance(lock, str) else lock
    spec = collectors.by_name(os.path.abspath(lock.path).replace(os.sep, "/"))
    kind = spec.name if spec else ""
    comparer = custody.LOCKS.get(kind)
    if comparer is None:
        what = "not a lockfile that can be compared with" if os.path.lexists(lock.path) else "no such file"
        raise UsageError(what, lock.path, fix=f"what can be compared with: {', '.join(custody.LOCKS)}")
    for folder in artifacts:
        if not os.path.isdir(folder):
            raise UsageError("no such folder", folder, "--artifacts")
    if comparer.ecosystem != "pypi" and cache:
        raise UsageError("goes with lockfiles of Python only", where="--cache", fix="--artifacts DIR, npm's own cache for example")
    supply = custody.Supply.prepared(artifacts, online, download_dir, cache, cache_key)
    locked, _ = _gather(lock, policy, progress=progress)
    inventory, nouns = _gather(environment, policy, licences=licences, jobs=jobs, progress=progress, ledger=True)
    path = inventory.target.path
    ledgers = nouns.get(comparer.ledger, [])
    if not ledgers and not (comparer.ecosystem == "pypi" and inventory.target.kind == "environment"):
        raise UsageError(f"not {comparer.target}", path, fix=comparer.fix)
    tree = FolderTree(path)
    supplied = supply.artifacts(inventory, ledgers, locked, tree, jobs, progress, ecosystem=comparer.ecosystem, form=comparer.form)
    result, unreadable = comparer.compare(inventory, ledgers, locked, kind, lock.path, supplied.found, tree, jobs)
    inventory = replace(
        inventory,
        custody=result.installed,
        files=(*inventory.files, *result.facts),
        notes=(*inventory.notes, *supplied.notes, *result.notes),
        problems=tuple(dict.fromkeys((*inventory.problems, *unreadable))),
    )
    inventory = advised(inventory, policy, advisory_db, online=ask_online, pip_audit=pip_audit, vex=vex, progress=progress)
    inventory = _strict(inventory) if policy.strict else inventory
    # its components are what the environment is compared with; they are judged where the lock itself is scanned
    locked = replace(locked, components=(), settings=(), notes=(), custody=result.absent, agent=frozenset(), roots=())
    locked = replace(locked, problems=(*locked.problems, *supplied.lock_problems))
    parts = [
        Report(inventories=(one,), findings=audit(one, policy), fail_on=policy.fail_on, policy=policy.path, parties=policy.parties)
        for one in (inventory, locked)
    ]
    unread = tuple(
        Inventory(target=Target(folder, "project"), problems=tuple(one for where, one in supplied.problems if where == folder), sources=1)
        for folder in dict.fromkeys(where for where, _ in supplied.problems)
    )
    return replace(joined(parts, policy), inventories=(inventory, locked, *unread))


def _strict(inventory: Inventory) -> Inventory:
    """`inventory` with what was not verified as problems."""
    limits = tuple(
        Problem(path=".", what=f"not verified: {note}", fix="leave --strict out to accept this limit") for note in inventory.notes
    )
    return replace(inventory, problems=inventory.problems + limits)


def scan_many(
    targets: Iterable[Target | str],
    policy: Policy | None = None,
    *,
    map: Callable[..., Iterable[Report]] = map,  # noqa: A002 - the name under which executors have it
    **options: Any,
) -> Iterable[Report]:
    """`scan` each target. To fan out, pass the `map` of any `concurrent.futures` executor."""
    return map(partial(scan, policy=policy, **options), targets)


def joined(reports: Iterable[Report], policy: Policy | None = None, *, manifest: Any = None) -> Report:
    """One report of several targets; gate and completeness are those of all of them.

    `manifest` is compared with all targets together: what one of them does not have may stand in another. For the same
    reason an allowlist entry is unused only if no target needed it.
    """
    parts = tuple(reports)
    findings = [finding for part in parts for finding in part.findings]
    if len(parts) > 1:
        needless = frozenset.intersection(*(frozenset(item.key for item in part.findings if item.rule == _UNUSED) for part in parts))
        unused = {item.key: item for item in findings if item.rule == _UNUSED and item.key in needless}
        findings = [item for item in findings if item.rule != _UNUSED] + list(unused.values())
    inventories = tuple(inventory for part in parts for inventory in part.inventories)
    if manifest is not None:
        from sbomgate.manifest import from_inventories, incomparable

        known = from_inventories(inventories)
        findings += drift(inventories, policy, manifest)
        inventories = (replace(inventories[0], notes=(*inventories[0].notes, *incomparable(manifest, known))), *inventories[1:])
    return replace(parts[0], inventories=inventories, findings=tuple(sorted(findings, key=_order)))


def drift(inventories: Sequence[Inventory], policy: Policy | None, manifest: Any) -> list[Finding]:
    """What is different from `manifest` over all `inventories`, as findings."""
    from sbomgate.agent_model import FIELDS
    from sbomgate.manifest import diff, from_inventories
    from sbomgate.rules import rules_for

    policy = policy or Policy()
    nothing: dict[str, Any] = dict.fromkeys(FIELDS.values(), ())
    context = Context(
        replace(
            inventories[0],
            components=(),
            hooks=(),
            servers=(),
            files=(),
            secrets=(),
            settings=(),
            matches=(),
            advisory_sources=(),
            releases=(),
            **nothing,
        ),
        tuple(change for change in diff(manifest, from_inventories(inventories)) if not change.bundled),
    )
    found = [
        replace(finding, target=inventories[0].target.path, fingerprint=fingerprint(finding))
        for rule in rules_for(context)
        if is_enabled(policy, rule) and rule.stage == "inventory"
        for finding in rule.check(context)
    ]
    return apply(policy, found)[0]


def _below_working_directory(path: str, *, single: bool) -> str:
    """The folder of the target relative to the working directory, with `/`; empty if it is that, or lies elsewhere."""
    folder = os.path.dirname(os.path.abspath(path)) if single else os.path.abspath(path)
    relative = os.path.relpath(folder)
    return "" if relative == os.curdir or relative.startswith(os.pardir) or os.path.isabs(relative) else relative.replace(os.sep, "/")


def _order(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.severity.rank,
        finding.rule,
        finding.target,
        finding.location.path,
        finding.location.line,
        finding.subject,
        finding.message,
    )


def _file_tree(path: str) -> FolderTree:
    """The folder of a single file; what the file refers to may lie anywhere in the working directory around it."""
    folder = os.path.dirname(os.path.abspath(path))
    here = os.getcwd()
    return FolderTree(
        folder, here if os.path.commonpath([os.path.realpath(folder), os.path.realpath(here)]) == os.path.realpath(here) else folder
    )
