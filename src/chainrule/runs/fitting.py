"""``fit``: a loop over the trainer that knows when to stop."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import InputError, NonFiniteError
from chainrule.format import count
from chainrule.layers.common import is_whole
from chainrule.network.network import Network
from chainrule.optimizers import Optimizer
from chainrule.runs.again import repeatable
from chainrule.runs.run import Run
from chainrule.training.logs import Logger, Logs
from chainrule.training.progress import ProgressBar, interruptible
from chainrule.training.saver import Saver
from chainrule.training.trainer import Standing, Trainer


@repeatable
def fit(
    network: Network,
    X: Any,
    y: Any,
    *,
    optimizer: str | Optimizer = "adam",
    epochs: int = 100,
    until: int | None = None,
    batch_size: int = 32,
    shuffle: bool = True,
    seed: int = 0,
    sample_weight: Any = None,
    class_weight: Any = None,
    validation: Any = None,
    early_stopping: int | None = None,
    engine: str = "auto",
    dtype: str = "float32",
    record: int | bool = True,
    row_numbers: np.ndarray | None = None,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
    log: Logs | None = None,
    each_epoch: Callable[[Trainer], bool | None] | None = None,
    after: Standing | None = None,
) -> Run:
    """Train a network and return the run.

    >>> from chainrule.network import Dense
    >>> from chainrule.optimizers import SGD
    >>> net = Network([Dense(1)], loss="mse")
    >>> run = fit(net, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], optimizer=SGD(0.2), epochs=200, dtype="float64")
    >>> run.predict([[3.0]]).round(6)
    array([[7.]])

    Args:
        network: the network to train; parameters set by hand are where it starts.
        X: inputs, shape (n, …), or a mapping of such arrays by input name.
        y: targets, shape (n,) or (n, outputs); for losses over classes whole numbers from 0.
        optimizer: an optimizer or its name.
        epochs: how often every row is visited; 0 gives an untrained run.
        until: stop after so many epochs although schedules are planned over all ``epochs``.
        batch_size: rows a step; at most n.
        shuffle: whether each epoch visits the rows in a new random order.
        seed: decides first weights, orders, dropout and the validation split. The same seed gives the same bits: on
            NumPy on every machine of the same kind, on XLA where it has as many cores, too.
        sample_weight: one number a row, shape (n,).
        class_weight: ``"balanced"`` or a mapping from class to weight, for losses over classes.
        validation: a fraction of the rows to set aside, or a pair ``(X, y)``; its loss is measured after each epoch.
        early_stopping: stop after so many epochs without a lower validation loss, and go back to the best weights.
        engine: ``"auto"``, ``"numpy"`` or ``"xla"``.
        dtype: ``"float32"`` or ``"float64"``.
        record: bytes that snapshots may take, or False for the least; the weights do not depend on it.
        row_numbers: what to call each row in messages; from 1 by default.
        checkpoint: a folder to keep the state of the training in; where it holds one of the same training, that is
            gone on with, to the same weights as without a stop.
        progress: show a progress bar; by default where standard error is a terminal.
        log: who is told about each epoch: a function ``log({"loss": 0.3, ...}, step=120)``, something with such a
            method (an experiment tracker's run, :class:`chainrule.TensorBoard`), or several of them.
        each_epoch: called at the end of every epoch with the trainer, which stands there; where it returns True,
            training ends.
        after: where a training of the same network stands, to go on from there: see :class:`chainrule.Trainer`.

    Raises:
        InputError: something passed in cannot be used.
        NonFiniteError: training met NaN or infinity; ``error.run`` has the best weights so far.
    """
    if early_stopping is not None and validation is None:
        raise InputError("early_stopping needs validation rows: pass validation=0.2, or validation=(X, y).")
    if early_stopping is not None and not is_whole(early_stopping):
        raise InputError(f"early_stopping must be a whole number of at least 1; got {early_stopping!r}.")
    if until is not None and not (is_whole(until, 0) and is_whole(epochs, 0) and until <= epochs):
        raise InputError(f"until must be a whole number from 0 to epochs, {epochs}; got {until!r}.")
    logger = Logger(log)
    trainer = Trainer(
        network,
        X,
        y,
        optimizer=optimizer,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        epochs=epochs,
        sample_weight=sample_weight,
        class_weight=class_weight,
        validation=validation,
        engine=engine,
        dtype=dtype,
        record=record,
        row_numbers=row_numbers,
        after=after,
    )
    saver = Saver(trainer, checkpoint)
    saver.resume()
    logger.begin(trainer)
    wanted = epochs if until is None else until
    bar = ProgressBar(wanted, shown=progress)
    stopped, interrupted = _train(trainer, wanted, early_stopping, saver, logger, each_epoch, bar)
    return Run.of(trainer, stopped, interrupted=interrupted)


def _train(
    trainer: Trainer,
    epochs: int,
    patience: int | None,
    saver: Saver,
    logger: Logger,
    each_epoch: Callable[[Trainer], bool | None] | None,
    bar: ProgressBar,
) -> tuple[str, bool]:
    """Train to the last epoch, or until there is a reason to stop; returns the reason, and whether it was Ctrl-C."""
    last = epochs * trainer.plan.steps_per_epoch
    if trainer.steps_done > last:  # a checkpoint of a longer training
        trainer.seek(last)
        trainer.forget_after(last)
    try:
        with interruptible() as interrupt:
            while trainer.steps_done < last:
                trainer.advance(last if each_epoch is None else trainer.end_of_epoch)
                validation = trainer.validation_losses
                latest = validation[-1] if len(validation) else None
                bar.update(trainer.epochs_done, trainer.latest_loss, latest)
                end = None if patience is None else _end(validation, patience)
                if end is not None:
                    trainer.forget_after((end + 1) * trainer.plan.steps_per_epoch)
                    break
                logger.send(trainer)
                saver.save()
                ended = trainer.steps_done % trainer.plan.steps_per_epoch == 0
                if ended and each_epoch is not None and each_epoch(trainer):
                    saver.save(now=True)
                    return _kept(trainer, f"stopped after epoch {trainer.epochs_done}, as asked", patience), False
                if interrupt.pressed:
                    saver.save(now=True)
                    return _kept(trainer, f"stopped by Ctrl-C after step {trainer.steps_done:,}", patience), True
            else:
                saver.save(now=True)
                return _kept(trainer, f"trained {count(epochs, 'epoch')}", patience), False
    except NonFiniteError as error:
        logger.send(trainer)
        stopped = _kept(
            trainer, f"stopped at step {error.step}, where {error.node} was not finite", patience, broke=True
        )
        error.run = Run.of(trainer, stopped)
        raise
    finally:
        bar.close()
    logger.send(trainer)
    ended = len(trainer.validation_losses)
    return _kept(
        trainer, f"stopped after epoch {ended}: no lower validation loss for {patience} epochs", patience
    ), False


def _end(validation: np.ndarray, patience: int) -> int | None:
    """The epoch (from 0) after which patience has run out; None while it has not."""
    best, best_epoch = np.inf, -1
    for epoch, loss in enumerate(validation):
        if loss < best:
            best, best_epoch = loss, epoch
        elif epoch - best_epoch >= patience:
            return epoch
    return None


def _kept(trainer: Trainer, why: str, patience: int | None, *, broke: bool = False) -> str:
    """Go back to the best weights where that was asked for or training broke off; returns what was done."""
    losses = trainer.validation_losses
    if broke and not len(losses):
        losses = trainer.history["loss"]
    wanted = broke or patience is not None
    if wanted and np.isfinite(losses).any():
        best = int(np.nanargmin(losses))
        trainer.seek((best + 1) * trainer.plan.steps_per_epoch)
        return f"{why}; the weights are those of epoch {best + 1}"
    if broke:
        trainer.seek(0)
        return f"{why}; the weights are the first ones, since no epoch was finished"
    if wanted and len(losses):
        trainer.seek(trainer.losses.steps)
        return f"{why}, and none was finite"
    return why
