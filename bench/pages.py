"""How long a person waits for a page: the first worksheet of a large network, and each explanation in a browser.

    python bench/pages.py [--rounds N] [--json FILE]

The first worksheet is made in a fresh process each time, from a network that is there (1 million parameters) to its
text, so that whatever is imported on the way counts; the second one in the same process shows what the work alone
takes. Pages are opened by Chromium, a fresh one each time; the figure is the browser's own, from the start of the
navigation until the page was loaded and laid out. Medians, and the slowest.
"""

import argparse
import json
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

FIRST, OPEN = 1.0, 2.0
"""Seconds that the first worksheet and the opening of a page may take."""
CHILD = """
import json, time
import numpy as np
import chainrule as cr
rng = np.random.default_rng(0)
sizes = (99, 1000, 900, 1)
network = cr.Network([cr.Dense(1000, "relu"), cr.Dense(900, "relu"), cr.Dense(1)], loss="mse").set({
    f"dense{k}.{kind}": rng.normal(size=shape) / 30
    for k, (i, o) in enumerate(zip(sizes, sizes[1:]), 1) for kind, shape in (("weight", (i, o)), ("bias", (o,)))
})
x, y = rng.normal(size=(1, 99)), np.ones(1)
times = []
for _ in range(2):
    began = time.perf_counter()
    sheet = network.trace(x, y).worksheet()
    sheet.to_text()
    times.append(time.perf_counter() - began)
    sheet.to_html()
    times.append(time.perf_counter() - began)
print(json.dumps(times))
"""
SCRIPT = (
    "<script>addEventListener('load', () => { document.body.getBoundingClientRect(); "
    "document.body.dataset.ms = performance.now(); });</script></body>"
)
CHROMIUM = (
    "chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --dump-dom"
)


def pages() -> dict[str, str]:
    """Every kind of explanation, of the penguins or of a large network."""
    import numpy as np

    import chainrule as cr
    from chainrule.report import render_report

    table = Path(__file__).parent.parent / "examples" / "penguins.csv"
    settings = {"epochs": 20, "baselines": False, "engine": "numpy", "progress": False}
    run, other = (cr.fit_table(table, "species", seed=seed, **settings) for seed in (0, 1))
    trace = run.trace(table)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 99))
    large = cr.fit(
        cr.Network([cr.Dense(1000, "relu"), cr.Dense(900, "relu"), cr.Dense(1)], loss="mse"),
        x,
        x[:, 0],
        epochs=1,
        engine="numpy",
        progress=False,
    ).trace(x, x[:, 0])
    shown = {
        "worksheet, 1 million parameters, 300 rows": large.worksheet(17),
        "worksheet, penguins": trace.worksheet(16),
        "derivation, 344 rows": trace.derivation("dense2.bias[0]"),
        "derivation by layers, 1 million parameters": large.derivation("input[0]", "prediction[0]", row=0),
        "steps": run.steps("dense1.bias[0]"),
        "ledger": run.ledger("dense1.bias[0]"),
        "landscape": run.landscape(),
        "effects": run.effects(),
        "difference": cr.diff(run, other),
        "diagnosis": run.diagnose(progress=False),
    }
    return {name: each.to_html(whole=True) for name, each in shown.items()} | {"report": render_report(run)}


def seconds_to_open(page: Path) -> float:
    """What a new Chromium says of one page."""
    with tempfile.TemporaryDirectory() as profile:
        command = [*CHROMIUM.split(), f"--user-data-dir={profile}", page.as_uri()]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
    found = re.search(r'data-ms="([\d.]+)"', done.stdout)
    if found is None:
        raise RuntimeError(f"{page} was not loaded: {done.stderr[-500:]}")
    return float(found[1]) / 1e3


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure here")
    given = parser.parse_args()

    import chainrule as cr

    print(f"chainrule {cr.__version__}, Python {platform.python_version()}, {platform.platform()}")
    children = [
        json.loads(subprocess.run([sys.executable, "-c", CHILD], capture_output=True, check=True).stdout)
        for _ in range(given.rounds)
    ]
    names = ("first worksheet as text", "and as HTML", "second worksheet as text", "and as HTML ")
    results = {name: list(times) for name, times in zip(names, zip(*children, strict=True), strict=True)}
    print(f"  {'a network of 1 million parameters':<46}{'median, s':>10}{'slowest, s':>12}")
    for name, times in results.items():
        print(f"  {name:<46}{statistics.median(times):>10.2f}{max(times):>12.2f}")
    slowest = max(results[names[0]])
    print(f"  the first worksheet in under {FIRST:g} s: {'reached' if slowest < FIRST else 'missed'}")

    print(f"  {'page':<46}{'median, s':>10}{'slowest, s':>12}{'bytes':>12}")
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, html in pages().items():
            page = Path(folder) / "page.html"
            page.write_text(html.replace("</body>", SCRIPT), encoding="utf-8")
            times = results[f"page: {name}"] = [seconds_to_open(page) for _ in range(given.rounds)]
            print(f"  {name:<46}{statistics.median(times):>10.2f}{max(times):>12.2f}{len(html.encode()):>12,}")
            worst = max(worst, *times)
    print(f"  every page in under {OPEN:g} s: {'reached' if worst < OPEN else 'missed'} (slowest {worst:.2f} s)")
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
