"""How it learned: the losses by epoch, the learning rate, and the settings."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.drawing.plot import Plot, axis_for, legend, thinned
from chainrule.format import count, esc, is_number, short
from chainrule.report.figures import spoken
from chainrule.report.markup import figure, grid, pairs, section

if TYPE_CHECKING:
    from chainrule.runs.run import Run

_WATCHED = "validation rows"


def training_part(run: "Run") -> str:
    """The whole part."""
    pictures = [loss_figure(run), rate_figure(run)]
    settings = figure("Settings", pairs(_settings(run)))
    stopped = run.stopped[:1].upper() + run.stopped[1:]
    return section("training", "How it learned", grid(*pictures, settings), intro=f"{esc(stopped)}.")


def loss_figure(run: "Run") -> str:
    """Losses by epoch; by step where there were fewer than two epochs."""
    history, name = run.history, spoken(run.network.loss.name)
    by_epoch = len(history["epoch"]) > 1
    if by_epoch:
        x = np.asarray(history["epoch"], dtype=float)
        losses = {"training rows": np.asarray(history["loss"], dtype=float)}
        if "validation_loss" in history:
            losses[_WATCHED] = np.asarray(history["validation_loss"], dtype=float)
        elif "search" in run.facts:
            losses[_WATCHED] = np.asarray(run.facts["search"]["validation_loss"], dtype=float)
            x = np.arange(1, max(map(len, losses.values())) + 1, dtype=float)
    else:
        losses = {"training rows": np.asarray(history.step_losses, dtype=float)}
        x = np.arange(1, len(losses["training rows"]) + 1, dtype=float)
    finite = np.concatenate([each[np.isfinite(each)] for each in losses.values()])
    if not len(finite):
        return figure("Loss", '<p class="empty">No step was made: the weights are the first ones.</p>')
    log = bool(finite.min() > 0 and finite.max() / finite.min() > 20)
    plot = Plot(
        f"Loss by {'epoch' if by_epoch else 'step'}",
        axis_for("epoch" if by_epoch else "step", x),
        axis_for(name, finite, log=log),
    )
    for place, values in enumerate(losses.values(), 1):
        kept = np.isfinite(values)
        plot.line(*thinned(x[: len(values)][kept], values[kept]), f"c{place}")
    notes = ["The scale is logarithmic."] if log else []
    watched = losses.get(_WATCHED)
    if watched is not None and np.isfinite(watched).any():
        best = int(np.nanargmin(watched))
        plot.dot(x[best], watched[best], 4.5, f"epoch {x[best]:.0f}: {short(watched[best])}", "c2")
        notes.append(f"The dot is the lowest validation loss, {short(watched[best])} in epoch {x[best]:.0f}.")
    if "search" in run.facts:
        notes.append("Validation rows are those of a first training without them; then they trained too.")
    names = [(each, f"c{place}") for place, each in enumerate(losses, 1)]
    return figure("Loss", (legend(names) if len(names) > 1 else "") + plot.svg(), " ".join(notes))


def rate_figure(run: "Run") -> str:
    """The learning rate, where it changed on the way."""
    rates = np.asarray(run.history.step_rates, dtype=float)
    if not len(rates) or np.ptp(rates) == 0:
        return ""
    steps = np.arange(1, len(rates) + 1, dtype=float)
    plot = Plot("Learning rate by step", axis_for("step", steps), axis_for("learning rate", rates, zero=True))
    plot.line(*thinned(steps, rates), "c1")
    return figure("Learning rate", plot.svg())


def _settings(run: "Run") -> list[tuple[str, str]]:
    training = dict(run.training)
    optimizer = dict(training.get("optimizer") or {})
    name = str(optimizer.pop("type", "–"))
    numbers = ", ".join(f"{_words(key)} {_value(value)}" for key, value in optimizer.items() if value)
    rows = [("optimizer", f"{esc(name)}<br><small>{esc(numbers)}</small>")]
    if "origin" in training:
        rows = [("trained by", esc(training["origin"]))]
    rows.append(("loss", esc(spoken(run.network.loss.name))))
    for key in ("batch_size", "epochs", "steps", "rows", "validation_rows", "seed", "dtype"):
        if training.get(key) or (key in training and key in ("seed", "epochs", "steps") and training[key] is not None):
            rows.append((_words(key), esc(_value(training[key]))))
    rows.append(("engine", esc(training.get("engine_reason") or training.get("engine") or "–")))
    for key, seconds in (run.facts.get("seconds") or {}).items():
        rows.append((f"time, {esc(_words(key))}", f"{short(seconds, 3)} s"))
    changes = training.get("changes") or {}
    if changes:
        rows.append(("changed on the way", esc(count(len(changes), "time"))))
    return rows


def _words(key: str) -> str:
    return {"rows": "training rows", "dtype": "number type", "epochs": "epochs planned"}.get(key, key.replace("_", " "))


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(str(each) if isinstance(each, str) else short(each) for each in value.values())
    return short(value) if is_number(value) else str(value)
