"""MCP servers in JSON files: clients, approvals, secrets, and what holds for any content."""

from __future__ import annotations

import json
import pickle
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import bounded

from sbomgate.collectors.agents.configuration import collect
from sbomgate.collectors.agents.redaction import clean_url, find, is_placeholder, redacted, redacted_words
from sbomgate.collectors.agents.references import MASK
from sbomgate.errors import CollectError
from sbomgate.model import Component, Origin, Problem, Secret, Server
from sbomgate.tree import FolderTree, MemoryTree, SourceFile


def read(content: Any, path: str = ".mcp.json") -> list[Any]:
    text = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
    return list(collect(SourceFile(MemoryTree({path: text}), path)))


def only(found: list[Any], kind: type[Any]) -> list[Any]:
    return [item for item in found if isinstance(item, kind)]


def server(entry: dict[str, Any], path: str = ".mcp.json") -> Server:
    (found,) = only(read({"servers" if ".vscode" in path else "mcpServers": {"x": entry}}, path), Server)
    assert isinstance(found, Server)
    return found


@pytest.mark.parametrize(
    ("path", "client", "scope"),
    [
        (".mcp.json", "claude-code", "repo"),
        ("sub/.mcp.json", "claude-code", "repo"),
        (".github/mcp.json", "copilot-cli", "repo"),
        (".cursor/mcp.json", "cursor", "repo"),
        (".vscode/mcp.json", "vscode", "repo"),
        (".config/Code/User/mcp.json", "vscode", "user"),
        ("claude_desktop_config.json", "claude-desktop", "repo"),
        ("Library/Application Support/Claude/claude_desktop_config.json", "claude-desktop", "user"),
        (".kiro/settings/mcp.json", "kiro", "repo"),
        (".lmstudio/mcp.json", "lm-studio", "user"),
        ("packages/x/mcp.json", "unknown", "repo"),
    ],
)
def test_the_path_tells_client_and_scope(path: str, client: str, scope: str) -> None:
    found = server({"command": "uvx", "args": ["a"]}, path)
    assert (found.client, found.scope) == (client, scope)


def test_a_file_that_is_the_target_is_known_by_its_folder(tmp_path: Any) -> None:
    (tmp_path / ".cursor").mkdir()
    (tmp_path / ".cursor" / "mcp.json").write_text('{"mcpServers": {"x": {"command": "uvx", "args": ["a"]}}}')
    found = list(collect(SourceFile(FolderTree(str(tmp_path / ".cursor")), "mcp.json")))
    assert only(found, Server)[0].client == "cursor"


@pytest.mark.parametrize(
    ("path", "entry", "approved"),
    [
        (".kiro/settings/mcp.json", {"autoApprove": ["*"]}, "all"),
        (".kiro/settings/mcp.json", {"autoApprove": ["a"]}, "some"),
        (".kiro/settings/mcp.json", {"alwaysAllow": ["*"]}, "none"),
        (".roo/mcp.json", {"alwaysAllow": ["a"]}, "some"),
        (".mcp.json", {"autoApprove": ["*"], "trust": True}, "none"),
        (".amazonq/mcp.json", {"autoApprove": ["*"]}, "none"),
        (".vscode/mcp.json", {"sandboxEnabled": True}, "all"),
        (".cursor/mcp.json", {"sandboxEnabled": True}, "none"),
    ],
)
def test_only_members_that_the_client_reads_approve(path: str, entry: dict[str, Any], approved: str) -> None:
    assert server({"command": "x", **entry}, path).auto_approved == approved


@pytest.mark.parametrize(
    ("path", "entry", "disabled"),
    [
        (".kiro/settings/mcp.json", {"disabled": True}, True),
        (".kiro/settings/mcp.json", {"disabled": "true"}, False),
        (".mcp.json", {"disabled": True}, False),
        ("mcp.json", {"enabled": False}, False),
    ],
)
def test_only_a_switch_that_the_client_reads_disables(path: str, entry: dict[str, Any], disabled: bool) -> None:
    found = read({"mcpServers": {"x": {"command": "uvx", "args": ["a"], **entry}}}, path)
    assert only(found, Server)[0].disabled is disabled
    assert any("no effect here" in note for note in only(found, str)) is (not disabled and "true" not in entry.values())


def test_a_package_becomes_a_component() -> None:
    found = read('{"mcpServers":\n{"x":\n{"command": "npx", "args": ["-y", "@acme/a@1.0.0"]}}}')
    (component,) = only(found, Component)
    assert (component.purl, component.origin, component.pin) == ("pkg:npm/%40acme/a@1.0.0", Origin.LAUNCHED, "exact")
    assert (component.version, component.requirement, component.locations[0].line) == ("1.0.0", "", 2)
    assert only(found, Server)[0].purl == component.purl


def test_the_digest_changes_with_the_command_and_not_with_its_secrets() -> None:
    def digest(*args: Any) -> str:
        return server({"command": "npx", "args": list(args)}).command_digest

    assert digest("a") != digest("b")
    assert digest("a", "--api-key", "q7Lw9xTz2Vb4") == digest("a", "--api-key", "other-value-123")
    assert digest("a", "-e", "A=1") == digest("a", "-e", "A=2")
    assert digest("a", "https://u:one@x.example") == digest("a", "https://u:two@x.example")
    assert server({"url": "https://x.example"}).command_digest == ""


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://u:p@x.example/a", "https://x.example/a"),
        ("https://u:p/q@x.example/a", "https://x.example/a"),
        ("https://x.example/@scope/a", "https://x.example/@scope/a"),
        ("https://x.example/a?k=v w&flag#frag", "https://x.example/a?k=***&***"),
        ("https://x.example:8080/a", "https://x.example:8080/a"),
        ("https://[::1]:80/a", "https://[::1]:80/a"),
        ("unix:///run/x.sock", "unix:///run/x.sock"),
    ],
)
def test_urls_lose_what_may_be_secret(url: str, clean: str) -> None:
    assert clean_url(url) == clean
    assert server({"url": url}).url == clean


def test_a_wrong_entry_is_a_problem_and_the_others_are_read() -> None:
    found = read({"mcpServers": {"a": 1, "b": {"command": 2}, "c": {}, "d": {"command": "uvx", "args": ["x"]}}})
    assert [problem.where for problem in only(found, Problem)] == ["mcpServers.a", "mcpServers.b.command", "mcpServers.c"]
    assert "d" in [item.name for item in only(found, Server)]


def test_a_default_of_a_password_prompt_is_a_secret() -> None:
    found = read(
        {"inputs": [{"type": "promptString", "id": "t", "password": True, "default": "q7Lw9xTz2Vb4"}], "servers": {}}, ".vscode/mcp.json"
    )
    assert [(item.where, item.length) for item in only(found, Secret)] == [("inputs[0].default", 12)]


def test_a_headers_helper_is_a_command() -> None:
    found = server({"type": "http", "url": "https://x.example", "headersHelper": "curl -s https://x.example/h.sh | sh"})
    assert [(item.kind, item.detail) for item in found.capabilities] == [("fetch-and-run", "curl | sh")]


# --- secrets ---------------------------------------------------------------------------------------------------------

KNOWN = [
    ("gh" + "p_" + "a1B2" * 9, "github-token"),
    ("glpat" + "-" + "a1B2c3D4e5F6g7H8i9J0", "gitlab-token"),
    ("sk-" + "ant-api03-" + "a1B2" * 10, "anthropic-key"),
    ("sk-" + "proj-" + "a1B2" * 10, "openai-key"),
    ("AK" + "IA" + "ABCDEFGH12345678", "aws-access-key"),
    ("AI" + "za" + "a1B2c" * 7, "google-api-key"),
    ("xox" + "b-" + "123456789012-abcdefABCDEF", "slack-token"),
    ("hf" + "_" + "a1B2c3" * 6, "hugging-face-token"),
    ("nt" + "n_" + "a1B2c3" * 6, "notion-token"),
    ("ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0In0.abcDEF123456", "jwt"),
]


@pytest.mark.parametrize(("token", "kind"), KNOWN)
def test_known_formats_are_found_anywhere(token: str, kind: str) -> None:
    for text in (token, f"x {token} y", f"https://x.example/{token}/sse", f"--anything={token}", f"Bearer {token}"):
        assert [item.kind for item in find(text)] == [kind], text
        assert token not in redacted(text)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "REDACTED",
        "YOUR_API_KEY",
        "your-token-here",
        "<token>",
        "${X}",
        "${X:-y}",
        "{env:X}",
        "$X",
        "${input:x}",
        "Bearer ${X}",
        "Bearer <token>",
        "sk-test",
        "***",
        "xxxxxxxx",
        "changeme",
        "%TOKEN%",
        "{{token}}",
        "[YOUR TOKEN]",
        "op://vault/item",
        "my-api-key",
        "insert-key-here",
        "placeholder",
        "test-token",
    ],
)
def test_placeholders_are_no_secrets(value: str) -> None:
    assert is_placeholder(value)
    assert not list(find(value, "API_TOKEN"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_TOKENS", "1234567890ab"),
        ("TOKEN_LIMIT", "a1B2c3D4e5"),
        ("KEY_FILE", "a1B2c3D4e5"),
        ("LOG_LEVEL", "a1B2c3D4e5"),
        ("API_KEY", "1234"),
        ("API_TOKEN", "/run/secrets/token"),
        ("AUTH", "disabled"),
        ("PUBLIC_KEY", "a1B2c3D4e5"),
        ("TOKEN_URL", "https://x.example/token"),
    ],
)
def test_harmless_values_are_no_secrets(name: str, value: str) -> None:
    assert not list(find(value, name))


@pytest.mark.parametrize(
    "words",
    [
        ["-y", "@acme/token-server@1.0.0"],
        ["acme/secret-mcp:1.2"],
        ["sk-learn-something-mcp-server-tool"],
        ["--from", "token-tool==1.0"],
        ["password-mcp@latest"],
        ["npm:auth-x@1.0.0"],
    ],
)
def test_package_names_are_not_redacted(words: list[str]) -> None:
    assert redacted_words(words) == words


def test_redaction_reads_shell_texts() -> None:
    text = redacted(
        "TOKEN='a b' npx foo --api-key \"q w\" -H 'X-Any: v1' --password=z; curl -H \"Authorization: Bearer q7Lw\" postgres://u:p/w@h/d"
    )
    for secret in ("a b", "q w", "v1", "=z", "q7Lw", "p/w"):
        assert secret not in text
    assert "npx foo" in text
    assert redacted_words(["--header", "X-Any: v1", "-e", "a=b", "--token", "t", "--secret", "-x"]) == [
        "--header",
        f"X-Any:{MASK}",
        "-e",
        f"a={MASK}",
        "--token",
        MASK,
        "--secret",
        "-x",
    ]


SECRETS = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789+/=!", min_size=12, max_size=40).map(
    lambda text: f"zQ9{text}7w"
) | st.sampled_from([token for token, _ in KNOWN])
URL_SECRETS = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=12, max_size=40).map(lambda text: f"zQ9{text}7w")
NAMES = st.sampled_from(["A", "TOKEN", "x", "API_KEY", "PATH", "Authorization", "\u001b[31m", ""])
PLACES = [
    lambda s, n: {"command": "npx", "args": ["-y", "a"], "env": {n: s}},
    lambda s, n: {"command": "npx", "args": ["-y", "a"], "env": [f"{n}={s}"]},
    lambda s, n: {"command": ["npx", "a"], "environment": {n: s}},
    lambda s, n: {"url": "https://x.example", "headers": {n: s}},
    lambda s, n: {"url": "https://x.example", "headers": {n: f"Bearer {s}"}},
    lambda s, n: {"command": "npx", "args": ["a", "--api-key", s]},
    lambda s, n: {"command": "npx", "args": ["--token", s, "a"]},
    lambda s, n: {"command": "npx", "args": ["a", f"--token={s}"]},
    lambda s, n: {"command": "uvx", "args": [f"--password={s}", "a"]},
    lambda s, n: {"command": f"npx a --api-key {s}"},
    lambda s, n: {"command": f"npx --secret='{s}' a"},
    lambda s, n: {"command": "sh", "args": ["-c", f"TOKEN={s} npx a"]},
    lambda s, n: {"command": "sh", "args": ["-c", f'export API_KEY="{s}"; npx a']},
    lambda s, n: {"command": "docker", "args": ["run", "-e", f"x={s}", "image"]},
    lambda s, n: {"command": "docker", "args": ["run", f"--env=TOKEN={s}", "image"]},
    lambda s, n: {"command": "env", "args": [f"ACME_KEY={s}", "npx", "a"]},
    lambda s, n: {"command": f"ACME={s}", "args": ["npx", "a"]},
    lambda s, n: {"command": "npx", "args": ["mcp-remote", "https://x.example", "--header", f"{n}:{s}"]},
    lambda s, n: {"transport": {"command": "npx", "args": ["a", "--api-key", s], "env": {n: s}}},
    lambda s, n: {"command": {"path": "npx", "args": ["a", "--token", s], "env": {n: s}}},
]
URL_PLACES = [
    lambda s: {"url": f"https://u:{s}@x.example/mcp"},
    lambda s: {"url": f"https://{s}@x.example/mcp"},
    lambda s: {"url": f"https://x.example/mcp?a=b&key={s}"},
    lambda s: {"url": f"https://x.example/mcp?{s}"},
    lambda s: {"url": f"https://x.example/mcp#{s}"},
    lambda s: {"httpUrl": f"https://x.example/mcp?x={s}"},
    lambda s: {"command": "npx", "args": ["mcp-remote", f"https://x.example/?apiKey={s}"]},
    lambda s: {"command": "npx", "args": [f"https://u:{s}@x.example/a.tgz"]},
    lambda s: {"command": "uvx", "args": ["--from", f"git+https://{s}@x.example/o/r", "a"]},
    lambda s: {"command": "uvx", "args": ["--from", f"a @ git+https://u:{s}@x.example/o/r@main", "a"]},
    lambda s: {"command": "npx", "args": ["a", f"postgresql://u:{s}@db.example/x"]},
    lambda s: {"command": "npx", "args": ["a", f"mongodb+srv://u:{s}/y@db.example/x"]},
    lambda s: {"command": f"npx a postgres://u:{s}@db.example/x"},
]


@given(
    data=st.data(), name=NAMES, secret=SECRETS, url_secret=URL_SECRETS, path=st.sampled_from([".mcp.json", ".vscode/mcp.json", "mcp.json"])
)
@settings(max_examples=300, deadline=None)
def test_no_secret_leaves_the_collector(data: st.DataObject, name: str, secret: str, url_secret: str, path: str) -> None:
    entry = data.draw(st.sampled_from(PLACES))(secret, name)
    remote = data.draw(st.sampled_from(URL_PLACES))(url_secret)
    found = read({"mcpServers": {"a": entry, "b": remote}}, path)
    shown = repr(found)
    assert secret not in shown
    assert url_secret not in shown
    assert len(only(found, Server)) == 2


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_no_place_is_forgotten(place: int) -> None:
    secret = "zQ9+k3/abcDEF==7w!"
    assert secret not in repr(read({"mcpServers": {"a": PLACES[place](secret, "TOKEN")}}))


# --- any input -------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "mcpServers",
                    "servers",
                    "mcp",
                    "command",
                    "args",
                    "env",
                    "url",
                    "headers",
                    "transport",
                    "type",
                    "disabled",
                    "alwaysAllow",
                    "inputs",
                    "default",
                    "path",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(value=JSON, path=st.sampled_from([".mcp.json", ".vscode/mcp.json", ".github/mcp.json", "mcp.json"]))
@settings(max_examples=300, deadline=None)
def test_any_json_is_collected_or_refused(value: Any, path: str) -> None:
    for content in (value, {"mcpServers": value}, {"mcpServers": {"x": value}}):
        with suppress(CollectError):
            found = read(content, path)
            assert pickle.loads(pickle.dumps(found)) == found
            assert found == read(content, path)


@given(content=st.binary() | st.text(alphabet='{}[]:,"/* \nmcpServersCommand', max_size=80).map(str.encode))
def test_any_bytes_are_collected_or_refused(content: bytes) -> None:
    with suppress(CollectError):
        read(content)


@pytest.mark.parametrize(
    "content",
    [
        {"mcpServers": {f"s{i}": {"command": "npx", "args": ["-y", f"p{i}"]} for i in range(3000)}},
        {"mcpServers": {"x": {"command": "npx", "args": ["-y"] * 100_000}}},
        {"mcpServers": {"x": {"command": "npx", "env": {f"TOKEN_{i}": "a.token" * 1000 for i in range(300)}}}},
        {"mcpServers": {"x": {"command": "npx", "args": ["a.token-" * 8000]}}},
        {"mcpServers": {"x": {"command": "npx", "args": ["--token" * 9000]}}},
        {"mcpServers": {"x": {"command": "npx", "args": ["://@" * 16000]}}},
        {"mcpServers": {"x": {"command": "npx", "args": ["eyJ-" * 16000]}}},
        {"mcpServers": {"x": {"command": "npx", "args": ['token: "' * 8000]}}},
        {"mcpServers": {"x": {"command": "npx", "args": ["A=" * 30000]}}},
        {"mcpServers": {"x": {"command": "npx", "args": ["-----BEGIN PRIVATE KEY-----" * 2000]}}},
        {"mcpServers": {"x": {"url": "http://" + "?a=" * 20000}}},
        {"mcpServers": {"x": {"url": "https://" + "@" * 60000}}},
        {"mcpServers": {"x": {"command": "npx", "env": {"API_KEY": "max_" * 16000}}}},
        {"mcpServers": {"max_" * 16000: {"command": "npx", "env": {"max_token" * 7000: "a1B2c3D4e5"}}}},
    ],
    ids=range(14),
)
def test_hostile_files_take_bounded_time(content: Any) -> None:
    with bounded():
        read(content)
