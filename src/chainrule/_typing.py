"""Shape annotations: free at run time, checked in tests.

``Float[Array, "n i"]`` says what stands in a docstring's shape line. With ``CHAINRULE_CHECK_SHAPES`` set in the
environment (the tests set it) they are jaxtyping's, otherwise they cost nothing and need no package.
"""

import os
from typing import TYPE_CHECKING, Any, TypeAlias

Array: TypeAlias = Any
"""An array of any namespace that follows the array API standard."""

if TYPE_CHECKING:
    from typing import Annotated as Bool, Annotated as Float, Annotated as Int, Annotated as Num, Annotated as UInt
elif os.environ.get("CHAINRULE_CHECK_SHAPES"):
    from jaxtyping import Bool, Float, Int, Num, UInt
else:

    class _Unchecked:
        def __class_getitem__(cls, _item: object) -> Any:
            return Any

    Bool = Float = Int = Num = UInt = _Unchecked

__all__ = ["Array", "Bool", "Float", "Int", "Num", "UInt"]
