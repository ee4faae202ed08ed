"""``chainrule sweep``: what it prints, the command that it names, and what its mistakes say."""

import os
import signal

import numpy as np
import pytest

import chainrule
from chainrule.runs import sweep_parts
from cli.commands import table

QUICK = ("--engine", "numpy", "--epochs", "2", "--folds", "2", "--hidden-layers", "4")
RATES = ("--vary", "learning_rate=0.0001,0.1")


def test_what_a_person_reads(shell):
    done = shell("sweep", "data.csv", "--target", "price", *RATES, "--drop", "bought", *QUICK)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "Sweep  learning_rate"
    assert lines[2].startswith("4 trainings of 2 epochs: 2 settings in 2 folds, by NumPy in ")
    head = next(place for place, line in enumerate(lines) if line == "Rows held out, the best first")
    assert lines[head + 1].split() == ["learning_rate", "R²", "±", "RMSE", "MAE", "training", "loss", "outcome"]
    assert [line.split()[0] for line in lines[head + 2 : head + 4]] == ["0.1000", "0.0001"]
    assert "  learning_rate: " in done.out
    assert lines[-3].startswith("Best: learning_rate = 0.1, R² held out ")
    assert lines[-1] == (
        "next  chainrule fit data.csv --target price --learning-rate 0.1 --drop bought --hidden-layers 4 --engine "
        "numpy --epochs 2 --early-stopping 0"
    )
    assert not (shell.folder / "runs").exists()


def test_one_object_and_the_command_in_it_trains_the_best(shell):
    done = shell("sweep", "data.csv", "--target", "bought", *RATES, "--json", "--metric", "accuracy", *QUICK)
    assert (done.code, done.err) == (0, "")
    answer = done.answer
    assert (answer["target"], answer["metric"], answer["stopped"]) == ("bought", "accuracy", "")
    assert [set(each) for each in answer["settings"]] == [{"learning_rate", "accuracy", "spread", "outcome"}] * 2
    assert answer["best"] == {"learning_rate": answer["settings"][0]["learning_rate"]}
    assert answer["settings"][0]["accuracy"] >= answer["settings"][1]["accuracy"]
    program, *words = answer["command"]
    assert program == "chainrule"
    trained = shell(*words, "--json", "--no-baselines")
    assert trained.code == 0
    assert trained.answer["engine"] == "numpy"


def test_a_page_with_the_pictures(shell):
    done = shell("sweep", "data.csv", "--target", "price", *RATES, *QUICK, "-o", "sweep.html")
    assert done.code == 0
    first, _, last = done.out.splitlines()
    assert first == "The sweep is in sweep.html"
    assert last.startswith("next  chainrule fit data.csv --target price --learning-rate ")
    assert (shell.folder / "sweep.html").read_text(encoding="utf-8").count("<svg") >= 2
    again = shell("sweep", "data.csv", "--target", "price", *RATES, *QUICK, "-o", "sweep.html")
    assert again.err == (
        "Error: sweep.html is there already and is left as it is. Choose another name, or pass --force.\n"
    )


def test_quiet_writes_the_sweep_alone(shell):
    done = shell("sweep", "data.csv", "--target", "price", *RATES, *QUICK, "--quiet")
    assert done.out.startswith("Sweep  learning_rate\n")
    assert "chainrule fit" not in done.out


def test_ctrl_c_keeps_the_folds_that_are_done(shell, monkeypatch):
    train, made = sweep_parts.train_together, []

    def counted(*given):
        made.append(given)
        if len(made) == 3:  # of two settings in two folds: the first of the second fold
            os.kill(os.getpid(), signal.SIGINT)
        return train(*given)

    monkeypatch.setattr(sweep_parts, "train_together", counted)
    done = shell("sweep", "data.csv", "--target", "price", *RATES, *QUICK)
    assert (done.code, len(made)) == (0, 3)
    assert "Stopped by Ctrl-C: 1 of 2 folds are there." in done.out
    assert "±" not in done.out
    assert "\nnext  chainrule fit data.csv" in done.out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_before_anything_is_done(shell, monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep_parts, "train_together", pressed)
    done = shell("sweep", "data.csv", "--target", "price", *RATES, *QUICK)
    assert (done.code, done.out, done.err) == (130, "", "Error: Stopped; nothing was kept.\n")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("data.csv", "--target", "price"), "Missing option '--vary'. See chainrule sweep --help."),
        (
            ("data.csv", "--target", "price", *RATES, "--learning-rate", "0.1"),
            "learning_rate is varied, and given by --learning-rate, too. Leave one of them out.",
        ),
        (
            ("data.csv", "--target", "pric", *RATES),
            "data.csv: There is no column 'pric' to predict. Did you mean 'price'? The table has 'size', 'shop', "
            "'price', 'bought'.",
        ),
        (("nowhere.csv", "--target", "price", *RATES), "There is no file nowhere.csv. Check the path."),
        (
            ("data.csv", "--target", "price", *RATES, "--metric", "accuracy", *QUICK),
            "metric must be one of 'loss', 'r2', 'rmse', 'mae', which fit the loss 'mse'; got 'accuracy'.",
        ),
        (
            ("data.csv", "--target", "price", *RATES, "--metric", "r3"),
            "--metric takes r2, rmse, mae, accuracy, log_loss, auc or loss; got 'r3'. See chainrule "
            "sweep --help.",
        ),
        (
            ("data.csv", "--target", "price", *RATES, "--folds", "1"),
            "--folds takes a whole number of 2 or more; got '1'. See chainrule sweep --help.",
        ),
        (
            ("data.csv", "--target", "price", "--vary", "weight_decay=0,0.1", "--optimizer", "sgd", *QUICK),
            "Weight decay goes with the optimizers adamw and lion; sgd has none.",
        ),
        (
            ("data.csv", "--target", "price", "--vary", "activation=relu,rleu", *QUICK),
            "There is no activation 'rleu'; there are 'elu', 'gelu', 'gelu_tanh', 'hard_sigmoid', 'hard_tanh', "
            "'leaky_relu', 'linear', 'log_softmax', 'relu', 'selu', 'sigmoid', 'silu', 'softmax', 'softplus', "
            "'softsign', 'tanh'. Did you mean 'relu'?",
        ),
        (
            ("data.csv", "--target", "price", "--vary", "dropout=0.1,1", *QUICK),
            "DropoutLayer: rate must be at least 0 and below 1; got 1.0.",
        ),
    ],
)  # fmt: skip
def test_mistakes(shell, argv, message):
    before = shell.holds()
    done = shell("sweep", *argv)
    assert (done.code, done.out, done.err) == (2, "", f"Error: {message}\n")
    assert shell.holds() == before


def test_where_all_diverge_there_is_no_command(shell):
    done = shell("sweep", "data.csv", "--target", "price", "--vary", "learning_rate=1e30", "--optimizer", "sgd", *QUICK)
    assert done.code == 0
    assert done.out.splitlines()[-1] == "Every training diverged: lower the learning rate."


def test_the_rows_that_judge_are_left_alone(shell):
    """Targets of the rows that ``fit`` holds out may be anything: the sweep does not see them."""
    first = shell("sweep", "data.csv", "--target", "price", *RATES, *QUICK, "--json").answer
    fitted = shell("fit", "data.csv", "--target", "price", *QUICK[:4], "--no-baselines", "--json")
    assert fitted.code == 0
    held_out = set(chainrule.load(fitted.answer["run"]).facts["test_rows"]["row"])
    lines = table().splitlines()
    for number in held_out:
        cells = lines[number].split(",")
        lines[number] = ",".join([*cells[:2], "77", cells[3]])
    shell.write("data.csv", "\n".join(lines) + "\n")
    again = shell("sweep", "data.csv", "--target", "price", *RATES, *QUICK, "--json").answer
    assert again["settings"] == first["settings"]
    assert np.isfinite(first["settings"][0]["r2"])
