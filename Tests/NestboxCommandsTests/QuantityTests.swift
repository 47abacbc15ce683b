// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import NestboxCommands

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("0", 0), ("1048576", 1 << 20), ("100B", 100), ("512M", 512 << 20), ("512MiB", 512 << 20),
            ("512m", 512 << 20),
            ("1G", 1 << 30), ("1GiB", 1 << 30), ("1.5GiB", 3 << 29), ("4KiB", 4096), ("0.5K", 512), ("2TiB", 2 << 40),
            ("64 MiB", 64 << 20),
        ] as [(String, Int)])
    func readsSizes(text: String, bytes: Int) throws {
        #expect(try ByteSize.parse(text) == bytes)
    }

    @Test(arguments: [
        "", "M", "-1", "+1", "1MB", "1kb", "1.2.3M", "1.M", ".5M", "0.3K", "1e9", "0x10", "10 M iB",
        "9223372036854775808",
        "9000000TiB", "1.0000000001G", "٣", "512MiB/s",
    ])
    func refusesSizesThatAreNotExact(text: String) {
        #expect(throws: ValueError.self) { try ByteSize.parse(text) }
    }

    @Test(
        arguments: [
            ("10s", 10_000), ("500ms", 500), ("10", 10_000), ("1.5", 1500), ("0.25s", 250), ("2m", 120_000),
            ("1h", 3_600_000),
            ("0", 0),
        ] as [(String, Int)])
    func readsTimes(text: String, milliseconds: Int) throws {
        #expect(try TimeText.parse(text) == milliseconds)
    }

    @Test(arguments: ["", "s", "-5", "10sec", "1.5ms", "10S", "1m30s", "ten", "1,5s", "99999999999999999h"])
    func refusesTimesThatAreNotWholeMilliseconds(text: String) {
        #expect(throws: ValueError.self) { try TimeText.parse(text) }
    }

    @Test(arguments: [0, 1, 1023, 1024, 1 << 20, 3 << 29, (1 << 30) + 1, 1 << 42])
    func writesSizesThatReadBack(bytes: Int) throws {
        #expect(try ByteSize.parse(ByteSize.text(bytes)) == bytes)
    }

    @Test(arguments: [0, 1, 999, 1000, 1500, 60_000, 90_000, 3_600_000, 604_800_000])
    func writesTimesThatReadBack(milliseconds: Int) throws {
        #expect(try TimeText.parse(TimeText.text(milliseconds)) == milliseconds)
    }

    @Test(arguments: [("1", 1000), ("0.5", 500), ("4", 4000), ("0.001", 1), ("1.25", 1250)])
    func readsAndWritesCPUs(text: String, milli: Int) throws {
        #expect(try CPUCount.parse(text) == milli)
        #expect(CPUCount.text(milli) == text)
    }

    @Test(arguments: ["", "0.0001", "1 core", "-1", "two"])
    func refusesCPUsThatAreNotThousandths(text: String) {
        #expect(throws: ValueError.self) { try CPUCount.parse(text) }
    }
}
