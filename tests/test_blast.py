"""What a compromised server or package could reach."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from support import distribution, environment, sbomgate, scan_files, write_tree

from sbomgate.blast import Blast, base, document, is_credential
from sbomgate.engine import collect
from sbomgate.errors import UsageError
from sbomgate.model import Component, Inventory, Location, Origin, Pin, Server, Target
from sbomgate.policy import BlastBudget
from sbomgate.policy_file import parse_policy

LOCK = """version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "docs-mcp" }]
[[package]]
name = "docs-mcp"
version = "1.4.2"
source = { registry = "https://index.example/simple" }
dependencies = [{ name = "http-core" }]
[[package]]
name = "http-core"
version = "2.0.0"
source = { registry = "https://index.example/simple" }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with servers of two clients, approvals, a lockfile, and an environment with a start-up hook."""
    site = environment(
        distribution("docs_mcp", "1.4.2", {"docs_mcp.pth": b"import docs_mcp\n", "docs_mcp.py": b""}, metadata="Requires-Dist: http-core"),
        distribution("http_core", "2.0.0", {"http_core.py": b""}),
    )
    return write_tree(
        tmp_path / "project",
        {
            "uv.lock": LOCK,
            **{f"venv/{path}": content for path, content in site.items()},
            ".mcp.json": json.dumps(
                {
                    "mcpServers": {
                        "docs": {
                            "command": "uvx",
                            "args": ["docs-mcp==1.4.2"],
                            "env": {"DOCS_TOKEN": "${DOCS_TOKEN}", "LOG_LEVEL": "debug"},
                        },
                        "prod db": {"command": "db-mcp", "env": {"PROD_DB_PASSWORD": "${PROD_DB_PASSWORD}"}},
                    }
                }
            ),
            ".kiro/settings/mcp.json": json.dumps({"mcpServers": {"wiki": {"command": "wiki-mcp", "autoApprove": ["*"]}}}),
            ".claude/settings.json": json.dumps(
                {
                    "permissions": {
                        "allow": ["Bash(make *)", "mcp__prod_db__query", "mcp__*"],
                        "ask": ["mcp__docs"],
                        "defaultMode": "acceptEdits",
                    }
                }
            ),
        },
    )


def test_a_server_reaches_its_session_its_credentials_and_its_dependents(project: Path) -> None:
    blast = Blast(collect(str(project)))
    (docs,) = [reach for reach in blast.named("docs") if reach.kind == "server"]
    assert docs.agents == ("claude-code (.mcp.json:1)", "copilot-cli (.mcp.json:1)")
    assert docs.credentials == ("DOCS_TOKEN",)
    assert docs.variables == ("DOCS_TOKEN", "LOG_LEVEL")
    assert docs.own_unasked == ()
    assert [text.partition(" (.claude")[0] for text in docs.unasked] == [
        "Bash(make *)",
        "mcp__prod_db__query",
        "edits of files: acceptEdits",
    ]
    assert docs.interpreters == ("venv: venv/lib/python3.12/site-packages/docs_mcp.pth",)
    assert docs.dependents == ("pkg:pypi/app@0.1.0",)
    assert docs.servers == ("prod db",)
    (db,) = blast.named("prod db")
    assert [text.partition(" (")[0] for text in db.own_unasked] == ["mcp__prod_db__query"]
    assert db.purl == ""


def test_a_package_reaches_what_runs_on_it(project: Path) -> None:
    (core,) = Blast(collect(str(project))).named("http_core")
    assert core.purl == "pkg:pypi/http-core@2.0.0"
    assert core.credentials == ("DOCS_TOKEN",)
    assert core.servers == ("docs",)
    assert core.interpreters == ("venv: venv/lib/python3.12/site-packages/docs_mcp.pth",)
    assert core.dependents == ("pkg:pypi/app@0.1.0", "pkg:pypi/docs-mcp@1.4.2")


def test_the_table_counts_what_the_single_answer_lists(project: Path) -> None:
    blast = Blast(collect(str(project)), lambda item: item.origin is not Origin.PROJECT)
    rows = blast.rows()
    assert {row.name for row in rows} == {"docs", "prod db", "wiki", "docs-mcp@1.4.2", "http-core@2.0.0"}
    assert rows[0].credentials
    for row in rows:
        (reach,) = [one for one in blast.named(row.purl if row.kind == "package" else row.name) if one.kind == row.kind]
        for field in ("agents", "credentials", "own_unasked", "unasked", "interpreters", "dependents"):
            assert getattr(row, field) == len(getattr(reach, field)), (row.name, field)


def test_what_its_client_does_not_heed_reaches_nothing(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            ".claude/settings.json": json.dumps({"mcpServers": {"x": {"command": "x"}}}),
            ".mcp.json": json.dumps({"mcpServers": {"y": {"command": "y"}}}),
            ".claude/settings.local.json": '{"permissions": {"allow": ["mcp__y"]}, // a comment\n}',
        },
    )
    blast = Blast(collect(str(tmp_path)))
    assert blast.named("x") == []
    assert blast.named("y")[0].unasked == ()


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (".mcp.json", ""),
        ("a/.mcp.json", "a"),
        ("a/.claude/settings.json", "a"),
        ("~/.claude.json", "~"),
        ("a/mcp.json", "a"),
        ("mcp.json", ""),
    ],
)
def test_a_session_is_the_folder_around_the_settings(path: str, wanted: str) -> None:
    assert base(path) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("GITHUB_TOKEN", True),
        ("OPENAI_API_KEY", True),
        ("githubToken", True),
        ("PGPASSWORD", True),
        ("DATABASE_URL", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("MAX_TOKENS", False),
        ("LOG_LEVEL", False),
        ("KEYBOARD", False),
        ("PATH", False),
        ("SSL_PUBLIC_KEY", False),
    ],
)
def test_credentials_are_known_by_their_names(name: str, wanted: bool) -> None:
    assert is_credential(name) is wanted


def component(name: str, *below: str) -> Component:
    return Component(
        ecosystem="npm",
        name=name,
        version="1.0.0",
        purl=f"pkg:npm/{name}@1.0.0",
        origin=Origin.LOCKED,
        pin=Pin.HASHED,
        locations=(Location("package-lock.json", 1),),
        dependencies=tuple(sorted(f"pkg:npm/{one}@1.0.0" for one in below)),
    )


def inventory_of(edges: dict[str, list[str]], servers: tuple[Server, ...] = ()) -> Inventory:
    components = sorted((component(name, *below) for name, below in edges.items()), key=lambda item: item.purl)
    return Inventory(target=Target("."), components=tuple(components), servers=servers)


@pytest.mark.parametrize("seed", range(20))
def test_dependents_are_counted_as_a_search_finds_them(seed: int) -> None:
    """Also where the graph has cycles."""
    chance = random.Random(seed)
    names = [f"p{index}" for index in range(30)]
    edges = {name: chance.sample(names, chance.randrange(4)) for name in names}
    blast = Blast(inventory_of(edges), lambda _: True)
    for row in blast.rows():
        assert row.dependents == len(blast.of_package(row.purl).dependents)


def test_a_large_graph_of_chains_cycles_and_servers_is_counted() -> None:
    """No step per pair: 5,000 components in a chain that ends in a cycle, 500 servers of one session."""
    count = 5000
    edges = {f"p{index:04}": [f"p{index + 1:04}" if index + 1 < count else "p4000"] for index in range(count)}
    servers = tuple(
        Server(
            client="c", scope="repo", name=f"s{index}", location=Location("mcp.json", index + 1), transport="stdio",
            purl=f"pkg:npm/p{index:04}@1.0.0", env_names=(f"T{index}_TOKEN",), auto_approved="all",
        )
        for index in range(500)
    )  # fmt: skip
    rows = {row.purl: row for row in Blast(inventory_of(edges, servers), lambda _: True).rows() if row.kind == "package"}
    assert rows["pkg:npm/p0000@1.0.0"].dependents == 0
    assert rows["pkg:npm/p3999@1.0.0"].dependents == 3999
    assert {rows[f"pkg:npm/p{index}@1.0.0"].dependents for index in (4000, 4500, 4999)} == {4999}
    assert (rows["pkg:npm/p4999@1.0.0"].credentials, rows["pkg:npm/p4999@1.0.0"].own_unasked) == (500, 500)
    assert rows["pkg:npm/p0009@1.0.0"].credentials == 10


def test_long_lists_are_cut_and_counted() -> None:
    edges = {"x": [], **{f"p{index:04}": ["x"] for index in range(1500)}}
    (reach,) = Blast(inventory_of(edges)).named("x")
    dependents = document(reach)["dependents"]
    assert dependents["count"] == 1500
    assert len(dependents["names"]) == 1000


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_tells_one_and_ranks_all(project: Path) -> None:
    done = sbomgate("blast", "docs", project)
    assert done.returncode == 0, done.stderr
    assert "server docs" in done.stdout
    assert "DOCS_TOKEN" in done.stdout
    done = sbomgate("blast", f"{project}/", "-f", "json")
    assert done.returncode == 0, done.stderr
    ranked = json.loads(done.stdout)
    assert ranked["complete"] is True
    assert [row["name"] for row in ranked["reach"]][:2] == ["prod db", "docs"]
    done = sbomgate("blast", cwd=project)
    assert done.stdout.splitlines()[1].split()[:3] == ["server", "prod", "db"]
    done = sbomgate("blast", "pkg:pypi/http-core@2.0.0", ".", "-f", "json", cwd=project)
    assert json.loads(done.stdout)["reach"][0]["dependents"]["count"] == 2


def test_an_unknown_name_is_wrong_usage_and_a_problem_is_told(tmp_path: Path) -> None:
    write_tree(tmp_path, {".mcp.json": "{"})
    done = sbomgate("blast", "nobody", tmp_path)
    assert done.returncode == 2
    assert "nobody" in done.stderr
    assert sbomgate("blast", f"{tmp_path}/").returncode == 3


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    name = "\x1b[2J::error::x\u202e\n##[group]"
    servers = {name: {"command": "x", "env": {"A\x1b[1m_TOKEN": "${X}"}}}
    write_tree(
        tmp_path,
        {
            ".mcp.json": json.dumps({"mcpServers": servers}),
            ".claude/settings.json": json.dumps({"permissions": {"allow": [f"Bash({name})"]}}),
        },
    )
    for arguments in (["blast", f"{tmp_path}/"], ["blast", name, tmp_path]):
        done = sbomgate(*arguments)
        assert done.returncode == 0, done.stderr
        assert done.stdout.replace("\n", "").isprintable()
        assert not any(line.lstrip().startswith("::") or "##[" in line for line in done.stdout.splitlines())


# --- the budget ------------------------------------------------------------------------------------------------------


def test_a_budget_is_a_gate(project: Path) -> None:
    budget = '[agents.blast-radius]\nno-unasked-actions-with = ["*PROD*"]\nmax-credentials = 0\nmax-dependents = 1\n'
    report = scan_files(project, {"sbomgate.toml": budget})
    found = [finding for finding in report.findings if finding.rule == "SG459"]
    assert sorted(finding.message.partition(";")[0].partition(": ")[0] for finding in found) == [
        "server 'docs' could reach 1 credentials",
        "server 'prod db' could reach 1 credentials",
        "server 'prod db' holds PROD_DB_PASSWORD and acts unasked",
    ]
    assert {finding.severity for finding in found} == {"high"}


def test_without_a_budget_nothing_is_found(project: Path) -> None:
    assert not [finding for finding in scan_files(project, {}).findings if finding.rule == "SG459"]


def test_the_policy_reads_the_budget() -> None:
    table = {"agents": {"blast-radius": {"no-unasked-actions-with": ["AWS_*"], "max-credentials": 2}}}
    assert parse_policy(table).blast_budget == BlastBudget(no_unasked_actions_with=("AWS_*",), max_credentials=2)
    assert parse_policy({"agents": {}}).blast_budget is None


@pytest.mark.parametrize(
    "agents",
    [
        7,
        {"blast": {}},
        {"blast-radius": 7},
        {"blast-radius": {"max-credentials": -1}},
        {"blast-radius": {"max-credentials": True}},
        {"blast-radius": {"max-dependents": "3"}},
        {"blast-radius": {"no-unasked-actions-with": "AWS_*"}},
        {"blast-radius": {"no-unasked-actions-with": [""]}},
        {"blast-radius": {"max": 1}},
    ],
)
def test_a_wrong_budget_is_refused(agents: object) -> None:
    with pytest.raises(UsageError):
        parse_policy({"agents": agents})
