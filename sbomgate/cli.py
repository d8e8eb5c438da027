"""The commands: parse, call, show. Results go to stdout, talk goes to stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Self

import click

from sbomgate import __version__
from sbomgate.errors import SbomgateError, UsageError
from sbomgate.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sbomgate.model import Inventory, Problem, Report
    from sbomgate.policy import Policy

FORMATS = ("table", "json", "sarif", "cyclonedx", "junit", "github", "markdown", "html")
SEVERITIES = ("critical", "high", "medium", "low", "never")
"""What `--fail-on` takes; `info` never fails a gate."""


class _Group(click.Group):
    """Every error of ours is one line on stderr and exit 2, an interruption is exit 130; a traceback is a bug."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SbomgateError as error:
            click.echo(f"sbomgate: {printable(str(error))}", err=True)
            ctx.exit(2 if isinstance(error, UsageError) else 3)
        except KeyboardInterrupt:
            click.echo("sbomgate: interrupted; nothing was reported", err=True)
            ctx.exit(130)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="sbomgate %(version)s")
def main() -> None:
    """Know exactly what an agent stack runs, pin it, verify it to the byte, deny what is not known-good.

    Reads environments, lockfiles and agents' configuration; never runs any of it.
    """


def _targets(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("targets", nargs=-1, metavar="[TARGET]...")(function)


def _collecting(function: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option(
            "--policy",
            "policy_file",
            metavar="FILE",
            help="Policy file; default: sbomgate.toml or pyproject.toml of the working directory.",
        ),
        click.option("--jobs", type=click.IntRange(0), default=0, metavar="N", help="Processes for hashing; 0: one a processor."),
        click.option("-q", "--quiet", is_flag=True, help="No progress, no problems on stderr."),
        click.option("-v", "--verbose", is_flag=True, help="Say what is read."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _reporting(function: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option(
            "-f", "--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True, help="What goes to stdout."
        ),
        click.option("-o", "--output", "outputs", multiple=True, metavar="FORMAT=FILE", help="Also write FORMAT to FILE; repeatable."),
        click.option("--fail-on", type=click.Choice(SEVERITIES), help="Lowest severity that fails the gate.  [default: high]"),
        click.option("--select", multiple=True, metavar="RULES", help="Only these rules: ids or prefixes, comma-separated."),
        click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules."),
        click.option("--strict", is_flag=True, help="What could not be verified counts as incomplete."),
        click.option("--no-color", is_flag=True, help="No colour; so does the environment variable NO_COLOR."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@main.command()
@_targets
@_reporting
@click.option("--manifest", "manifest_file", metavar="FILE", help="Known-good manifest to compare with.")
@click.option("--no-verify", is_flag=True, help="Do not hash installed files.")
@click.option("--offline/--online", default=True, show_default=True, help="Whether the network may be used.")
@click.option("--explain-hooks", is_flag=True, help="First tell what runs before a program does, in order, and why it is trusted.")
@_collecting
def scan(
    targets: tuple[str, ...],
    format_: str,
    outputs: tuple[str, ...],
    manifest_file: str | None,
    fail_on: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    no_verify: bool,
    offline: bool,
    strict: bool,
    explain_hooks: bool,
    no_color: bool,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Collect TARGETs (default: the working directory), audit them, gate.

    \b
    sbomgate scan .venv
    sbomgate scan .venv --explain-hooks
    sbomgate scan . --manifest sbomgate.cdx.json -o sarif=sbomgate.sarif

    Exit: 0 nothing at or above --fail-on, 1 gate failed, 2 wrong usage, 3 incomplete.
    """
    from dataclasses import replace

    from sbomgate import engine

    if explain_hooks and format_ != "table":
        raise UsageError("--explain-hooks goes with the table format only", fix="-f json has the same facts under inventory.hooks")
    if not offline and not quiet:
        click.echo("note: --online: no check of this version needs the network", err=True)

    files = _output_files(outputs)
    policy = _policy(policy_file, fail_on, select, ignore, strict)
    known = None
    if manifest_file:
        from sbomgate.manifest import load

        try:
            known = load(manifest_file)
        except SbomgateError as error:
            raise UsageError(error.what, error.path, error.where, error.fix) from error
    with _Progress(quiet, verbose) as progress:
        paths = _unique(targets)
        one = known if len(paths) == 1 else None
        scanned = engine.scan_many(paths, policy, manifest=one, verify=not no_verify, jobs=jobs, progress=progress)
        report = engine.joined(scanned, policy, manifest=known if one is None else None)
    if no_verify:
        note = "--no-verify: installed files were not hashed"
        report = replace(report, inventories=tuple(replace(item, notes=(*item.notes, note)) for item in report.inventories))
    _deliver(report, format_, files, no_color=no_color, quiet=quiet, explain_hooks=explain_hooks)


@main.command()
@click.argument("environment", metavar="ENV")
@click.option(
    "--lock",
    required=True,
    metavar="LOCK",
    help="uv.lock, pylock.toml, poetry.lock, pdm.lock, Pipfile.lock, requirements.txt; package-lock.json, pnpm-lock.yaml, yarn.lock, bun.lock.",
)
@click.option("--artifacts", multiple=True, metavar="DIR", help="Folder to find the locked artifacts in, by hash; repeatable.")
@click.option("--pip-cache", is_flag=True, help="Also find them in pip's HTTP cache.")
@click.option("--online", is_flag=True, help="Download those that are missing, each checked against its locked hash.")
@click.option("--download-dir", metavar="DIR", default="", help="With --online: keep them there; default: a folder that is removed again.")
@click.option("--cache", metavar="DIR", default="", help="Remember there what was in each artifact, so that the next run needs none.")
@click.option("--cache-key", metavar="FILE", default="", help="Key that the cache is signed with; default: one of the user's own.")
@_reporting
@_collecting
def verify(
    environment: str,
    lock: str,
    artifacts: tuple[str, ...],
    pip_cache: bool,
    online: bool,
    download_dir: str,
    cache: str,
    cache_key: str,
    format_: str,
    outputs: tuple[str, ...],
    fail_on: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    no_color: bool,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Whether what is installed in ENV is what LOCK locks, down to the bytes; everything that `scan ENV` says included.

    ENV is a Python environment, or a project with its node_modules.

    \b
    sbomgate verify .venv --lock uv.lock
    sbomgate verify .venv --lock requirements.txt --artifacts wheelhouse --strict
    sbomgate verify . --lock package-lock.json --artifacts ~/.npm/_cacache
    sbomgate verify .venv --lock uv.lock --online --download-dir wheelhouse

    Exit: 0 nothing at or above --fail-on, 1 gate failed, 2 wrong usage, 3 incomplete.
    """
    from sbomgate import engine

    files = _output_files(outputs)
    policy = _policy(policy_file, fail_on, select, ignore, strict)
    if pip_cache:
        from sbomgate.custody.indexes import pip_cache as find_pip_cache

        artifacts = (*artifacts, find_pip_cache())
    with _Progress(quiet, verbose) as progress:
        report = engine.verify(
            environment,
            lock,
            policy,
            artifacts=artifacts,
            online=online,
            download_dir=download_dir,
            cache=cache,
            cache_key=cache_key,
            jobs=jobs,
            progress=progress,
        )
    _deliver(report, format_, files, no_color=no_color, quiet=quiet)


@main.command()
@_targets
@click.option("-o", "output", metavar="FILE", help="Write there instead of stdout.")
@click.option(
    "--spec-version", type=click.Choice(["1.4", "1.5", "1.6", "1.7"]), default="1.6", show_default=True, help="CycloneDX version."
)
@click.option("--output-format", type=click.Choice(["json", "xml"]), default="json", show_default=True)
@click.option("--reproducible", is_flag=True, help="Same input, same bytes: no clock, no random serial number.")
@click.option("--verify", is_flag=True, help="Hash installed files: says in the evidence which distributions equal their RECORD.")
@_collecting
def sbom(
    targets: tuple[str, ...],
    output: str | None,
    spec_version: str,
    output_format: str,
    reproducible: bool,
    verify: bool,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Collect TARGETs and print one CycloneDX document; no gate.

    \b
    sbomgate sbom .venv -o sbom.cdx.json --reproducible
    """
    inventories = _inventories(targets, policy_file, verify=verify, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        _tell_problems(problems)
    if not any(inventory.sources for inventory in inventories) or any(item.problems and item.target.kind == "file" for item in inventories):
        _leave(3)
    from sbomgate.reporters import cyclonedx

    text: str | Iterable[str]
    if (spec_version, output_format) == (cyclonedx.SPEC_VERSION, "json"):
        text = cyclonedx.pieces(inventories, reproducible=reproducible)
    else:
        text = cyclonedx.converted(cyclonedx.document(inventories, reproducible=reproducible), spec_version, output_format)
    if output:
        _write(output, text)
    else:
        _print(text)
    _leave(3 if problems else 0)


@main.group()
def manifest() -> None:
    """The known-good manifest."""


@manifest.command("write")
@_targets
@click.option("-o", "output", required=True, metavar="FILE", help="The manifest: CycloneDX JSON, made to be committed.")
@_collecting
def manifest_write(targets: tuple[str, ...], output: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> None:
    """Record what TARGETs hold now as known-good.

    Open findings at or above `high` are told: a manifest of a bad environment calls it good.
    """
    from sbomgate import engine
    from sbomgate.reporters import cyclonedx

    policy = _policy(policy_file)
    inventories = _inventories(targets, policy_file, verify=True, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        _tell_problems(problems)
    if not any(inventory.sources for inventory in inventories):
        _leave(3)
    findings = [finding for inventory in inventories for finding in engine.audit(inventory, policy)]
    _write(output, cyclonedx.pieces(inventories, reproducible=True))
    grave = [finding for finding in findings if finding.accepted is None and finding.severity.rank <= 1]
    if not quiet:
        components = len({item.purl for inventory in inventories for item in inventory.components})
        hooks, servers = (sum(len(getattr(inventory, name)) for inventory in inventories) for name in ("hooks", "servers"))
        click.echo(
            f"{printable(output)}: {components} components, {hooks} start-up hooks, {servers} servers recorded as known-good", err=True
        )
        for note in (note for inventory in inventories for note in _own_notes(inventory)):
            click.echo(f"note: {printable(note)}", err=True)
    for finding in grave:
        click.echo(
            printable(f"warning: recorded although {finding.severity}: {finding.rule} {finding.location}: {finding.message}"), err=True
        )
    _leave(3 if problems else 0)


@main.command()
@click.argument("old")
@click.argument("new")
@_collecting
def diff(old: str, new: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> None:
    """What changed from OLD to NEW: manifests, CycloneDX documents or targets. Exit 1 if anything did."""
    from sbomgate.manifest import diff as compare
    from sbomgate.manifest import incomparable

    sides = []
    problems: list[Problem] = []
    for path in (old, new):
        side, found = _side(path, policy_file, jobs, quiet, verbose)
        sides.append(side)
        problems += found
    for note in incomparable(*sides):
        click.echo(f"note: {printable(note)}", err=True)
    if not quiet:
        _tell_problems(problems)
    changes = sorted(compare(*sides), key=lambda change: (_CHANGES.index(change.kind), change.subject))
    for change in changes:
        mark = {"added": "+", "removed": "-"}.get(change.kind.rpartition("-")[2], "!" if change.kind in ("content", "hash") else "~")
        agent = " (agent graph)" if change.agent and change.kind in ("added", "version", "hash", "content") else ""
        agent += " (bundled)" if change.bundled else ""
        click.echo(printable(f"{mark} {change.kind:<14} {change.subject}{agent}" + (f"  {change.detail}" if change.detail else "")))
    click.echo(f"{len(changes)} changes" if changes else "no change")
    _leave(1 if changes else 3 if problems else 0)


_CHANGES = (
    "content",
    "hash",
    "hook-changed",
    "hook-added",
    "server-changed",
    "server-added",
    "version",
    "added",
    "removed",
    "hook-removed",
    "server-removed",
)
"""The alarming ones first: the same version with another content."""


@main.command()
@click.argument("name")
@_targets
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["tree", "paths", "json"]),
    default="tree",
    show_default=True,
    help="A tree, one line a path, or a JSON document of the paths.",
)
@_collecting
def why(name: str, targets: tuple[str, ...], format_: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> None:
    """Every path from a root (project, agent, MCP server) to the component NAME, shortest first.

    NAME is a name, NAME@VERSION or a purl. In the tree, (*) marks what is shown further up.

    \b
    sbomgate why openai
    sbomgate why pkg:npm/zod@3.23.8 . --format json
    """
    from sbomgate import paths

    inventories = _inventories(targets, policy_file, verify=False, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        _tell_problems(problems)
    if format_ == "json":
        found: list[Any] = [row for inventory in inventories for row in paths.documents(inventory, name)]
    elif format_ == "paths":
        found = [line for inventory in inventories for line in paths.paths_to(inventory, name)]
    else:
        from sbomgate.inventory import agent_matcher

        is_agent = agent_matcher(_policy(policy_file).agent_packages)
        found = [(inventory.target.path, tree) for inventory in inventories for tree in paths.trees_to(inventory, name, is_agent)]
    if not found:
        near = paths.near_names(inventories, name)
        fix = f"perhaps {' or '.join(map(repr, near))}" if near else ""
        raise UsageError(f"no component {name!r} in {', '.join(repr(item.target.path) for item in inventories)}", fix=fix)
    if format_ == "json":
        from sbomgate.reporters.encode import dumps

        complete = not problems and all(row["complete"] for row in found)
        _print(dumps({"schema_version": "1.0", "name": name, "complete": complete, "components": found}, indent=2) + "\n")
    elif format_ == "paths":
        for line in found:
            click.echo(printable(line))
    else:
        _print(_trees(found, several=len(inventories) > 1, color="NO_COLOR" not in os.environ and sys.stdout.isatty()))
    _leave(3 if problems else 0)


def _trees(trees: list[tuple[str, list[Any]]], *, several: bool, color: bool) -> str:
    """The lines of `trees`, a blank one between two; on a terminal the component that was asked for stands out."""
    from sbomgate.reporters.escapes import clean, inert

    blocks = []
    for target, tree in trees:
        lines = []
        for line in tree:
            label = clean(line.label, 200)
            if color and line.is_goal:
                label = click.style(label, bold=True)
            note = clean(f"  ({line.note})", 300) if line.note else ""
            lines.append(inert(f"{line.indent}{label}{note}"))
        if several:
            lines[0] += f"  in {clean(target)}"
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


@main.command()
@click.argument("finding")
@click.option("--reason", required=True, help="Why it is accepted; shown in every report.")
@click.option("--expires", metavar="DATE", help="Last day on which it counts, as 2027-01-31.")
@click.option("--policy", "policy_file", metavar="FILE", help="Policy to add it to; default: the one in force, else sbomgate.toml.")
def allow(finding: str, reason: str, expires: str | None, policy_file: str | None) -> None:
    """Accept one FINDING (its fingerprint, or sha256:DIGEST of what it accuses) in the allowlist."""
    from sbomgate.policy_file import add_allow

    path = add_allow(finding, reason, expires or "", policy_file)
    click.echo(f"{printable(path)}: accepts {printable(finding)}", err=True)


@main.command()
def rules() -> None:
    """The rule table."""
    from sbomgate.rules import all_rules

    for rule in all_rules():
        click.echo(f"{rule.id}  {rule.severity:<8}  {rule.name:<34}  {rule.doc.strip().splitlines()[0]}")


@main.command()
@click.argument("rule_id", metavar="RULE")
def explain(rule_id: str) -> None:
    """The page of RULE, for example SG101."""
    from sbomgate.rules import by_id

    if (rule := by_id(rule_id)) is None:
        raise UsageError(f"no rule {rule_id!r}", fix="`sbomgate rules` lists them")
    click.echo(f"# {rule.id} {rule.name} ({rule.severity})\n\n{rule.doc.strip()}")


@main.command()
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def init(force: bool) -> None:
    """Write a policy, a manifest, a pre-commit block and a CI step for the project in the working directory."""
    from sbomgate.setup_files import write_setup

    for line in write_setup(".", force=force):
        click.echo(printable(line), err=True)


def _policy(
    path: str | None, fail_on: str | None = None, select: tuple[str, ...] = (), ignore: tuple[str, ...] = (), strict: bool = False
) -> Policy:
    from dataclasses import replace

    from sbomgate.policy import Policy, find_policy, load_policy

    path = path or find_policy(".")
    policy = load_policy(path) if path else Policy()
    if policy.path:
        policy = replace(policy, path=os.path.relpath(policy.path))
    chosen, dropped = _rule_names(select), _rule_names(ignore)
    _check_rule_names((*policy.select, *policy.ignore, *(rule for rule, _ in policy.severities)), policy.path)
    return replace(
        policy,
        fail_on=fail_on or policy.fail_on,
        select=chosen or policy.select,
        ignore=(*policy.ignore, *dropped),
        strict=strict or policy.strict,
    )


def _rule_names(values: tuple[str, ...]) -> tuple[str, ...]:
    """The rules that the options name; UsageError for a name that fits none, since it would silently select nothing."""
    names = tuple(name.strip() for value in values for name in value.split(",") if name.strip())
    _check_rule_names(names)
    return names


def _check_rule_names(names: tuple[str, ...], path: str = "") -> None:
    if names:
        from sbomgate.policy import selects
        from sbomgate.rules import all_rules

        for name in names:
            if not any(selects((name,), rule) for rule in all_rules()):
                raise UsageError(f"no rule fits {name!r}", path, fix="`sbomgate rules` lists them")


def _inventories(
    targets: tuple[str, ...], policy_file: str | None, *, verify: bool, jobs: int, quiet: bool, verbose: bool
) -> list[Inventory]:
    from sbomgate.engine import collect

    policy = _policy(policy_file)
    with _Progress(quiet, verbose) as progress:
        return [collect(target, policy=policy, files=verify, verify=verify, jobs=jobs, progress=progress) for target in _unique(targets)]


def _own_notes(inventory: Inventory) -> tuple[str, ...]:
    """Notes for environments of `inventory` in which this program itself runs."""
    if not inventory.environments:
        return ()
    from sbomgate.own_environment import own_notes

    return own_notes(inventory)


def _side(path: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> tuple[Any, list[Problem]]:
    """A manifest for one side of `diff`: a CycloneDX file as it is, any other target collected."""
    from sbomgate import collectors
    from sbomgate.manifest import from_inventory, load

    if not os.path.lexists(path):
        raise UsageError("no such file or folder", path)
    if os.path.isfile(path) and collectors.by_name(os.path.abspath(path).replace(os.sep, "/")) is None:
        return load(path), []
    (inventory,) = _inventories((path,), policy_file, verify=True, jobs=jobs, quiet=quiet, verbose=verbose)
    return from_inventory(inventory), list(inventory.problems)


def _deliver(
    report: Report, format_: str, files: list[tuple[str, str]], *, no_color: bool, quiet: bool, explain_hooks: bool = False
) -> None:
    """Write and print `report`, and leave with its exit code."""
    from dataclasses import replace

    from sbomgate.reporters import render

    report = replace(report, inventories=tuple(replace(item, notes=(*item.notes, *_own_notes(item))) for item in report.inventories))
    color = not no_color and "NO_COLOR" not in os.environ and sys.stdout.isatty()
    for name, path in files:
        _write(path, render(name, report))
    text = render(format_, report, color=color, width=_width())
    if explain_hooks:
        from sbomgate.reporters.hooks_story import tell

        text = tell(report, color=color, width=_width()) + text
    _print(text)
    if not quiet and format_ != "table":
        _tell_problems(report.problems)
    _leave(report.exit_code)


def _output_files(outputs: tuple[str, ...]) -> list[tuple[str, str]]:
    files = []
    for output in outputs:
        name, equals, path = output.partition("=")
        if not equals or not path or name not in FORMATS:
            raise UsageError(f"--output {output!r} is not FORMAT=FILE", fix=f"FORMAT is one of {', '.join(FORMATS)}")
        files.append((name, path))
    return files


def _unique(targets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(targets)) or (".",)


def _tell_problems(problems: Any) -> None:
    from sbomgate.reporters.escapes import clean, inert

    for problem in problems:
        place = ": ".join(part for part in (problem.path, problem.where) if part)
        fix = f" (fix: {problem.fix})" if problem.fix else ""
        click.echo(inert(clean(f"problem: {place}: {problem.what}{fix}")), err=True)


def _print(text: str | Iterable[str]) -> None:
    """`text`, whole or in pieces, to stdout as UTF-8, whatever the locale says: an encoding error must not lose a report."""
    stream = sys.stdout
    try:
        stream.buffer.writelines(_encoded(text))
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _write(path: str, text: str | Iterable[str]) -> None:
    """`text`, whole or in pieces, to the file at `path`, all of it or nothing; a device, a pipe or a link is written to, never replaced."""
    in_place = os.path.lexists(path) and not (os.path.isfile(path) and not os.path.islink(path))
    scratch = path if in_place else f"{path}.{os.getpid()}.tmp"
    try:
        with open(scratch, "wb") as handle:
            handle.writelines(_encoded(text))
        if scratch != path:
            os.replace(scratch, path)
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", path) from error
    finally:
        if scratch != path and os.path.exists(scratch):
            os.unlink(scratch)


def _encoded(text: str | Iterable[str]) -> Iterator[bytes]:
    for piece in (text,) if isinstance(text, str) else text:
        yield piece.encode("utf-8", "backslashreplace")


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    try:
        width = int(columns) if columns.isdecimal() else os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):  # no terminal
        width = 100
    return max(60, min(width, 140))


def _leave(code: int) -> None:
    click.get_current_context().exit(code)


class _Progress:
    """What is being read, on one line of stderr that is erased at the end, if that is a terminal; line by line with -v."""

    def __init__(self, quiet: bool, verbose: bool) -> None:
        self.verbose = verbose and not quiet
        self.active = not quiet and not verbose and sys.stderr.isatty()
        self.shown = False

    def __call__(self, what: str, verb: str = "reading") -> None:
        if self.verbose:
            if verb != "downloaded":  # counts that change all the time
                click.echo(f"{verb} {printable(what)}", err=True)
        elif self.active:
            sys.stderr.write(f"\r\x1b[K{verb} {printable(what, 70)}")
            sys.stderr.flush()
            self.shown = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def run() -> None:
    """The entry point of the console script."""
    import gc

    gc.disable()  # one short process: collecting cycles costs a third of a large run and frees nothing that matters
    main(prog_name="sbomgate")
