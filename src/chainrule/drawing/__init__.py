"""Pictures as SVG: plots with axes, and networks with their weights; in light and dark, by the reader's own setting."""

from chainrule.drawing.network_picture import network_svg

__all__ = ["network_svg"]
