"""How good it is: metrics beside baselines, the best of each marked."""

from collections.abc import Mapping

from chainrule.format import esc
from chainrule.report.markup import figure, grid, section, table
from chainrule.report.material import Material
from chainrule.report.summary import NETWORK, best_models, chance, few_rows, verdict
from chainrule.runs.metrics import METRICS

_UP, _DOWN = ("higher is better", " ↑"), ("lower is better", " ↓")


def scores_part(material: Material) -> str:
    """The whole part; empty where nothing was measured."""
    if not material.metrics:
        return ""
    intro = " ".join(filter(None, (verdict(material), chance(material), few_rows(material))))
    first = next((name for name in material.metrics if name in METRICS), "")
    bars = _bars(material, first) if material.baselines and first else ""
    return section("scores", "How good it is", grid(_table(material), bars), intro=intro)


def _table(material: Material) -> str:
    names = list(material.metrics)
    best = {name: best_models(material, name) for name in names}
    head = ["model", *(_head(name) for name in names)]

    def cells(model: str, metrics: Mapping[str, float]) -> list[str]:
        texts = {name: material.written(name, metrics.get(name)) for name in names}
        return [
            f'<td class="best">{text} <span class="mark" title="best" aria-label="best">●</span></td>'
            if model in best[name]
            else f"<td>{text}</td>"
            for name, text in texts.items()
        ]

    rows = [[f"<strong>{NETWORK}</strong>", *cells(NETWORK, material.metrics)]]
    rows += [[esc(name), *cells(name, metrics)] for name, metrics in material.baselines.items()]
    if material.learned:
        rows.append(['<span class="muted">network, on rows it learned from</span>', *cells("", material.learned)])
    title = f"{material.judged_rows:,} {material.judged}"
    note = "● best." if material.baselines else ""
    note += " Baselines learn from all other rows, and are judged on these." if material.baselines else ""
    return figure(title, table(head, rows, label="Metrics", kind="numbers metrics"), note.strip())


def _head(name: str) -> str:
    metric = METRICS.get(name)
    if metric is None:
        return esc(name)
    side, arrow = _UP if metric.higher_is_better else _DOWN
    return f'<abbr title="{esc(f"{metric.meaning}, {side}")}">{esc(metric.heading)}{arrow}</abbr>'


def _bars(material: Material, metric: str) -> str:
    """The first metric of every model as bars from 0."""
    values = {NETWORK: material.metrics[metric]}
    values |= {name: each[metric] for name, each in material.baselines.items() if metric in each}
    longest = max([1.0 if METRICS[metric].higher_is_better else 0.0, *(abs(value) for value in values.values())]) or 1.0
    rows = "".join(
        f'<div class="model{" own" if name == NETWORK else ""}"><span>{esc(name)}</span>'
        f'<i style="--share:{max(value, 0) / longest:.4f}"></i><b>{material.written(metric, value)}</b></div>'
        for name, value in values.items()
    )
    which = "longer" if METRICS[metric].higher_is_better else "shorter"
    return figure(
        METRICS[metric].heading,
        f'<div class="bars">{rows}</div>',
        f"{METRICS[metric].meaning.capitalize()}; {which} is better.",
    )
