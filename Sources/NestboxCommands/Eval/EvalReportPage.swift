// SPDX-License-Identifier: Apache-2.0
import NestboxCore

/// An evaluation as one HTML file that needs nothing else: figures, plots, what failed.
struct EvalReportPage {
    private static let mostFailures = 500

    let summary: EvalSummary
    /// In the order of the samples.
    let results: [EvalResult]

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="color-scheme" content="light dark">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.escaped(summary.dataset)): evaluation</title>
        <style>\(Self.style)</style>
        <h1>\(Self.escaped(summary.dataset))</h1>
        \(figures)
        <h2>Verdicts</h2>
        \(SVGPlot.bars(verdicts, unit: "answers"))
        <h2>Wall time of an answer's slowest case</h2>
        \(SVGPlot.histogram(results.filter(\.isFinal).map(\.wallMilliseconds), unit: "ms"))
        \(languages)
        <h2>Slowest</h2>
        \(slowest)
        \(failures)
        \(problems)
        </html>

        """
    }

    private static let style = """
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a; background: #fff; }
        h1 { font-size: 1.6rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin-top: 2rem; }
        dl { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; } dt { color: #555; font-size: .85rem; } dd { margin: 0; font-size: 1.4rem; }
        table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
        td { overflow-wrap: anywhere; } td.short, th { overflow-wrap: normal; white-space: nowrap; }
        .failures { table-layout: fixed; } .failures th:nth-child(1) { width: 24%; } .failures th:nth-child(2) { width: 13%; } .failures th:nth-child(3) { width: 15%; }
        pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; max-height: 12rem; overflow: auto; }
        svg text { font: 12px system-ui, sans-serif; fill: #1a1a1a; } svg rect { fill: #2f6f9f; } svg line { stroke: #999; }
        .warning { background: #fff4d6; padding: .5rem .8rem; }
        @media (prefers-color-scheme: dark) {
          body { color: #e6e6e6; background: #16181b; } dt { color: #aaa; } td, th { border-color: #333; }
          svg text { fill: #e6e6e6; } svg rect { fill: #6fb1e0; } .warning { background: #4a3b12; }
        }
        """

    private var figures: String {
        var pairs = summary.passAtK.keys.compactMap { Int($0) }.sorted().map {
            ("pass@\($0)", EvalSummary.decimal(summary.passAtK["\($0)"] ?? 0, 3))
        }
        pairs.append(("answers passed", "\(summary.answers.passed) of \(summary.answers.answers)"))
        pairs.append(("tasks answered", "\(summary.tasksAnswered) of \(summary.tasks)"))
        let list = pairs.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }.joined()
        let warning =
            summary.unjudged == 0
            ? "" : "<p class=\"warning\">\(summary.unjudged) samples were not judged; no figure here knows of them.</p>"
        return "<dl>\(list)</dl>\(warning)"
    }

    private var verdicts: [(String, Double)] {
        summary.verdicts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, Double($0.value)) }
    }

    private var languages: String {
        guard summary.languages.count > 1 else { return "" }
        let rates = summary.languages.sorted { $0.key < $1.key }.map {
            ("\($0.key) (\($0.value.passed)/\($0.value.answers))", ($0.value.rate * 1000).rounded() / 10)
        }
        return "<h2>Passed, by language</h2>\(SVGPlot.bars(rates, unit: "%", most: 100))"
    }

    private var slowest: String {
        Self.table(
            ["task", "sample", "verdict", "wall time"],
            summary.slowest.map {
                [
                    $0.task, Self.place($0.place), $0.verdict.rawValue,
                    "\(EvalSummary.decimal($0.wallMilliseconds, 1)) ms",
                ]
            })
    }

    private var failures: String {
        let failed = results.filter { !$0.isPassed }
        guard !failed.isEmpty else { return "" }
        let rows = failed.prefix(Self.mostFailures).map { result in
            "<tr><td>\(Self.escaped(result.task))</td><td>\(Self.place(result.place))</td><td class=\"short\">\(result.verdict.rawValue)</td>"
                + "<td><pre>\(Self.escaped(result.message ?? ""))</pre></td></tr>"
        }
        let more =
            failed.count > Self.mostFailures
            ? "<p>The first \(Self.mostFailures) of \(failed.count); all are in the file of results.</p>" : ""
        return
            "<h2>Not passed</h2>\(more)<table class=\"failures\"><tr><th>task</th><th>sample</th><th>verdict</th><th>what was wrong</th></tr>"
            + rows.joined() + "</table>"
    }

    private var problems: String {
        guard !summary.problems.isEmpty else { return "" }
        return "<h2>Lines that are no samples</h2>"
            + Self.table(["what is wrong"], summary.problems.prefix(Self.mostFailures).map { [$0.text] })
    }

    private static func place(_ place: EvalSample.Place) -> String {
        place.answer == 0 ? "line \(place.line)" : "line \(place.line), answer \(place.answer + 1)"
    }

    private static func table(_ heads: [String], _ rows: [[String]]) -> String {
        let head = heads.map { "<th>\($0)</th>" }.joined()
        let body = rows.map { row in
            let cells = row.enumerated().map { index, text in
                "<td\(index > 0 ? " class=\"short\"" : "")>\(escaped(text))</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }.joined()
        return "<table><tr>\(head)</tr>\(body)</table>"
    }

    /// Text for an element or an attribute: what answers and their programs say is nobody's markup.
    static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            case "\n", "\t": output.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value): output += "\u{fffd}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
