namespace FineTune.Workflow.Reports;

/// <summary>The page's style sheet. Text has a contrast of at least 4.5 to 1 in both schemes; lines differ in more than colour.</summary>
internal static class ReportStyle
{
    /// <summary>The sheet, free of characters that XML would read as markup.</summary>
    public static Html Sheet { get; } = Html.Of($$"""
        :root { --page: #f4f6f8; --card: #ffffff; --ink: #1b2026; --soft: #56606b; --rule: #d5dbe1; --link: #0b57b0;
          --good: #1a7035; --bad: #b3261e; --stopped: #7a4d00; --active: #0b57b0;
          --train: #1763c6; --eval: #b04a00; --rate: #6f42b5; --working: #1763c6; --serving: #1a7f4b; --waiting: #b98900; --removing: #78828d; }
        @media screen and (prefers-color-scheme: dark) {
          :root { --bad: #cf3a31; --stopped: #96650f; --page: #0e1217; --card: #171d24; --ink: #e6eaef; --soft: #a3aeb9; --rule: #323b45; --link: #7ab7ff;
            --train: #6cb0ff; --eval: #ffa257; --rate: #c3a1ff; --working: #4d94ea; --serving: #3fae74; --waiting: #d9a520; --removing: #7f8a96; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 68rem; padding: 1rem; background: var(--page); color: var(--ink);
          font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
        header, section, .tiles div { background: var(--card); border: 1px solid var(--rule); border-radius: .6rem; }
        header, section { padding: 1.1rem 1.3rem; margin: 0 0 1rem; }
        header { border-left: .5rem solid var(--tone); }
        .good { --tone: var(--good); } .bad { --tone: var(--bad); } .stopped { --tone: var(--stopped); } .active { --tone: var(--active); }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 .8rem; }
        h2 { font-size: 1.2rem; margin: 0 0 .8rem; } h3 { font-size: 1rem; margin: .6rem 0 .4rem; }
        h4 { font-size: .85rem; color: var(--soft); margin: .5rem 0 .2rem; }
        p { margin: .4rem 0; } small { color: var(--soft); font-weight: normal; } a { color: var(--link); }
        code { font: .9em ui-monospace, SFMono-Regular, Consolas, monospace; unicode-bidi: isolate; }
        .verdict { margin: 0; } .badge { display: inline-block; background: var(--tone); color: #ffffff; font-weight: 650;
          padding: .15rem .75rem; border-radius: 1rem; margin-right: .5rem; }
        dl { margin: 0; display: grid; gap: .35rem 1.6rem; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); }
        dl .wide { grid-column: 1 / -1; } dt { font-size: .8rem; color: var(--soft); } dd { margin: 0; }
        .tiles { gap: .8rem; margin: 0 0 1rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
        .tiles div { padding: .7rem 1rem; } .tiles dd { font-size: .85rem; color: var(--soft); }
        .tiles b { display: block; font-size: 1.35rem; line-height: 1.3; color: var(--ink); }
        .trouble { border-left: .5rem solid var(--bad); } .next { font-size: 1.05rem; }
        .timeline { list-style: none; margin: 0; padding: 0; }
        .timeline li, .scale { display: grid; grid-template-columns: 12.5rem 1fr 6.5rem; column-gap: .8rem; align-items: center; padding: .2rem 0; }
        .timeline li + li { border-top: 1px solid var(--rule); }
        .timeline svg { width: 100%; height: 1.5rem; } .scale svg { grid-column: 2; }
        .timeline em { font-style: normal; font-size: .85rem; font-weight: 650; } em.stopped { color: var(--ink); }
        .took { text-align: right; font-variant-numeric: tabular-nums; } .detail { grid-column: 2 / 4; font-size: .85rem; color: var(--soft); }
        .detail span { font-variant-numeric: tabular-nums; margin-right: .5rem; }
        svg { display: block; overflow: visible; } svg text { font-size: 12px; fill: var(--soft); }
        text.x, text.bad { text-anchor: middle; } text.y { text-anchor: end; } text.bad { fill: var(--ink); font-weight: 700; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .bar { fill: var(--hue); stroke: var(--hue); stroke-width: 2; }
        .working { --hue: var(--working); } .serving { --hue: var(--serving); } .waiting { --hue: var(--waiting); } .removing { --hue: var(--removing); }
        .bar.stopped { --hue: var(--bad); }
        .charts { display: grid; grid-template-columns: 3fr 2fr; column-gap: 2rem; }
        .chart { margin: .6rem 0 1rem; } .legend { list-style: none; margin: 0 0 .6rem; padding: 0; font-size: .85rem; color: var(--soft); }
        .legend li { display: flex; gap: .5rem; align-items: baseline; } .swatch { flex: none; }
        .plot { padding: 8px 92px 46px 52px; } .plot svg { width: 100%; height: 15rem; }
        .plot svg svg { height: 100%; }
        .line { fill: none; stroke: var(--hue); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
        .mark { fill: var(--hue); } .train { --hue: var(--train); } .eval { --hue: var(--eval); } .rate { --hue: var(--rate); }
        .line.train { stroke-width: 1.5; } .line.eval { stroke-width: 2.5; stroke-dasharray: 7 4; } text.end { font-weight: 650; } .plot text.end { fill: var(--hue); }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 1.6rem; align-items: start; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
        caption { text-align: left; color: var(--soft); } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--rule); }
        tbody th { font-weight: normal; } .number { text-align: right; font-variant-numeric: tabular-nums; }
        article { border-top: 1px solid var(--rule); padding: .4rem 0 .8rem; }
        .text { white-space: pre-wrap; background: var(--page); border-radius: .4rem; padding: .6rem .8rem; margin: 0; } .none { color: var(--soft); font-style: italic; }
        footer { font-size: .85rem; color: var(--soft); padding: 0 .3rem; }
        @media (max-width: 56rem) { .charts { grid-template-columns: 1fr; } }
        @media (max-width: 40rem) {
          body { padding: .5rem; } header, section { padding: .9rem; }
          .timeline li, .scale { grid-template-columns: 1fr auto; } .timeline svg, .detail { grid-column: 1 / 3; } .took { grid-row: 1; grid-column: 2; }
          .plot { padding-right: 10px; padding-left: 44px; } .plot text.end { display: none; } .plot svg { height: 12rem; } }
        @media print { body { max-width: none; padding: 0; font-size: 10pt; background: none; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          article, figure, li, tr, dl div { break-inside: avoid; } .plot svg { height: 10rem; } h2, h3 { break-after: avoid; } .scroll { overflow: visible; } }
        """);
}
