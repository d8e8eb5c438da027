"""Every rule: its page has its sections, its bad example fires it, its good example does not."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from support import examples, scan_files

from sbomgate.policy import Rule
from sbomgate.rules import all_rules, by_id

RULES = all_rules()
WITHOUT_EXAMPLE = {"SG119", "SG121", "SG307", "SG309", "SG345"}
"""Rules about what text files cannot show (links, bytecode, permissions, archives); each has a test of its own elsewhere."""
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def test_ids_and_names_are_unique_and_well_formed() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"SG[1-6]\d\d", rule.id)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+|unpinned|unhashed", rule.name), rule.name


def test_rules_are_ordered_and_found_by_id_and_name() -> None:
    assert [rule.id for rule in RULES] == sorted(rule.id for rule in RULES)
    for rule in RULES:
        assert by_id(rule.id.lower()) is rule
        assert by_id(rule.name) is rule
    assert by_id("SG999") is None


@each_rule
def test_file_is_named_after_the_rule(rule: Rule) -> None:
    module = rule.check.__module__.rpartition(".")[2]
    assert module == f"{rule.id.lower()}_{rule.name.replace('-', '_')}"


@each_rule
def test_page_has_its_sections(rule: Rule) -> None:
    first, *_ = rule.doc.strip().splitlines()
    assert first.endswith(".")
    assert len(first) <= 120
    headings = re.findall(r"^## (.+)$", rule.doc, re.MULTILINE)
    wanted = ["Why it matters", "How to fix"] if rule.id in WITHOUT_EXAMPLE else ["Why it matters", "Bad", "Good", "How to fix"]
    assert [heading for heading in headings if heading in wanted] == wanted


@each_rule
def test_rule_pickles(rule: Rule) -> None:
    assert pickle.loads(pickle.dumps(rule)) == rule


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id not in WITHOUT_EXAMPLE], ids=lambda rule: rule.id)
def test_bad_example_fires(rule: Rule, tmp_path: Path) -> None:
    report = scan_files(tmp_path, examples(rule.doc, "Bad"))
    found = [finding for finding in report.findings if finding.rule == rule.id]
    assert found, [f"{finding.rule} {finding.message}" for finding in report.findings]
    for finding in found:
        assert finding.fix
        assert finding.location.path
        assert re.fullmatch(r"[0-9a-f]{16}", finding.fingerprint)
        assert "\n" not in finding.fix
    assert not report.problems


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id not in WITHOUT_EXAMPLE], ids=lambda rule: rule.id)
def test_good_example_does_not_fire(rule: Rule, tmp_path: Path) -> None:
    files = examples(rule.doc, "Good")
    assert files
    report = scan_files(tmp_path, files)
    assert rule.id not in {finding.rule for finding in report.findings}
    assert not report.problems
