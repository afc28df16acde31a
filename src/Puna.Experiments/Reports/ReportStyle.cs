namespace Puna.Experiments.Reports;

/// <summary>The style sheet of reports, light and dark. It names no font file and no address, so that the page needs nothing but itself.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root {
          color-scheme: light dark;
          --page: #f7f8fa; --paper: #ffffff; --ink: #16191f; --soft: #5b6472; --rule: #e3e6eb; --grid: #eceff3; --axis: #a4acb9; --code: #f4f5f8;
          --good: #11734b; --warning: #b25e09; --bad: #b42318; --warning-paper: #fff6e9; --bad-paper: #fef1f0; --good-paper: #eefaf3;
          --c1: #2f64d6; --c2: #d9660f; --c3: #12857a; --c4: #8446cf; --c5: #c03a68; --c6: #6b7a16;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #101317; --paper: #181c22; --ink: #e8eaee; --soft: #9aa4b2; --rule: #2a3038; --grid: #262c34; --axis: #565f6d; --code: #12161b;
            --good: #5fd39b; --warning: #f5b357; --bad: #ff8a7d; --warning-paper: #2a2114; --bad-paper: #2d1a18; --good-paper: #13261d;
            --c1: #7ea6ff; --c2: #ff9f52; --c3: #4fcabd; --c4: #bd94ff; --c5: #ff86ab; --c6: #b9c75c;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
        main { max-width: 1040px; margin: 0 auto; padding: 48px 32px 64px; }
        header { margin-bottom: 28px; }
        h1 { font-size: 32px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 6px; }
        header p { color: var(--soft); margin: 0; max-width: 90ch; }
        h2 { font-size: 19px; line-height: 1.3; letter-spacing: -0.01em; margin: 0 0 12px; }
        section { margin: 0 0 40px; }
        p { max-width: 76ch; margin: 0 0 12px; }
        .lead, .caption, figcaption { color: var(--soft); font-size: 14px; }
        .lead { margin-top: -6px; }
        .caption { margin-top: 10px; }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(144px, 1fr)); gap: 12px; }
        .card { background: var(--paper); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 15px; }
        .card .name { color: var(--soft); font-size: 13px; }
        .card .value { font-size: 21px; font-weight: 600; letter-spacing: -0.02em; line-height: 1.35; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .card .note { color: var(--soft); font-size: 13px; line-height: 1.4; }
        .card.good .value { color: var(--good); } .card.warning .value { color: var(--warning); } .card.bad .value { color: var(--bad); }
        figure { margin: 0; background: var(--paper); border: 1px solid var(--rule); border-radius: 10px; padding: 16px 16px 12px; overflow-x: auto; }
        figcaption { padding: 8px 8px 2px; }
        .chart { display: block; width: 100%; min-width: 600px; height: auto; }
        .chart .grid { stroke: var(--grid); } .chart .axis { stroke: var(--axis); } .chart .reference { stroke: var(--soft); }
        .chart text { fill: var(--soft); font-variant-numeric: tabular-nums; } .chart .label, .chart .reference-label { fill: var(--ink); }
        .chart path.c1, .chart line.c1 { stroke: var(--c1); } .chart path.c2, .chart line.c2 { stroke: var(--c2); } .chart path.c3, .chart line.c3 { stroke: var(--c3); }
        .chart path.c4, .chart line.c4 { stroke: var(--c4); } .chart path.c5, .chart line.c5 { stroke: var(--c5); } .chart path.c6, .chart line.c6 { stroke: var(--c6); }
        .chart circle.c1 { fill: var(--c1); } .chart circle.c2 { fill: var(--c2); } .chart circle.c3 { fill: var(--c3); }
        .chart circle.c4 { fill: var(--c4); } .chart circle.c5 { fill: var(--c5); } .chart circle.c6 { fill: var(--c6); }
        .chart .dot:hover { opacity: 1; stroke: var(--paper); stroke-width: 2; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 12px; }
        .charts .chart { min-width: 0; } .charts figure { padding: 12px 8px 8px; }
        .progress { height: 10px; border-radius: 5px; background: var(--rule); overflow: hidden; margin: 0 0 10px; }
        .progress div { height: 100%; border-radius: 5px; background: var(--c1); }
        .progress.warning div { background: var(--warning); } .progress.good div { background: var(--good); }
        .state { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 24px; font-variant-numeric: tabular-nums; max-width: none; margin: 0; }
        .state span:last-child { color: var(--soft); }
        .scroll { overflow-x: auto; background: var(--paper); border: 1px solid var(--rule); border-radius: 10px; }
        table { border-collapse: collapse; width: 100%; font-size: 15px; }
        th, td { text-align: left; vertical-align: top; padding: 9px 16px; border-top: 1px solid var(--rule); }
        thead th { border-top: 0; color: var(--soft); font-size: 13px; font-weight: 500; white-space: nowrap; }
        table tbody:first-child tr:first-child td { border-top: 0; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        td.name { min-width: 8em; }
        tr.strong td { font-weight: 600; }
        tr.good td:last-child { color: var(--good); } tr.warning td:last-child { color: var(--warning); } tr.bad td:last-child { color: var(--bad); }
        .notice { border: 1px solid var(--rule); border-left: 5px solid var(--soft); border-radius: 10px; background: var(--paper); padding: 14px 18px; }
        .notice p { margin: 2px 0 0; }
        .notice.good { border-left-color: var(--good); background: var(--good-paper); } .notice.good strong { color: var(--good); }
        .notice.warning { border-left-color: var(--warning); background: var(--warning-paper); } .notice.warning strong { color: var(--warning); }
        .notice.bad { border-left-color: var(--bad); background: var(--bad-paper); } .notice.bad strong { color: var(--bad); font-size: 18px; }
        blockquote { margin: 0 0 12px; background: var(--paper); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 18px; }
        .sample { white-space: pre-wrap; overflow-wrap: anywhere; font: 15px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        .prompt { color: var(--c1); font-weight: 600; }
        blockquote .note { color: var(--soft); font-size: 13px; margin-top: 8px; }
        blockquote.good .note { color: var(--good); } blockquote.warning .note { color: var(--warning); } blockquote.bad .note { color: var(--bad); }
        pre { margin: 0; background: var(--code); border: 1px solid var(--rule); border-radius: 10px; padding: 16px 18px; overflow-x: auto; font: 13.5px/1.55 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        summary { cursor: pointer; color: var(--c1); font-size: 15px; } details[open] summary { margin-bottom: 10px; }
        footer { color: var(--soft); font-size: 13px; border-top: 1px solid var(--rule); padding-top: 16px; }
        @media (max-width: 640px) { main { padding: 28px 16px 40px; } .charts { grid-template-columns: 1fr; } h1 { font-size: 26px; } figure { padding: 8px 4px; } }
        @media print { body { background: none; } main { max-width: none; padding: 0; } section, figure, blockquote { break-inside: avoid; } }
        """;
}
