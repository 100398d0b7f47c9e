"""``python -m enduse`` is the ``enduse`` command, also beside a project's own ``models.py``."""

import sys

from detector.cli import main

if __name__ == "__main__":
    sys.exit(main())
