"""Whatever the rules say, there is an answer, and soon."""

from __future__ import annotations

import fnmatch
import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import bounded

from sbomgate.agent_model import EFFECTS, MATCHINGS, OPTION_KINDS, AgentOption, PermissionRule
from sbomgate.model import Location
from sbomgate.permissions import OUTCOMES, PROBES, SEMANTICS, outlooks
from sbomgate.permissions.commands import split
from sbomgate.permissions.patterns import one_character, path_pattern, wildcard
from sbomgate.permissions.regexes import search

CLIENTS = st.sampled_from(sorted(SEMANTICS))
SCOPES = st.sampled_from(["repo", "repo-local", "user", "managed", "plugin", "ci"])
TEXTS = st.text("abBash *?:/~.()[]{}|&;$`'\"\\<>-=\n", max_size=30) | st.sampled_from(
    ["*", "git *", "terraform:*", "(a*)*b", "/.*/", "**/.env", "~/.ssh/**"]
)
PLACES = st.builds(Location, st.sampled_from(["a/.claude/settings.json", ".claude/settings.json", "~/x", "x"]), st.integers(0, 3))
RULES = st.builds(
    PermissionRule,
    client=CLIENTS,
    scope=SCOPES,
    effect=st.sampled_from(EFFECTS),
    text=TEXTS,
    tool=st.sampled_from(["Bash", "Read", "Edit", "*", "", "B*", "run_shell_command", "mcp__x", "fs_*"]),
    specifier=TEXTS,
    matching=st.sampled_from(sorted(MATCHINGS)),
    location=PLACES,
    order=st.integers(0, 3),
    only_for=st.sampled_from(["", "skill x"]),
    in_force=st.booleans(),
)
OPTIONS = st.builds(
    AgentOption,
    client=CLIENTS,
    scope=SCOPES,
    kind=st.sampled_from(sorted(OPTION_KINDS)),
    key=st.sampled_from(["permissions.defaultMode", "sandbox.enabled", "approval_policy", "sandbox_mode", "sandbox.excludedCommands[0]"]),
    value=st.sampled_from(
        ["true", "false", "bypassPermissions", "auto", "acceptEdits", "dontAsk", "never", "danger-full-access", "/", "*"]
    ),
    name=st.sampled_from(["", "x", "**/*"]),
    location=PLACES,
    in_force=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(rules=st.lists(RULES, max_size=6), options=st.lists(OPTIONS, max_size=4))
def test_any_rules_get_an_answer_to_every_probe(rules: list[PermissionRule], options: list[AgentOption]) -> None:
    for outlook in outlooks((), tuple(rules), tuple(options)):
        assert [answer.probe for answer in outlook.answers] == list(PROBES)
        for answer in outlook.answers:
            assert answer.verdict.outcome in OUTCOMES
            assert answer.verdict.rank <= answer.direct.rank


@settings(max_examples=60, deadline=None)
@given(rules=st.lists(RULES, max_size=5), options=st.lists(OPTIONS, max_size=3))
def test_a_denial_of_everything_in_claude_code_leaves_nothing(rules: list[PermissionRule], options: list[AgentOption]) -> None:
    everything = PermissionRule(client="claude-code", scope="managed", effect="deny", text="*", tool="*", location=Location("/etc/x"))
    for outlook in outlooks((), (*rules, everything), tuple(options), "claude-code"):
        assert {answer.verdict.outcome for answer in outlook.answers} == {"denied"}
        assert not outlook.broad


@settings(max_examples=60, deadline=None)
@given(rules=st.lists(RULES, max_size=5))
def test_the_order_of_the_nouns_changes_nothing(rules: list[PermissionRule]) -> None:
    numbered = [PermissionRule(**{**{name: getattr(rule, name) for name in rule.__slots__}, "order": at}) for at, rule in enumerate(rules)]
    forward = outlooks((), tuple(numbered), ())
    backward = outlooks((), tuple(reversed(numbered)), ())
    assert [[answer.verdict.outcome for answer in one.answers] for one in forward] == [
        [answer.verdict.outcome for answer in one.answers] for one in backward
    ]


@settings(max_examples=200, deadline=None)
@given(text=st.text("ab*", max_size=10), pattern=st.text("ab*", max_size=8))
def test_wildcards_are_those_of_the_shell(text: str, pattern: str) -> None:
    assert wildcard(text, pattern) == fnmatch.fnmatchcase(text, pattern)


@settings(max_examples=200, deadline=None)
@given(text=st.text("ab?*", max_size=8), pattern=st.text("ab*?", max_size=8))
def test_one_character(text: str, pattern: str) -> None:
    assert one_character(text, pattern) == fnmatch.fnmatchcase(text, pattern)


@settings(max_examples=300, deadline=None)
@given(text=st.text("ab -", max_size=8), pattern=st.text("ab .*+?|()^$\\wds[]-{}2,!=:", max_size=12))
def test_a_regular_expression_says_what_pythons_own_engine_says(text: str, pattern: str) -> None:
    found = search(text, pattern)
    if found is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert found == bool(re.search(pattern, text))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"(a+)+$", "a" * 200 + "b", False),
        (r"(a|a)*b", "a" * 300, False),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 200, False),
        (r"(.*)*x", "a" * 300, False),
        (r"a{1000000}", "a" * 100, False),
        (r"(", "x", None),
        (r"(?<=a)b", "ab", None),
        (r"(a)\1", "aa", None),
        (r"(?=.*b)a", "ab", True),
        (r"(?!.*b)a", "ab", False),
        (r"(?i)AB", "ab", True),
        (r"\bgit\b", "x git y", True),
        (r"[^a]b", "ab", False),
        ("x" * 5000, "x", None),
    ],
)
def test_hostile_expressions_end(pattern: str, text: str, expected: bool | None) -> None:
    with bounded():
        found = search(text, pattern)
    assert found is expected


@pytest.mark.parametrize("pattern", [r"(?:(?:a?){100}){100}b", "(" * 500 + ")" * 500 + "b", "(?:" * 90 + "a" + ")*" * 90 + "b"])
def test_expressions_that_are_too_hard_fit_nothing(pattern: str) -> None:
    with bounded():
        assert not search("a" * 100, pattern)


@settings(max_examples=200, deadline=None)
@given(text=st.text("ab '\"`$()<>;&|\n\\#{}=", max_size=40))
def test_any_command_is_taken_apart(text: str) -> None:
    script = split(text)
    for part in (*script.parts, *script.nested):
        assert part.text == part.text.strip()


@pytest.mark.parametrize(
    "text", ["$(" * 3000, "(" * 9000, "`" * 9999, "<" * 9999, "a;" * 4999, "'" * 9999, '"$(' * 3000, "2>" * 4999, "A= " * 3333]
)
def test_hostile_commands_end(text: str) -> None:
    with bounded():
        split(text)


@pytest.mark.parametrize("pattern", ["**/" * 1000 + "x", "*" * 4000, "a*" * 2000, "?*" * 2000, "[" * 4000])
def test_hostile_paths_end(pattern: str) -> None:
    with bounded():
        path_pattern("a/" * 50 + "aaaaaaaaaaaaaaaaaaaaaaab", pattern)


def test_many_rules_are_judged_soon() -> None:
    def rule(at: int, specifier: str) -> PermissionRule:
        return PermissionRule(
            client="claude-code", scope="repo", effect=EFFECTS[at % 3], text=specifier, tool="Bash", specifier=specifier, matching="wildcard",
            location=Location(".claude/settings.json", at),
        )  # fmt: skip

    rules = tuple(rule(at, f"*a*b*c*{at} *" if at % 2 else f"cmd{at} x *") for at in range(2000))
    with bounded():
        assert outlooks((), rules, ())
