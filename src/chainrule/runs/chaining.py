"""``chain``: the chain rule through fitted networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from chainrule.data.cells import key
from chainrule.errors import InputError, InputTypeError, did_you_mean, list_some
from chainrule.explain.effects.chain import Chain, Model, chain_of
from chainrule.explain.effects.subject import Subject
from chainrule.runs.effects import subject_of
from chainrule.runs.run import Run


@dataclass(frozen=True)
class Link:
    """A run in a chain, with names for what has none: ``cr.Link(run, inputs=["chicken"], output="fried")``."""

    run: Run
    inputs: Sequence[str] | None = None
    """What the columns of an array are called, for a run that was trained on arrays."""
    output: str | None = None
    """What its answer is called; by default the table's target."""
    of: Any = None
    """The class whose probability is meant, where it predicts three or more."""
    label: str = ""
    """What it stands for, to be shown beside its factor: ``"demand side"``."""


def chain(*links: Run | Link, wrt: str | None = None) -> Chain:
    """Put fitted networks one after the other, where the prediction of one is a column of a later one.

    By the chain rule, the derivative of the last answer by a column of the first network is the product of each
    network's own derivative: d sales/d chicken = d sales/d fried · d fried/d chicken.

    >>> import chainrule as cr
    >>> def line(slope):
    ...     network = cr.Network([cr.Dense(1)], loss="mse").set({"dense1.weight": [[slope]], "dense1.bias": [1.0]})
    ...     return cr.fit(network, [[1.0], [2.0]], [slope + 1, 2 * slope + 1], epochs=0, dtype="float64")
    >>> supply = cr.Link(line(0.5), inputs=["chicken"], output="fried")
    >>> demand = cr.Link(line(-3.0), inputs=["fried"], output="sales")
    >>> found = cr.chain(supply, demand).derivative(at={"chicken": 2})
    >>> [factor.value for factor in found.factors], found.value
    ([-3.0, 0.5], -1.5)

    Args:
        links: two runs or more, in the order in which they are computed; :class:`Link` names what has no name.
        wrt: the column to differentiate by; by default the first network's only column of numbers.

    Raises:
        InputError: an answer is no column of a later network, or there is no such column.
    """
    if len(links) < 2:
        raise InputError(f"A chain is of two fitted networks or more: cr.chain(supply, demand); got {len(links)}.")
    return chain_of([_model(link, place) for place, link in enumerate(links, 1)], wrt)


def _model(given: Any, place: int) -> Model:
    link = Link(given) if isinstance(given, Run) else given
    if not isinstance(link, Link) or not isinstance(cast("Any", link.run), Run):
        raise InputTypeError(f"A chain is of runs, cr.fit(…), or of cr.Link(run, …); number {place} is {given!r:.60}.")
    subject = subject_of(link.run, link.inputs)
    answer = _answer(subject, link, place)
    usual = subject.answers[answer] if subject.probabilities else subject.target
    return Model(subject, link.output or usual, answer, link.label)


def _answer(subject: Subject, link: Link, place: int) -> int:
    """Which of a network's answers is meant."""
    answers = subject.answers
    if link.of is not None:
        if not subject.probabilities:
            raise InputError(f"Network {place} predicts a number: of= is for classes; leave it out.")
        target = subject.table.target if subject.table is not None else None
        named = f"P({target.name} = {key(link.of)})" if target is not None else f"P({link.of})"
        if named not in answers:
            raise InputError(
                f"Network {place} has no probability '{named}'; it has {list_some(answers)}."
                f"{did_you_mean(named, answers)}"
            )
        return answers.index(named)
    if len(answers) > 1:
        advice = "say of which class: cr.Link(run, of='…')" if subject.probabilities else "a chain needs a single one"
        raise InputError(f"Network {place} has {len(answers)} answers, {list_some(answers)}; {advice}.")
    return 0
