"""LSTM: a layer that reads a sequence step by step and carries two values along, one of them protected by gates.

Shapes: n rows, t time steps, i inputs, u units. The four gates stand side by side in the order input, forget,
candidate, output (i, f, g, o), as in PyTorch and Keras: "4u" is four times u.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

from chainrule._typing import Array, Bool, Float
from chainrule.activations.squashing import sigmoid
from chainrule.errors import InputError
from chainrule.layers.base import Context, Layer, Shape
from chainrule.layers.common import draw_weights, is_whole, ops_of
from chainrule.ops import Ops, Rng


class LSTMParams(NamedTuple):
    """What the layer learns; its gradient has the same form."""

    weight: Float[Array, "i u4"]
    """From the inputs to the gates."""
    recurrent: Float[Array, "u u4"]
    """From the last output to the gates."""
    bias: Float[Array, " u4"]


class LSTMSaved(NamedTuple):
    """Every value of every step: what backward needs, and what can be shown."""

    x: Float[Array, "n t i"]
    """The input, 0 in padding."""
    mask: Bool[Array, "t n 1"] | None
    h_before: Float[Array, "t n u"]
    c_before: Float[Array, "t n u"]
    input_gate: Float[Array, "t n u"]
    forget_gate: Float[Array, "t n u"]
    candidate: Float[Array, "t n u"]
    output_gate: Float[Array, "t n u"]
    tanh_c: Float[Array, "t n u"]


class LSTMDeltas(NamedTuple):
    """The deltas of every step: of its output, its cell and its gates' sums, each with what later steps bring back."""

    h: Float[Array, "t n u"]
    c: Float[Array, "t n u"]
    z: Float[Array, "t n u4"]


class _Step(NamedTuple):
    """What comes into one step, forward."""

    z: Float[Array, "n u4"]
    mask: Bool[Array, "n 1"] | None


class _Carry(NamedTuple):
    """What goes from step to step: forward the values themselves, backward their deltas."""

    h: Float[Array, "n u"]
    c: Float[Array, "n u"]


class _Values(NamedTuple):
    """What one step leaves behind, forward."""

    h: Float[Array, "n u"]
    before: _Carry
    gates: tuple[Array, Array, Array, Array]
    tanh_c: Float[Array, "n u"]


@dataclass(frozen=True)
class LSTMLayer(Layer):
    """Long short-term memory (Hochreiter and Schmidhuber 1997; with forget gates, Gers et al. 2000).

    - ``i = sigmoid(z_i)``, ``f = sigmoid(z_f)``, ``g = tanh(z_g)``, ``o = sigmoid(z_o)``,
      where ``z = x[t] @ weight + h[t-1] @ recurrent + bias``;
    - ``c[t] = f * c[t-1] + i * g``; ``h[t] = o * tanh(c[t])``; ``h`` and ``c`` start at zero.

    Where the mask is False nothing happens: ``h`` and ``c`` are carried on unchanged, so that padding on either side
    changes no output and no gradient. Without ``return_sequences`` the output is the last ``h``, which is that of the
    last real step. The forget gate's bias starts at 1 (Jozefowicz et al. 2015), the others at zero; weights are drawn
    uniformly (Glorot), from inputs and outputs alike.
    """

    kind = "lstm"
    slopes: ClassVar[dict[str, str]] = {
        "input": r"C_t g_t i_t (1 - i_t)",
        "forget": r"C_t c'_t f_t (1 - f_t)",
        "candidate": r"C_t i_t (1 - g_t^2)",
        "output": r"H_t T_t o_t (1 - o_t)",
    }
    """Delta of each gate's sum at a step (Greff et al. 2017, section II-B), with ``C`` and ``H`` for the deltas of the
    cell and the output, ``T = tanh(c)`` and a stroke for the step before."""
    units: int
    return_sequences: bool = False

    def check(self) -> None:
        """Units are a positive whole number."""
        self.require(is_whole(self.units), "units", "a whole number of at least 1")

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(t, i)`` in; ``(t, u)`` or, without ``return_sequences``, ``(u,)`` out."""
        if len(input_shape) != 2:
            raise InputError(
                f"LSTM takes sequences of shape (time steps, inputs); got {input_shape}. "
                "Codes of words go through Embedding() first."
            )
        return (input_shape[0], self.units) if self.return_sequences else (self.units,)

    def rounds(self, input_shape: Shape) -> int:
        """Two for each time step."""
        return 2 * input_shape[0]

    def output_mask(self, mask: Array | None) -> Array | None:
        """Sequences keep their mask; a single output has none."""
        return mask if self.return_sequences else None

    def init(self, rng: Rng, input_shape: Shape) -> LSTMParams:
        """Draw the weights."""
        inputs, units = input_shape[1], self.units
        bias = rng.zeros((4 * units,))
        bias[units : 2 * units] = 1.0
        return LSTMParams(
            draw_weights(rng.child("weight"), "glorot", (inputs, 4 * units), inputs, 4 * units),
            draw_weights(rng.child("recurrent"), "glorot", (units, 4 * units), units, 4 * units),
            bias,
        )

    def forward(
        self, ops: Ops, params: LSTMParams, x: Float[Array, "n t i"], ctx: Context
    ) -> tuple[Float[Array, "n *t u"], LSTMSaved]:
        """Read the sequence from its first step to its last; the inputs' share of all sums is one product."""
        if ctx.mask is not None:
            x = ops.where(ctx.mask[..., None], x, ops.zeros_like(x))  # padding may be anything, NaN too
        z = ops.permute_dims(x @ params.weight + params.bias, (1, 0, 2))
        mask = None if ctx.mask is None else ops.permute_dims(ctx.mask, (1, 0))[..., None]

        def step(carry: _Carry, entry: _Step) -> tuple[_Carry, _Values]:
            gates = self._gates(ops, entry.z + carry.h @ params.recurrent)
            input_gate, forget_gate, candidate, output_gate = gates
            c = forget_gate * carry.c + input_gate * candidate
            tanh_c = ops.tanh(c)
            h = output_gate * tanh_c
            if entry.mask is not None:
                h, c = ops.where(entry.mask, h, carry.h), ops.where(entry.mask, c, carry.c)
            return _Carry(h, c), _Values(h, carry, gates, tanh_c)

        zero = ops.zeros((x.shape[0], self.units), dtype=x.dtype)
        last, values = ops.scan(step, _Carry(zero, zero), _Step(z, mask))
        i, f, g, o = values.gates
        saved = LSTMSaved(x, mask, values.before.h, values.before.c, i, f, g, o, values.tanh_c)
        return ops.permute_dims(values.h, (1, 0, 2)) if self.return_sequences else last.h, saved

    def _gates(self, ops: Ops, z: Float[Array, "n u4"]) -> tuple[Array, Array, Array, Array]:
        """Input gate, forget gate, candidate and output gate."""
        i, f, g, o = (z[:, place * self.units : (place + 1) * self.units] for place in range(4))
        return sigmoid(ops, i), sigmoid(ops, f), ops.tanh(g), sigmoid(ops, o)

    def backward(
        self, ops: Ops, params: LSTMParams, saved: LSTMSaved, dy: Float[Array, "n *t u"]
    ) -> tuple[Float[Array, "n t i"], LSTMParams]:
        """Backpropagation through time: the deltas of all sums first, then each gradient as one product.

        - ``dx[n, t, i] = sum_k dz[t, n, k] * weight[i, k]``
        - ``dweight[i, k] = sum_tn x[n, t, i] * dz[t, n, k]``; ``dbias[k] = sum_tn dz[t, n, k]``
        - ``drecurrent[j, k] = sum_tn h[n, t-1, j] * dz[t, n, k]``
        """
        dz = self._deltas(ops, params, saved, dy)
        flat = ops.reshape(dz, (-1, 4 * self.units))
        x = ops.reshape(ops.permute_dims(saved.x, (1, 0, 2)), (-1, saved.x.shape[2]))
        h = ops.reshape(saved.h_before, (-1, self.units))
        dx = ops.permute_dims(dz @ params.weight.T, (1, 0, 2))
        return dx, LSTMParams(x.T @ flat, h.T @ flat, ops.sum(flat, axis=0))

    def deltas(self, ops: Ops, params: LSTMParams, saved: LSTMSaved, dy: Float[Array, "n *t u"]) -> LSTMDeltas:
        """All deltas of every step, to look at."""
        return self._deltas(ops, params, saved, dy, lambda deltas: deltas)

    def _deltas(
        self,
        ops: Ops,
        params: LSTMParams,
        saved: LSTMSaved,
        dy: Float[Array, "n *t u"],
        keep: Callable[[LSTMDeltas], Any] = attrgetter("z"),
    ) -> Any:
        """The deltas of the gates' sums (or what else is kept), from the last step to the first: a scan of deltas only.

        - ``do = dh * tanh(c)``; ``dc += dh * o * (1 - tanh(c)**2)``
        - ``di = dc * g``; ``df = dc * c[t-1]``; ``dg = dc * i``; ``dc[t-1] = dc * f``
        - each times its own slope, ``s * (1 - s)`` or ``1 - g**2``, is ``dz``; ``dh[t-1] = dz @ recurrent.T``
        """
        zero = ops.zeros_like(saved.h_before[0, ...])
        if self.return_sequences:
            by_step, last = ops.permute_dims(dy, (1, 0, 2)), zero
        else:
            by_step, last = None, dy

        def step(carry: _Carry, entry: tuple[LSTMSaved, Array | None]) -> tuple[_Carry, Any]:
            at, dy_t = entry
            dh = carry.h if dy_t is None else carry.h + dy_t
            i, f, g, o = at.input_gate, at.forget_gate, at.candidate, at.output_gate
            dc = carry.c + dh * o * (1 - at.tanh_c * at.tanh_c)
            dz = ops.concat(
                [
                    dc * g * i * (1 - i),
                    dc * at.c_before * f * (1 - f),
                    dc * i * (1 - g * g),
                    dh * at.tanh_c * o * (1 - o),
                ],
                axis=-1,
            )
            before = _Carry(dz @ params.recurrent.T, dc * f)
            if at.mask is not None:
                dz, dc = ops.where(at.mask, dz, ops.zeros_like(dz)), ops.where(at.mask, dc, carry.c)
                before = _Carry(ops.where(at.mask, before.h, dh), ops.where(at.mask, before.c, carry.c))
            return before, keep(LSTMDeltas(dh, dc, dz))

        entries = saved._replace(x=saved.h_before)  # x is not needed here; any value by step keeps the form
        return ops.scan(step, _Carry(last, zero), (entries, by_step), reverse=True)[1]

    def terms(
        self, params: LSTMParams, saved: LSTMSaved, dy: Float[Array, "n *t u"], name: str, index: tuple[int, ...]
    ) -> Float[Array, " n"]:
        """For each row, the sum over its time steps of the products that ``backward`` adds up."""
        ops = ops_of(dy)
        dz = self._deltas(ops, params, saved, dy)[..., index[-1]]
        if name == "weight":
            dz = dz * ops.permute_dims(saved.x, (1, 0, 2))[..., index[0]]
        elif name == "recurrent":
            dz = dz * saved.h_before[..., index[0]]
        return ops.sum(dz, axis=0)
