"""What ails the training: each finding with its evidence and a remedy; one line where nothing was found."""

from typing import TYPE_CHECKING

from chainrule.explain.diagnosis import Diagnosis, Finding
from chainrule.format import esc, listed
from chainrule.report.markup import card, folded, pairs, section

if TYPE_CHECKING:
    from chainrule.runs.run import Run


def diagnosis_of(run: "Run") -> Diagnosis | None:
    """The diagnosis that a run on a table keeps; that of a run on arrays, where its training is in memory."""
    if kept := run.facts.get("diagnosis"):
        return Diagnosis.from_plain(kept)
    return None if run.facts or run.trainer is None else run.diagnose()


def diagnosis_part(diagnosis: Diagnosis | None) -> str:
    """The whole part."""
    if diagnosis is None:
        return ""
    if not diagnosis.findings:
        return section("diagnosis", "What ails it", intro=esc(diagnosis.verdict))
    more = (
        "The first remedy is tried by <code>chainrule diagnose RUN --apply 1</code>, or <code>finding.apply()</code>."
    )
    findings = [_finding(number, finding) for number, finding in enumerate(diagnosis, 1)]
    return section("diagnosis", "What ails it", *findings, intro=f"{esc(diagnosis.verdict)} {more}")


def alarm(diagnosis: Diagnosis | None) -> str:
    """A line for the head of the page where something serious was found."""
    serious = dict.fromkeys(finding.name for finding in diagnosis or () if finding.severity == "serious")
    return f'<p class="alarm"><a href="#diagnosis">Found: {esc(listed(list(serious)))}</a></p>' if serious else ""


def _finding(number: int, finding: Finding) -> str:
    evidence = pairs((esc(name), esc(str(text))) for name, text in finding.told)
    return card(
        f"<h3>{number}. {esc(finding.title)} <small>{esc(finding.severity)}</small></h3>",
        f"<p>{esc(finding.sentence)}</p><p><b>Remedy:</b> {esc(finding.remedy.sentence)}</p>",
        folded("Evidence", evidence),
    )
