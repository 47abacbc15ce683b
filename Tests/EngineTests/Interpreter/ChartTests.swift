// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Testing

/// Chart data of figures, value by value.
@Suite struct ChartTests {
    static let shared = Result { () throws -> (LocalComputer, InterpreterService) in
        let computer = try LocalComputer()
        return (computer, InterpreterService(computer: computer))
    }

    static let plain = #""x_label":null,"y_label":null,"x_unit":null,"y_unit":null"#

    static let charts: [(code: String, chart: String)] = [
        (
            """
            ax.plot([1, 2], [4, 5], label='s1'); ax.set_title('T'); ax.set_xlabel('time (s)'); ax.set_ylabel('v [m]')
            ax.set_xticks([1, 2]); ax.set_yticks([4.5])
            """,
            """
            {"type":"line","title":"T","elements":[{"label":"s1","points":[[1.0,4.0],[2.0,5.0]]}],"x_label":"time (s)",
             "y_label":"v [m]","x_unit":"s","y_unit":"m","x_ticks":[1.0,2.0],"x_tick_labels":["1","2"],"x_scale":"linear",
             "y_ticks":[4.5],"y_tick_labels":["4.5"],"y_scale":"linear"}
            """
        ),
        (
            "ax.plot([1, 100], [1, float('nan')]); ax.axhline(3); ax.set_xscale('log'); ax.set_xticks([]); ax.set_yticks([])",
            """
            {"type":"line","title":null,"elements":[{"label":"Line 0","points":[[1.0,1.0],[100.0,null]]}],\(plain),
             "x_ticks":[],"x_tick_labels":[],"x_scale":"log","y_ticks":[],"y_tick_labels":[],"y_scale":"linear"}
            """
        ),
        (
            "import datetime as d; ax.plot([d.date(2024, 1, 1), d.datetime(2024, 1, 2, 12)], [1, 2]); ax.set_yticks([]); ax.set_xticks([d.date(2024, 1, 1)])",
            """
            {"type":"line","title":null,"elements":[{"label":"Line 0","points":[["2024-01-01T00:00:00",1.0],["2024-01-02T12:00:00",2.0]]}],
             \(plain),"x_ticks":["2024-01-01T00:00:00+00:00"],"x_tick_labels":["2024-01-01"],"x_scale":"datetime",
             "y_ticks":[],"y_tick_labels":[],"y_scale":"linear"}
            """
        ),
        (
            "ax.scatter(['u', 'v'], [3, 4], label='s'); ax.set_yticks([])",
            """
            {"type":"scatter","title":null,"elements":[{"label":"s","points":[["u",3.0],["v",4.0]]}],\(plain),
             "x_ticks":[0.0,1.0],"x_tick_labels":["u","v"],"x_scale":"categorical","y_ticks":[],"y_tick_labels":[],"y_scale":"linear"}
            """
        ),
        (
            "ax.bar(['a', 'b'], [1, 2.5], yerr=[.1, .1]); ax.set_ylabel('pay [k]')",
            """
            {"type":"bar","title":null,"elements":[{"label":"a","group":"Group 0","value":1.0},{"label":"b","group":"Group 0","value":2.5}],
             "x_label":null,"y_label":"pay [k]","x_unit":null,"y_unit":"k"}
            """
        ),
        (
            "ax.barh(['a', 'b'], [1, 2.5], label='g'); ax.set_xlabel('pay (k)'); ax.set_ylabel('city')",
            """
            {"type":"bar","title":null,"elements":[{"label":"a","group":"g","value":1.0},{"label":"b","group":"g","value":2.5}],
             "x_label":"city","y_label":"pay (k)","x_unit":null,"y_unit":"k"}
            """
        ),
        (
            """
            import numpy as np
            ax.bar(np.arange(2) - .2, [1, 2], .4, label='m'); ax.bar(np.arange(2) + .2, [3, 4], .4, label='w')
            ax.set_xticks([0, 1]); ax.set_xticklabels(['x', 'y'])
            """,
            """
            {"type":"bar","title":null,"elements":[{"label":"x","group":"m","value":1.0},{"label":"y","group":"m","value":2.0},
             {"label":"x","group":"w","value":3.0},{"label":"y","group":"w","value":4.0}],\(plain)}
            """
        ),
        (
            "ax.bar([2020, 2021], [1, 2])",
            """
            {"type":"bar","title":null,"elements":[{"label":"2020","group":"Group 0","value":1.0},
             {"label":"2021","group":"Group 0","value":2.0}],\(plain)}
            """
        ),
        (
            "ax.pie([1, 3], labels=['A', 'B'], radius=.5); ax.set_title('p')",
            """
            {"type":"pie","title":"p","elements":[{"label":"A","angle":90.0,"radius":0.5},{"label":"B","angle":270.0,"radius":0.5}]}
            """
        ),
        (
            "ax.boxplot([[1, 2, 3, 4, 5, 20], [2, 3, 4]], labels=['g', 'h'], patch_artist=True); ax.set_ylabel('v (u)')",
            """
            {"type":"box_and_whisker","title":null,"elements":[
             {"label":"g","min":1.0,"first_quartile":2.25,"median":3.5,"third_quartile":4.75,"max":5.0,"outliers":[20.0]},
             {"label":"h","min":2.0,"first_quartile":2.5,"median":3.0,"third_quartile":3.5,"max":4.0,"outliers":[]}],
             "x_label":null,"y_label":"v (u)","x_unit":null,"y_unit":"u"}
            """
        ),
        (
            "ax.boxplot([[1, 2, 3, 4, 5, 20]], labels=['g'], vert=False, showcaps=False, showmeans=True, notch=True); ax.set_xlabel('v (u)')",
            """
            {"type":"box_and_whisker","title":null,"elements":[
             {"label":"g","min":1.0,"first_quartile":2.25,"median":3.5,"third_quartile":4.75,"max":5.0,"outliers":[20.0]}],
             "x_label":null,"y_label":"v (u)","x_unit":null,"y_unit":"u"}
            """
        ),
        ("ax.imshow([[1, 2], [3, 4]]); ax.set_title('i')", #"{"type":"unknown","title":"i","elements":[]}"#),
        (
            "fig.clear(); a, b, c = fig.subplots(1, 3); a.pie([1]); b.imshow([[1]]); fig.suptitle('S')",
            """
            {"type":"superchart","title":"S","elements":[{"type":"pie","title":null,"elements":[{"label":"","angle":360.0,"radius":1.0}]},
             {"type":"unknown","title":null,"elements":[]}]}
            """
        ),
    ]

    @Test(arguments: charts.indices)
    func saysWhatAFigureShows(index: Int) async throws {
        let (code, chart) = Self.charts[index]
        let outcome = try await Self.shared.get().1.run(
            "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n\(code)\nplt.show()")
        #expect(outcome.error == nil, "\(outcome.events)")
        let result = try #require(outcome.results.first { $0.texts["png"] != nil })
        #expect(try json(result.values["chart"]) == json(chart), "\(result.values["chart"] ?? "no chart")")
    }

    @Test func aBlankFigureHasNoChart() async throws {
        let outcome = try await Self.shared.get().1.run("import matplotlib.pyplot as plt\nplt.figure()\nplt.show()")
        #expect(outcome.results.count == 1 && outcome.results[0].values["chart"] == nil)
    }

    /// The package that E2B's own templates use says the same about the same figures.
    private static let tree = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    private static let reference = tree.path + "/.build/e2b-charts/bin/python"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: reference), "scripts/setup-charts was not run"))
    func agreesWithTheReference() async throws {
        let process = Process(), output = Pipe()
        // Through `env`: Process resolves links, and a virtual environment is one.
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            Self.reference, "\(Self.tree.path)/Tests/EngineTests/Interpreter/compare_charts.py",
            "\(Self.tree.path)/Sources/Engine/Interpreter/Kernels/charts.py",
        ]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && text.contains("figures agree"), "\(text)")
    }
}
