"""``python -m nqp.cli``: the ``nqp`` command where it is not on the path."""

import sys

from nqp.cli import main

sys.exit(main())
