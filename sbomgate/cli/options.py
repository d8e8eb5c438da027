"""The options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


FORMATS = ("table", "json", "sarif", "cyclonedx", "vdr", "junit", "github", "markdown", "html")


ADVISORIES = ("osv", "pip-audit", "osv-api", "index", "none")


SEVERITIES = ("critical", "high", "medium", "low", "never")
"""What `--fail-on` takes; `info` never fails a gate."""


def takes_targets(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("targets", nargs=-1, metavar="[TARGET]...")(function)


def collecting(function: Callable[..., Any]) -> Callable[..., Any]:
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


def advised(function: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option(
            "--advisories",
            multiple=True,
            type=click.Choice(ADVISORIES),
            help="Compare with known malicious and vulnerable releases: `osv`, the store of `sbomgate advisories`; over the network `pip-audit`, `osv-api`, and `index`, which says what was yanked, quarantined or deleted. Repeatable; default: what the policy says.",
        ),
        click.option(
            "--advisory-db",
            metavar="FILE",
            default="",
            help="That store; default: $SBOMGATE_ADVISORIES, else one in the user's cache folder.",
        ),
        click.option("--osv-url", metavar="URL", default="", help="The service that `osv-api` asks; default: the policy's."),
        click.option(
            "--pip-audit", metavar="FILE", default="", help="The command that `pip-audit` calls; default: the one installed with sbomgate."
        ),
        click.option(
            "--vex",
            multiple=True,
            metavar="FILE",
            help="VEX document (OpenVEX, CycloneDX) that says what is not affected, and why; repeatable.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def reporting(function: Callable[..., Any]) -> Callable[..., Any]:
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
