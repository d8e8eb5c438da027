"""Hashing in several processes gives what hashing in one does, whatever happens to a process or a file."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbomgate import hashing
from sbomgate.hashing import Hashing, Outcome, Request, deviating
from sbomgate.tree import FolderTree, MemoryTree

COUNT = 300
"""More than what makes `deviating` fork."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of all sizes, and requests of which some are wrong, in ways that are known."""
    root = tmp_path_factory.mktemp("files")
    chance = random.Random(7)
    requests = []
    for number in range(COUNT):
        size = chance.choice([0, 1, 100, 5000, 2**20, 2**20 + 1]) if number % 50 == 0 else chance.choice([0, 1, 100, 5000])
        content = chance.randbytes(size)
        (root / f"f{number}").write_bytes(content)
        alg = chance.choice(sorted(hashing.ALGORITHMS))
        digest = hashlib.new(alg, content).digest()
        requests.append(Request(f"f{number}", alg, digest if number % 7 else b"wrong", chance.choice([size, 0, 10**9])))
    requests[10] = requests[10]._replace(path="missing")
    requests[20] = requests[20]._replace(alg="no-such-algorithm")
    (root / "f30").unlink()
    (root / "f30").symlink_to("f31")
    (root / "f40").unlink()
    os.mkfifo(root / "f40")
    (root / "f50").unlink()
    (root / "f50").mkdir()
    requests[60] = requests[60]._replace(path="f60\0")
    return FolderTree(str(root)), requests


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    """No zombie, no open descriptor."""
    before = set(os.listdir("/proc/self/fd"))
    yield
    assert set(os.listdir("/proc/self/fd")) <= before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def numbers(outcomes: list[Outcome]) -> list[int]:
    return [outcome.number for outcome in outcomes]


def expected(requests: list[Request]) -> list[int]:
    return sorted({*range(0, COUNT, 7), 10, 20, 30, 40, 50, 60})


def test_one_process_finds_what_deviates_and_nothing_else(files) -> None:
    tree, requests = files
    outcomes = deviating(tree, requests, 1)
    assert numbers(outcomes) == expected(requests)
    by_number = {outcome.number: outcome for outcome in outcomes}
    assert by_number[7].actual == hashlib.new(requests[7].alg, tree.read("f7")).hexdigest()
    assert by_number[7].error == ""
    assert "No such file" in by_number[10].error
    assert by_number[20].error
    assert by_number[30].error
    assert by_number[40].error == "not a regular file"
    assert by_number[50].error == "not a regular file"
    assert by_number[60].error
    assert all(bool(outcome.actual) is not bool(outcome.error) for outcome in outcomes)


@pytest.mark.parametrize("jobs", [2, 3, 50, 0])
def test_processes_and_threads_find_the_same(files, jobs: int, monkeypatch) -> None:
    tree, requests = files
    alone = deviating(tree, requests, 1)
    forks = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: forks.append(1) or fork())
    monkeypatch.setattr(hashing, "_may_fork", lambda: True)
    monkeypatch.setattr(hashing, "_processors", lambda: 4)
    assert deviating(tree, requests, jobs) == alone
    assert 0 < len(forks) < (jobs or 4)
    forks.clear()
    monkeypatch.setattr(hashing, "_may_fork", lambda: False)
    assert deviating(tree, requests, jobs) == alone
    assert not forks


def test_no_fork_beside_another_thread() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert not hashing._may_fork()
    finally:
        release.set()
        thread.join()


def test_a_child_that_dies_is_replaced(files, monkeypatch) -> None:
    tree, requests = files
    alone = deviating(tree, requests, 1)
    own = os.getpid()
    hash_batch = hashing._hash_batch

    def die(*arguments):
        if os.getpid() != own:
            os.kill(os.getpid(), 9)
        return hash_batch(*arguments)

    monkeypatch.setattr(hashing, "_hash_batch", die)
    monkeypatch.setattr(hashing, "_may_fork", lambda: True)
    assert deviating(tree, requests, 4) == alone


def test_a_child_that_fails_is_replaced(files, monkeypatch, capfd) -> None:
    tree, requests = files
    alone = deviating(tree, requests, 1)
    own = os.getpid()
    hash_batch = hashing._hash_batch

    def fail(*arguments):
        if os.getpid() != own:
            raise MemoryError
        return hash_batch(*arguments)

    monkeypatch.setattr(hashing, "_hash_batch", fail)
    monkeypatch.setattr(hashing, "_may_fork", lambda: True)
    assert deviating(tree, requests, 3) == alone
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("call", ["fork", "pipe"])
def test_without_more_processes_or_pipes_it_is_slower_not_wrong(files, call: str, monkeypatch) -> None:
    tree, requests = files
    alone = deviating(tree, requests, 1)
    real = getattr(os, call)
    calls = []

    def scarce():
        calls.append(1)
        if len(calls) > 1:
            raise OSError(11, "Resource temporarily unavailable")
        return real()

    monkeypatch.setattr(os, call, scarce)
    monkeypatch.setattr(hashing, "_may_fork", lambda: True)
    assert deviating(tree, requests, 5) == alone
    assert len(calls) == 2


def test_an_interrupt_leaves_no_child_behind(files, monkeypatch) -> None:
    tree, requests = files
    own = os.getpid()
    hash_batch = hashing._hash_batch

    def interrupt(*arguments):
        if os.getpid() == own:
            raise KeyboardInterrupt
        return hash_batch(*arguments)

    monkeypatch.setattr(hashing, "_hash_batch", interrupt)
    monkeypatch.setattr(hashing, "_may_fork", lambda: True)
    with pytest.raises(KeyboardInterrupt):
        deviating(tree, requests, 3)


def test_an_interrupt_while_children_are_made_leaves_none_behind(files, monkeypatch) -> None:
    tree, requests = files
    fork = os.fork

    def interrupted() -> int:
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        return fork()

    monkeypatch.setattr(os, "fork", interrupted)
    monkeypatch.setattr(hashing, "_may_fork", lambda: True)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            deviating(tree, requests, 3)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_child_without_its_parent_stops(files, monkeypatch) -> None:
    tree, requests = files
    work = Hashing(tree, requests, 3)
    monkeypatch.setattr(work, "_parent", -1)
    reader, writer = os.pipe()
    monkeypatch.setattr(work, "_queue", reader)
    try:
        assert work._take() == ([], [])
    finally:
        os.close(reader)
        os.close(writer)


def test_what_another_process_does_not_take_is_ours(files, monkeypatch) -> None:
    """A pipe that holds nothing more is no error."""
    tree, requests = files
    alone = deviating(tree, requests, 1)
    monkeypatch.setattr(hashing, "_may_fork", lambda: True)
    monkeypatch.setattr(hashing, "_PIECE", 4)
    real, calls = os.write, []

    def write(handle, data):
        calls.append(data)
        if len(calls) == 3:
            raise BlockingIOError
        return real(handle, data)

    monkeypatch.setattr(os, "write", write)
    with Hashing(tree, requests, 2) as work:
        monkeypatch.undo()
        assert work.outcomes() == alone
    assert len(calls) == 3


def test_work_that_nobody_asks_for_is_ended(files, monkeypatch) -> None:
    tree, requests = files
    monkeypatch.setattr(hashing, "_may_fork", lambda: True)
    with Hashing(tree, requests, 3):
        pass


@pytest.mark.parametrize("lie", [0, 1, 99, 101, 10**9, 2**20, 2**21])
def test_a_file_of_another_size_than_it_says_is_read_to_its_end(tmp_path, monkeypatch, lie: int) -> None:
    content = b"x" * 100
    (tmp_path / "f").write_bytes(content)
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result((0o100644, 0, 0, 0, 0, 0, lie, 0, 0, 0)))
    tree = FolderTree(str(tmp_path))
    assert deviating(tree, [Request("f", "sha256", hashlib.sha256(content).digest(), 0)]) == []
    (outcome,) = deviating(tree, [Request("f", "sha256", b"other", 0)])
    assert outcome == Outcome(0, "", "changed while it was read")


def test_a_file_that_changes_meanwhile_is_no_verdict(tmp_path, monkeypatch) -> None:
    (tmp_path / "f").write_bytes(b"x" * 2**21)
    real = hashlib.sha256

    def slow():
        (tmp_path / "f").write_bytes(b"y" * 2**21)
        return real()

    monkeypatch.setattr(hashlib, "sha256", slow)
    (outcome,) = deviating(FolderTree(str(tmp_path)), [Request("f", "sha256", b"other", 0)])
    assert outcome == Outcome(0, "", "changed while it was read")


def test_a_sparse_file_of_any_size_costs_nothing(tmp_path) -> None:
    with open(tmp_path / "f", "wb") as file:
        file.truncate(hashing.MAX_HASHED + 1)
    (outcome,) = deviating(FolderTree(str(tmp_path)), [Request("f", "sha256", b"other", 0)])
    assert outcome == Outcome(0, "", "larger than 64 GiB")


def test_folders_behind_links_are_read_inside_the_target_only(tmp_path) -> None:
    inside, outside = tmp_path / "target", tmp_path / "outside"
    (inside / "lib" / "deep").mkdir(parents=True)
    outside.mkdir()
    (inside / "lib" / "deep" / "f").write_bytes(b"1")
    (outside / "f").write_bytes(b"1")
    (inside / "lib64").symlink_to("lib")
    (inside / "away").symlink_to(outside)
    (inside / "loop").symlink_to("loop")
    (inside / "plain").write_bytes(b"")
    good = hashlib.sha256(b"1").digest()
    paths = ["lib/deep/f", "lib64/deep/f", "lib/deep/f", "away/f", "loop/f", "plain/f", "../outside/f", "lib/../lib/deep/f"]
    outcomes = {item.number: item for item in deviating(FolderTree(str(inside)), [Request(path, "sha256", good, 0) for path in paths])}
    assert sorted(outcomes) == [3, 4, 5, 6, 7]
    assert not any(item.actual for item in outcomes.values())


def test_a_link_put_in_place_of_a_folder_does_not_redirect(tmp_path, monkeypatch) -> None:
    """Between the look at a folder and the opening of the file in it."""
    (tmp_path / "target" / "folder").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "target" / "folder" / "f").write_bytes(b"good")
    (tmp_path / "outside" / "f").write_bytes(b"evil")
    real = hashing._Files._enter

    def swapped(self, folder):
        real(self, folder)
        (tmp_path / "target" / "folder").rename(tmp_path / "target" / "moved")
        (tmp_path / "target" / "folder").symlink_to(tmp_path / "outside")

    monkeypatch.setattr(hashing._Files, "_enter", swapped)
    (outcome,) = deviating(FolderTree(str(tmp_path / "target")), [Request("folder/f", "sha256", b"none", 0)])
    assert outcome.actual == hashlib.sha256(b"good").hexdigest()


def test_trees_in_memory_are_hashed_too() -> None:
    tree = MemoryTree({"a": b"1", "b": b"2"})
    good = hashlib.md5(b"1").digest()
    requests = [Request("a", "md5", good, 0), Request("b", "md5", good, 0), Request("c", "md5", good, 0)]
    assert numbers(deviating(tree, requests)) == [1, 2]


def test_nothing_to_hash_is_nothing_found() -> None:
    assert deviating(MemoryTree({}), []) == []


@settings(max_examples=100, deadline=None)
@given(sizes=st.lists(st.integers(0, 10**9), min_size=1, max_size=60), jobs=st.integers(1, 70))
def test_batches_hold_every_request_once(sizes: list[int], jobs: int) -> None:
    batches = hashing._batches([Request("", "", b"", size) for size in sizes], jobs)
    assert sorted(number for batch in batches for number in batch) == list(range(len(sizes)))
    assert all(batches)
    assert len(batches) <= jobs * hashing._BATCHES + 1


def test_a_huge_file_is_begun_first() -> None:
    sizes = [1000] * 500 + [10**9] + [1000] * 500
    assert 500 in hashing._batches([Request("", "", b"", size) for size in sizes], 2)[0]
