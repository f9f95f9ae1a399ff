"""What holds for every test."""

from hypothesis import settings

# no test depends on how fast, or how busy, the machine is
settings.register_profile("handleplan", deadline=None)
settings.load_profile("handleplan")
