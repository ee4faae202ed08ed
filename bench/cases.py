"""The four trainings that are timed, and their data: made from a fixed seed, with something in them to learn.

``python cases.py NAME FOLDER`` writes the data of one case. A process of its own does that, so that no contender's
time or memory holds any of it.
"""

import gzip
import sys
from dataclasses import dataclass
from pathlib import Path

FASHION = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package dataset-fashion-mnist keeps its files."""
SEED = 20_240
"""No contender's seed: with the same one, NumPy's first weights would be the first rows of the data."""


@dataclass(frozen=True)
class Case:
    """One training."""

    name: str
    rows: int
    columns: int
    hidden: tuple[int, ...]
    outputs: int
    batch: int
    epochs: int
    """What the whole process trains; also the length of the warm-up where epochs are short."""
    timed: int
    """Epochs of one steady measurement."""
    warm: int
    """Epochs before it."""
    optimizer: str = "adam"
    rate: float = 1e-3
    activation: str = "relu"

    @property
    def classes(self) -> bool:
        """Whether targets are classes."""
        return self.outputs > 1

    @property
    def steps(self) -> int:
        """Steps in an epoch, the smaller last batch included."""
        return -(-self.rows // self.batch)


CASES = {
    case.name: case
    for case in (
        Case("lecture", 3, 1, (2,), 1, 3, 10_000, 10_000, 10_000, "sgd", 0.1, "softplus"),
        Case("small", 2_000, 20, (64, 64), 1, 32, 20, 20, 20),
        Case("wide", 50_000, 100, (256, 256), 1, 256, 5, 2, 1),
        Case("images", 60_000, 784, (128,), 10, 128, 3, 1, 1),
    )
}


def source(case: Case) -> str:
    """Where the case's data come from, in words."""
    if case.name == "lecture":
        return "the lecture's three purchases"
    if case.name == "images" and FASHION.exists():
        return "Fashion-MNIST"
    return f"synthetic, seed {SEED}"


def write(case: Case, folder: Path) -> None:
    """Write X.npy (float32) and y.npy (float32, or int64 for classes)."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    if case.name == "lecture":
        X, y = np.array([[0.0], [0.5], [1.0]]), np.array([0.0, 1.0, 0.0])
    elif case.name == "images" and FASHION.exists():
        X = _idx(FASHION / "train-images-idx3-ubyte.gz", 16).reshape(-1, 784) / 255
        y = _idx(FASHION / "train-labels-idx1-ubyte.gz", 8)
    elif case.classes:
        y = rng.integers(0, case.outputs, case.rows)
        prototypes = rng.random((case.outputs, case.columns))
        X = np.clip(0.5 * prototypes[y] + 0.5 * rng.random((case.rows, case.columns)), 0, 1)
    else:
        X = rng.normal(size=(case.rows, case.columns))
        first, second = rng.normal(size=(2, case.columns)) / case.columns**0.5
        y = np.sin(2 * X @ first) + 0.5 * (X @ second) ** 2 + 0.1 * rng.normal(size=case.rows)
    np.save(folder / "X.npy", X.astype(np.float32))
    np.save(folder / "y.npy", y.astype(np.int64 if case.classes else np.float32))


def _idx(path: Path, header: int):
    import numpy as np

    return np.frombuffer(gzip.decompress(path.read_bytes()), dtype=np.uint8, offset=header)


if __name__ == "__main__":
    write(CASES[sys.argv[1]], Path(sys.argv[2]))
