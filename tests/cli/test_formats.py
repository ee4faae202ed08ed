"""An explanation as the result of a command."""

from pathlib import Path

import pytest

from chainrule.cli.formats import form_of
from chainrule.errors import FileError, InputError


@pytest.mark.parametrize(
    ("form", "output", "json", "expected"),
    [
        (None, None, False, "text"),
        (None, None, True, "json"),
        ("latex", None, True, "json"),
        (None, "a.HTML", False, "html"),
        (None, "a.md", False, "markdown"),
        (None, "a.txt", False, "text"),
        ("latex", "a.md", False, "latex"),
    ],
)
def test_the_format_is_the_one_asked_for_else_the_files(form, output, json, expected):
    assert form_of(form, None if output is None else Path(output), json=json) == expected


def test_an_ending_that_is_not_known_is_refused():
    with pytest.raises(InputError) as caught:
        form_of(None, Path("sheet.pdf"), json=False)
    assert str(caught.value) == (
        "sheet.pdf: an explanation cannot be written as '.pdf'. Choose one of .txt, .html, .htm, .tex, .md, .json, "
        "or say what to write: --format."
    )
    assert form_of("text", Path("sheet.pdf"), json=False) == "text"


def test_a_file_that_is_there_is_refused_unless_it_is_forced(tmp_path):
    there = tmp_path / "sheet.md"
    there.touch()
    for json in (False, True):
        with pytest.raises(FileError) as caught:
            form_of(None, there, json=json)
        assert str(caught.value) == (
            f"{there} is there already and is left as it is. Choose another name, or pass --force."
        )
    assert form_of(None, there, json=False, force=True) == "markdown"
