import os
import sys

from pinion_installer import main

# `python -m pinion_installer` in a virtual environment works on that environment, active or not.
if sys.prefix != sys.base_prefix:
    os.environ.setdefault("VIRTUAL_ENV", sys.prefix)

sys.exit(main())
