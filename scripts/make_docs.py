#!/usr/bin/env python3
"""Write the generated parts of README.md, docs and .pre-commit-hooks.yaml anew; `--check` only says what is stale.

Between `<!-- generated: NAME -->` and `<!-- end -->` a document holds what a table of the code says: the formats
(`collectors.COLLECTORS`), the clients of agents (`collectors.agents.clients`), the rules (`rules.all_rules`), the options of the commands, the exit codes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from sbomgate.agent_model import OPTION_KINDS
from sbomgate.collectors import COLLECTORS
from sbomgate.collectors.agents.clients import CLIENTS
from sbomgate.permissions import OUTCOMES, PROBES, SEMANTICS
from sbomgate.rules import all_rules

ROOT = Path(__file__).parent.parent
_PART = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


_SHOWN = 6
"""File patterns of one format that the README names; docs/agents.md has all those of agents' clients."""


def formats() -> str:
    """The support table."""
    rows = ["| format | files | what is read |", "|---|---|---|"]
    for spec in COLLECTORS:
        files = ", ".join(f"`{pattern}`" for pattern in spec.patterns[:_SHOWN])
        if len(spec.patterns) > _SHOWN:
            files += f" and {len(spec.patterns) - _SHOWN} more"
        rows.append(f"| {spec.name} | {files} | {spec.about} |")
    return "\n".join(rows) + "\n"


def rules() -> str:
    """The rule table."""
    rows = ["| rule | name | severity | what is wrong |", "|---|---|---|---|"]
    rows += [f"| {rule.id} | `{rule.name}` | {rule.severity} | {rule.doc.strip().splitlines()[0]} |" for rule in all_rules()]
    return "\n".join(rows) + "\n"


def hook_pattern() -> str:
    """The `files:` pattern of the pre-commit hook: every single file that a search would read."""
    parts = []
    for spec in COLLECTORS:
        if spec.is_folder or not spec.walked:
            continue
        for pattern in spec.patterns:
            parts.append("[^/]*".join(map(re.escape, pattern.split("*"))).replace(r"\-", "-"))
    return rf"(^|/)({'|'.join(parts)})$"


def sample() -> str:
    """What a scan of the sample prints."""
    done = _scan_sample()
    return f"```console\n$ sbomgate scan .\n{done.stdout.rstrip()}\n$ echo $?\n{done.returncode}\n```\n"


def hooks_story() -> str:
    """What a scan of the sample prints with `--explain-hooks`, as far as its first finding."""
    story = _scan_sample("--explain-hooks").stdout.partition("\n\nCRITICAL ")[0]
    return f"```console\n$ sbomgate scan . --explain-hooks\n{story}\n```\n"


def _scan_sample(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sbomgate", "scan", ".", *options],
        cwd=ROOT / "scripts" / "sample",
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )


def foreign() -> str:
    """What the documents of other tools in the tests let us compare."""
    from sbomgate.manifest import load

    rows = ["| document | CycloneDX | components | with hashes | with licences | without a purl |", "|---|---|--:|--:|--:|--:|"]
    for path in sorted((ROOT / "tests" / "data" / "manifests").glob("*.cdx.*")):
        if path.name.startswith("sbomgate-"):
            continue
        known = load(str(path))
        found = [package for versions in known.packages.values() for package in versions if not package.project]
        version = re.search(r'(?:"specVersion": "|schema/bom/)([0-9.]+)"', path.read_text("utf-8"))
        counts = (len(found), sum(bool(one.hashes) for one in found), sum(bool(one.licenses) for one in found), known.unnamed)
        spec = f"{version[1] if version else ''} {path.suffix[1:].upper()}"
        rows.append(f"| {path.name.partition('.cdx')[0]} | {spec} | {' | '.join(map(str, counts))} |")
    return "\n".join(rows) + "\n"


def clients() -> str:
    """The table of agents' clients and their files."""
    rows = ["| client | file | scope | kind | format | also read by |", "|---|---|---|---|---|---|"]
    for line in CLIENTS:
        rows += [
            f"| {line.name} | `{file.path}` | {file.scope} | {file.kind} | {file.format} | {', '.join(file.also)} |" for file in line.files
        ]
    return "\n".join(rows) + "\n"


def kinds() -> str:
    """The kinds of options."""
    return "\n".join(["| kind | means |", "|---|---|", *(f"| `{kind}` | {about} |" for kind, about in OPTION_KINDS.items())]) + "\n"


def sbom_comparison() -> str:
    """The SBOMs of several tools under one scorer, as scripts/compare_sboms.py --write measured them."""
    from compare_sboms import FIGURES, markdown

    made = json.loads(FIGURES.read_text("utf-8"))
    return markdown(made["rows"])


def score_criteria() -> str:
    """Every field of every profile of `sbom --score`."""
    from sbomgate.quality import bsi, cisa, ntia, sbomqs

    parts = [f"### {sbomqs.NAME}\n", "| category (weight) | feature | weight | what counts |", "|---|---|--:|---|"]
    for category in sbomqs.CATEGORIES:
        parts += [
            f"| {category.name} ({category.weight:g}) | `{item.id}` | {item.weight:.2f} | {item.rule} |" for item in category.features
        ]
    for profile in (cisa, ntia, bsi):
        parts += [f"\n### {profile.NAME}\n", "| field | of | what counts |", "|---|---|---|"]
        parts += [
            f"| {item.name} | {item.group or ('component' if item.of_component else 'document')} | {item.rule} |" for item in profile.FIELDS
        ]
    return "\n".join(parts) + "\n"


def probes() -> str:
    """The actions that clients are asked about."""
    rows = ["| probe | group | judged as |", "|---|---|---|"]
    for probe in PROBES:
        said = ", ".join(f"`{action.text or 'the settings file of the client'}`" for action in probe.actions)
        cells = (probe.about, probe.group, f"{probe.actions[0].kind}: {said}")
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows) + "\n"


def verdicts() -> str:
    """What the answers mean."""
    return "\n".join(["| verdict | means |", "|---|---|", *(f"| `{outcome}` | {about} |" for outcome, about in OUTCOMES.items())]) + "\n"


def evaluators() -> str:
    """How each client decides."""
    rows = ["| client | which rule decides | a command that no rule fits | what no file tells |", "|---|---|---|---|"]
    orders = {
        "strict": "deny, then ask, then allow",
        "first": "the first that fits",
        "last": "the last that fits",
        "longest": "the longest that fits",
    }
    rows += [f"| {name} | {orders[one.order]} | {one.command} | {one.note} |" for name, one in SEMANTICS.items()]
    return "\n".join(rows) + "\n"


PARTS = {
    "probes": probes,
    "verdicts": verdicts,
    "evaluators": evaluators,
    "formats": formats,
    "rules": rules,
    "sample": sample,
    "hooks-story": hooks_story,
    "sbom-comparison": sbom_comparison,
    "foreign": foreign,
    "score-criteria": score_criteria,
    "clients": clients,
    "option-kinds": kinds,
}


def expected(path: Path) -> str:
    """The document at `path` with its generated parts as they should be."""
    text = path.read_text("utf-8")
    if path.name == ".pre-commit-hooks.yaml":
        return re.sub(r"(?m)^  files: .*$", lambda _: f"  files: {hook_pattern()}", text)
    return _PART.sub(lambda match: match[1] + PARTS[match[2]]() + match[3], text)


def rule_pages() -> dict[Path, str]:
    """docs/rules.md: the pages of all rules in one document."""
    pages = [
        f"## {rule.id} {rule.name}\n\nDefault severity: {rule.severity}\n\n" + re.sub(r"(?m)^## ", "### ", rule.doc.strip())
        for rule in all_rules()
    ]
    head = "# Rules\n\nMade by `scripts/make_docs.py` from the pages that `sbomgate explain RULE` shows.\n\n"
    return {ROOT / "docs" / "rules.md": head + "\n\n".join(pages) + "\n"}


def main() -> int:
    documents = ("README.md", "docs/agents.md", "docs/manifest.md", "docs/sbom-score.md", ".pre-commit-hooks.yaml")
    wanted = {ROOT / name: expected(ROOT / name) for name in documents} | rule_pages()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"stale: {path.relative_to(ROOT)} (run scripts/make_docs.py)")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path], "utf-8")
        print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
