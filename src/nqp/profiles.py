"""The names of data profiles, and the default."""

from __future__ import annotations

import re
from collections.abc import Mapping

# The profiles whose published files are those of the shipped studies; the first is the default.
SHIPPED = ("simulated", "public", "licensed")
# The profile of studies from outside the project, unless another name is given.
OWN = "own"
NAME = re.compile("[a-z][a-z0-9_]*")


def default_profile(environment: Mapping[str, str]) -> str:
    """NQP_PROFILE; where that is not set, `OWN` for studies named in NQP_STUDIES, else the first
    of `SHIPPED`. As profiles.yml has it.
    """
    own = bool(environment.get("NQP_STUDIES"))
    return environment.get("NQP_PROFILE") or (OWN if own else SHIPPED[0])


def how_to_build(profile: str) -> str:
    """The command that builds a profile."""
    if profile in SHIPPED:
        return f"make build PROFILE={profile}"
    return "nqp build" if profile == OWN else f"nqp build --profile {profile}"


def not_alone(profile: str) -> str:
    """Why studies from elsewhere are not built into a shipped profile's file by themselves."""
    return (
        f"the published file of the profile {profile} is that of the shipped studies, and studies "
        "from elsewhere alone do not take its place. Add --with-shipped to build both into it, or "
        f"choose another name: --profile {OWN} is the default."
    )
