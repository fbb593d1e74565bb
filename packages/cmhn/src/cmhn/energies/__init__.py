"""The energies of a joint memory; forces, updates and flows are derived from them."""

from cmhn.energies.energy import Attraction, Energy
from cmhn.energies.joint import JointEnergy
from cmhn.energies.linear import LinearEnergy
from cmhn.energies.separable import SeparableEnergy

__all__ = ["Attraction", "Energy", "JointEnergy", "LinearEnergy", "SeparableEnergy"]
