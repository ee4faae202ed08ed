"""A diagnosis: every illness is looked for, and what is found comes with its evidence and a remedy."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from chainrule.explain.diagnosis.classes import class_imbalance
from chainrule.explain.diagnosis.duplicates import duplicated_rows
from chainrule.explain.diagnosis.finding import Finding
from chainrule.explain.diagnosis.gradients import gradients
from chainrule.explain.diagnosis.inputs import unscaled_input
from chainrule.explain.diagnosis.leak import leaking_column
from chainrule.explain.diagnosis.look import Look
from chainrule.explain.diagnosis.overfitting import overfitting
from chainrule.explain.diagnosis.plateau import plateau
from chainrule.explain.diagnosis.rates import divergence, rate_too_high, rate_too_low
from chainrule.explain.diagnosis.underfitting import underfitting
from chainrule.explain.diagnosis.units import dead_units, saturation
from chainrule.explain.document import Document, Section
from chainrule.explain.shown import Shown

Search: TypeAlias = Callable[[Look], Iterator[Finding]]

SEARCHES: tuple[tuple[tuple[str, ...], Search], ...] = (
    (("divergence",), divergence),
    (("unscaled input",), unscaled_input),
    (("dead units",), dead_units),
    (("saturation",), saturation),
    (("vanishing gradients", "exploding gradients"), gradients),
    (("learning rate too high",), rate_too_high),
    (("learning rate too low",), rate_too_low),
    (("plateau",), plateau),
    (("overfitting",), overfitting),
    (("underfitting",), underfitting),
    (("leaking column",), leaking_column),
    (("class imbalance",), class_imbalance),
    (("duplicated rows",), duplicated_rows),
)
"""Every illness and what looks for it, causes before what they lead to."""

ILLNESSES: tuple[str, ...] = tuple(name for names, _ in SEARCHES for name in names)
WITHOUT_ROWS = frozenset({"divergence"})
"""What can be told from the history alone."""
FOLLOWS: dict[str, frozenset[str]] = {
    "underfitting": frozenset(
        {
            "divergence",
            "learning rate too high",
            "learning rate too low",
            "plateau",
            "dead units",
            "saturation",
            "vanishing gradients",
            "exploding gradients",
        }
    ),
    "learning rate too high": frozenset({"divergence"}),
    "learning rate too low": frozenset({"divergence"}),
}
"""What is not told where its cause is: another remedy comes first."""


@dataclass(frozen=True, repr=False)
class Diagnosis(Shown, Sequence[Finding]):
    """The findings, the most serious first; none where the run is healthy."""

    findings: tuple[Finding, ...]
    looked_for: tuple[str, ...]
    """Every illness that was looked for."""
    unknown: tuple[str, ...] = ()
    """Illnesses that cannot be told without the training rows."""
    why: str = ""
    """Why the rows are not at hand, and what to do."""

    def __getitem__(self, place: Any) -> Any:
        return self.findings[place]

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def healthy(self) -> bool:
        """Whether nothing was found, and everything was looked for."""
        return not self.findings and not self.unknown

    @property
    def names(self) -> tuple[str, ...]:
        """Which illnesses were found, each once."""
        return tuple(dict.fromkeys(finding.name for finding in self.findings))

    def document(self) -> Document:
        """A section for each finding."""
        sections: list[Section] = [finding.section() for finding in self.findings]
        if self.unknown:
            words = f"Without the training rows nothing can be said of: {', '.join(self.unknown)}. {self.why}"
            sections.append(Section("finding", "not looked for", (), words))
        count = len(self.findings)
        found = "nothing" if not count else "one finding" if count == 1 else f"{count} findings"
        return Document("Diagnosis", found, tuple(sections), self._verdict(), agrees=not count)

    def _verdict(self) -> str:
        if self.findings:
            return f"Found: {', '.join(self.names)}."
        return f"Nothing was found. Looked for: {', '.join(self.looked_for)}."


def diagnose(look: Look, treat: Any = None, tick: Callable[[], None] = lambda: None) -> Diagnosis:
    """Look for every illness that can be told.

    Args:
        look: the run, from all sides.
        treat: what ``Finding.apply`` calls with the finding; None where the run cannot be trained again.
        tick: called after each of the searches, for a person who waits.
    """
    findings: list[Finding] = []
    looked_for: list[str] = []
    unknown: list[str] = []
    for names, search in SEARCHES:
        if look.trainer is None and not WITHOUT_ROWS.issuperset(names):
            unknown += names
            continue
        looked_for += names
        known = {finding.name for finding in findings}
        if not all(FOLLOWS.get(name, frozenset()) & known for name in names):
            with np.errstate(all="ignore"):  # a training that went wrong has numbers that overflow
                findings += [replace(finding, treat=treat) for finding in search(look)]
        tick()
    findings.sort(key=lambda finding: finding.severity != "serious")
    return Diagnosis(tuple(findings), tuple(looked_for), tuple(unknown), look.why)
