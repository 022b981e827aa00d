/** Style of the page: one column on a telephone, as many panels side by side as fit; light and dark as the reader's system is. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --paper: #f6f7f8; --card: #ffffff; --ink: #1f2328; --soft: #5f6670; --line: #dde0e4; --accent: #0072b2;
  --warn: #8c2d19; --warn-paper: #fdf0ec; }
@media (prefers-color-scheme: dark) { :root { --paper: #0d0f12; --card: #14161a; --ink: #e6e8eb; --soft: #a3a9b3; --line: #31363d; --accent: #56a8e8;
  --warn: #ff9b83; --warn-paper: #2a1814; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 32px 16px 72px; }
h1 { font-size: clamp(1.7rem, 4.6vw, 2.4rem); line-height: 1.15; letter-spacing: -.02em; margin: 0 0 10px; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 44px 0 12px; overflow-wrap: anywhere; }
p, li { margin: 0 0 10px; max-width: 80ch; overflow-wrap: anywhere; }
ul { padding-left: 22px; }
.warning { padding: 10px 14px; border-radius: 10px; color: var(--warn); background: var(--warn-paper); border: 1px solid currentColor; }
nav { display: flex; flex-wrap: wrap; gap: 6px 16px; margin: 0 0 16px; font-size: .92rem; }
nav a { color: var(--accent); }
details { margin: 14px 0; }
summary { cursor: pointer; font-weight: 600; color: var(--accent); padding: 6px 0; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
figure, .table { margin: 14px 0; min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
figure { padding: 16px; }
figcaption, .caption { color: var(--soft); font-size: .88rem; line-height: 1.45; }
figcaption { margin-top: 12px; }
.caption { padding: 12px 16px 8px; max-width: none; margin: 0; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 256px), 1fr)); gap: 18px 14px; align-items: start; }
.panels.bars { grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); }
.panels svg { display: block; width: 100%; max-width: 400px; height: auto; }
.panels.bars svg { max-width: 460px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 14px; padding: 0; list-style: none; font-size: .88rem; }
.legend li { display: flex; align-items: center; gap: 6px; margin: 0; }
.scroll { overflow-x: auto; padding: 0 0 12px; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: 12px; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; line-height: 1.4; }
th, td { padding: 5px 14px 5px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child { padding-left: 16px; position: sticky; left: 0; background: var(--card); }
th:last-child, td:last-child { padding-right: 16px; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
th:first-child { text-align: left; }
tbody th { font-weight: 500; }
.words th, .words td { text-align: left; vertical-align: top; }
.words td:last-child { white-space: normal; min-width: 20ch; overflow-wrap: anywhere; }
.aside > * { color: var(--soft); }
.aside th { font-weight: 400; font-style: italic; padding-left: 28px; }
@media print { body { background: none; } figure, .table { break-inside: avoid; } .scroll { overflow: visible; } }
`;
