"""One HTML file that stands alone: no script, no font, no image, nothing fetched; light or dark as the reader's system is.

Its content security policy forbids everything but its own style, in case an escape were ever forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from sbomgate.model import Component, Finding, Inventory, Report, Server, Severity, StartupHook
from sbomgate.reporters.escapes import clean
from sbomgate.reporters.pages import page
from sbomgate.reporters.places import Places, problems
from sbomgate.reporters.summary import SOUGHT, Summary, counted, reaches_gate, reason, summarise, verdict

MAX_TEXT: Final = 2000
"""Characters of one text; of a name a fifth."""
OPEN_FINDINGS: Final = 3
"""Findings that are unfolded at first."""
_CODE: Final = re.compile(r"`([^`]+)`")

_STYLE: Final = """
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --text: #1b1f24; --dim: #5c6672; --line: #dfe3e8; --code: #eef1f4;
  --critical: #8b1a8b; --high: #c5221f; --medium: #b25e00; --low: #1a5fb4; --info: #5c6672; --pass: #1a7f37; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #0f1318; --card: #171c23; --text: #e4e8ec; --dim: #97a1ad; --line: #2b323b; --code: #212831;
    --critical: #e58ae5; --high: #ff7b72; --medium: #f0a355; --low: #79b8ff; --info: #97a1ad; --pass: #56d364; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { font-size: 15px; font-weight: 600; margin: 0 0 10px; color: var(--dim); letter-spacing: .02em; }
h2 { font-size: 18px; margin: 36px 0 12px; }
h2 small, .dim { color: var(--dim); font-weight: 400; font-size: 14px; }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.verdict { background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--tone); border-radius: 8px; padding: 18px 22px; }
.verdict strong { display: block; font-size: 30px; line-height: 1.3; color: var(--tone); }
.verdict p { margin: 4px 0 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 10px; margin-top: 12px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.tile b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; color: var(--tone, inherit); }
.tile span { color: var(--dim); font-size: 13px; }
.tile.zero b { color: var(--dim); opacity: .6; }
.critical { --tone: var(--critical); } .high { --tone: var(--high); } .medium { --tone: var(--medium); } .low { --tone: var(--low); }
.info { --tone: var(--info); } .pass { --tone: var(--pass); } .fail { --tone: var(--high); } .incomplete { --tone: var(--medium); }
details { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 8px 0; }
details.finding { border-left: 4px solid var(--tone); }
summary { cursor: pointer; padding: 10px 14px; overflow-wrap: anywhere; }
summary::marker { color: var(--dim); }
.badge { display: inline-block; min-width: 68px; text-align: center; margin-right: 8px; padding: 0 8px; border: 1px solid var(--tone);
  border-radius: 10px; color: var(--tone); font-size: 12px; line-height: 19px; }
.rule { color: var(--dim); font-size: 13px; margin-right: 8px; white-space: nowrap; }
.where { display: block; color: var(--dim); margin-top: 2px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 18px; margin: 0; padding: 12px 14px 14px; border-top: 1px solid var(--line); }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; } dd p { margin: 0 0 6px; } dd code, td code.run { background: var(--code);
  border-radius: 4px; padding: 1px 5px; }
.scroll { overflow-x: auto; border-top: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; font-weight: 600; color: var(--dim); font-size: 13px; white-space: nowrap; }
th, td { padding: 6px 14px; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
td { min-width: 90px; max-width: 420px; } td:has(code) { min-width: 180px; }
tr:last-child td { border-bottom: 0; }
td.bad { color: var(--high); } td.good { color: var(--pass); }
footer { margin-top: 40px; color: var(--dim); font-size: 13px; }
@media (max-width: 600px) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 6px; } main { padding: 16px 12px; } }
@media print { body { background: #fff; } details { break-inside: avoid; } }
"""


def render(report: Report, *, color: bool = False, width: int = 100) -> str:
    """`report` as one HTML page."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    word = verdict(report)
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>sbomgate: {word.lower()}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body><main>"
    places = Places(report)
    summary = summarise(report)
    yield from _verdict(report, word, summary)
    yield from _findings(report, places)
    yield from _problems(report, places, summary)
    yield from _accepted(report, places)
    yield from _inventory(report, places)
    yield from _footer(report)
    yield "</main></body>"
    yield "</html>"


def _verdict(report: Report, word: str, summary: Summary) -> Iterator[str]:
    yield "<h1>sbomgate report</h1>"
    yield f'<section class="verdict {report.gate}"><strong>{word.capitalize()}</strong>'
    yield f"<p>{_text(reason(report))}</p>"
    targets = ", ".join(f"<code>{_text(inventory.target.path)}</code>{_kind(inventory)}" for inventory in report.inventories)
    yield f'<p class="dim">Scanned: {targets or "nothing"}</p></section>'
    yield '<div class="tiles">'
    for severity, count in summary.findings.items():
        yield _tile(count, severity, severity)
    yield _tile(summary.problems + len(summary.empty), "not read", "incomplete")
    yield "</div>"
    yield '<div class="tiles">'
    yield _tile(summary.components, "components")
    yield _tile(summary.agent_components, "in the agent graph")
    yield _tile(summary.hooks, "start-up hooks")
    yield _tile(summary.servers, "MCP servers")
    yield _tile(summary.files_verified, "files verified")
    yield "</div>"


def _kind(inventory: Inventory) -> str:
    return f" ({_text(inventory.target.kind)})" if inventory.target.kind else ""


def _tile(number: int, label: str, tone: str = "") -> str:
    return f'<div class="tile {tone if number else "zero"}"><b>{number:,}</b><span>{label}</span></div>'


def _findings(report: Report, places: Places) -> Iterator[str]:
    found = [finding for finding in report.findings if finding.accepted is None]
    if not found:
        return
    yield f"<h2>Findings <small>{len(found):,}, the gravest first</small></h2>"
    for index, finding in enumerate(found):
        is_open = index < OPEN_FINDINGS and reaches_gate(report, finding)
        yield f'<details class="finding {finding.severity}"{" open" if is_open else ""}>'
        yield f'<summary>{_badge(finding.severity)}{_rule(finding)}{_text(finding.message)}<code class="where">{_text(places.place(finding))}</code></summary>'
        yield from _details(finding, places)
        yield "</details>"


def _badge(severity: Severity) -> str:
    return f'<span class="badge {severity}">{severity}</span>'


def _rule(finding: Finding) -> str:
    return f'<span class="rule">{_name(finding.rule)} {_name(finding.name)}</span>'


def _details(finding: Finding, places: Places) -> Iterator[str]:
    why = "".join(f"<p>{_prose(paragraph)}</p>" for paragraph in page(finding).why.splitlines())
    yield "<dl>"
    for term, text in (
        ("How to fix", _text(finding.fix)),
        ("Why it matters", why),
        ("About", _code(finding.subject)),
        ("Comes in by", _code(places.way_text(finding))),
        ("Agent graph", "yes" if places.is_agent(finding) else ""),
        ("SHA-256", _code(finding.digest)),
        ("Confidence", f"{finding.confidence}"),
        ("Fingerprint", _code(finding.fingerprint)),
    ):
        if text:
            yield f"<dt>{term}</dt><dd>{text}</dd>"
    yield "</dl>"


def _problems(report: Report, places: Places, summary: Summary) -> Iterator[str]:
    rows = [
        (_code(places.path(target, problem.path)), _code(problem.where), _text(problem.what), _text(problem.fix))
        for target, problem in problems(report)
    ]
    rows += [(_code(places.path(target, "")), "", f"nothing to scan: {SOUGHT}", "") for target in summary.empty]
    if rows:
        yield "<h2>Could not be read <small>the report is incomplete</small></h2>"
        yield "<details open><summary>" + counted(len(rows), "input") + "</summary>"
        yield from _table(("Where", "In the document", "What", "How to fix"), rows)
        yield "</details>"


def _accepted(report: Report, places: Places) -> Iterator[str]:
    accepted = [finding for finding in report.findings if finding.accepted is not None]
    if accepted:
        yield "<h2>Accepted <small>on purpose, with a reason</small></h2>"
        yield f"<details><summary>{counted(len(accepted), 'finding')}</summary>"
        rows = (
            (_badge(finding.severity), _rule(finding), _text(finding.message), _code(places.place(finding)), _text(finding.accepted or ""))
            for finding in accepted
        )
        yield from _table(("Severity", "Rule", "What", "Where", "Reason"), rows)
        yield "</details>"


def _inventory(report: Report, places: Places) -> Iterator[str]:
    hooks = [
        _hook(hook, places.path(inventory.target.path, hook.location.path)) for inventory in report.inventories for hook in inventory.hooks
    ]
    servers = [
        _server(server, places.path(inventory.target.path, server.location.path))
        for inventory in report.inventories
        for server in inventory.servers
    ]
    components: dict[tuple[str, str], tuple[str, ...]] = {}
    for inventory in report.inventories:
        for component in inventory.components:
            where = places.path(inventory.target.path, component.locations[0].path if component.locations else "")
            row = _component(component, where, agent=component.purl in inventory.agent)
            components.setdefault((component.purl, where), row)
    if hooks or servers or components:
        yield "<h2>Inventory</h2>"
    for title, head, rows, is_open in (
        ("start-up hook", ("Kind", "File", "Runs at every start", "Owner", "Verdict"), hooks, True),
        ("MCP server", ("Name", "Client", "Starts or calls", "Pin", "Auto-approved", "File"), servers, True),
        ("component", ("Name", "Version", "Kind", "Pin", "Hash", "Agent graph", "Where"), [*components.values()], False),
    ):
        if rows:
            yield f"<details{' open' if is_open and len(rows) <= 20 else ''}><summary>{counted(len(rows), title)}</summary>"
            yield from _table(head, rows)
            yield "</details>"
    notes = dict.fromkeys(note for inventory in report.inventories for note in inventory.notes)
    for note in notes:
        yield f'<p class="dim">Note: {_text(note)}</p>'


def _hook(hook: StartupHook, where: str) -> tuple[str, ...]:
    runs = "<br>".join(f'<code class="run">{_text(line)}</code>' for line in hook.executes)
    judged = _name(hook.verdict) + (f'<br><span class="dim">{_text(hook.reason)}</span>' if hook.reason else "")
    return _name(hook.kind), _code(where), runs, _code(hook.owner) or "nobody", judged


def _server(server: Server, where: str) -> tuple[str, ...]:
    package = f"{server.package}@{server.version or server.requirement}" if server.version or server.requirement else server.package
    starts = " ".join(part for part in (server.launcher, package or server.url) if part)
    return _name(server.name), _name(server.client), _code(starts), _name(server.pin), _name(server.auto_approved), _code(where)


def _component(component: Component, where: str, *, agent: bool) -> tuple[str, ...]:
    version = component.version or component.requirement
    digest = f'<code title="{_name(component.hashes[0].value)}">{_name(component.hashes[0].alg)}</code>' if component.hashes else ""
    return _code(component.name), _code(version), _name(component.ecosystem), component.pin, digest, "yes" if agent else "", _code(where)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table of cells that are HTML already."""
    yield '<div class="scroll"><table>'
    yield f"<thead><tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr></thead>"
    yield "<tbody>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</tbody></table></div>"


def _footer(report: Report) -> Iterator[str]:
    policy = f"policy <code>{_text(report.policy)}</code>" if report.policy else "no policy file"
    yield f"<footer>sbomgate · {policy} · fails on {_name(report.fail_on)} · exit code {report.exit_code}</footer>"


def _text(text: str, limit: int = MAX_TEXT) -> str:
    """`text` as HTML, on one line."""
    return escape(clean(text, limit))


def _name(text: str) -> str:
    return _text(text, MAX_TEXT // 5)


def _code(text: str) -> str:
    return f"<code>{_name(text)}</code>" if text else ""


def _prose(text: str) -> str:
    """Our own Markdown, of a rule's page, as far as one sentence uses it."""
    return _CODE.sub(r"<code>\1</code>", escape(text))
