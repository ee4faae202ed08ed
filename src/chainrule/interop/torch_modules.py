"""The few modules that a network in PyTorch needs and PyTorch does not have; imported only where PyTorch is."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false, reportUntypedBaseClass=false

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn


class Reshaped(nn.Module):
    """Rows in another shape, numbers in the order that chainrule has them; pictures are (n, c, h, w)."""

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.shape = tuple(shape)

    def forward(self, x: Any) -> Any:
        """A picture's channels run fastest, before and after."""
        rows = (x.movedim(1, -1) if x.ndim == 4 else x).reshape(len(x), *self.shape)
        return rows.movedim(-1, 1) if rows.ndim == 4 else rows


class Moved(nn.Module):
    """What another module does, with an axis moved before and moved back after."""

    def __init__(self, module: Any, before: int, after: int) -> None:
        super().__init__()
        self.module, self.before, self.after = module, before, after

    def forward(self, x: Any) -> Any:
        """The same axes out as in."""
        return self.module(x.movedim(self.before, self.after)).movedim(self.after, self.before)


class LSTMOutput(nn.Module):
    """Of what an LSTM gives the output of every step, or of the last."""

    def __init__(self, lstm: Any, *, every_step: bool) -> None:
        super().__init__()
        self.lstm, self.every_step = lstm, every_step

    def forward(self, x: Any, *masks: Any) -> Any:
        """(n, t, u) or (n, u); where a mask (n, t) is False, the output before is carried on.

        Steps that are real go to the front, in their order: an LSTM's output does not depend on what comes later.
        """
        if not masks:
            output, _ = self.lstm(x)
            return output if self.every_step else output[:, -1]
        real = torch.stack(masks).all(dim=0)
        order = (~real).to(torch.int64).argsort(dim=1, stable=True)
        x = x.masked_fill(~real[..., None], 0).gather(1, order[..., None].expand_as(x))
        output, _ = self.lstm(x)
        output = torch.cat([torch.zeros_like(output[:, :1]), output], dim=1)
        steps = real.cumsum(dim=1) if self.every_step else real.sum(dim=1, keepdim=True)
        output = output.gather(1, steps[..., None].expand(-1, -1, output.shape[2]))
        return output if self.every_step else output[:, 0]


class OnlyReal(nn.Module):
    """0 where a step is padding."""

    def forward(self, x: Any, *masks: Any) -> Any:
        """The same shape out as in; masks are (n, t)."""
        padding = ~torch.stack(masks).all(dim=0)
        return x.masked_fill(padding.reshape(padding.shape + (1,) * (x.ndim - 2)), 0)


class Sum(nn.Module):
    """The sum of its inputs."""

    def forward(self, *x: Any) -> Any:
        """``x1 + x2 + …``."""
        total = x[0]
        for each in x[1:]:
            total = total + each
        return total


class Concatenated(nn.Module):
    """Its inputs side by side."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, *x: Any) -> Any:
        """``[x1, x2, …]``."""
        return torch.cat(x, dim=self.axis)


class Graph(nn.Module):
    """Nodes in the order they are computed, each with the names of what it takes."""

    def __init__(self, steps: Mapping[str, Any], sources: Mapping[str, Sequence[str]], inputs: Sequence[str]) -> None:
        super().__init__()
        self.inputs = tuple(inputs)
        self.sources = [tuple(sources[name]) for name in steps]
        self.names = tuple(steps)
        self.steps = nn.ModuleList(steps.values())

    def forward(self, *x: Any) -> Any:
        """The last node's value; the inputs come in the network's order."""
        values = dict(zip(self.inputs, x, strict=True))
        for name, sources, step in zip(self.names, self.sources, self.steps, strict=True):
            first, *others = step.children()
            value = first(*(values[source] for source in sources))
            for module in others:
                value = module(value)
            values[name] = value
        return values[self.names[-1]]
