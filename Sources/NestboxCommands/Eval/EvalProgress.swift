// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Synchronization

/// How far an evaluation is: a line that is written over on a terminal, a line now and then elsewhere.
final class EvalProgress: Sendable {
    private struct State {
        var done: Int
        var passed: Int
        var shown: ContinuousClock.Instant?
        var width = 0
    }

    private static let barWidth = 24

    private let total: Int
    private let before: Int
    private let began = ContinuousClock.now
    private let sink: any OutputSink
    private let pause: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - done: Samples that were judged earlier, and how many of them passed.
    ///   - sink: Standard error.
    init(total: Int, done: Int, passed: Int, sink: any OutputSink) {
        self.total = total
        self.sink = sink
        before = done
        pause = sink.isTerminal ? .milliseconds(100) : .seconds(10)
        state = Mutex(State(done: done, passed: passed))
    }

    func add(_ result: EvalResult) async {
        let line = state.withLock { state -> String? in
            state.done += 1
            if result.isPassed { state.passed += 1 }
            let now = ContinuousClock.now
            // The first of a pipe's lines comes after its pause, too: a short evaluation needs none.
            let last = state.shown ?? (sink.isTerminal ? nil : began)
            if let last, now - last < pause { return nil }
            state.shown = now
            let text = text(state, after: now - began)
            defer { state.width = text.count }
            return sink.isTerminal
                ? "\r" + text + String(repeating: " ", count: max(0, state.width - text.count)) : text + "\n"
        }
        // Whoever does not look misses it; nothing else.
        if let line { try? await sink.write(Array(line.utf8)) }
    }

    /// Leaves the terminal's line as it was before.
    func end() async {
        let width = state.withLock { $0.width }
        guard sink.isTerminal, width > 0 else { return }
        try? await sink.write(Array("\r\(String(repeating: " ", count: width))\r".utf8))
    }

    private func text(_ state: State, after time: Duration) -> String {
        let share = total == 0 ? 1 : Double(state.done) / Double(total)
        let filled = Int(share * Double(Self.barWidth))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.barWidth - filled)
        let seconds = time / .seconds(1)
        let rate = seconds > 0 ? Double(state.done - before) / seconds : 0
        var text = "[\(bar)] \(state.done)/\(total), \(state.passed) passed"
        if rate > 0 {
            text += ", \(EvalSummary.decimal(rate, 1))/s"
            let left = Double(total - state.done) / rate
            text += ", \(Self.time(left)) left"
        }
        return text
    }

    /// `42 s`, `3:07` or `1:02:03`.
    static func time(_ seconds: Double) -> String {
        let all = Int(min(seconds.rounded(.up), 1e9))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if all < 60 { return "\(all) s" }
        if all < 3600 { return "\(all / 60):\(two(all % 60))" }
        return "\(all / 3600):\(two(all / 60 % 60)):\(two(all % 60))"
    }
}
