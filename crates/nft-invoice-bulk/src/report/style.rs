/// Light and dark, as the reader's system has it.
pub(super) const STYLE: &str = "
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --text: #1a1d24; --quiet: #5a6272; --line: #e1e4ea;
  --created: #1a7f5a; --rejected: #b7791f; --unknown: #c2334d; --not-sent: #8a93a5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161b; --card: #1d2027; --text: #e9ebf0; --quiet: #a2a9b8; --line: #343946;
    --created: #3fb68b; --rejected: #d9a441; --unknown: #ee6a80; --not-sent: #79839a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
header, main { max-width: 1040px; margin: 0 auto; padding: 24px 16px 0; }
h1 { font-size: 28px; margin: 0; }
h2 { font-size: 18px; margin: 0 0 8px; }
p { margin: 4px 0 12px; color: var(--quiet); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px; margin: 0 0 16px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; background: none;
  border: 0; padding: 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--not-sent);
  border-radius: 12px; padding: 12px 16px; }
.tile.accepted { border-left-color: var(--created); }
.tile.rejected, .tile.parked { border-left-color: var(--rejected); }
.tile.unknown, .tile.duplicate { border-left-color: var(--unknown); }
.count { display: block; font-size: 28px; font-weight: 600; font-variant-numeric: tabular-nums; }
.state { color: var(--quiet); }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--line); }
.pause { fill: var(--page); stroke: var(--quiet); stroke-dasharray: 4 4; }
.axis { fill: var(--quiet); font-size: 13px; font-variant-numeric: tabular-nums; }
rect.created, .swatch.created { fill: var(--created); background: var(--created); }
rect.rejected, .swatch.rejected { fill: var(--rejected); background: var(--rejected); }
rect.unknown, .swatch.unknown { fill: var(--unknown); background: var(--unknown); }
rect.not-sent, .swatch.not-sent { fill: var(--not-sent); background: var(--not-sent); }
.legend { display: flex; flex-wrap: wrap; gap: 8px 24px; list-style: none; margin: 0 0 16px; padding: 0 4px; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 8px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-top: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 500; border-top: 0; }
td { overflow-wrap: anywhere; }
td:first-child { min-width: 8em; font-variant-numeric: tabular-nums; }
@media (max-width: 640px) {
  svg { min-width: 640px; }
  .axis { font-size: 16px; }
  thead { display: none; }
  tr { display: block; border-top: 1px solid var(--line); padding: 8px 0; }
  td { display: block; border: 0; padding: 0; }
}
code { font-family: ui-monospace, monospace; font-size: 14px; }
";
