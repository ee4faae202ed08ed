"""How good it is: metrics beside baselines, the best of each marked."""

from chainrule.format import esc
from chainrule.report.figures import HIGHER_IS_BETTER, MEANINGS, NAMES, metric_text
from chainrule.report.markup import figure, grid, section, table
from chainrule.report.material import Material
from chainrule.report.summary import best_values, chance, verdict

_UP, _DOWN = ("higher is better", " ↑"), ("lower is better", " ↓")


def scores_part(material: Material) -> str:
    """The whole part; empty where nothing was measured."""
    if not material.metrics:
        return ""
    intro = " ".join(filter(None, (verdict(material), chance(material))))
    first = next((name for name in material.metrics if name in HIGHER_IS_BETTER), "")
    bars = _bars(material, first) if material.baselines and first else ""
    return section("scores", "How good it is", grid(_table(material), bars), intro=intro)


def _table(material: Material) -> str:
    names = list(material.metrics)
    best = best_values(material)
    head = ["model", *(_head(name) for name in names)]

    def cells(metrics: object, mark: bool) -> list[str]:
        found = dict(metrics) if isinstance(metrics, dict) else {}
        texts = {name: metric_text(name, found.get(name)) for name in names}
        return [
            f'<td class="best">{text} <span class="mark" title="best" aria-label="best">●</span></td>'
            if mark and best.get(name) == text
            else f"<td>{text}</td>"
            for name, text in texts.items()
        ]

    rows = [["<strong>network</strong>", *cells(dict(material.metrics), True)]]
    rows += [[esc(name), *cells(dict(metrics), True)] for name, metrics in material.baselines.items()]
    if material.learned:
        rows.append(
            ['<span class="muted">network, on rows it learned from</span>', *cells(dict(material.learned), False)]
        )
    title = f"{material.judged_rows:,} {material.judged}"
    note = "● best." if material.baselines else ""
    note += " Baselines learn from all other rows, and are judged on these." if material.baselines else ""
    return figure(title, table(head, rows, label="Metrics", kind="numbers metrics"), note.strip())


def _head(name: str) -> str:
    side, arrow = ("", "") if name not in HIGHER_IS_BETTER else _UP if HIGHER_IS_BETTER[name] else _DOWN
    hint = ", ".join(filter(None, (MEANINGS.get(name, ""), side)))
    return f'<abbr title="{esc(hint)}">{esc(NAMES.get(name, name))}{arrow}</abbr>'


def _bars(material: Material, metric: str) -> str:
    """The first metric of every model as bars from 0."""
    values = {"network": material.metrics[metric]}
    values |= {name: each[metric] for name, each in material.baselines.items() if metric in each}
    longest = max([1.0 if HIGHER_IS_BETTER[metric] else 0.0, *(abs(value) for value in values.values())]) or 1.0
    rows = "".join(
        f'<div class="model{" own" if name == "network" else ""}"><span>{esc(name)}</span>'
        f'<i style="--share:{max(value, 0) / longest:.4f}"></i><b>{metric_text(metric, value)}</b></div>'
        for name, value in values.items()
    )
    which = "longer" if HIGHER_IS_BETTER[metric] else "shorter"
    return figure(
        NAMES.get(metric, metric),
        f'<div class="bars">{rows}</div>',
        f"{MEANINGS[metric].capitalize()}; {which} is better.",
    )
