import pytest

from chainrule.errors import InputError, InputTypeError
from chainrule.losses import Huber, get_loss, loss_names

NAMES = (
    *("ssr", "mse", "mae", "huber", "log_cosh", "binary_cross_entropy", "binary_cross_entropy_from_logits"),
    *("cross_entropy", "cross_entropy_from_logits", "quantile", "poisson", "poisson_from_log"),
)


def test_every_name_is_there():
    assert loss_names() == NAMES
    assert [get_loss(name).name for name in NAMES] == list(NAMES)
    assert all(get_loss(name).formula and type(get_loss(name)).__doc__ for name in NAMES)


def test_a_loss_comes_back_as_it_is():
    loss = Huber(0.5)
    assert get_loss(loss) is loss


def test_unknown_name():
    with pytest.raises(InputError) as caught:
        get_loss("cross_entropie")
    assert str(caught.value) == (
        "There is no loss 'cross_entropie'; there are 'binary_cross_entropy', 'binary_cross_entropy_from_logits', "
        "'cross_entropy', 'cross_entropy_from_logits', 'huber', 'log_cosh', 'mae', 'mse', 'poisson', "
        "'poisson_from_log', 'quantile', 'ssr'. Did you mean 'cross_entropy'?"
    )


@pytest.mark.parametrize(("given", "shown"), [(None, "None of type NoneType"), (Huber, f"{Huber!r} of type type")])
def test_neither_a_name_nor_a_loss(given, shown):
    with pytest.raises(InputTypeError) as caught:
        get_loss(given)
    assert str(caught.value) == (
        f"A loss is given by its name, such as 'mse', or as an object, such as Huber(0.5); got {shown}."
    )


def test_which_losses_sum():
    assert [name for name in NAMES if get_loss(name).sums] == ["ssr"]
