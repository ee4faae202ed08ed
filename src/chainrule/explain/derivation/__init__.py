"""Derivations: one derivative by the chain rule, in symbols and in numbers."""

from chainrule.explain.derivation.derivation import Derivation
from chainrule.explain.derivation.derive import derive
from chainrule.explain.derivation.record import Factor, Jacobian, Path, Stage
from chainrule.explain.derivation.whole import WholeDerivation

__all__ = ["Derivation", "Factor", "Jacobian", "Path", "Stage", "WholeDerivation", "derive"]
