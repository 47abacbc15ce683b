// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import NestboxCommands

@Suite struct OutputDirectoryTests {
    private let scratch: TemporaryDirectory

    init() throws { scratch = try TemporaryDirectory() }

    private func directory(_ name: String = "out", replacing: Bool = false) throws -> OutputDirectory {
        try OutputDirectory(path: "\(scratch.path)/\(name)", replacing: replacing)
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(scratch.path)/\(name)", withDestinationPath: target)
    }

    @Test func writesFilesAndTheDirectoriesOnTheirWay() throws {
        let out = try directory("a/b/out")
        try out.write(Array("1".utf8), to: "x.csv")
        try out.write(Array("2".utf8), to: "plots/deep/y.png")
        try out.write([], to: "odd \u{1b}[2J\nname")
        #expect(try scratch.read("a/b/out/x.csv") == "1")
        #expect(try scratch.read("a/b/out/plots/deep/y.png") == "2")
        #expect(try scratch.read("a/b/out/odd \u{1b}[2J\nname") == "")
    }

    @Test(arguments: [
        "", "/etc/passwd", "//x", "..", "../x", "a/../../x", "a/..", ".", "a/./b", "a//b", "a/", "x\0y",
        String(repeating: "d/", count: 64) + "x", String(repeating: "n", count: 256),
    ])
    func refusesHostileNames(name: String) throws {
        let out = try directory()
        let error = #expect(throws: CommandError.self) { try out.write([1], to: name) }
        #expect(error?.status == .failure)
        #expect(try scratch.names() == ["out"])
    }

    @Test func doesNotFollowALinkPlantedAsADirectory() throws {
        let out = try directory()
        try FileManager.default.createDirectory(atPath: scratch.path + "/victim", withIntermediateDirectories: false)
        try link("out/plots", to: scratch.path + "/victim")
        for replacing in [false, true] {
            let out = replacing ? try directory(replacing: true) : out
            let error = #expect(throws: CommandError.self) { try out.write([1], to: "plots/x") }
            #expect(error?.message.contains("'plots'") == true)
        }
        #expect(try scratch.names() == ["out", "out/plots", "victim"])
    }

    @Test func doesNotWriteThroughALinkPlantedAsAFile() throws {
        try scratch.file("victim", "precious")
        _ = try directory()
        try link("out/x", to: "../victim")
        #expect(throws: CommandError.self) { try directory().write([1], to: "x") }
        #expect(try scratch.read("victim") == "precious")

        try directory(replacing: true).write(Array("new".utf8), to: "x")
        #expect(try scratch.read("victim") == "precious")
        #expect(try scratch.read("out/x") == "new")
    }

    @Test func doesNotCreateTheTargetOfADanglingLink() throws {
        _ = try directory()
        try link("out/x", to: "../made-by-accident")
        #expect(throws: CommandError.self) { try directory().write([1], to: "x") }
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/made-by-accident"))
    }

    @Test func doesNotChangeAFileThatHasAnotherName() throws {
        try scratch.file("victim", "precious")
        let out = try directory(replacing: true)
        try FileManager.default.linkItem(atPath: scratch.path + "/victim", toPath: scratch.path + "/out/x")
        try out.write(Array("new".utf8), to: "x")
        #expect(try scratch.read("victim") == "precious")
        #expect(try scratch.read("out/x") == "new")
    }

    @Test func keepsAFileUnlessToldToReplaceIt() throws {
        let out = try directory()
        try out.write(Array("old".utf8), to: "x")
        let error = #expect(throws: CommandError.self) { try out.write(Array("new".utf8), to: "x") }
        #expect(error?.message.contains("--force") == true)
        #expect(try scratch.read("out/x") == "old")
        try directory(replacing: true).write(Array("new".utf8), to: "x")
        #expect(try scratch.read("out/x") == "new")
        #expect(try scratch.names() == ["out", "out/x"])
    }

    @Test func leavesNothingWhenADirectoryIsInTheWay() throws {
        let out = try directory(replacing: true)
        try out.write([1], to: "x/y")
        #expect(throws: CommandError.self) { try out.write([1], to: "x") }
        #expect(try scratch.names() == ["out", "out/x", "out/x/y"])
    }

    @Test func refusesAFileAsADirectory() throws {
        try scratch.file("out", "a file")
        let error = #expect(throws: CommandError.self) { try directory() }
        #expect(error?.status == .usage)
    }
}
