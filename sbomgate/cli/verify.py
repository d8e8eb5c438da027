"""`sbomgate verify`."""

from __future__ import annotations

import click

from sbomgate.cli.inputs import policy_for, vex_documents
from sbomgate.cli.options import advised, collecting, reporting
from sbomgate.cli.output import deliver, output_files
from sbomgate.cli.progress import Progress


@click.command()
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
@advised
@reporting
@collecting
def verify(
    environment: str,
    lock: str,
    artifacts: tuple[str, ...],
    pip_cache: bool,
    online: bool,
    download_dir: str,
    cache: str,
    cache_key: str,
    advisories: tuple[str, ...],
    advisory_db: str,
    osv_url: str,
    pip_audit: str,
    vex: tuple[str, ...],
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

    files = output_files(outputs)
    policy = policy_for(policy_file, fail_on, select, ignore, strict, advisories, osv_url)
    documents = vex_documents(vex, policy)
    if pip_cache:
        from sbomgate.custody.indexes import pip_cache as find_pip_cache

        artifacts = (*artifacts, find_pip_cache())
    with Progress(quiet, verbose) as progress:
        report = engine.verify(
            environment,
            lock,
            policy,
            artifacts=artifacts,
            online=online,
            download_dir=download_dir,
            cache=cache,
            cache_key=cache_key,
            advisory_db=advisory_db,
            ask_online=online or bool(advisories),
            pip_audit=pip_audit,
            vex=documents,
            licences="cyclonedx" in (format_, *(name for name, _ in files)),
            jobs=jobs,
            progress=progress,
        )
    deliver(engine.with_vex(report, documents), format_, files, no_color=no_color, quiet=quiet)
