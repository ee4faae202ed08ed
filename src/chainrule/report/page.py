"""The page: everything about a run in one HTML file that needs nothing from outside."""

from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.errors import FileError
from chainrule.format import clip, count, esc
from chainrule.report.charts_classes import class_figures
from chainrule.report.charts_numbers import number_figures
from chainrule.report.data_part import data_part
from chainrule.report.diagnosis_part import alarm, diagnosis_of, diagnosis_part
from chainrule.report.example_part import example_part
from chainrule.report.markup import grid, section
from chainrule.report.material import Material, material_of
from chainrule.report.network_part import network_part
from chainrule.report.scores_part import scores_part
from chainrule.report.summary import summary
from chainrule.report.training_part import training_part

if TYPE_CHECKING:
    from chainrule.runs.run import Run

_STYLE = Path(__file__).with_name("style.css")
_CONTENTS = (
    ("scores", "How good it is"),
    ("answers", "Right and wrong"),
    ("data", "What it learned from"),
    ("training", "How it learned"),
    ("diagnosis", "What ails it"),
    ("network", "The network"),
    ("example", "One prediction"),
)


def write_report(run: "Run", path: str | Path) -> Path:
    """Write the report of a run as one HTML file, whole or not at all.

    >>> import tempfile
    >>> from chainrule.network import Dense, Network
    >>> from chainrule.runs import fit
    >>> run = fit(Network([Dense(1)]), [[0.0], [1.0]], [1.0, 3.0], epochs=1)
    >>> write_report(run, Path(tempfile.mkdtemp()) / "report.html").name
    'report.html'

    Raises:
        FileError: the file cannot be written.
    """
    from chainrule.training.checkpoint import write_file

    file = Path(path)
    content = render_report(run).encode()
    try:
        write_file(file, content)
    except OSError as error:
        raise FileError(f"The report could not be written to {file}: {error}", path=file) from None
    return file


def render_report(run: "Run") -> str:
    """The report of a run as HTML.

    >>> from chainrule.network import Dense, Network
    >>> from chainrule.runs import fit
    >>> run = fit(Network([Dense(1)]), [[0.0], [1.0]], [1.0, 3.0], epochs=1)
    >>> render_report(run).startswith("<!doctype html>")
    True
    """
    material, diagnosis = material_of(run), diagnosis_of(run)
    parts = [
        scores_part(material),
        _answers_part(material),
        data_part(run),
        training_part(run),
        diagnosis_part(diagnosis),
        network_part(run, material),
        example_part(run),
    ]
    body = "".join(parts)
    contents = "".join(f'<a href="#{name}">{title}</a>' for name, title in _CONTENTS if f'<section id="{name}"' in body)
    name, style = esc(clip(_title(run), 80)), _STYLE.read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{name} · chainrule</title><style>{style}</style></head>\n<body>"
        f"{_header(run, material, alarm(diagnosis))}<nav aria-label='Contents'>{contents}</nav>\n<main>{body}</main>\n"
        f"{_footer()}</body></html>\n"
    )


def _title(run: "Run") -> str:
    return f"Predicting {run.facts['target']}" if run.facts else "A network and its training"


def _header(run: "Run", material: Material, found: str) -> str:
    title = f"Predicting <em>{esc(clip(run.facts['target'], 60))}</em>" if run.facts else esc(_title(run))
    source = f"learned from {esc(clip(run.facts['source'], 90))}" if run.facts else "trained on arrays"
    return (
        f'<header><p class="eyebrow">chainrule report · {source}</p><h1>{title}</h1>'
        f'<p class="lead">{summary(material)}</p>{found}</header>'
    )


def _answers_part(material: Material) -> str:
    figures = class_figures(material) if material.task == "classification" else number_figures(material)
    if not figures:
        return ""
    shown = len(material.answers.truth) if material.answers is not None else material.judged_rows
    intro = ""
    if shown < material.judged_rows:
        intro = (
            f"Pictures show {count(shown, 'row')}, evenly chosen from the {material.judged_rows:,} {material.judged}."
        )
    return section("answers", "Where it is right, and where not", grid(*figures), intro=intro)


def _footer() -> str:
    from chainrule import __version__

    return (
        f"<footer><p>Made by chainrule {__version__}. Every number on this page is one of the run’s own: the functions "
        "that trained the network computed it. The page needs no connection and loads nothing.</p></footer>"
    )
