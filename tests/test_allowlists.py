"""The form of the data files in allowlists/, and a few facts that they must keep."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import runpy
import tomllib
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "allowlists"
FILES = ("agent-packages.toml", "known-bad.toml", "mcp-servers.toml")

PYPI_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NPM_NAME = re.compile(r"(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*")
OCI_NAME = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)+")
NAME = {"npm": NPM_NAME, "oci": OCI_NAME, "pypi": PYPI_NAME}
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SHA256 = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"[0-9]+(\.[0-9]+)*([.+-]?[0-9A-Za-z]+)*")
ADVISORY = re.compile(r"MAL-20[0-9]{2}-[0-9]+|PYSEC-20[0-9]{2}-[0-9]+|CVE-20[0-9]{2}-[0-9]{4,}|GHSA(-[23456789cfghjmpqrvwx]{4}){3}")
HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
REPOSITORY = re.compile(r"github\.com/[A-Za-z0-9-]+/[A-Za-z0-9._-]+")

# General infrastructure: never part of the agent list, whatever its patterns are.
GENERAL = {
    "pypi": (
        "aiohttp", "boto3", "certifi", "click", "django", "fastapi", "flask", "httpx", "idna", "jinja2", "loguru",
        "mcpi", "numpy", "opentelemetry-api", "opentelemetry-sdk", "pandas", "pip", "pydantic", "pydantic-core",
        "pydantic-settings", "pytest", "requests", "rich", "scipy", "setuptools", "sqlalchemy", "torch", "urllib3", "uvicorn",
    ),
    "npm": (
        "@babel/core", "@opentelemetry/api", "@types/node", "axios", "chalk", "commander", "debug", "dotenv", "eslint",
        "express", "keyv", "lodash", "next", "nx", "react", "react-dom", "semver", "typescript", "vite", "ws", "zod",
    ),
}  # fmt: skip

# Services with honest users: never an indicator, whoever used them once.
HONEST = ("catbox.moe", "github.com", "githubusercontent.com", "pastebin.com", "discord.com", "telegram.org", "bun.sh")


def load(name: str) -> dict:
    with (FOLDER / name).open("rb") as file:
        return tomllib.load(file)


AGENTS = load("agent-packages.toml")
BAD = load("known-bad.toml")
SERVERS = load("mcp-servers.toml")


def listed(ecosystem: str) -> list[str]:
    return list(chain.from_iterable(category[ecosystem] for category in AGENTS["category"]))


def is_agent(ecosystem: str, name: str) -> bool:
    return any(fnmatchcase(name, entry) for entry in listed(ecosystem))


def release(ecosystem: str, name: str) -> dict:
    found = [r for r in BAD["release"] if (r["ecosystem"], r["name"]) == (ecosystem, name)]
    assert len(found) == 1, f"{ecosystem} {name}: {len(found)} entries"
    return found[0]


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return list(chain.from_iterable(map(strings, value.values())))
    if isinstance(value, list):
        return list(chain.from_iterable(map(strings, value)))
    return [value] if isinstance(value, str) else []


def ids(entries: list[dict], *keys: str) -> list[str]:
    return [":".join(str(e.get(k)) for k in keys) for e in entries]


# --- all files


@pytest.mark.parametrize("name", FILES)
def test_header_and_text(name: str) -> None:
    raw = (FOLDER / name).read_bytes()
    text = raw.decode("utf-8")
    head = text.split("\n[[", 1)[0]
    assert b"\r" not in raw and b"\t" not in raw and raw.endswith(b"\n") and not raw.endswith(b"\n\n")
    assert all(line == "" or line.startswith("#") for line in head.splitlines())
    for part in ("What it is:", "Format", "How an entry gets in:"):
        assert part in head
    assert "://" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("name", FILES)
def test_values_are_plain_text(name: str) -> None:
    for value in strings(load(name)):
        assert value == value.strip() != ""
        assert "[.]" not in value and "hxxp" not in value.lower()


@pytest.mark.parametrize(
    ("data", "tables"),
    [(AGENTS, {"category"}), (BAD, {"release", "file", "indicator"}), (SERVERS, {"server"})],
    ids=["agent-packages", "known-bad", "mcp-servers"],
)
def test_tables(data: dict, tables: set[str]) -> None:
    assert set(data) == tables
    assert all(isinstance(entry, dict) for table in data.values() for entry in table)


# --- agent-packages.toml


@pytest.mark.parametrize("category", AGENTS["category"], ids=ids(AGENTS["category"], "name"))
def test_category(category: dict) -> None:
    assert list(category) == ["name", "about", "pypi", "npm"]
    assert KEBAB.fullmatch(category["name"])
    assert category["about"].endswith(".") and "\n" not in category["about"]
    assert category["pypi"] or category["npm"]
    for ecosystem in ("pypi", "npm"):
        names = category[ecosystem]
        assert names == sorted(set(names))
        for name in names:
            assert name.count("*") <= 1
            assert NAME[ecosystem].fullmatch(name.replace("*", "x")), name


def test_categories_are_sorted() -> None:
    names = [category["name"] for category in AGENTS["category"]]
    assert names == sorted(set(names))


@pytest.mark.parametrize("ecosystem", ["pypi", "npm"])
def test_no_name_twice(ecosystem: str) -> None:
    names = listed(ecosystem)
    assert len(names) == len(set(names))
    patterns = [name for name in names if "*" in name]
    covered = [(n, p) for n in names if "*" not in n for p in patterns if fnmatchcase(n, p)]
    assert covered == []


def test_enough_packages() -> None:
    literal = {e: [n for n in listed(e) if "*" not in n] for e in ("pypi", "npm")}
    assert sum(map(len, literal.values())) >= 150
    assert all(len(names) >= 100 for names in literal.values())


@pytest.mark.parametrize("ecosystem", ["pypi", "npm"])
def test_patterns_are_narrow(ecosystem: str) -> None:
    for pattern in (name for name in listed(ecosystem) if "*" in name):
        fixed = pattern.replace("*", "")
        # The fixed part holds a whole word and ends at a border, so that `langchain*` cannot swallow `langchainx`.
        assert len(fixed) >= 5, pattern
        before, after = pattern.split("*")
        assert before in ("", "@") or before[-1] in "-/", pattern
        assert after == "" or after[0] in "-/", pattern


@pytest.mark.parametrize(("ecosystem", "name"), [(e, n) for e, names in GENERAL.items() for n in names])
def test_general_infrastructure_is_no_agent_package(ecosystem: str, name: str) -> None:
    assert [entry for entry in listed(ecosystem) if fnmatchcase(name, entry)] == []


@pytest.mark.parametrize(
    ("ecosystem", "name"),
    [
        ("pypi", "litellm"),
        ("pypi", "anthropic"),
        ("pypi", "langchain-openai"),
        ("pypi", "llama-index-core"),
        ("pypi", "mcp"),
        ("pypi", "mcp-server-git"),
        ("pypi", "awslabs-aws-api-mcp-server"),
        ("pypi", "xinference"),
        ("npm", "@anthropic-ai/claude-code"),
        ("npm", "@langchain/core"),
        ("npm", "@mastra/core"),
        ("npm", "@modelcontextprotocol/sdk"),
        ("npm", "@modelcontextprotocol/server-filesystem"),
        ("npm", "@sentry/mcp-server"),
        ("npm", "@upstash/context7-mcp"),
        ("npm", "ai"),
    ],
)
def test_agent_packages_are_known(ecosystem: str, name: str) -> None:
    assert is_agent(ecosystem, name)


# --- mcp-servers.toml


@pytest.mark.parametrize("server", SERVERS["server"], ids=ids(SERVERS["server"], "ecosystem", "package"))
def test_server(server: dict) -> None:
    keys = ["ecosystem", "package", "publisher", "repository"]
    assert list(server) in (keys, keys[:3])
    assert all(isinstance(value, str) for value in server.values())
    assert server["ecosystem"] in NAME
    assert NAME[server["ecosystem"]].fullmatch(server["package"])
    assert re.fullmatch(r"[A-Za-z0-9-]+", server["publisher"])
    if "repository" in server:
        assert REPOSITORY.fullmatch(server["repository"])
        assert not server["repository"].endswith(".git")
    if server["ecosystem"] != "oci":
        assert is_agent(server["ecosystem"], server["package"])


def test_servers_are_sorted_and_enough() -> None:
    keys = [(server["ecosystem"], server["package"]) for server in SERVERS["server"]]
    assert keys == sorted(set(keys))
    assert len(keys) >= 40


def test_no_server_is_all_bad() -> None:
    worst = {(r["ecosystem"], r["name"]) for r in BAD["release"] if r["versions"] == ["*"]}
    assert worst.isdisjoint((server["ecosystem"], server["package"]) for server in SERVERS["server"])


# --- known-bad.toml


def check_sources(entry: dict) -> None:
    assert entry["sources"] and entry["sources"] == sorted(set(entry["sources"]))
    assert entry["summary"].endswith(".") and "\n" not in entry["summary"]


@pytest.mark.parametrize("entry", BAD["release"], ids=ids(BAD["release"], "ecosystem", "name"))
def test_release(entry: dict) -> None:
    assert list(entry) == ["ecosystem", "name", "versions", "advisories", "reported", "summary", "sources"]
    assert entry["ecosystem"] in ("npm", "pypi")
    assert NAME[entry["ecosystem"]].fullmatch(entry["name"])
    assert entry["versions"] and len(entry["versions"]) == len(set(entry["versions"]))
    assert entry["versions"] == ["*"] or all(VERSION.fullmatch(v) for v in entry["versions"])
    assert entry["advisories"] == sorted(set(entry["advisories"]))
    assert all(ADVISORY.fullmatch(advisory) for advisory in entry["advisories"])
    assert type(entry["reported"]) is dt.date
    assert dt.date(2025, 1, 1) <= entry["reported"]
    check_sources(entry)


def test_releases_are_sorted() -> None:
    keys = [(entry["ecosystem"], entry["name"]) for entry in BAD["release"]]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("entry", BAD["release"], ids=ids(BAD["release"], "ecosystem", "name"))
def test_release_versions_are_sorted(entry: dict) -> None:
    if entry["versions"] != ["*"]:
        numbers = [[int(part) for part in version.split(".")] for version in entry["versions"]]
        assert numbers == sorted(numbers)


@pytest.mark.parametrize("entry", BAD["file"], ids=ids(BAD["file"], "sha256"))
def test_file(entry: dict) -> None:
    assert list(entry) == ["sha256", "names", "summary", "sources"]
    assert SHA256.fullmatch(entry["sha256"])
    assert entry["names"] == sorted(set(entry["names"]))
    assert not any("/" in name or "\\" in name or name.count("*") > 1 for name in entry["names"])
    check_sources(entry)


def test_files_are_sorted() -> None:
    digests = [entry["sha256"] for entry in BAD["file"]]
    assert digests == sorted(set(digests))


@pytest.mark.parametrize("entry", BAD["indicator"], ids=ids(BAD["indicator"], "kind", "value"))
def test_indicator(entry: dict) -> None:
    assert list(entry) == ["kind", "value", "summary", "sources"]
    assert entry["kind"] in ("host", "path", "repo-name")
    value = entry["value"]
    assert "://" not in value and "*" not in value and not re.search(r"\s", value)
    if entry["kind"] == "host":
        if not HOST.fullmatch(value):
            assert ipaddress.IPv4Address(value).is_global
        assert not any(value == host or value.endswith("." + host) for host in HONEST)
    elif entry["kind"] == "path":
        assert "\\" not in value and not value.endswith("/") and "~" not in value
        assert len(value) >= 6
    check_sources(entry)


def test_indicators_are_sorted() -> None:
    keys = [(entry["kind"], entry["value"]) for entry in BAD["indicator"]]
    assert keys == sorted(set(keys))


# --- facts


def test_litellm() -> None:
    entry = release("pypi", "litellm")
    assert entry["versions"] == ["1.82.7", "1.82.8"]
    assert "MAL-2026-2144" in entry["advisories"]
    assert entry["reported"] == dt.date(2026, 3, 24)
    digest = "71e35aef03099cd1f2d6446734273025a163597de93912df321ef118bf135238"
    assert [e["names"] for e in BAD["file"] if e["sha256"] == digest] == [["litellm_init.pth"]]
    assert ("host", "models.litellm.cloud") in {(e["kind"], e["value"]) for e in BAD["indicator"]}


def test_hades_hook() -> None:
    digest = "c539766062555d47716f8432e73adbe3a0c0c954a0b6c4005017a668975e275c"
    (entry,) = (e for e in BAD["file"] if e["sha256"] == digest)
    assert any(fnmatchcase("bramin-setup.pth", name) for name in entry["names"])
    wheels = [e for e in BAD["release"] if "Hades" in e["summary"] and e["reported"] == dt.date(2026, 6, 6)]
    assert (len(wheels), sum(len(e["versions"]) for e in wheels)) == (19, 37)


@pytest.mark.parametrize(
    ("ecosystem", "name", "versions"),
    [
        ("pypi", "elementary-data", ["0.23.3"]),
        ("pypi", "guardrails-ai", ["0.10.1"]),
        ("pypi", "mistralai", ["2.4.6"]),
        ("pypi", "xinference", ["2.6.0", "2.6.1", "2.6.2"]),
        ("npm", "axios", ["0.30.4", "1.14.1"]),
        ("npm", "mcp-use", ["1.4.2", "1.4.3"]),
        ("npm", "nx", ["20.9.0", "20.10.0", "20.11.0", "20.12.0", "21.5.0", "21.6.0", "21.7.0", "21.8.0"]),
        ("npm", "postmark-mcp", ["1.0.16", "1.0.17", "1.0.18"]),
    ],
)
def test_known_releases(ecosystem: str, name: str, versions: list[str]) -> None:
    assert release(ecosystem, name)["versions"] == versions


def test_same_name_in_two_registries_stays_apart() -> None:
    # On npm an imposture, on PyPI an honest package.
    assert release("npm", "mem0-mcp-server")["versions"] == ["*"]
    assert not [e for e in BAD["release"] if (e["ecosystem"], e["name"]) == ("pypi", "mem0-mcp-server")]


# --- the script that proposes changes


def test_a_refresh_keeps_what_people_wrote_and_the_form() -> None:
    records = Path(__file__).parent / "data" / "osv"
    text = (FOLDER / "known-bad.toml").read_text("utf-8")
    entry = re.search(r'\[\[release\]\]\necosystem = "npm"\nname = "mcp-use"\n.*?\n\n', text, re.DOTALL)
    assert entry
    # one that is not in the file, one without its id and with versions less
    shortened = text.replace('["2.4.10", "2.4.11", "2.4.12"]\nadvisories = ["MAL-2025-190909"]', '["2.4.10"]\nadvisories = []')
    cut = re.sub(r'\[\[release\]\]\necosystem = "pypi"\nname = "pantheon-agents"\n.*?\n\n', "", shortened, flags=re.DOTALL)
    assert cut != shortened != text
    script = runpy.run_path(str(FOLDER.parent / "scripts" / "refresh_known_bad.py"))
    news = script["told"](
        [str(records)], lambda _, name: name in ("@postman/postman-mcp-server", "pantheon-agents", "litellm", "plain-crypto-js")
    )
    made, changes = script["updated"](cut, news)
    assert changes == [
        'npm @postman/postman-mcp-server: advisories [] -> ["MAL-2025-190909"]',
        'npm @postman/postman-mcp-server: versions ["2.4.10"] -> ["2.4.10", "2.4.11", "2.4.12"]',
        'pypi pantheon-agents: new, ["0.6.1", "0.6.2"]',
    ]
    data = tomllib.loads(made)
    assert made.split("\n[[", 1)[0] == text.split("\n[[", 1)[0]
    assert entry[0] in made
    assert data["file"] == BAD["file"] and data["indicator"] == BAD["indicator"]
    for row in data["release"]:
        test_release(row)
    names = [(row["ecosystem"], row["name"]) for row in data["release"]]
    assert names == sorted(names)
    assert script["updated"](made, news) == (made, [])
