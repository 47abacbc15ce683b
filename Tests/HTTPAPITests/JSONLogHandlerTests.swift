// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import Logging
import Synchronization
import Testing

@Suite struct JSONLogHandlerTests {
    private func line(_ log: (Logger) -> Void) throws -> String {
        let lines = Mutex<[String]>([])
        log(
            Logger(label: "nest\"box") { label in
                JSONLogHandler(label: label) { line in lines.withLock { $0.append(line) } }
            })
        return try #require(lines.withLock { $0.count == 1 ? $0[0] : nil })
    }

    @Test func writesOneObjectPerLine() throws {
        let line = try line { $0.info("hello", metadata: ["b": "2", "a": ["x", "y"], "n": .stringConvertible(3)]) }
        #expect(line.hasSuffix("}\n"))
        #expect(line.contains(#""metadata":{"a":["x","y"],"b":"2","n":3}"#))
        let json = try JSON(parsing: line)
        #expect(json["level"] == .string("info"))
        #expect(json["logger"] == .string("nest\"box"))
        #expect(json["message"] == .string("hello"))
        #expect(json["time"]?.text?.contains(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) == true)
    }

    @Test func nothingBreaksALineOrReachesATerminal() throws {
        let hostile = "a\r\n\u{0}\u{1B}[2J\u{7F}\u{9B}31m\u{2028}\u{2029}\"\\é😀"
        let line = try line { $0.warning("\(hostile)", metadata: ["\(hostile)": "\(hostile)"]) }
        let controls = line.dropLast().unicodeScalars.filter {
            $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0 == "\u{2028}" || $0 == "\u{2029}"
        }
        #expect(controls.isEmpty)
        let json = try JSON(parsing: line)
        #expect(json["message"] == .string(hostile))
        #expect(json["metadata"]?[hostile] == .string(hostile))
    }

    @Test func keepsToItsLevel() {
        let lines = Mutex(0)
        let logger = Logger(label: "l") {
            JSONLogHandler(label: $0, level: .warning) { _ in lines.withLock { $0 += 1 } }
        }
        logger.info("no")
        logger.error("yes")
        #expect(lines.withLock { $0 } == 1)
    }
}
