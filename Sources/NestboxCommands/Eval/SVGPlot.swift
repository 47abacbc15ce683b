// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Plots as SVG text.
enum SVGPlot {
    private static let row = 24
    private static let label = 220
    private static let width = 760
    private static let bins = 24
    /// Characters of a label that stand beside its bar; the whole of it shows under the pointer.
    private static let mostCharacters = 28

    /// A horizontal bar for each value, which is at least 0.
    ///
    /// - Parameter most: What a whole bar means; nil means the largest value.
    static func bars(_ values: [(name: String, value: Double)], unit: String, most: Double? = nil) -> String {
        let most = max(most ?? values.map(\.value).max() ?? 0, .leastNormalMagnitude)
        let height = values.count * row
        var body = ""
        for (index, value) in values.enumerated() {
            let y = index * row
            let length = Int((min(1, value.value / most) * Double(width - label - 110)).rounded())
            let name = EvalReportPage.escaped(shortened(value.name))
            let title = "<title>\(EvalReportPage.escaped(value.name))</title>"
            body += "<text x=\"0\" y=\"\(y + 16)\">\(title)\(name)</text>"
            body += "<rect x=\"\(label)\" y=\"\(y + 4)\" width=\"\(max(1, length))\" height=\"16\"/>"
            body += "<text x=\"\(label + max(1, length) + 6)\" y=\"\(y + 16)\">\(number(value.value)) \(unit)</text>"
        }
        return svg(height, body, "\(values.count) bars")
    }

    private static func shortened(_ name: String) -> String {
        name.count <= mostCharacters ? name : name.prefix(mostCharacters - 1) + "\u{2026}"
    }

    /// How often values fall into classes up to the largest. Where values lie far apart, each class is so many times as wide as the
    /// one before: a few slow answers must not press all others into one bar.
    static func histogram(_ values: [Double], unit: String) -> String {
        let values = values.filter { $0 > 0 && $0.isFinite }.sorted()
        guard let least = values.first, let most = values.last else { return "<p>There is nothing to show.</p>" }
        let isLogarithmic = most > 8 * values[values.count / 2]
        let low = isLogarithmic ? least : 0
        func edge(_ index: Int) -> Double {
            let share = Double(index) / Double(bins)
            return isLogarithmic ? low * pow(most / low, share) : most * share
        }
        var counts = Array(repeating: 0, count: bins)
        for value in values {
            let share = isLogarithmic ? log(value / low) / log(most / low) : value / most
            counts[min(bins - 1, max(0, Int(share * Double(bins))))] += 1
        }
        let height = 150
        let highest = counts.max() ?? 1
        let step = width / bins
        var body = ""
        for (index, count) in counts.enumerated() where count > 0 {
            let tall = max(1, count * (height - 24) / highest)
            body += "<rect x=\"\(index * step)\" y=\"\(height - tall)\" width=\"\(step - 2)\" height=\"\(tall)\">"
            body += "<title>\(number(edge(index))) to \(number(edge(index + 1))) \(unit): \(count)</title></rect>"
            if count == highest {
                let x = index * step + step / 2
                let anchor = index == 0 ? "start" : "middle"
                body +=
                    "<text x=\"\(index == 0 ? 0 : x)\" y=\"\(height - tall - 5)\" text-anchor=\"\(anchor)\">\(count)</text>"
            }
        }
        body += "<line x1=\"0\" y1=\"\(height)\" x2=\"\(step * bins)\" y2=\"\(height)\"/>"
        for index in stride(from: 0, through: bins, by: 6) {
            let anchor = index == 0 ? "start" : index == bins ? "end" : "middle"
            body += "<text x=\"\(index * step)\" y=\"\(height + 16)\" text-anchor=\"\(anchor)\">"
            body += "\(number(edge(index)))\(index == bins ? " \(unit)" : "")</text>"
        }
        return svg(height + row, body, "\(values.count) values")
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() || value >= 100
            ? EvalSummary.decimal(value, 0) : EvalSummary.decimal(value, value < 1 ? 2 : 1)
    }

    private static func svg(_ height: Int, _ body: String, _ title: String) -> String {
        "<svg viewBox=\"0 0 \(width) \(height)\" width=\"100%\" role=\"img\" aria-label=\"\(title)\">\(body)</svg>"
    }
}
