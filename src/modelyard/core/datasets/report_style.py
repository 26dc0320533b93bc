"""How a report looks, on light and dark ground."""

STYLE = """
:root{color-scheme:light dark;--ground:#f4f6f5;--card:#fff;--text:#17211f;--quiet:#5f6d69;--line:#e0e6e4;--mark:#0b6b66;
--high:#b3261e;--medium:#9a5b00;--low:#40617f}
@media(prefers-color-scheme:dark){:root{--ground:#0f1514;--card:#151d1b;--text:#e3eae8;--quiet:#93a19c;--line:#26302e;
--mark:#5cc4b8;--high:#ff8a80;--medium:#f0a94a;--low:#8fb4d9}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,
'Noto Sans',sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:18px;margin:36px 0 4px}
h3{font-size:14px;margin:18px 0 6px}
.note{color:var(--quiet);margin:0 0 12px}
nav{margin:14px 0 0;display:flex;flex-wrap:wrap;gap:4px 18px}
nav a{color:var(--mark)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px;
margin:0 0 8px}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px 20px;margin:0}
dt{color:var(--quiet);font-size:12px}
dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.finding{display:grid;grid-template-columns:72px 1fr;gap:2px 12px;padding:10px 0;border-top:1px solid var(--line)}
.finding:first-child{border-top:0;padding-top:0}.finding:last-child{padding-bottom:0}
.finding p{margin:0;overflow-wrap:anywhere}.finding p+p{color:var(--quiet)}
.high{color:var(--high)}.medium{color:var(--medium)}.low{color:var(--low)}
.high,.medium,.low{font-weight:600;font-size:12px;padding-top:2px}
details.card{padding:0}
summary{cursor:pointer;display:grid;grid-template-columns:minmax(0,2fr) 84px 96px 96px 120px;gap:0 16px;
align-items:center;padding:8px 18px;list-style:none}
summary::-webkit-details-marker{display:none}
summary:focus-visible{outline:2px solid var(--mark);outline-offset:-2px;border-radius:10px}
summary strong{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-weight:600}
summary span{color:var(--quiet);font-size:12px;font-variant-numeric:tabular-nums}
summary .bars{height:22px}
details[open]>summary{border-bottom:1px solid var(--line)}
.inside{padding:16px 18px}
svg{display:block;fill:var(--mark)}
.bars{width:100%;height:120px}
.ends{display:flex;justify-content:space-between;color:var(--quiet);font-size:12px;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
.heat text{fill:var(--text);font-size:11px}.heat .above{fill:var(--quiet)}
.bar{display:grid;grid-template-columns:minmax(90px,260px) 1fr 110px;gap:12px;align-items:center;padding:3px 0}
.bar>span:first-child{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bar i{display:block;height:10px;border-radius:2px;background:var(--mark);min-width:1px}
.bar>span:last-child{color:var(--quiet);font-size:12px;text-align:right;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%}
th{color:var(--quiet);font-weight:400;font-size:12px}
th,td{text-align:left;padding:5px 16px 5px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
@media(max-width:700px){summary{grid-template-columns:minmax(0,1fr) 64px 90px}summary span:nth-of-type(2),
summary span:nth-of-type(3){display:none}.bar{grid-template-columns:100px 1fr 84px}}
@media print{main{max-width:none;padding:0}.card{break-inside:avoid}}
"""
