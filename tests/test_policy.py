"""What a policy may say, what it may not, and that it decides about findings without touching what was found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import json_values
from support import write_tree

from sbomgate.errors import UsageError
from sbomgate.model import Confidence, Finding, Location, Severity
from sbomgate.policy import Allow, Policy, Rule, apply, fingerprint, is_date, is_enabled, selects
from sbomgate.policy_file import find_policy, load_policy, parse_policy

DIGEST = "ab" * 32
RULE = Rule(id="SG301", name="installed-file-changed", severity=Severity.HIGH, check=lambda _: iter(()), doc="")


def finding(**changes) -> Finding:
    base = RULE.finding(Location("lib/a.py", 3), "changed", fix="mend it", subject="pkg:pypi/a@1.0", digest=DIGEST)
    return replace(base, fingerprint=fingerprint(base), **changes)


def entry(**keys) -> Allow:
    (found,) = parse_policy({"allow": [{"reason": "known", **keys}]}).allow
    return found


class TestParsing:
    def test_the_defaults(self) -> None:
        assert parse_policy({}) == Policy()
        assert parse_policy({}, "p").path == "p"

    def test_every_key(self, tmp_path) -> None:
        text = f"""
            fail-on = "medium"
            select = ["SG1", "unpinned"]
            ignore = ["SG304"]
            agent-packages = ["pkg:npm/@acme/*"]
            severity = {{ SG202 = "medium", SG2 = "info" }}
            strict = true

            [[allow]]
            rule = "SG301"
            fingerprint = "0123456789ABCDEF"
            digest = "sha256:{DIGEST.upper()}"
            subject = "pkg:pypi/a"
            path = "lib/*"
            reason = "known"
            expires = 2027-01-31
        """
        (tmp_path / "sbomgate.toml").write_text(text)
        policy = load_policy(str(tmp_path / "sbomgate.toml"))
        assert policy == Policy(
            path=str(tmp_path / "sbomgate.toml"),
            fail_on="medium",
            select=("SG1", "unpinned"),
            ignore=("SG304",),
            severities=(("SG202", Severity.MEDIUM), ("SG2", Severity.INFO)),
            agent_packages=("pkg:npm/@acme/*",),
            allow=(
                Allow(
                    reason="known",
                    rule="SG301",
                    fingerprint="0123456789abcdef",
                    digest=DIGEST,
                    subject="pkg:pypi/a",
                    path="lib/*",
                    expires="2027-01-31",
                    place="allow[0]",
                ),
            ),
            strict=True,
        )

    @pytest.mark.parametrize("fail_on", ["critical", "high", "medium", "low", "never"])
    def test_what_may_fail_the_gate(self, fail_on: str) -> None:
        assert parse_policy({"fail-on": fail_on}).fail_on == fail_on

    @pytest.mark.parametrize(
        ("table", "place", "what"),
        [
            ([], "", "not a table"),
            ("x", "", "not a table"),
            ({"fail_on": "high"}, "", "unknown key 'fail_on'"),
            ({"allow-list": []}, "", "known keys: advisories, agent-packages"),
            ({"fail-on": "info"}, "fail-on", "one of critical"),
            ({"fail-on": "HIGH"}, "fail-on", "no severity"),
            ({"fail-on": []}, "fail-on", "no severity"),
            ({"fail-on": 1}, "fail-on", "no severity"),
            ({"select": "SG1"}, "select", "array"),
            ({"select": [""]}, "select", "array of strings"),
            ({"select": [1]}, "select", "array of strings"),
            ({"ignore": {}}, "ignore", "array"),
            ({"ignore": [["SG1"]]}, "ignore", "array of strings"),
            ({"agent-packages": [None]}, "agent-packages", "array of strings"),
            ({"advisories": ["osv"]}, "advisories", "expected a table"),
            ({"advisories": {"source": []}}, "advisories", "known keys: max-age-days, osv-url, sources, url"),
            ({"advisories": {"sources": ["cve"]}}, "advisories.sources[0]", "known: osv, pip-audit, osv-api, index"),
            ({"advisories": {"url": "https://me:secret@host.example/x"}}, "advisories.url", "without a login"),
            ({"advisories": {"max-age-days": True}}, "advisories.max-age-days", "a whole number"),
            ({"install-scripts": "a"}, "install-scripts", "array"),
            ({"registries": ["https://a:b@c.example"]}, "registries[0]", "without a login"),
            ({"registries": ["c.example"]}, "registries[0]", "https://host"),
            ({"severity": []}, "severity", "table of rule = severity"),
            ({"severity": {"SG1": "grave"}}, "severity", "table of rule = severity"),
            ({"severity": {"SG1": ["high"]}}, "severity", "table of rule = severity"),
            ({"severity": {"SG1": {}}}, "severity", "table of rule = severity"),
            ({"severity": {"": "low"}}, "severity", "table of rule = severity"),
            ({"severity": {"SG1": "never"}}, "severity", "one of critical"),
            ({"strict": "yes"}, "strict", "true or false"),
            ({"strict": 1}, "strict", "true or false"),
            ({"allow": {}}, "allow", "array"),
            ({"allow": ["x"]}, "allow[0]", "table"),
            ({"allow": [{"path": "a", "reason": "r"}, {"path": "a"}]}, "allow[1]", "reason is missing"),
            ({"allow": [{"path": "a", "reason": " \n"}]}, "allow[0]", "reason is missing"),
            ({"allow": [{"path": "a", "reason": 5}]}, "allow[0].reason", "string, found int"),
            ({"allow": [{"path": ["a"], "reason": "r"}]}, "allow[0].path", "string, found list"),
            ({"allow": [{"path": "a", "reason": "r", "until": "x"}]}, "allow[0]", "unknown key 'until'"),
            ({"allow": [{"reason": "r"}]}, "allow[0]", "accepts everything"),
            ({"allow": [{"reason": "r", "rule": "SG1"}]}, "allow[0]", "accepts everything"),
            ({"allow": [{"reason": "r", "rule": "SG1", "path": "", "subject": ""}]}, "allow[0]", "accepts everything"),
            ({"allow": [{"reason": "r", "digest": "abc"}]}, "allow[0].digest", "no SHA-256"),
            ({"allow": [{"reason": "r", "digest": f"sha512:{DIGEST}"}]}, "allow[0].digest", "no SHA-256"),
            ({"allow": [{"reason": "r", "digest": f"{DIGEST}\n"}]}, "allow[0].digest", "no SHA-256"),
            ({"allow": [{"reason": "r", "fingerprint": "9f3c…"}]}, "allow[0].fingerprint", "no fingerprint"),
            *(
                ({"allow": [{"reason": "r", "path": "a", "expires": date}]}, "allow[0].expires", "write it as 2027-01-31")
                for date in (
                    "",
                    "soon",
                    "2027-02-30",
                    "20270131",
                    "2027-W05-1",
                    "2027-1-31",
                    "2027-01-31T00:00:00",
                    20270131,
                    "2027-01-31x",
                    ["2027-01-31"],
                )
            ),
        ],
    )
    def test_what_is_wrong_is_refused_on_one_line_with_its_place(self, table: object, place: str, what: str) -> None:
        with pytest.raises(UsageError) as caught:
            parse_policy(table, "p.toml")
        assert (caught.value.path, caught.value.where) == ("p.toml", place)
        assert what in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("content", [b"a", b"\xff", b"a = " + b"[" * 5000, b"a = " + b"9" * 5000, b"[[allow]]\nreason = 5", b"x = 1"])
    def test_a_file_that_is_none_is_refused(self, content: bytes, tmp_path) -> None:
        path = str(tmp_path / "sbomgate.toml")
        write_tree(tmp_path, {"sbomgate.toml": content})
        with pytest.raises(UsageError) as caught:
            load_policy(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)
        assert not caught.value.what.endswith("()")

    def test_a_file_that_is_not_there_is_refused(self, tmp_path) -> None:
        with pytest.raises(UsageError, match="cannot be read"):
            load_policy(str(tmp_path / "none.toml"))
        with pytest.raises(UsageError, match="cannot be read"):
            load_policy(str(tmp_path))

    @pytest.mark.parametrize(
        ("text", "fail_on"),
        [
            ("[tool.sbomgate]\nfail-on = 'low'", "low"),
            ("[tool]\nsbomgate = {fail-on = 'low'}", "low"),
            ("[tool.x]", "high"),
            ("tool = 5", "high"),
        ],
    )
    def test_pyproject_has_it_in_a_table(self, text: str, fail_on: str, tmp_path) -> None:
        write_tree(tmp_path, {"pyproject.toml": text})
        assert load_policy(str(tmp_path / "pyproject.toml")).fail_on == fail_on

    @settings(max_examples=200, deadline=None)
    @given(
        json_values(
            "advisories sources url max-age-days fail-on select ignore severity agent-packages allow strict reason digest expires path SG1"
        )
    )
    def test_any_values_are_a_policy_or_refused(self, table: object) -> None:
        try:
            parse_policy(table)
        except UsageError as error:
            assert "\n" not in str(error) or "\n" in repr(table)


class TestFinding:
    def files(self, root, *names: str) -> None:
        write_tree(root, {name: "[tool.sbomgate]\n" if name.endswith("pyproject.toml") else "" for name in names})

    def test_from_the_folder_up_to_the_root_of_the_repository(self, tmp_path) -> None:
        self.files(tmp_path, "sbomgate.toml", "r/.git/x", "r/a/b/c.txt")
        deep = tmp_path / "r" / "a" / "b"
        assert find_policy(str(deep)) is None  # the one above the repository is another's
        self.files(tmp_path, "r/pyproject.toml")
        assert find_policy(str(deep)) == str(tmp_path / "r" / "pyproject.toml")
        self.files(tmp_path, "r/sbomgate.toml")
        assert find_policy(str(deep)) == str(tmp_path / "r" / "sbomgate.toml")
        self.files(tmp_path, "r/a/pyproject.toml")
        assert find_policy(str(deep)) == str(tmp_path / "r" / "a" / "pyproject.toml")

    def test_a_worktree_is_a_repository_too(self, tmp_path) -> None:
        self.files(tmp_path, "sbomgate.toml", "r/.git", "r/a/x")
        assert find_policy(str(tmp_path / "r" / "a")) is None

    def test_outside_of_a_repository_only_the_folder_itself(self, tmp_path) -> None:
        self.files(tmp_path, "sbomgate.toml", "a/x")
        assert find_policy(str(tmp_path / "a")) is None
        assert find_policy(str(tmp_path)) == str(tmp_path / "sbomgate.toml")

    @pytest.mark.parametrize(
        ("text", "ours"),
        [
            ("[tool.sbomgate]", True),
            ("[ tool . sbomgate ]", True),
            ("[tool]\nsbomgate.strict = true", True),
            ("tool.sbomgate.strict = true", True),
            ("[[tool.sbomgate.allow]]", True),
            ("[tool.other]\nx = 'sbomgate'", False),
            ("[project]\nname = 'sbomgate'", False),
            ("# [tool.sbomgate]", False),
            ("[tool.sbomgate", True),  # broken: loading it says why
        ],
    )
    def test_a_pyproject_counts_if_it_has_the_table_however_written(self, text: str, ours: bool, tmp_path) -> None:
        write_tree(tmp_path, {"pyproject.toml": text, ".git": ""})
        assert (find_policy(str(tmp_path)) is not None) is ours

    def test_a_folder_of_that_name_is_no_policy(self, tmp_path) -> None:
        (tmp_path / "sbomgate.toml").mkdir()
        assert find_policy(str(tmp_path)) is None


class TestMatching:
    @pytest.mark.parametrize(
        ("keys", "wanted"),
        [
            ({"fingerprint": finding().fingerprint}, True),
            ({"fingerprint": finding().fingerprint.upper()}, True),
            ({"fingerprint": "0" * 16}, False),
            ({"digest": DIGEST}, True),
            ({"digest": f"sha256:{DIGEST}"}, True),
            ({"digest": "cd" * 32}, False),
            ({"path": "lib/a.py"}, True),
            ({"path": "lib/*"}, True),
            ({"path": "a.py"}, False),
            ({"path": "LIB/a.py"}, False),
            ({"subject": "pkg:pypi/a"}, True),
            ({"subject": "pkg:pypi/a@1.0"}, True),
            ({"subject": "pkg:pypi/A"}, True),
            ({"subject": "pkg:pypi/a@2.0"}, False),
            ({"subject": "pkg:pypi/*"}, True),
            ({"subject": "pkg:pypi/ab"}, False),
            ({"subject": "pkg:npm/*"}, False),
            ({"path": "lib/*", "rule": "SG301"}, True),
            ({"path": "lib/*", "rule": "SG3"}, True),
            ({"path": "lib/*", "rule": "sg301"}, True),
            ({"path": "lib/*", "rule": "installed-file-changed"}, True),
            ({"path": "lib/*", "rule": "installed-file"}, False),
            ({"path": "lib/*", "rule": "SG302"}, False),
            ({"path": "other/*", "digest": DIGEST}, False),
            ({"subject": "pkg:pypi/b", "fingerprint": finding().fingerprint}, False),
        ],
    )
    def test_everything_that_is_set_must_match(self, keys: dict[str, str], wanted: bool) -> None:
        assert entry(**keys).matches(finding()) is wanted

    def test_a_path_with_brackets_can_be_named_as_it_is(self) -> None:
        odd = finding(location=Location("app/[id]/x.py"))
        assert entry(path="app/[id]/x.py").matches(odd)
        assert not entry(path="app/[id]/x.py").matches(finding(location=Location("app/[id]/y.py")))

    def test_an_npm_scope_is_written_as_people_do(self) -> None:
        scoped = finding(subject="pkg:npm/%40acme/x@1.0")
        for subject in ("pkg:npm/@acme/x", "pkg:npm/@acme/*", "pkg:npm/%40acme/x", "pkg:npm/@acme/x@1.0"):
            assert entry(subject=subject).matches(scoped), subject
        assert not entry(subject="pkg:npm/@acme/y").matches(scoped)

    def test_no_digest_is_not_an_empty_digest(self) -> None:
        assert not entry(digest=DIGEST).matches(finding(digest=""))
        assert not entry(subject="pkg:pypi/a").matches(finding(subject=""))

    @pytest.mark.parametrize(
        ("pattern", "wanted"),
        [
            ("SG301", True),
            ("SG", True),
            ("sg3", True),
            ("SG3010", False),
            ("SG31", False),
            ("installed-file-changed", True),
            ("Installed-file-changed", False),
        ],
    )
    def test_rules_are_named_by_id_prefix_or_name(self, pattern: str, wanted: bool) -> None:
        assert selects((pattern,), RULE) is wanted
        assert selects((pattern,), finding()) is wanted

    @pytest.mark.parametrize(
        ("select", "ignore", "wanted"),
        [
            ((), (), True),
            (("SG3",), (), True),
            (("SG2",), (), False),
            ((), ("SG3",), False),
            (("SG301",), ("SG3",), False),
            (("SG3",), ("SG302",), True),
        ],
    )
    def test_ignoring_wins_over_selecting(self, select: tuple, ignore: tuple, wanted: bool) -> None:
        assert is_enabled(Policy(select=select, ignore=ignore), RULE) is wanted


class TestApplying:
    def test_the_longest_name_decides_about_the_severity(self) -> None:
        rows = (("SG3", Severity.LOW), ("SG301", Severity.CRITICAL), ("SG", Severity.INFO))
        for severities in (rows, rows[::-1]):
            (judged,), _, _ = apply(Policy(severities=severities), [finding()])
            assert judged == finding(severity=Severity.CRITICAL)
        assert apply(Policy(severities=(("SG2", Severity.LOW),)), [finding()])[0] == [finding()]

    @pytest.mark.parametrize(
        ("today", "accepted"),
        [("2027-01-30", True), ("2027-01-31", True), ("2027-02-01", False), ("2028-01-01", False), ("2026-12-31", True)],
    )
    def test_an_entry_counts_up_to_and_including_its_last_day(self, today: str, accepted: bool) -> None:
        one = entry(path="lib/*", expires="2027-01-31")
        (judged,), unused, expired = apply(Policy(allow=(one,), today=today), [finding()])
        assert judged.accepted == ("known" if accepted else None)
        assert (unused, expired) == ([], [] if accepted else [one])

    def test_without_a_date_given_it_is_today(self, monkeypatch) -> None:
        monkeypatch.setattr("sbomgate.policy.today_of", lambda _: "2030-01-01")
        one = entry(path="*", expires="2029-12-31")
        assert apply(Policy(allow=(one,)), [finding()])[2] == [one]

    def test_unused_entries_are_told_and_expired_ones_are_not_unused(self) -> None:
        used, unused, expired, both = entry(path="lib/*"), entry(path="x"), entry(path="y", expires="2020-01-01"), entry(digest=DIGEST)
        judged, idle, late = apply(Policy(allow=(unused, used, expired, both), today="2026-01-01"), [finding()])
        assert (idle, late) == ([unused], [expired])
        assert [one.accepted for one in judged] == ["known"]

    def test_the_first_entry_gives_the_reason(self) -> None:
        allow = (entry(path="lib/*", reason="first"), entry(digest=DIGEST, reason="second"))
        assert [one.accepted for one in apply(Policy(allow=allow), [finding()])[0]] == ["first"]


FINDINGS = st.builds(
    finding,
    rule=st.sampled_from(["SG101", "SG301"]),
    severity=st.sampled_from(Severity),
    location=st.builds(Location, st.sampled_from(["a", "b"])),
    subject=st.sampled_from(["", "pkg:pypi/a@1", "pkg:pypi/b@1"]),
    digest=st.sampled_from(["", DIGEST]),
)
ENTRIES = st.builds(
    Allow,
    reason=st.sampled_from(["r", "s"]),
    rule=st.sampled_from(["", "SG1", "SG301"]),
    path=st.sampled_from(["", "a", "*"]),
    subject=st.sampled_from(["", "pkg:pypi/a", "pkg:*"]),
    digest=st.sampled_from(["", DIGEST]),
    expires=st.sampled_from(["", "2020-01-01", "2030-01-01"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(FINDINGS, max_size=6), st.lists(ENTRIES, max_size=4))
def test_an_allowlist_entry_never_adds_or_removes_a_finding(found: list[Finding], allow: list[Allow]) -> None:
    judged, unused, expired = apply(Policy(allow=tuple(allow), today="2026-06-01"), found)
    assert [replace(one, accepted=None) for one in judged] == found
    live = [one for one in allow if one.expires != "2020-01-01"]
    for before, after in zip(found, judged, strict=True):
        reasons = [one.reason for one in live if one.matches(before)]
        assert after.accepted == (reasons[0] if reasons else None)
    assert unused == [one for one in live if not any(one.matches(before) for before in found)]
    assert expired == [one for one in allow if one.expires == "2020-01-01"]


class TestFingerprints:
    @settings(max_examples=100, deadline=None)
    @given(st.integers(0, 10**6), st.text(max_size=10), st.sampled_from(Severity))
    def test_they_survive_moved_lines_and_other_words(self, line: int, message: str, severity: Severity) -> None:
        other = RULE.finding(
            Location("lib/a.py", line),
            message,
            fix=message,
            subject="pkg:pypi/a@1.0",
            digest=DIGEST,
            severity=severity,
            confidence=Confidence.LOW,
        )
        assert fingerprint(other) == finding().fingerprint

    def test_all_else_makes_another(self) -> None:
        options = {"fix": "f", "subject": "s", "key": "k"}
        variants = [
            RULE.finding(Location("p"), "m", **options),
            RULE.finding(Location("q"), "m", **options),
            RULE.finding(Location("p"), "m", **{**options, "subject": "t"}),
            RULE.finding(Location("p"), "m", **{**options, "key": "l"}),
            replace(RULE, id="SG302").finding(Location("p"), "m", **options),
        ]
        prints = {fingerprint(one) for one in variants}
        assert len(prints) == len(variants)
        assert all(len(one) == 16 for one in prints)

    def test_a_file_has_one_however_it_is_reached(self) -> None:
        inner = RULE.finding(Location("a.py"), "m", fix="f")
        outer = RULE.finding(Location("lib/a.py"), "m", fix="f")
        assert fingerprint(inner, "lib") == fingerprint(outer) != fingerprint(inner)

    def test_they_are_the_same_for_ever(self) -> None:
        assert finding().fingerprint == "1833c3ae634ad8a0"

    def test_any_text_has_one(self) -> None:
        assert fingerprint(finding(subject="\udcff")) != fingerprint(finding(subject="\ud800"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2027-01-31", True), ("2027-02-29", False), ("2028-02-29", True), ("20280229", False), ("", False), ("2027-01-31 ", False)],
)
def test_a_date_has_one_form(text: str, wanted: bool) -> None:
    assert is_date(text) is wanted
