"""Where the artifacts of one comparison come from: folders first, then the cache, then the network, each only if asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from sbomgate.custody.artifacts import WHEELS, Form, Found, search
from sbomgate.custody.compare import locked_digests
from sbomgate.errors import UsageError
from sbomgate.model import Digest, Inventory, Problem
from sbomgate.tree import Tree

if TYPE_CHECKING:
    from sbomgate.custody.cache import Cache


class Supplied(NamedTuple):
    """What was had, and what should be known of it."""

    found: list[Found]
    notes: tuple[str, ...]
    problems: list[tuple[str, Problem]]
    """(folder, what could not be read there)."""
    lock_problems: tuple[Problem, ...]
    """What could not be had, with its place in the lockfile."""


class Supply(NamedTuple):
    """What may be asked."""

    folders: tuple[str, ...]
    online: bool
    download_dir: str
    cache: Cache | None

    @classmethod
    def prepared(cls, folders: Sequence[str], online: bool, download_dir: str, cache: str, cache_key: str) -> Self:
        """What the caller asks for; UsageError if that cannot be done, before anything is read."""
        if not online and download_dir:
            raise UsageError("goes with --online", where="--download-dir")
        if not cache and cache_key:
            raise UsageError("goes with --cache", where="--cache-key")
        if online:
            try:
                import sbomgate.custody.download  # noqa: F401 - whether it can be loaded
            except ImportError as error:
                raise UsageError(f"needs {error.name}", where="--online", fix='pip install "sbomgate[online]"') from error
            if download_dir:
                try:
                    os.makedirs(download_dir, exist_ok=True)
                except OSError as error:
                    raise UsageError(f"cannot be made ({error.strerror})", download_dir, "--download-dir") from error
        opened = None
        if cache:
            from sbomgate.custody.cache import open_cache

            opened = open_cache(cache, cache_key)
        return cls((*folders, *([download_dir] if download_dir else [])), online, download_dir, opened)

    def artifacts(
        self,
        environment: Inventory,
        ledgers: Sequence[Any],
        lock: Inventory,
        tree: Tree,
        jobs: int = 0,
        progress: Callable[..., None] | None = None,
        *,
        ecosystem: str = "pypi",
        form: Form = WHEELS,
    ) -> Supplied:
        """The artifacts that `lock` locks, as far as they are to be had; from the network only those that `environment` needs."""
        locked = locked_digests(lock, ecosystem)
        found, problems = search(self.folders, locked, jobs, form)
        if self.cache is not None:
            from sbomgate.custody.cache import recall

            known = {digest for one in found if one.locked for digest in one.digests}
            # all of them: an entry that was changed is told even where the artifact itself is at hand
            recalled, unread = recall(self.cache, locked)
            found += (one for one in recalled if known.isdisjoint(one.digests))
            problems += ((self.cache.folder, problem) for problem in unread)
        supplied = Supplied(found, (), problems, ())
        if self.online:
            supplied = self._download(supplied, environment, ledgers, lock, tree, progress, locked, form)
        if self.cache is not None:
            from sbomgate.custody.cache import keep

            problems += ((self.cache.folder, problem) for problem in keep(self.cache, supplied.found))
        return supplied

    def _download(
        self,
        have: Supplied,
        environment: Inventory,
        ledgers: Sequence[Any],
        lock: Inventory,
        tree: Tree,
        progress: Callable[..., None] | None,
        locked: frozenset[Digest],
        form: Form,
    ) -> Supplied:
        from tempfile import TemporaryDirectory

        from sbomgate.custody.download import fetch
        from sbomgate.custody.indexes import network
        from sbomgate.custody.wanted import Wanted, wanted_wheels
        from sbomgate.custody.wanted_tarballs import wanted_tarballs

        choose: Callable[..., tuple[list[Wanted], list[str], list[Problem]]] = wanted_wheels if form is WHEELS else wanted_tarballs
        wants, notes, problems = choose(environment, ledgers, lock, have.found, tree)
        if wants and self.download_dir:
            fetched = fetch(wants, network(), self.download_dir, locked, progress, form)
        else:
            # removed after an error or an interruption too; a thread that is still writing must not keep it
            with TemporaryDirectory(prefix="sbomgate-", ignore_cleanup_errors=True) as scratch:
                fetched = fetch(wants, network(), scratch, locked, progress, form)
        return have._replace(found=[*have.found, *fetched.found], notes=tuple(notes), lock_problems=(*problems, *fetched.problems))
