/** Style of the page: one column on a telephone, two where there is room; light and dark as the reader's system is. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #ffffff; --ink: #1d1c1a; --soft: #6b6760; --line: #e4e0d8;
  --learned: #0b7a6f; --plain: #b5651d; --wrong: #b3402f; --shade: rgba(11, 122, 111, .14); }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --card: #1c1f25; --ink: #ece9e2; --soft: #a19c92; --line: #30343c;
  --learned: #4cc7b6; --plain: #e2a25c; --wrong: #f08a76; --shade: rgba(76, 199, 182, .18); } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 16px 72px; }
h1 { font-size: clamp(1.7rem, 4.6vw, 2.6rem); line-height: 1.15; letter-spacing: -.02em; margin: 0 0 10px; }
h2 { font-size: 1.22rem; margin: 0 0 4px; }
p { margin: 0 0 12px; max-width: 68ch; }
.lead { color: var(--soft); font-size: 1.06rem; }
.note { color: var(--soft); font-size: .9rem; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 24px 0; padding: 0; list-style: none; }
.numbers li, section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
.numbers li { padding: 14px 16px; }
.numbers b { display: block; font-size: 1.75rem; line-height: 1.2; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.numbers .good b { color: var(--learned); }
.numbers .plain b { color: var(--plain); }
.numbers span { color: var(--soft); font-size: .9rem; }
section { padding: 20px 18px; margin: 16px 0; }
figure { margin: 0; }
figcaption { margin: 0 0 8px; color: var(--soft); font-size: .92rem; }
figcaption strong { color: var(--ink); }
svg { display: block; width: 100%; height: auto; }
svg.chart { max-width: 820px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 22px; margin-top: 12px; }
.grid { stroke: var(--line); stroke-width: 1; }
.tick, .axis { fill: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; }
.label { font-size: 14px; font-weight: 600; }
.learned-text { fill: var(--learned); } .zero-shot-text { fill: var(--plain); }
.band { fill: var(--shade); }
.learned { fill: none; stroke: var(--learned); stroke-width: 2.6; stroke-linejoin: round; }
.zero-shot { stroke: var(--plain); stroke-width: 2; stroke-dasharray: 6 5; }
.dot { fill: var(--learned); stroke: var(--card); stroke-width: 2; }
.field { fill: var(--paper); stroke: var(--line); }
.matrix .right { fill: var(--learned); } .matrix .wrong { fill: var(--wrong); }
.name { fill: var(--soft); }
.examples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 12px; margin: 12px 0 0; padding: 0; list-style: none; }
.examples li { display: flex; gap: 14px; padding: 12px; border: 1px solid var(--line); border-radius: 12px; background: var(--paper); min-width: 0; }
.shown { flex: 0 0 96px; text-align: center; font-size: .88rem; overflow-wrap: anywhere; line-height: 1.3; }
.shown img { display: block; border-radius: 8px; margin-bottom: 6px; }
.guesses { flex: 1; min-width: 0; display: grid; gap: 6px; }
.guess { width: 100%; border-collapse: collapse; table-layout: fixed; font-size: .84rem; line-height: 1.35; }
.guess caption { text-align: left; color: var(--soft); font-size: .78rem; }
.guess th { font-weight: 400; text-align: left; width: 55%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: 0 6px 0 0; }
.guess td { position: relative; font-variant-numeric: tabular-nums; }
.bar { position: absolute; inset: 3px auto 3px 0; background: var(--wrong); opacity: .22; border-radius: 3px; }
.is-right .bar { background: var(--learned); opacity: .38; }
.is-right th { color: var(--learned); font-weight: 600; }
.share { position: relative; padding-left: 6px; }
.image { fill: var(--hue); opacity: .34; }
.text-before { fill: var(--card); stroke: var(--hue); stroke-width: 2.4; }
.text-after { fill: var(--hue); stroke: var(--card); stroke-width: 1.5; }
.move { stroke: var(--ink); stroke-width: 1.4; opacity: .75; }
.head { fill: var(--ink); }
.map-name { fill: var(--ink); font-size: 13px; font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
.hue-0 { --hue: #2f7fd1; } .hue-1 { --hue: #e07b2a; } .hue-2 { --hue: #2c9d5b; } .hue-3 { --hue: #c2468f; }
.hue-4 { --hue: #8663d6; } .hue-5 { --hue: #b38d00; } .hue-6 { --hue: #1f9fae; } .hue-7 { --hue: #c94a3b; }
table.facts { border-collapse: collapse; font-variant-numeric: tabular-nums; }
table.facts th, table.facts td { padding: 5px 18px 5px 0; text-align: left; border-bottom: 1px solid var(--line); }
table.facts td { text-align: right; padding-right: 4px; white-space: nowrap; }
table.facts th { font-weight: 400; }
@media (max-width: 560px) { .tick, .axis { font-size: 19px; } .label { font-size: 19px; } .map-name { font-size: 21px; } .image { r: 4.5px; } }
pre { margin: 10px 0 14px; padding: 14px 16px; border-radius: 10px; background: var(--paper); border: 1px solid var(--line); overflow-x: auto; font: 14px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .92em; }
`;
