/// The page's look: quiet and dense, greys and one accent, light and dark by the reader's setting.
package enum StyleSheet {
    /// Nothing is allowed but this very style sheet, known by its hash. Style attributes are not.
    package static let contentSecurityPolicy =
        "default-src 'none'; style-src 'sha256-\(digest(of: text.description))'; base-uri 'none'; form-action 'none'"

    /// The SHA-256 digest of a text in Base64, as policies write it.
    package static func digest(of text: String) -> String { SHA256.base64(of: Array(text.utf8)) }

    package static let text: StaticString = """
        :root{color-scheme:light dark;--page:#fff;--ink:#1d1f22;--soft:#5c6168;--faint:#70767d;--rule:#e3e5e8;\
        --hover:#f6f7f8;--accent:#1f5fae;--fill:#3b74b9;--tint:31 95 174;--up:#1759ab;--down:#b4500b;--s1:#4b5057;\
        --s2:#8b9097;--s3:#b4b8bd}
        @media (prefers-color-scheme:dark){:root{--page:#16181b;--ink:#e5e7ea;--soft:#a3a9b1;--faint:#7d838b;\
        --rule:#2c2f34;--hover:#1d2024;--accent:#74a9f5;--fill:#4f86cf;--tint:92 150 235;--up:#7db0f7;--down:#f0a35c;--s1:#c3c7cc;\
        --s2:#8b9097;--s3:#5c6168}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
        body{margin:0;background:var(--page);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",\
        Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums lining-nums;\
        overflow-wrap:anywhere}
        header,main,footer{max-width:1200px;margin:0 auto;padding:0 24px}
        header{padding-top:28px}
        h1{font-size:24px;line-height:1.2;font-weight:650;letter-spacing:-.012em;margin:0 0 6px}
        h2{font-size:16px;line-height:1.3;font-weight:650;letter-spacing:-.004em;margin:0 0 10px}
        h3{font-size:13px;font-weight:400;color:var(--soft);margin:0}
        p{margin:0}
        a{color:var(--accent);text-decoration:none}
        a:hover{text-decoration:underline}
        :focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
        .meta{color:var(--soft)}
        .meta b{color:var(--ink);font-weight:600}
        .meta i{color:var(--faint);font-style:normal}
        .meta .warn{color:var(--down)}
        nav{margin-top:12px;font-size:13px;line-height:1.7;display:flex;flex-wrap:wrap;gap:0 16px}
        nav a{color:var(--soft)}
        section{border-top:1px solid var(--rule);margin-top:26px;padding-top:16px;scroll-margin-top:8px}
        .quiet,.notes{color:var(--soft);font-size:12.5px}
        .quiet{margin-top:8px}
        .notes{margin:10px 0 0;padding-left:16px}
        .null{color:var(--faint)}
        .empty{border-left:3px solid var(--rule);padding:4px 0 4px 14px}
        .empty .next{color:var(--soft);margin-top:2px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:0 28px}
        .tile{position:relative;display:grid;grid-template-columns:1fr auto;align-items:end;align-content:start;\
        padding:10px 0 14px;border-bottom:1px solid var(--rule)}
        @supports (grid-template-rows:subgrid){.tile{grid-row:span 4;grid-template-rows:subgrid}}
        .tile h3{grid-column:1/3;padding-right:22px}
        .number{font-size:22px;line-height:1.25;font-weight:600;letter-spacing:-.015em;grid-column:1/3;margin-top:1px}
        .change{font-size:13px;min-height:26px;line-height:26px;white-space:nowrap}
        .up{color:var(--up)}.down{color:var(--down)}.same{color:var(--soft)}
        .spark{width:96px;height:24px;display:block}
        .why{grid-column:1/3;margin:0;align-self:start;font-size:12.5px;color:var(--soft)}
        .why summary{position:absolute;top:6px;right:-4px;width:24px;height:24px;line-height:24px;text-align:center;\
        border-radius:50%;font-size:11.5px;color:var(--faint);list-style:none;cursor:pointer}
        .why summary::-webkit-details-marker{display:none}
        .why summary:hover,.why[open] summary{color:var(--accent);background:var(--hover)}
        .why p{margin-top:4px}
        .formula{display:block;color:var(--ink)}
        .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:18px 30px}
        .four{grid-template-columns:repeat(auto-fill,minmax(250px,1fr))}
        @media (min-width:1080px){
        main{display:grid;grid-template-columns:repeat(3,1fr);gap:0 30px;align-items:start}
        main>*{grid-column:span 3;min-width:0}
        main>.third{grid-column:span 1}
        main>.thirds{grid-column:span 2}
        .third .charts{grid-template-columns:1fr}
        .thirds .charts{grid-template-columns:1fr 1fr}
        .four{grid-template-columns:repeat(4,1fr);gap:18px 26px}
        }
        figure{margin:0;max-width:560px}
        figcaption{font-size:13px;color:var(--soft);margin-bottom:2px}
        svg{overflow:visible}
        .chart{display:block;width:100%;height:auto;font-size:11px}
        .chart text{fill:var(--soft);font-family:inherit}
        .end{text-anchor:end}.mid{text-anchor:middle}
        .chart .value{fill:var(--ink)}
        .grid{stroke:var(--rule);stroke-width:1}
        .zero{stroke:var(--s2);stroke-width:1}
        .bar{fill:var(--fill)}
        .open{stroke:var(--fill);stroke-width:.8}
        .hatch{stroke:var(--fill);stroke-width:2}
        .band{opacity:.22}
        .line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
        .line.part{stroke-dasharray:2 4}
        .line.s0{stroke:var(--accent)}.line.s1{stroke:var(--s1)}.line.s2{stroke:var(--s2)}.line.s3{stroke:var(--s3)}
        .line.s2,.line.s3{stroke-width:1.5}
        .dot.s0{fill:var(--accent)}.dot.s1{fill:var(--s1)}.dot.s2{fill:var(--s2)}.dot.s3{fill:var(--s3)}
        .dot.part{fill:var(--page);stroke:var(--accent)}
        .hit{fill:transparent}
        .hit:hover{fill:var(--accent)}
        .chart .name.s0{fill:var(--accent)}.chart .name.s1{fill:var(--ink)}.chart .name{font-weight:600}
        details{margin-top:8px}
        summary{cursor:pointer;color:var(--soft);font-size:12.5px}
        summary:hover{color:var(--accent)}
        .how dl{display:grid;grid-template-columns:minmax(120px,max-content) 1fr;gap:3px 18px;margin:8px 0 0;\
        font-size:12.5px}
        .how dt{font-weight:600}
        .how dd{margin:0;color:var(--soft)}
        .scroll{overflow:auto;max-height:88vh}
        .data .scroll{margin-top:8px}
        table{border-collapse:separate;border-spacing:0;font-size:13px;line-height:1.35}
        th,td{padding:5px 0 5px 14px;text-align:right;vertical-align:bottom;white-space:nowrap;\
        border-bottom:1px solid var(--rule);overflow-wrap:normal}
        th{font-weight:400;text-align:left}
        th:first-child,td:first-child{padding-left:0;position:sticky;left:0;background:var(--page);z-index:1}
        thead th,thead td{position:sticky;top:0;background:var(--page);z-index:2;color:var(--soft);font-size:12px;\
        white-space:normal;min-width:4.5em;max-width:9.5em;border-bottom-color:var(--faint)}
        thead th:first-child{z-index:3}
        tbody th{white-space:normal;min-width:11em;max-width:26em;overflow-wrap:anywhere}
        tbody .short{white-space:nowrap;min-width:0}
        .n{text-align:right}
        tbody tr:hover>*{background:var(--hover)}
        tr.part>*{color:var(--soft)}
        tfoot>tr>*{font-weight:650;border-top:1px solid var(--faint);border-bottom:0;position:sticky;bottom:0;\
        background:var(--page)}
        tfoot>tr>:first-child{z-index:2}
        .heat{font-size:12px}
        .heat th,.heat td{padding:3px 7px;min-width:3.6em;border-bottom:0}
        .heat thead th{min-width:3.6em;border-bottom:1px solid var(--rule)}
        .heat th:first-child{padding-left:0;min-width:5.5em;white-space:nowrap}
        .heat .size{color:var(--soft)}
        .heat tbody .none{background:none}
        .h0{background:none}
        .h1{background:rgb(var(--tint)/.05)}.h2{background:rgb(var(--tint)/.1)}.h3{background:rgb(var(--tint)/.15)}
        .h4{background:rgb(var(--tint)/.2)}.h5{background:rgb(var(--tint)/.26)}.h6{background:rgb(var(--tint)/.32)}
        .h7{background:rgb(var(--tint)/.38)}.h8{background:rgb(var(--tint)/.44)}.h9{background:rgb(var(--tint)/.5)}
        .heat tbody tr:hover>td[class]{outline:0}
        .heat td.part{color:var(--soft);font-style:italic;background:rgb(var(--tint)/.03)}
        .heat tfoot>tr>*{position:static;border-top:0}
        .heat tfoot>tr:first-child>*{border-top:1px solid var(--faint)}
        .heat tfoot>tr>th{position:sticky;left:0}
        .heat tfoot>.counted>*{font-weight:400;font-size:11px;color:var(--soft);padding-top:0}
        .tree{list-style:none;margin:0;padding:0;display:flex;flex-direction:column;gap:20px}
        .tree ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;align-items:flex-start;gap:10px 16px}
        .tree ul li{display:flex;align-items:baseline;gap:12px}
        .tree .sign{color:var(--faint);font-size:15px;white-space:nowrap}
        .tree>li>.node{display:flex;flex-wrap:wrap;align-items:baseline;gap:10px 16px}
        .tree>li>.node>ul{flex:1}
        .node .node>ul{margin-top:8px}
        .box b{display:block;font-size:15px;line-height:1.3;font-weight:600;letter-spacing:-.01em}
        .tree>li>.node>.box{min-width:130px}
        .tree>li>.node>.box>b{font-size:20px}
        .tree>li>.node>ul>li>.node>.box>b{font-size:17px}
        .box .label{display:block;font-size:12.5px;color:var(--soft)}
        .box small{display:block;max-width:19em;font-size:11.5px;line-height:1.35;color:var(--faint)}
        footer{padding-top:0;padding-bottom:40px;color:var(--soft);font-size:12.5px}
        footer h2{font-size:13px;color:var(--ink);margin:0 0 8px}
        footer>h2{border-top:1px solid var(--rule);margin-top:26px;padding-top:16px}
        .warnings{margin:0;padding-left:16px;color:var(--ink)}
        .warnings li::marker{color:var(--down)}
        .echo{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:8px 28px;margin:0}
        .echo dt{color:var(--faint);font-size:11.5px}
        .echo dd{margin:0}
        @media (max-width:640px){
        header,main,footer{padding:0 16px}
        header{padding-top:18px}
        h1{font-size:20px}
        nav{flex-wrap:nowrap;overflow-x:auto;white-space:nowrap;padding-bottom:4px}
        .tiles,.charts{grid-template-columns:1fr}
        .four .chart{font-size:9px}
        .echo{grid-template-columns:1fr 1fr;gap:8px 16px}
        .tile{padding:9px 0}
        .number{grid-column:1;font-size:20px}
        .tile .spark{grid-column:2;grid-row:2/4;align-self:center;width:116px;height:30px}
        .change{grid-column:1;min-height:0;line-height:1.4}
        .change:empty{display:none}
        .heat th,.heat td{padding:3px 5px;min-width:0}
        .how dl{grid-template-columns:1fr;gap:0}
        .how dd{margin-bottom:6px}
        .tree ul{flex-direction:column;gap:6px}
        .tree .sign{min-width:1.4em}
        .tree>li>.node{flex-direction:column}
        tbody th,tbody .short{white-space:normal;min-width:7em;max-width:11em}
        .heat tbody th{white-space:nowrap;min-width:0}
        }
        @media print{
        :root{color-scheme:light;--page:#fff;--ink:#000;--soft:#444;--faint:#777;--rule:#ccc;--accent:#1f5fae;--fill:#3b74b9;\
        --tint:31 95 174;--up:#1759ab;--down:#b4500b;--s1:#4b5057;--s2:#8b9097;--s3:#b4b8bd}
        @page{size:landscape;margin:12mm}
        body{font-size:10pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
        header,main,footer{max-width:none;padding:0}
        nav,.why,.data,.how{display:none}
        .scroll{overflow:visible;max-height:none}
        th,td,thead th,tfoot>tr>*{position:static!important}
        section,.tile,figure,tr,.tree>li,.empty,.echo{break-inside:avoid}
        section{margin-top:18px;padding-top:12px}
        .echo{grid-template-columns:repeat(5,1fr)}
        h2{break-after:avoid}
        table{font-size:8pt}
        th,td{padding-left:8px}
        .tiles{grid-template-columns:repeat(5,1fr);gap:0 18px}
        .number{font-size:14pt;white-space:nowrap}
        main{display:grid;grid-template-columns:repeat(3,1fr);gap:0 24px;align-items:start}
        main>*{grid-column:span 3}
        main>.third{grid-column:span 1}
        main>.thirds{grid-column:span 2}
        .charts{grid-template-columns:repeat(3,1fr);gap:14px 24px}
        .third .charts{grid-template-columns:1fr}
        .thirds .charts{grid-template-columns:1fr 1fr}
        .four{grid-template-columns:repeat(4,1fr)}
        thead{display:table-header-group}
        tfoot{display:table-row-group}
        }
        """
}
