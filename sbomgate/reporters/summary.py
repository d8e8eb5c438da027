"""What a verdict rests on: the numbers of a report, and the sentence that explains its exit code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sbomgate import inventory
from sbomgate.model import Finding, Noun, Report, Severity, noun

NOTHING: Final = "NOTHING TO SCAN"
SOUGHT: Final = "no environment, lockfile, requirements, start-up file or agent configuration"
"""What a target holds in which nothing was found to scan."""


@noun
class Summary(Noun):
    """The numbers of one report."""

    findings: dict[Severity, int]
    """Open ones, every severity, the gravest first."""
    accepted: int
    problems: int
    components: int
    """Distinct purls."""
    agent_components: int
    bundled_components: int
    """Distinct purls that only the SBOMs inside installed artifacts name."""
    hooks: int
    servers: int
    files_verified: int
    custody: dict[str, int]
    """Strength of evidence → distributions, the weakest first; empty unless a lockfile was compared with."""
    empty: tuple[str, ...]
    """Targets in which nothing was found to scan."""


def summarise(report: Report) -> Summary:
    """The numbers of `report`: those of the JSON report, typed."""
    counts = inventory.summary(report)
    return Summary(
        findings={Severity(name): count for name, count in counts["findings"].items()},
        **{
            name: counts[name]
            for name in (
                "accepted",
                "problems",
                "components",
                "agent_components",
                "bundled_components",
                "hooks",
                "servers",
                "files_verified",
            )
        },
        custody=inventory.strengths(report),
        empty=tuple(part.target.path for part in report.inventories if not part.sources),
    )


def reaches_gate(report: Report, finding: Finding) -> bool:
    """Whether `finding` is open and makes the gate fail."""
    return finding.accepted is None and report.fail_on != "never" and finding.severity.rank <= Severity(report.fail_on).rank


def verdict(report: Report) -> str:
    """One word: `FAIL` · `INCOMPLETE` · `NOTHING TO SCAN` · `PASS`."""
    if report.gate == "incomplete" and not report.problems and not any(part.sources for part in report.inventories):
        return NOTHING
    return report.gate.upper()


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 finding`, `2 findings`, `28,411 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def found(summary: Summary) -> str:
    """The open findings by severity, the gravest first: `1 critical · 2 high`; `no findings`."""
    return " · ".join(f"{count:,} {severity}" for severity, count in summary.findings.items() if count) or "no findings"


def chain(summary: Summary) -> str:
    """How firmly the distributions are known to be what was locked, the weakest first: `1 broken + 3 record + 88 bytes`."""
    return " + ".join(f"{count:,} {strength}" for strength, count in summary.custody.items() if count)


def basis(summary: Summary, targets: int = 1) -> Iterator[str]:
    """What was looked at, part by part; parts that are zero are left out, problems never."""
    if targets > 1:
        yield counted(targets, "target")
    if summary.components:
        agents = f"{summary.agent_components:,} in the agent graph" if summary.agent_components else ""
        bundled = f"{summary.bundled_components:,} bundled in others" if summary.bundled_components else ""
        parts = ", ".join(filter(None, (agents, bundled)))
        yield counted(summary.components, "component") + (f" ({parts})" if parts else "")
    if summary.hooks:
        yield counted(summary.hooks, "start-up hook")
    if summary.servers:
        yield counted(summary.servers, "MCP server")
    if summary.files_verified:
        yield f"{counted(summary.files_verified, 'file')} verified"
    if summary.custody:
        yield f"custody: {chain(summary)}"
    if summary.accepted:
        yield f"{summary.accepted:,} accepted"
    yield counted(summary.problems, "problem")


def reason(report: Report) -> str:
    """Why the exit code is what it is: `exit 1: 3 findings at or above high`."""
    summary = summarise(report)
    missing = []
    if summary.problems:
        missing.append(f"{counted(summary.problems, 'input')} could not be read")
    if summary.empty:
        missing.append(
            "nothing was found to scan"
            if len(summary.empty) == len(report.inventories)
            else f"nothing was found to scan in {counted(len(summary.empty), 'target')}"
        )
    incomplete = "incomplete: " + " and ".join(missing) if missing else ""
    bar = report.fail_on if report.fail_on == Severity.CRITICAL else f"or above {report.fail_on}"
    if report.gate == "fail":
        failing = sum(reaches_gate(report, finding) for finding in report.findings)
        why = f"{counted(failing, 'finding')} at {bar}" + (f"; also {incomplete}" if incomplete else "")
    elif incomplete:
        why = incomplete
    elif report.fail_on == "never":
        why = "the gate is off (fail-on is never)"
    else:
        why = f"no finding at {bar}"
    return f"exit {report.exit_code}: {why}"
