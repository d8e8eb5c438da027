"""A rule that is left out for want of a subject finds nothing there: with the gates and without, the findings are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import DATA, examples, write_tree

from sbomgate import collect
from sbomgate.policy import Context
from sbomgate.rules import all_rules, rules_for

CASES = sorted((DATA / "collectors").glob("*/*/input"))


def left_out(context: Context) -> list[str]:
    """What the rules that were not asked would have found."""
    asked = {rule.id for rule in rules_for(context)}
    return [f"{rule.id}: {finding.message}" for rule in all_rules() if rule.id not in asked for finding in rule.check(context)]


@pytest.mark.parametrize("folder", CASES, ids=lambda path: f"{path.parts[-3]}/{path.parts[-2]}")
def test_of_fixtures(folder: Path) -> None:
    assert left_out(Context(collect(str(folder)))) == []


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_of_the_examples_on_the_pages(rule, tmp_path: Path) -> None:
    write_tree(tmp_path, examples(rule.doc or "", "Bad"))
    assert left_out(Context(collect(str(tmp_path)))) == []
