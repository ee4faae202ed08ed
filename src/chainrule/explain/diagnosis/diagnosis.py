"""A diagnosis: every illness is looked for, and what is found comes with its evidence and a remedy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from chainrule.errors import InputError, did_you_mean, list_some
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
from chainrule.training.progress import Work

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
_LISTS = ("looked_for", "behind", "unknown")
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
    "learning rate too high": frozenset({"divergence", "unscaled input", "exploding gradients"}),
    "learning rate too low": frozenset({"divergence", "unscaled input", "exploding gradients", "saturation"}),
}
"""What is not looked for where its cause was found: another remedy comes first."""


@dataclass(frozen=True, repr=False)
class Diagnosis(Shown, Sequence[Finding]):
    """The findings, the most serious first; none where the run is healthy."""

    findings: tuple[Finding, ...]
    looked_for: tuple[str, ...]
    """Every illness that was looked for."""
    behind: tuple[str, ...] = ()
    """Illnesses that are not looked for before what was found, and leads to them, is cured."""
    unknown: tuple[str, ...] = ()
    """Illnesses that cannot be told without the training rows."""
    why: str = ""
    """Why the rows are not at hand, and what to do."""

    def __getitem__(self, which: Any) -> Any:
        """A finding by its place from 0, or by what was found: ``diagnosis["dead units"]``.

        Raises:
            InputError: nothing of that name was found, or it was found in several places.
        """
        return self._named(which) if isinstance(which, str) else self.findings[which]

    def _named(self, name: str) -> Finding:
        found = [finding for finding in self.findings if finding.name == name]
        if not found:
            listed = f"Found were {list_some(self.names)}." if self.findings else "Nothing was found."
            hidden = f" {self._hidden}" if name in self.unknown else ""
            raise InputError(f"There is no finding '{name}'. {listed}{did_you_mean(name, self.names)}{hidden}")
        if len(found) > 1:
            places = list_some(finding.where for finding in found)
            raise InputError(f"'{name}' was found at {places}: choose one by its number.")
        return found[0]

    @property
    def _hidden(self) -> str:
        return f"Without the training rows nothing can be said of: {', '.join(self.unknown)}. {self.why}"

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
        sections = [finding.section(number) for number, finding in enumerate(self.findings, 1)]
        if self.unknown:
            sections.append(Section("finding", "not looked for", (), self._hidden))
        return Document("Diagnosis", "", tuple(sections), self.verdict, agrees=not self.findings)

    @property
    def verdict(self) -> str:
        """What was found, in a line: ``2 findings: dead units, leaking column.``."""
        if not self.findings:
            return f"Nothing was found. Looked for: {', '.join(self.looked_for)}."
        count = len(self.findings)
        return f"{count} {'finding' if count == 1 else 'findings'}: {', '.join(self.names)}."

    def to_plain(self) -> dict[str, Any]:
        """The diagnosis as plain data."""
        known: dict[str, Any] = {name: list(getattr(self, name)) for name in _LISTS}
        return {"findings": [finding.to_plain() for finding in self.findings], **known, "why": self.why}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Diagnosis":
        """The diagnosis that :meth:`to_plain` wrote; its remedies cannot be applied."""
        found = tuple(Finding.from_plain(finding) for finding in data["findings"])
        names = (tuple(data[name]) for name in _LISTS)
        return cls(found, *names, why=data["why"])


def diagnose(look: Look, treat: Any = None, work: Work | None = None, always: str = "") -> Diagnosis:
    """Look for every illness that can be told.

    Args:
        look: the run, from all sides.
        treat: what ``Finding.apply`` calls with the finding; None where the run cannot be trained again.
        work: told what is looked for, for a person who waits.
        always: an illness that is looked for although another one was found that leads to it.
    """
    work = work or Work()
    findings: list[Finding] = []
    looked_for: list[str] = []
    behind: list[str] = []
    unknown: list[str] = []
    for names, search in SEARCHES:
        if look.trainer is None and not WITHOUT_ROWS.issuperset(names):
            unknown += names
            continue
        known = {finding.name for finding in findings}
        if always not in names and all(FOLLOWS.get(name, frozenset()) & known for name in names):
            behind += names
        else:
            looked_for += names
            work.begin(names[0])
            with np.errstate(all="ignore"):  # a training that went wrong has numbers that overflow
                findings += [replace(finding, treat=treat) for finding in search(look)]
        work()
    findings.sort(key=lambda finding: finding.severity != "serious")
    return Diagnosis(tuple(findings), tuple(looked_for), tuple(behind), tuple(unknown), look.why)
