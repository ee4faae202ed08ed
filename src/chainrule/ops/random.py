"""Random numbers from a counter-based generator: the same on NumPy and on XLA, at any place, in any order.

Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
section 4.2): a key and a counter, two 32-bit words each, are mixed to two random words. There is no state, so
any number can be drawn again at any time: that is what lets one step of a training be repeated exactly.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import DTypeLike

from chainrule._typing import Array, Float, Int, UInt
from chainrule.ops.base import Ops
from chainrule.ops.eager import eager_ops

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA  # Threefish's key-schedule constant, 32-bit form


def threefry(
    ops: Ops, key: UInt[Array, "2 *k"], x0: UInt[Array, "*s"], x1: UInt[Array, "*s"]
) -> tuple[UInt[Array, "..."], UInt[Array, "..."]]:
    """Mix counters ``(x0, x1)`` with a key, or with each of several, into two arrays of random 32-bit words.

    >>> key = np.zeros(2, dtype=np.uint32)
    >>> first, second = threefry(eager_ops(), key, key[:1], key[:1])
    >>> f"{first[0]:08x} {second[0]:08x}"
    '6b200159 99ba4efe'
    """
    parity = ops.asarray(_PARITY, dtype=ops.uint32)
    keys = (key[0:1], key[1:2], key[0:1] ^ key[1:2] ^ parity)
    x0, x1 = x0 + keys[0], x1 + keys[1]
    for round_ in range(5):
        for rotation in _ROTATIONS[round_ % 2]:
            x0 = x0 + x1
            x1 = (x1 << rotation) | (x1 >> (32 - rotation))
            x1 = x0 ^ x1
        x0 = x0 + keys[(round_ + 1) % 3]
        x1 = x1 + keys[(round_ + 2) % 3] + ops.asarray(round_ + 1, dtype=ops.uint32)
    return x0, x1


def fold_in(ops: Ops, key: UInt[Array, "2"], number: int | Int[Array, ""]) -> UInt[Array, "2"]:
    """Make a new key from a key and a number (a step, a layer's place)."""
    word = ops.reshape(ops.astype(ops.asarray(number), ops.uint32), (1,))
    return ops.concat(threefry(ops, key, word, ops.zeros((1,), dtype=ops.uint32)))


def random_bits(ops: Ops, key: UInt[Array, "2"], shape: tuple[int, ...]) -> UInt[Array, "..."]:
    """Random 32-bit words of any shape: first words of the counters 0, 1, … and then their second words."""
    size = int(np.prod(shape, dtype=np.int64))
    counter = ops.arange((size + 1) // 2, dtype=ops.uint32)
    words = ops.concat(threefry(ops, key, counter, ops.zeros_like(counter)))
    return ops.reshape(words[:size], shape)


def uniform(ops: Ops, key: UInt[Array, "2"], shape: tuple[int, ...], dtype: object) -> Float[Array, "..."]:
    """Numbers in [0, 1), multiples of 2⁻²⁴, so that they are the same in float32 and float64."""
    return ops.astype(random_bits(ops, key, shape) >> 8, dtype) * 2.0**-24


class Rng:
    """Random numbers for what happens outside the compiled program: first weights, shuffles, splits.

    >>> Rng(0).permutation(5)
    array([1, 2, 0, 3, 4], dtype=int32)
    >>> Rng(0).child("dense1").normal((2,)).shape
    (2,)
    """

    def __init__(self, seed: int, *, dtype: DTypeLike = np.float64) -> None:
        words = (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF)
        self.key = np.asarray(words, dtype=np.uint32)
        self.dtype = dtype

    def child(self, name: str | int) -> "Rng":
        """A generator of its own for a name (``"dense1"``) or a number (an epoch), always the same one."""
        child = Rng(0, dtype=self.dtype)
        child.key = fold_in(eager_ops(), self.key, crc32(name.encode()) if isinstance(name, str) else name)
        return child

    def uniform(self, shape: tuple[int, ...], low: float = 0.0, high: float = 1.0) -> Float[Array, "..."]:
        """Uniform numbers in [low, high), with 53 random bits each."""
        words = random_bits(eager_ops(), self.key, (2, *shape)).astype(np.uint64)
        unit = ((words[0] << np.uint64(21)) ^ (words[1] >> np.uint64(11))) * 2.0**-53
        return np.asarray(low + (high - low) * unit, dtype=self.dtype)

    def normal(self, shape: tuple[int, ...]) -> Float[Array, "..."]:
        """Standard normal numbers (Box and Muller 1958), drawn in float64 and then rounded to the type."""
        wide = Rng(0)
        wide.key = self.key
        unit = wide.uniform((2, *shape))
        return np.asarray(np.sqrt(-2 * np.log1p(-unit[0])) * np.cos(2 * np.pi * unit[1]), dtype=self.dtype)

    def permutation(self, n: int) -> Int[Array, " n"]:
        """The numbers 0 to n − 1 in random order: sorted by 32 random bits, ties by number."""
        return _sorted_places(random_bits(eager_ops(), self.key, (n,)))

    def permutations(self, names: Sequence[int], n: int) -> Int[Array, "k n"]:
        """``child(name).permutation(n)`` of several numbers, a row each, in a fraction of the time.

        >>> Rng(0).permutations([2, 7], 5).tolist() == [Rng(0).child(name).permutation(5).tolist() for name in (2, 7)]
        True
        """
        ops, words = eager_ops(), np.asarray(names, dtype=np.uint32)
        keys = np.stack(threefry(ops, self.key, words, np.zeros_like(words)))
        counter = np.arange((n + 1) // 2, dtype=np.uint32)
        bits = np.concatenate(threefry(ops, keys[:, :, None], counter, np.zeros_like(counter)), axis=-1)[0, :, :n]
        return _sorted_places(bits)

    def zeros(self, shape: tuple[int, ...]) -> Float[Array, "..."]:
        """Zeros of the generator's type."""
        return np.zeros(shape, dtype=self.dtype)

    def full(self, shape: tuple[int, ...], value: float) -> Float[Array, "..."]:
        """One value everywhere, in the generator's type."""
        return np.full(shape, value, dtype=self.dtype)


def _sorted_places(bits: UInt[Array, "*k n"]) -> Int[Array, "*k n"]:
    """Where the bits of a row stand, from the lowest to the highest."""
    tied = (bits.astype(np.uint64) << np.uint64(32)) | np.arange(bits.shape[-1], dtype=np.uint64)
    return (np.sort(tied) & np.uint64(0xFFFFFFFF)).astype(np.int32)


class NoDraws(Rng):
    """Zeros in the place of random numbers: for parameters whose form alone is wanted.

    >>> NoDraws(0).child("dense1").normal((2,))
    array([0., 0.])
    """

    def child(self, name: str | int) -> Rng:
        """Itself: all draws are alike."""
        return self

    def uniform(self, shape: tuple[int, ...], low: float = 0.0, high: float = 1.0) -> Float[Array, "..."]:
        """Zeros."""
        return self.zeros(shape)

    def normal(self, shape: tuple[int, ...]) -> Float[Array, "..."]:
        """Zeros."""
        return self.zeros(shape)
