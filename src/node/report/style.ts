/** The style sheet of the page; the drawings bring their own. */
export const pageStyle = `:root{color-scheme:light dark;--page:#f4f6f9;--paper:#ffffff;--ink:#1f2937;--quiet:#5b6472;--line:#dfe4ea;--accent:#2563eb;--train:#3b82f6;--valid:#e08a00}
@media (prefers-color-scheme:dark){:root{--page:#090d12;--paper:#0f141b;--ink:#e6eaf0;--quiet:#98a2b3;--line:#252d38;--accent:#7ab0ff;--train:#5b9bff;--valid:#f0a63a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
main{max-width:1180px;margin:0 auto;padding:32px 20px 48px}
h1{margin:0;font-size:26px;line-height:1.2;overflow-wrap:anywhere}
h2{margin:40px 0 4px;font-size:19px}
h3{margin:20px 0 8px;font-size:15px}
p{margin:0 0 12px;max-width:75ch;color:var(--quiet)}
a,button{color:inherit;font:inherit}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.card{background:var(--paper);border:1px solid var(--line);border-radius:10px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0 0}
.tiles div{padding:12px 14px}
.tiles dt{color:var(--quiet);font-size:13px}
.tiles dd{margin:0;font-size:21px;font-weight:600;font-variant-numeric:tabular-nums}
.tiles small{display:block;color:var(--quiet);font-size:12.5px;font-weight:400}
.cells{overflow-x:auto}
.cells svg{display:block;width:100%;min-width:760px;height:auto}
sub{font-size:.75em;line-height:0}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,310px),1fr));gap:12px}
figure{margin:0}
.chart{padding:10px 8px 4px}
.chart svg,.edge svg{display:block;width:100%;height:auto;color:var(--ink);touch-action:pan-y}
.chart figcaption{padding:0 6px 4px;font-weight:600}
.keys{float:right;font-weight:400;font-size:13px;color:var(--quiet)}
.keys span{margin-left:12px;white-space:nowrap}
.keys span::before{content:"";display:inline-block;width:14px;height:3px;border-radius:2px;margin-right:5px;vertical-align:middle;background:var(--key)}
.series-train path{stroke:var(--train)}
.series-valid path{stroke:var(--valid)}
.legend{display:flex;flex-wrap:wrap;gap:6px;margin:12px 0 4px;padding:0}
.legend button{display:inline-flex;align-items:center;gap:7px;padding:3px 10px;border:1px solid var(--line);border-radius:99px;background:var(--paper);font-size:13px;cursor:pointer}
.legend button[aria-pressed=true]{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
.legend svg{display:block}
.edges{display:grid;grid-template-columns:repeat(var(--columns),minmax(0,1fr));gap:10px}
.edge{grid-column:var(--column);grid-row:var(--row);padding:7px 4px 2px;min-width:0}
.edge figcaption{display:flex;justify-content:space-between;gap:6px;padding:0 6px;font-size:12.5px;line-height:1.35;color:var(--quiet)}
.edge figcaption span{white-space:nowrap}
.edge .keeps{overflow:hidden;text-overflow:ellipsis;font-weight:600;color:var(--ink)}
.edge.kept{border-color:color-mix(in srgb,var(--ink) 45%,var(--line))}
.picking .nd-lines g{opacity:.12}
.picking .nd-lines g.picked{opacity:1}
.picking .nd-lines g.picked path{stroke-width:2.5}
.code{position:relative}
.code pre{margin:0;padding:12px 14px;overflow:auto;max-height:420px;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.code pre.wrap{white-space:pre-wrap;overflow-wrap:anywhere}
.code h3{margin:0;padding:9px 14px;border-bottom:1px solid var(--line)}
.code button{position:absolute;top:6px;right:8px;padding:2px 12px;border:1px solid var(--line);border-radius:6px;background:var(--page);font-size:13px;cursor:pointer}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:12px;align-items:start}
.columns>*,.wide{min-width:0}
.tables{columns:3 320px;column-gap:12px}
.tables .card{margin-bottom:12px;break-inside:avoid}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
caption{padding:9px 14px;text-align:left;font-weight:600;font-size:15px}
th,td{padding:5px 14px;border-top:1px solid var(--line);text-align:left;vertical-align:top}
.settings th{width:46%;padding-right:0;font-weight:400;color:var(--quiet);overflow-wrap:anywhere}
.settings td{overflow-wrap:anywhere}
.numbers th,.numbers td{text-align:right;white-space:nowrap}
.numbers th:first-child{text-align:left}
details{margin-top:12px}
summary{cursor:pointer;color:var(--quiet)}
details .card{margin-top:8px}
#tip{position:fixed;z-index:2;top:0;left:0;padding:7px 10px;border:1px solid var(--line);border-radius:8px;background:var(--paper);box-shadow:0 4px 18px rgb(0 0 0/.18);font-size:12.5px;line-height:1.45;pointer-events:none;font-variant-numeric:tabular-nums}
#tip table{width:auto;font-size:inherit}
#tip td{padding:0 0 0 12px;border:0;text-align:right}
#tip td:first-child{padding:0;text-align:left}
#tip svg{display:inline-block;margin-right:6px;vertical-align:middle}
footer{margin-top:40px;color:var(--quiet);font-size:13px}
@media (max-width:760px){main{padding:20px 12px 40px}.edges{grid-template-columns:1fr 1fr;gap:8px}.edge{grid-column:auto;grid-row:auto}.edge figcaption{display:block;min-height:2.7em}.tiles div:last-child:nth-child(odd){grid-column:1/-1}.edge .keeps{display:block}}
@media (prefers-reduced-motion:no-preference){.nd-lines g{transition:opacity .15s}}
@media print{.code button,#tip{display:none}.card{break-inside:avoid}}`;
