import io
import json
import math
from dataclasses import dataclass

import pytest
from rich.console import Console

from chainrule.explain import Column, Document, Picture, Section, Shown, Table


@dataclass(frozen=True, repr=False)
class Prices(Shown):
    """What the tests show."""

    euros: tuple[float, ...]

    def document(self):
        table = Table((Column("euros"),), tuple((each,) for each in self.euros))
        return Document("Prices", "of bags", (Section("prices", "", (table,)),))


PRICES = Prices((0.125, 2.0))
TEXT = "Prices  of bags\n\n  euros\n  0.125\n  2.000"


def test_text_is_what_print_shows():
    assert str(PRICES) == repr(PRICES) == PRICES.to_text() == TEXT


def test_digits_and_comma_can_be_asked_for():
    assert PRICES.to_text(decimals=1, comma=True).endswith("  0,1\n    2,0")
    assert ">0,12<" in PRICES.to_html(decimals=2, comma=True)


def test_a_notebook_gets_what_it_asks_for():
    bundle = PRICES._repr_mimebundle_()
    assert bundle["text/plain"] == TEXT
    assert bundle["text/html"] == PRICES.to_html()
    assert bundle["text/latex"] == PRICES.to_latex()
    assert set(bundle) == {"text/plain", "text/html", "text/latex"}
    assert list(PRICES._repr_mimebundle_(include=["text/html"])) == ["text/html"]
    assert "text/html" not in PRICES._repr_mimebundle_(exclude=["text/html"])


@dataclass(frozen=True, repr=False)
class Drawn(Shown):
    """An explanation that is a picture."""

    pictures: int = 1

    def document(self):
        return Document("Loss", "", (Section("loss", "", (Picture("<svg/>", "It falls."),) * self.pictures),))


def test_what_is_one_picture_is_a_picture_in_a_notebook():
    assert Drawn()._repr_mimebundle_()["image/svg+xml"] == "<svg/>"
    assert "image/svg+xml" not in Drawn(2)._repr_mimebundle_()


def test_a_terminal_shows_the_text():
    console = Console(width=90, record=True, force_terminal=True, file=io.StringIO())
    console.print(PRICES)
    assert [line.rstrip() for line in console.export_text(styles=False).splitlines()] == TEXT.splitlines()


def test_json_has_numbers_in_full_and_null_for_what_is_none():
    shown = Prices((1 / 3, math.nan, math.inf))
    data = json.loads(shown.to_json())
    assert data["sections"][0]["lines"][0]["rows"] == [[1 / 3], [None], [None]]
    assert data["title"] == "Prices"


def test_an_explanation_has_to_say_what_its_document_is():
    with pytest.raises(TypeError, match="abstract"):
        Shown()
