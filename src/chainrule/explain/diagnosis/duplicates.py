"""Rows that stand on both sides of the split, so that the network is judged by what it was shown.

Equal rows may also be chance: a table of few categories has many. Where it is chance, still more rows differ in one
column alone; copies agree in all columns or in none.

Shapes: n rows, k numbers a row, the target's among them.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule._typing import Array, Float
from chainrule.explain.diagnosis.finding import Finding, Remedy, are, short, some
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.skill import matrix_of
from chainrule.training.step import Rows

SHARE = 0.01
"""Share of the unseen rows that must stand among the training rows, too."""
FEWEST = 2
CHANCE = 0.9
"""Pairs of equal rows, as a share of those that are equal but for one column, below which equal rows are chance. Two
levels of one size in any column bring it to a half; among copies it is 1."""


def duplicated_rows(look: Look) -> Iterator[Finding]:
    """Unseen rows whose inputs and target stand among the training rows, more often than chance has it."""
    if look.held is None or look.trainer is None:
        return
    learned, held = _numbers(look.trainer.rows), _numbers(look.held.rows)
    if learned is None or held is None:
        return
    codes, held_codes = _hashes(learned, held)
    whole, held_whole = codes.sum(axis=1), held_codes.sum(axis=1)
    twins = np.isin(held_whole, whole)
    if twins.sum() < max(FEWEST, SHARE * len(twins)):
        return
    equal = _pairs(whole, held_whole)
    differing = max(
        _pairs(whole - codes[:, place], held_whole - held_codes[:, place]) - equal for place in range(codes.shape[1])
    )
    if equal < CHANCE * (equal + differing):
        return
    first = {int(code): int(number) for code, number in zip(whole[::-1], look.trainer.row_numbers[::-1], strict=True)}
    examples = [
        f"row {look.held.numbers[place]} is row {first[int(held_whole[place])]}" for place in np.flatnonzero(twins)[:3]
    ]
    inside = float(1 - len(np.unique(whole)) / len(whole))
    evidence: dict[str, Any] = {
        f"{look.held.what} with a twin": int(twins.sum()),
        look.held.what: len(twins),
        "pairs of equal rows": equal,
        "pairs that differ in one column alone, at most": differing,
        "training rows that repeat another": inside,
        "rows": {
            str(look.held.numbers[place]): first[int(held_whole[place])] for place in np.flatnonzero(twins)[:1000]
        },
    }
    doubled = np.isin(whole, held_whole[twins])
    yield Finding(
        "duplicated rows",
        "serious" if twins.mean() >= 0.1 else "mild",
        "the split",
        (
            int(twins.sum()),
            f" of the {len(twins):,} {look.held.what} (",
            short(100 * twins.mean()),
            f" %) {are(twins.sum())} among the training rows, too, equal in every input and in the target ("
            f"{some(examples)}): the network is judged by rows that it was shown. It is no chance, for ",
            *(("only ", differing) if differing else ("no",)),
            f" {'pairs differ' if differing > 1 else 'pair differs'} in one column alone.",
        ),
        evidence,
        Remedy(
            "leave these rows out of the training; or split so that copies stay on one side (split='grouped', by the "
            "column that they have in common).",
            {"drop_rows": look.trainer.row_numbers[doubled].tolist()},
        ),
    )


def _numbers(rows: Rows) -> Float[Array, "n k"] | None:
    """Inputs and target side by side."""
    inputs = matrix_of(rows)
    return None if inputs is None else np.hstack([inputs, np.asarray(rows.target, float).reshape(len(inputs), -1)])


def _hashes(learned: Float[Array, "n k"], held: Float[Array, "m k"]) -> tuple[np.ndarray, np.ndarray]:
    """A whole number for each value and column, random to the eye; a row's sum stands for the row (modulo 2**64)."""
    bits = [np.ascontiguousarray(each + 0.0).view(np.uint64) for each in (learned, held)]  # -0.0 becomes 0.0
    salts = np.random.default_rng(0).integers(1, 2**63, size=learned.shape[1], dtype=np.uint64) | np.uint64(1)
    mixed: list[np.ndarray] = []
    for each in bits:
        value = (each + salts) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(32)
        value *= salts
        mixed.append(value ^ (value >> np.uint64(29)))
    return mixed[0], mixed[1]


def _pairs(learned: np.ndarray, held: np.ndarray) -> int:
    """How many pairs of a training row and an unseen one have the same number."""
    codes, counts = np.unique(learned, return_counts=True)
    at = np.minimum(np.searchsorted(codes, held), len(codes) - 1)
    return int(counts[at][codes[at] == held].sum())
