"""Whether an environment that is audited is the one in which this program runs.

Then its start-up hooks ran first, in this very process: whoever wrote one could have changed what the audit says.
"""

from __future__ import annotations

import os
import sys

from sbomgate.model import Environment, Inventory


def own_notes(inventory: Inventory) -> tuple[str, ...]:
    """A note for each environment of `inventory` whose hooks ran in this process; none if this Python was started with `-S`."""
    if sys.flags.no_site:
        return ()
    prefix = os.path.realpath(sys.prefix)
    folders = {os.path.realpath(path) for path in sys.path if path}

    def is_own(environment: Environment) -> bool:
        places = [os.path.realpath(os.path.join(inventory.target.path, part)) for part in (environment.root, *environment.sites)]
        return places[0] == prefix or not folders.isdisjoint(places[1:])

    return tuple(
        f"{os.path.normpath(os.path.join(inventory.target.path, environment.root))}: sbomgate itself runs in this environment, so its start-up hooks have already run and could have "
        "changed this report; scan it from outside, see the README"
        for environment in inventory.environments
        if is_own(environment)
    )
