"""``python -m nqp.terminal``: the ``nqp`` command where it is not on the path."""

import sys

from nqp.terminal import main

sys.exit(main())
