"""What holds for every test."""

import os

from hypothesis import settings

# no test depends on how fast, or how busy, the machine is
settings.register_profile("handleplan", deadline=None)
settings.load_profile("handleplan")
# nor on the terminal it happens to run in; workers of pytest-xdist have none
os.environ["COLUMNS"] = "200"
