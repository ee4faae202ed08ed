"""Every explanation and the report, opened as pages in Chromium: all is on the page, and shown, and it opens."""

import json
import re
import subprocess
from html import escape, unescape

import numpy as np
import pytest

import chainrule as cr
from chainrule.report import render_report
from explain.networks import wide

CHROMIUM = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--dump-dom",
    "--window-size=1200,900",
]
DRIVER = """<!doctype html><meta charset="utf-8"><body>%s<script>
addEventListener("load", () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const body = frame.contentDocument.body, timing = frame.contentWindow.performance.timing;
    const free = frame.id.endsWith("phone") ? "svg, .cells, .picture" : "svg, .sheet, .scroll";
    const beyond = [...body.querySelectorAll("*")].filter(
      each => !each.closest(free) && each.getBoundingClientRect().right > frame.clientWidth + 1);
    const page = found[frame.id] = {
      high: body.scrollHeight, text: body.innerText, beyond: beyond.map(each => each.outerHTML.slice(0, 90)),
      ms: timing.domComplete - timing.navigationStart, folded: body.querySelectorAll("details.rest").length,
    };
    body.querySelectorAll("details").forEach(each => { each.open = true; });
    Object.assign(page, {opened: body.scrollHeight, all: body.innerText});
    frame.remove();
  }
  document.body.append(Object.assign(document.createElement("pre"), {textContent: JSON.stringify(found)}));
});
</script></body>"""
"""A page that holds the others, and tells what is to be seen on each."""


def runs():
    """Two trainings on one table that differ in one weight's start."""
    x = np.linspace(0, 10, 60)
    table = {"size": x, "shop": list("AB") * 30, "price": 3 * x + np.cos(x)}
    return [
        cr.fit_table(
            table, "price", epochs=2, hidden_layers=(30,), baselines=False, engine="numpy", seed=seed, progress=False
        )
        for seed in (0, 1)
    ]


def pages():
    """Each explanation as a page, with what has to be seen on it."""
    run, other = runs()
    trace = run.trace({"size": [2.5], "shop": ["B"], "price": [7.0]})
    shown = {
        "worksheet": (wide(units=900, rows=300).worksheet(299), "row 300 of 300"),
        "derivation": (trace.derivation("size", "prediction"), "∂price/∂size"),
        "by layers": (wide(units=90, rows=2).derivation("input[0]", "prediction[0]", row=1, most=9), "By layers"),
        "steps": (run.steps("dense2.bias[0]"), "step_size"),
        "ledger": (run.ledger("dense2.bias[0]"), "Everything above the last row adds up to it."),
        "landscape": (run.landscape(points=5), "loss"),
        "effects": (run.effects(intervals=None), "elasticity"),
        "diff": (cr.diff(run, other), "They part"),
        "diagnosis": (run.diagnose(progress=False), "Diagnosis"),
    }
    return {name: (each.to_html(whole=True), said) for name, (each, said) in shown.items()} | {
        "report": (render_report(run), "What it learned from")
    }


@pytest.mark.browser
def test_every_page_opens(tmp_path):
    """The worksheet and the report on a phone, too, where nothing but pictures and tables of numbers may be wider."""
    made = pages()
    made |= {f"{name} on a phone": made[name] for name in ("worksheet", "report")}
    frames = [
        f'<iframe id="{name}" style="width: {400 if "phone" in name else 1100}px; height: 800px; border: 0" '
        f'srcdoc="{escape(html)}"></iframe>'
        for name, (html, _) in made.items()
    ]
    page = tmp_path / "pages.html"
    page.write_text(DRIVER % "".join(frames), encoding="utf-8")
    command = [*CHROMIUM, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=100, check=True)
    found = json.loads(unescape(re.search("<pre>(.*)</pre>", done.stdout.decode(), re.DOTALL)[1]))
    assert list(found) == list(made)
    for name, page in found.items():
        print(f"{name}: {len(made[name][0]):,} bytes, {page['ms']:.0f} ms until it was there")
        assert made[name][1] in page["text"]
        assert page["high"] > 100
        assert page["beyond"] == []
    for name in ("worksheet", "ledger"):
        assert found[name]["folded"]
        assert found[name]["opened"] > found[name]["high"]
        assert len(found[name]["all"]) > len(found[name]["text"])
    assert "dense1.a[" in found["worksheet"]["text"]  # the names of terms, with nothing pointed at
    assert escape("<") not in found["report"]["text"]
