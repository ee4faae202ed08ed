"""``python -m chainrule`` does what ``chainrule`` does."""

import sys

from chainrule.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
