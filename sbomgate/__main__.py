"""`python -m sbomgate`.

Python puts the working directory first on the import path then, and that may be the folder of a hostile target. It is
taken off again before anything else is imported; `python -P -m sbomgate` never puts it there.
"""

import os
import sys

if not sys.flags.safe_path and os.path.realpath(sys.path[0] or ".") != os.path.realpath(os.path.dirname(os.path.dirname(__file__))):
    del sys.path[0]

from sbomgate.cli import run

if __name__ == "__main__":
    run()
