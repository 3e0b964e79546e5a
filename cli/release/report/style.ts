/** Contrasts of text are at least 4.5 to 1 in both schemes, of lines 3 to 1. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f3f5f8; --panel: #ffffff; --sunk: #f6f8fb; --line: #d5dce6; --text: #15202f;
  --quiet: #536074; --blue: #1f62d4; --green: #137a41; --bad: #b3261e; --bad-soft: #fde7e5; --good-soft: #dcf3e5;
  --warn: #7d5200; --warn-soft: #fff2d6; --shade: #15202f33; }
@media (prefers-color-scheme: dark) { :root { --page: #0c121a; --panel: #141c27; --sunk: #0f1620; --line: #2b3748;
  --text: #e7edf5; --quiet: #9fadc0; --blue: #79adff; --green: #5fcf8b; --bad: #ff8d84; --bad-soft: #451b1a;
  --good-soft: #10321f; --warn: #f2c15c; --warn-soft: #382a0c; --shade: #e7edf52e; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 0 0 10px; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; margin-top: 16px; }
.badge { display: inline-block; border-radius: 999px; padding: 2px 12px; font-weight: 600; font-size: 14px; }
.badge.pass, .badge.promoted { background: var(--good-soft); color: var(--green); }
.badge.fail, .badge.rolled-back { background: var(--bad-soft); color: var(--bad); }
.badge.inconclusive, .badge.running { background: var(--warn-soft); color: var(--warn); }
.lead { margin: 8px 0 0; max-width: 80ch; }
.quiet, .unit { color: var(--quiet); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: 13px/1.5 ui-monospace, monospace; }
figure { margin: 0 0 18px; }
figure:last-of-type { margin-bottom: 0; }
figcaption { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; margin-bottom: 2px; }
.legend { margin-left: auto; display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; }
.key svg { vertical-align: 1px; }
/* A shade at an edge says that there is more beyond it. */
.scroll { overflow-x: auto; background:
  linear-gradient(90deg, var(--panel) 40%, transparent) 0 0 / 36px 100% no-repeat local,
  linear-gradient(270deg, var(--panel) 40%, transparent) 100% 0 / 36px 100% no-repeat local,
  linear-gradient(90deg, var(--shade), transparent) 0 0 / 12px 100% no-repeat,
  linear-gradient(270deg, var(--shade), transparent) 100% 0 / 12px 100% no-repeat; }
.chart { display: block; width: 100%; min-width: 640px; height: auto; }
.grid { stroke: var(--line); }
.tick { fill: var(--quiet); font: 12px system-ui, sans-serif; }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.line.blue { stroke: var(--blue); }
.line.green { stroke: var(--green); stroke-dasharray: 7 4; }
.line.thin { stroke-width: 1.4; stroke-dasharray: 2 4; }
.line.faint { stroke-width: 1.2; opacity: .65; }
.move { stroke: var(--quiet); stroke-dasharray: 2 3; }
.move.back { stroke: var(--bad); stroke-width: 2; stroke-dasharray: none; }
.moved { fill: var(--quiet); font: 12px system-ui, sans-serif; }
.moved.back { fill: var(--bad); font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; color: var(--quiet); padding-bottom: 6px; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-top: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th.number { text-align: right; }
td.why { border-top: 0; padding-top: 0; }
td.why div { position: sticky; left: 0; max-width: min(100ch, calc(100vw - 72px)); }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--quiet); }
summary:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; }
@media (max-width: 720px) { main { padding: 16px 10px 32px; } .panel { padding: 12px 12px; } .tick, .moved { font-size: 17px; } .legend { margin-left: 0; } }
@media print { body { background: #fff; } .panel { break-inside: avoid; } details { display: none; } }
`;
