"""How the page looks: calm and typographic, light and dark, on paper, on a phone and on a projector."""

STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #1f2328; --soft: #5b636e; --rule: #e2ded5;
  --accent: #1f5fa8; --tint: 31 95 168; --wrong: 200 83 28; --c1: #1f5fa8; --c2: #c8531c; --c3: #2f7d4f; --c4: #7a4fa3;
  --c5: #8a6d00; --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", "Source Serif 4", Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181c; --card: #1c2026; --ink: #e7e4de; --soft: #a2a9b3;
  --rule: #333941; --accent: #82b7f2; --tint: 110 170 240; --wrong: 240 146 92; --c1: #79b4f2; --c2: #f0925c; --c3: #72c795;
  --c4: #c3a0ec; --c5: #d9bd56; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0 auto; padding: 0 clamp(1rem, 4vw, 3rem) 4rem; max-width: 78rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 var(--sans); font-variant-numeric: tabular-nums; }
header { padding: clamp(2.5rem, 7vw, 5.5rem) 0 1.6rem; max-width: 56rem; }
.eyebrow { margin: 0 0 .8rem; color: var(--soft); font-size: .86rem; letter-spacing: .02em; overflow-wrap: anywhere; }
h1 { margin: 0 0 1.1rem; font: 400 clamp(2.2rem, 5.2vw, 3.9rem)/1.08 var(--serif); letter-spacing: -.015em; overflow-wrap: anywhere; }
h1 em { color: var(--accent); }
.lead { margin: 0; font: 400 clamp(1.2rem, 2.1vw, 1.6rem)/1.45 var(--serif); overflow-wrap: anywhere; }
.lead strong { font-weight: 700; color: var(--accent); white-space: nowrap; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; padding: .75rem 0; border-block: 1px solid var(--rule); font-size: .92rem; }
nav a { color: var(--soft); text-decoration: none; }
nav a:hover, nav a:focus-visible { color: var(--accent); text-decoration: underline; }
section { padding-top: 3.4rem; }
h2 { margin: 0 0 .5rem; font: 400 clamp(1.6rem, 3vw, 2.15rem)/1.2 var(--serif); letter-spacing: -.01em; }
.intro { margin: 0 0 1.2rem; max-width: 50rem; color: var(--ink); font-size: 1.04rem; overflow-wrap: anywhere; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1.4rem; align-items: stretch; }
h2 + .grid, h2 + figure { margin-top: 1.1rem !important; }
figure { margin: 0; padding: 1.1rem 1.25rem 1.15rem; background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  min-width: 0; break-inside: avoid; }
figure.wide { margin-top: 1.4rem; }
.intro + figure.wide { margin-top: 0; }
figcaption { margin-bottom: .7rem; font-weight: 600; }
.note { margin: .75rem 0 0; color: var(--soft); font-size: .86rem; line-height: 1.5; }
.muted, .empty { color: var(--soft); font-weight: 400; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
figure table { border-collapse: collapse; width: 100%; font-size: .92rem; }
figure th, figure td { padding: .42rem .75rem .42rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: baseline; }
figure tr > :last-child { padding-right: 0; }
figure tbody tr:last-child > * { border-bottom: 0; }
figure thead th { color: var(--soft); font-weight: 500; font-size: .84rem; white-space: nowrap; }
figure tbody th { font-weight: 500; overflow-wrap: anywhere; }
abbr { text-decoration: none; cursor: help; }
table.numbers td, table.numbers thead th:not(:first-child), td.count { text-align: right; white-space: nowrap; }
table.columns thead th:nth-child(n+5), table.plain thead th:nth-child(n+5) { text-align: right; }
td.best { font-weight: 700; } .mark { color: var(--accent); font-size: .7em; vertical-align: .15em; }
td.words { color: var(--soft); min-width: 14rem; }
.role.target { color: var(--accent); font-weight: 600; } .role.left-out { color: var(--soft); font-style: italic; } .role { white-space: nowrap; }
.columns th[scope=row] { min-width: 7rem; }
.notes { margin: 1rem 0 0; padding-left: 1.1rem; color: var(--soft); font-size: .92rem; }
table.confusion { width: auto; min-width: 60%; border-collapse: separate; border-spacing: 3px; }
table.confusion th, table.confusion td { border: 0; padding: .5rem .6rem; }
table.confusion th[scope=row] { padding-left: 0; white-space: nowrap; }
table.confusion td { text-align: center; min-width: 3rem; border-radius: 5px; }
table.confusion td.hit { background: rgb(var(--tint) / calc(.07 + .38 * var(--share))); font-weight: 600; }
table.confusion td.miss { background: rgb(var(--wrong) / calc(.6 * var(--share))); }
table.confusion td.none { color: var(--soft); font-weight: 400; }
table.confusion td.margin, table.confusion tr:last-child th { color: var(--soft); font-size: .84rem; font-weight: 400; }
table.confusion thead th { text-align: center; } table.confusion thead th:first-child { text-align: left; }
svg.plot { display: block; width: 100%; height: auto; max-height: 30rem; font-family: var(--sans); }
.plot text { fill: var(--soft); font-size: 12.5px; } .plot .remark { fill: var(--ink); }
.plot .rule { stroke: var(--rule); } .plot .axis, .plot .tick { stroke: var(--soft); stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; } .plot .chance { stroke: var(--soft); stroke-dasharray: 4 4; }
.plot .whisker { stroke: var(--c1); stroke-width: 1.4; stroke-opacity: .6; }
.line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); stroke-dasharray: 7 3; } .line.c3 { stroke: var(--c3); stroke-dasharray: 2 3; }
.line.c4 { stroke: var(--c4); stroke-dasharray: 10 3 2 3; } .line.c5 { stroke: var(--c5); stroke-dasharray: 14 4; }
.point { fill: var(--c1); fill-opacity: .55; stroke: var(--card); stroke-width: .8; } .point.c2 { fill: var(--c2); fill-opacity: 1; }
.dots { fill: none; stroke: var(--c1); stroke-width: 4; stroke-linecap: round; stroke-opacity: .3; }
.bar { fill: var(--c1); fill-opacity: .75; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0 0 .5rem; color: var(--soft); font-size: .88rem; }
.legend span { display: inline-flex; align-items: center; gap: .45rem; white-space: pre; } .key { width: 26px; height: 10px; }
.bars { display: grid; gap: .85rem; padding: .3rem 0; }
.model { display: grid; grid-template-columns: minmax(6.5rem, 10rem) 1fr 4.6rem; gap: .8rem; align-items: center; font-size: .92rem; }
.model i { display: block; height: .85rem; border-radius: 3px; width: max(calc(100% * var(--share)), 2px); background: rgb(var(--tint) / .28); }
.model.own i { background: var(--accent); } .model.own { font-weight: 600; } .model b { text-align: right; font-weight: inherit; }
.split { display: flex; gap: 4px; }
.split .part { flex: 1 1 0; min-width: 5.5rem; padding: .65rem .8rem; border-radius: 6px; background: rgb(var(--tint) / .12); line-height: 1.35; }
.split .part b { display: block; font: 400 1.5rem/1.2 var(--serif); } .split .part span { display: block; font-size: .88rem; }
.split .part small { color: var(--soft); } .split .train { background: rgb(var(--tint) / .26); } .split .test { background: rgb(var(--wrong) / .2); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: .1rem 1.6rem; margin: 0; font-size: .92rem; }
dl div { display: grid; grid-template-columns: minmax(6.5rem, 38%) 1fr; gap: .8rem; padding: .32rem 0; border-bottom: 1px solid var(--rule); }
dl.cells div { display: block; border: 0; } dl.cells { grid-template-columns: repeat(auto-fill, minmax(min(100%, 9.5rem), 1fr)); }
dl.cells dt { font-size: .84rem; }
.grid dl { grid-template-columns: 1fr; } dt { color: var(--soft); overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; }
dd small { color: var(--soft); }
.picture svg { display: block; margin: 0 auto; }
details { margin-top: 1rem; } summary { cursor: pointer; }
section > details > summary, figure > details > summary { color: var(--accent); font-weight: 600; padding: .5rem 0; }
.cr-worksheet { margin-top: 1.4rem; max-width: none !important; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: .86rem; max-width: none; }
@media (max-width: 34rem) { .split { flex-direction: column; } figure { padding: .9rem; } table.confusion th, table.confusion td { padding: .4rem; min-width: 2.2rem; }
  .model { grid-template-columns: 6.5rem 1fr 4rem; } }
@media print { :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #ccc; --accent: #1f5fa8; --tint: 31 95 168; --wrong: 200 83 28;
  --c1: #1f5fa8; --c2: #c8531c; --c3: #2f7d4f; --c4: #7a4fa3; --c5: #8a6d00; color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; } nav { display: none; } section { padding-top: 1.6rem; } h2 { break-after: avoid; }
  .scroll { overflow: visible; } .picture svg { max-width: 100%; height: auto; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
