// SPDX-License-Identifier: Apache-2.0

/// Columns of text. The last column is not padded.
struct TextTable {
    struct Cell {
        let text: String
        let colour: TextStyle.Colour?

        init(_ text: String, _ colour: TextStyle.Colour? = nil) {
            self.text = TerminalSanitizer.line(text)
            self.colour = colour
        }
    }

    let header: [String]
    let rows: [[Cell]]

    func lines(_ style: TextStyle) -> [String] {
        let all = [header.map { Cell($0, .bold) }] + rows
        let widths = header.indices.map { column in all.map { column < $0.count ? $0[column].text.count : 0 }.max() ?? 0
        }
        return all.map { row in
            row.enumerated().map { column, cell in
                let padding = column == row.count - 1 ? 0 : widths[column] - cell.text.count
                let text = cell.colour.map { style($0, cell.text) } ?? cell.text
                return text + String(repeating: " ", count: padding)
            }.joined(separator: "  ")
        }
    }
}
