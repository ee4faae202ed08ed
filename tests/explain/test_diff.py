"""Where two trainings part: the first number, not what follows from it."""

import numpy as np
import pytest

import chainrule as cr

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]
PARTS = [cr.Dense(4, "tanh"), cr.Dense(1)]
ADAM = cr.Adam(0.01)


def _fit(parts=PARTS, *, x=X, y=Y, loss="mse", start=None, **options):
    network = cr.Network(parts, loss=loss)
    if start is not None:
        network = network.set(dict(start.items()))
    settings = {"optimizer": ADAM, "batch_size": 8, "epochs": 4, "dtype": "float64", "engine": "numpy"}
    return cr.fit(network, x, y, progress=False, **settings | options)


@pytest.fixture(scope="module")
def run():
    return _fit()


@pytest.fixture(scope="module")
def start(run):
    """The weights that it starts from."""
    trainer = run.trainer
    return trainer.plan.network.trained(trainer.state_at(0).params, {}).params


def _where(found):
    parting = found.parting
    return parting.step, parting.stage, parting.name


def test_a_run_and_itself(run):
    found = cr.diff(run, _fit(), tolerance=0)
    assert (found.equal, found.steps, found.largest, found.settings) == (True, 20, 0, {})
    assert str(found) == "Diff  a and b\n\nEqual over 20 steps, bit by bit."


def test_a_shorter_run_is_equal_as_far_as_it_goes(run):
    found = cr.diff(run, _fit(epochs=2), names=("long", "short"))
    assert found.equal
    assert found.to_text() == ("Diff  long and short\n\nEqual over 10 steps, bit by bit. long made 20 steps, short 10.")


def test_seeds_part_before_the_first_step(run):
    found = cr.diff(run, _fit(seed=1))
    assert _where(found) == (0, "initial parameter", "dense1.weight[0, 0]")
    assert found.parts is None
    assert found.settings == {"seed": (0, 1)}


def test_other_orders_of_the_same_rows_part_at_the_batch(run, start):
    found = cr.diff(run, _fit(start=start, seed=1))
    assert _where(found) == (1, "batch", "input[0]")
    assert found.parting.row == run.trainer.plan.batch_rows(0)[0] + 1
    assert list(found.parts.a) == (run.trainer.plan.batch_rows(0) + 1).tolist()
    assert found.parts.a != found.parts.b


@pytest.mark.parametrize(
    ("options", "step", "stage", "name"),
    [
        ({"optimizer": cr.Adam(0.02)}, 1, "setting", "learning_rate"),
        ({"optimizer": cr.Adam(cr.StepDecay(0.01, 10, 0.5))}, 11, "setting", "learning_rate"),
        ({"optimizer": cr.Adam(0.01, epsilon=1e-7)}, 1, "setting", "optimizer.epsilon"),
        ({"optimizer": cr.SGD(0.01)}, 1, "optimizer", "dense1.weight[0, 0] step_size"),
        ({"optimizer": cr.Adam(0.01, clip_norm=1e-3)}, 1, "optimizer", "dense1.weight[0, 0] gradient"),
        ({"batch_size": 10}, 1, "setting", "rows in the batch"),
        ({"batch_size": 3}, 1, "setting", "rows in the batch"),
        ({"sample_weight": np.arange(40) + 1.0}, 1, "batch", "weight of the row"),
        ({"loss": "ssr"}, 1, "loss", "data loss"),
        ({"parts": [cr.Dense(4, "sigmoid"), cr.Dense(1)]}, 1, "forward pass", "dense1.a[0]"),
        ({"parts": [cr.Dense(4, "tanh", l2=0.01), cr.Dense(1)]}, 1, "setting", "penalty"),
    ],
)
def test_settings_part_where_they_first_act(run, options, step, stage, name):
    found = cr.diff(run, _fit(**options))
    assert _where(found) == (step, stage, name)
    assert found.largest == 0
    assert not found.equal


def test_numbers_of_rows_have_no_difference(run, start):
    found = cr.diff(run, _fit(start=start, shuffle=False, epochs=1))
    (table,) = found.document().sections[1].lines
    assert [column.name for column in table.columns] == ["", "a", "b"]
    assert table.rows[0] == ("at place 0", run.trainer.plan.batch_rows(0)[0] + 1, 1)


def test_one_changed_target_is_found_in_the_step_that_takes_it(run):
    step = next(step for step in range(5) if 16 in run.trainer.plan.batch_rows(step))
    changed = Y.copy()
    changed[16] += 1
    found = cr.diff(run, _fit(y=changed))
    assert _where(found) == (step + 1, "batch", "target[0]")
    assert (found.parting.row, found.parting.b - found.parting.a) == (17, pytest.approx(1))


def test_a_number_changed_on_the_way(run):
    network = cr.Network(PARTS)
    trainer = cr.Trainer(network, X, Y, optimizer=ADAM, batch_size=8, dtype="float64", engine="numpy", epochs=4)
    trainer.step(7)
    trainer.set(**{"optimizer.beta1": 0.8})
    trainer.step(13)
    assert _where(cr.diff(run, trainer)) == (8, "setting", "optimizer.beta1")


def test_terms_of_an_activation_and_of_a_loss_side_by_side(run):
    found = cr.diff(run, _fit([cr.Dense(4, "sigmoid"), cr.Dense(1)]))
    assert (found.parts.formula, found.parts.names) == ("a[0] = tanh(z)", ("z", "a[0]"))
    z, a = found.parts.a
    assert found.parts.b[0] == z
    assert (a, found.parts.b[1]) == (pytest.approx(np.tanh(z)), pytest.approx(1 / (1 + np.exp(-z))))
    loss = cr.diff(run, _fit(loss="ssr")).parts
    for numbers in (loss.a, loss.b):
        assert sum(numbers[:-1]) == pytest.approx(numbers[-1], rel=1e-12)
    assert loss.b[0] == pytest.approx(8 * loss.a[0])


def test_terms_of_a_gradient_add_up_and_long_ones_are_folded():
    """A gradient that is wrong on one side alone: planted, since one engine has only one backward pass."""
    many = RNG.normal(size=(30, 3)), RNG.normal(size=30)
    runs = [_fit(x=many[0], y=many[1], batch_size=30, epochs=1) for _ in range(2)]
    replay = runs[1].trainer.replay

    def wrong(start, stop):
        for made in replay(start, stop):
            gradients = dict(made.record.backward.gradients)
            gradients["dense2"] = gradients["dense2"]._replace(weight=gradients["dense2"].weight * 1.01)
            back = made.record.backward._replace(gradients=gradients)
            yield made._replace(record=made.record._replace(backward=back))

    runs[1].trainer.replay = wrong
    found = cr.diff(*runs)
    assert _where(found) == (1, "gradient", "dense2.weight[0, 0]")
    assert found.parting.b == pytest.approx(1.01 * found.parting.a)
    assert found.parts.adds_up
    assert len(found.parts.a) == 31
    assert sum(found.parts.a[:-1]) == pytest.approx(found.parting.a, rel=1e-12)
    (table,) = found.document().sections[1].lines
    assert len(table.rows) == 14
    assert table.rows[-2][0] == "18 more"
    assert sum(row[1] for row in table.rows[:-1]) == pytest.approx(found.parting.a, rel=1e-12)


def test_engines_differ_by_rounding_alone(run):
    other = _fit(engine="xla")
    assert cr.diff(run, other, tolerance=1e-9).equal  # float64, 20 steps
    found = cr.diff(run, other, tolerance=0)
    assert found.equal or found.parting.stage in ("new parameter", "memory")
    assert cr.diff(run, _fit(dtype="float32"), tolerance=1e-3).equal
    assert cr.diff(run, _fit(dtype="float32"), tolerance=1e-12).parting.step == 0


def test_what_is_shown(run):
    text = cr.diff(run, _fit(optimizer=cr.Adam(0.02)), names=("slow", "fast")).to_text()
    assert text == (
        "Diff  slow and fast\n\n"
        "  They part in step 1, at learning_rate: 0.01 in slow, 0.02 in fast, which is 0.01 apart.\n\n"
        "Set differently\n"
        "  setting        slow  fast\n"
        "  learning_rate  0.01  0.02\n\n"
        "All numbers that were computed before that are equal, bit by bit."
    )


def _message(a, b, **options):
    with pytest.raises(cr.ChainruleError) as caught:
        cr.diff(a, b, **options)
    return str(caught.value)


def test_mistakes_are_named(run, tmp_path):
    assert _message(run, _fit([cr.Dense(4, "tanh"), cr.Dense(1), cr.LayerNorm()]), names=("small", "large")) == (
        "diff needs two trainings of one architecture. Here nothing in small stands where large has node 'layernorm1' "
        "(LayerNorm of 'dense2', output (1,))."
    )
    assert _message(run, run, tolerance=2) == "tolerance must be a number from 0 to below 1; got 2."
    assert _message(3, run) == "diff compares runs and trainers; got int first."
    assert _message(run, {"dense1.bias": [0.0] * 4}) == (
        "diff compares with a run, a trainer, or a list of parameters after each step, a mapping {name: array} for "
        "each; got dict."
    )
    assert _message(cr.load(run.save(tmp_path / "run")), run) == (
        "diff makes the training again from its rows, and a run that was loaded has none. Pass those it was trained "
        "on: run.with_data(X, y)."
    )


def test_mistakes_in_a_trajectory_are_named(run):
    assert _message(run, [{"dense1.wieght": np.zeros((3, 4))}]) == (
        "The trajectory has 'dense1.wieght' after step 1, which is no parameter of the network; there are "
        "'dense1.weight', 'dense1.bias', 'dense2.weight', 'dense2.bias'. Did you mean 'dense1.weight'?"
    )
    assert _message(run, [{"dense1.weight": np.zeros((4, 3))}]) == (
        "'dense1.weight' has shape (4, 3) in the trajectory after step 1, and (3, 4) in the network. Turn it: other "
        "libraries keep (outputs, inputs)."
    )
    assert _message(run, [[1.0]]) == ("What the trajectory has after step 1 must be a mapping {name: array}; got list.")


def test_a_loaded_run_is_the_run(run, tmp_path):
    loaded = cr.load(run.save(tmp_path / "run")).with_data(X, Y)
    assert cr.diff(loaded, run, tolerance=0).equal


def test_runs_without_steps_start_from_the_same_weights(run):
    found = cr.diff(_fit(epochs=0), _fit(epochs=0))
    assert str(found) == "Diff  a and b\n\nEqual in the weights they start from, bit by bit."


def _torch(trainer, make_step):
    """A training loop of PyTorch's on the same rows in the same order; what it has after each step."""
    import torch

    first = {
        name: torch.tensor(np.array(array))
        for name, array in trainer.plan.network.trained(trainer.state_at(0).params, {}).params.items()
    }
    layers = torch.nn.Linear(3, 4, dtype=torch.float64), torch.nn.Linear(4, 1, dtype=torch.float64)
    with torch.no_grad():
        for place, layer in enumerate(layers, 1):
            layer.weight.copy_(first[f"dense{place}.weight"].T)
            layer.bias.copy_(first[f"dense{place}.bias"])
    module = torch.nn.Sequential(layers[0], torch.nn.Tanh(), layers[1])
    parameters = [layers[0].weight, layers[0].bias, layers[1].weight, layers[1].bias]
    update = make_step(parameters)
    x, y = torch.tensor(X), torch.tensor(Y)[:, None]
    for step in range(trainer.steps_done):
        rows = torch.tensor(np.array(trainer.plan.batch_rows(step), dtype=np.int64))
        module.zero_grad()
        torch.nn.functional.mse_loss(module(x[rows]), y[rows]).backward()
        update(step + 1)
        yield {
            f"dense{place}.{kind}": array.detach().numpy().T.copy()
            for place, layer in enumerate(layers, 1)
            for kind, array in (("weight", layer.weight), ("bias", layer.bias))
        }


def _own_adam(parameters, *, inside=False, corrected=True, decay=0.0, coupled=False):
    """Adam as people write it, with what they get wrong."""
    import torch

    m, v = ([torch.zeros_like(each) for each in parameters] for _ in range(2))

    def update(count):
        with torch.no_grad():
            for place, each in enumerate(parameters):
                slope = each.grad + (decay * each if coupled else 0)
                m[place] = 0.9 * m[place] + 0.1 * slope
                v[place] = 0.999 * v[place] + 0.001 * slope * slope
                first, second = m[place], v[place]
                if corrected:
                    first, second = first / (1 - 0.9**count), second / (1 - 0.999**count)
                root = (second + 1e-8).sqrt() if inside else second.sqrt() + 1e-8
                each -= 0.01 * first / root
                if decay and not coupled:
                    each -= 0.01 * decay * each

    return update


@pytest.mark.peers
def test_pytorch_itself_is_equal(run):
    import torch

    def make_step(parameters):
        optimizer = torch.optim.Adam(parameters, lr=0.01)
        return lambda _: optimizer.step()

    found = cr.diff(run, _torch(run.trainer, make_step), tolerance=1e-9, names=("chainrule", "torch"))
    assert (found.equal, found.steps) == (True, 20)
    assert "Equal over 20 steps: numbers differ by at most" in str(found)
    assert cr.diff(run, list(_torch(run.trainer, lambda p: _own_adam(p))), tolerance=1e-9).equal


@pytest.mark.peers
def test_no_bias_correction_shows_in_the_first_step_size(run):
    found = cr.diff(run, _torch(run.trainer, lambda p: _own_adam(p, corrected=False)), names=("chainrule", "torch"))
    assert _where(found) == (1, "new parameter", "dense1.weight[0, 0]")
    numbers = dict(zip(found.parts.names, zip(found.parts.a, found.parts.b, strict=True), strict=True))
    ours, theirs = numbers["step_size"]
    # m is 0.1 g and v is 0.001 g²: without the corrections the step is 0.1 / √0.001 times as large.
    assert theirs / ours == pytest.approx(0.1 / 0.001**0.5, rel=1e-4)
    assert numbers["old"][0] == pytest.approx(numbers["old"][1], rel=1e-15)


@pytest.mark.peers
def test_epsilon_inside_the_root(run):
    found = cr.diff(run, _torch(run.trainer, lambda p: _own_adam(p, inside=True)), tolerance=1e-10)
    assert _where(found)[:2] == (1, "new parameter")
    numbers = dict(zip(found.parts.names, found.parts.a, strict=True))
    expected = 0.01 * numbers["m_hat"] / np.sqrt(numbers["v_hat"] + 1e-8)
    theirs = dict(zip(found.parts.names, found.parts.b, strict=True))["step_size"]
    assert theirs == pytest.approx(expected, rel=1e-6)
    assert cr.diff(run, _torch(run.trainer, lambda p: _own_adam(p, inside=True)), tolerance=1e-3).equal


@pytest.mark.peers
def test_weight_decay_in_the_slope_is_not_adamw():
    run = _fit(optimizer=cr.AdamW(0.01, weight_decay=0.1))
    assert cr.diff(run, _torch(run.trainer, lambda p: _own_adam_w(p)), tolerance=1e-9).equal
    found = cr.diff(run, _torch(run.trainer, lambda p: _own_adam(p, decay=0.1, coupled=True)))
    assert _where(found) == (1, "new parameter", "dense1.weight[0, 0]")
    assert "The step of dense1.weight[0, 0]" in str(found)


def _own_adam_w(parameters):
    import torch

    optimizer = torch.optim.AdamW(parameters, lr=0.01, weight_decay=0.1)
    return lambda _: optimizer.step()
