import numpy as np

from chainrule.activations import Linear
from oracles import ENGINES

Z = np.array([[-2.0, 0.0, 3.0]])


@ENGINES
def test_by_hand(engine):
    activation = Linear()
    np.testing.assert_array_equal(engine.run(activation.forward, Z), Z)
    np.testing.assert_array_equal(engine.run(activation.slope, Z, Z), [[1.0, 1.0, 1.0]])
    np.testing.assert_array_equal(engine.run(activation.backward, Z, Z, 5 * Z), 5 * Z)
