"""Effects: how an answer moves with each raw column, by the chain rule through network and encoders."""

from chainrule.explain.effects.effects import Effect, Effects

__all__ = ["Effect", "Effects"]
