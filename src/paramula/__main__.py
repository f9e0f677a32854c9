"""`python -m paramula`: the command line."""

import sys

from .surfaces.cli import main

sys.exit(main())
