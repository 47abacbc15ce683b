// SPDX-License-Identifier: Apache-2.0
import NestboxCore
import Testing

@testable import Languages

@Suite("Versions of toolchains")
struct VersionTests {
    @Test func aVersionHasFilesAndPackagesOfItsOwn() throws {
        let lua = try #require(LanguageCatalog.builtIn().pack(named: "lua"))
        let old = try #require(lua.otherVersions.first { $0.selectedVersion == "5.1" })
        #expect(old.name == "lua")
        #expect(old.toolchain == "lua@5.1")
        #expect(lua.toolchain == "lua")
        #expect(old.requires == ["/usr/bin/lua5.1"])
        #expect(old.packages == ["lua5.1"])
        #expect(old.run.arguments == ["/usr/bin/lua5.1", "{source}"])
        #expect(old.version.arguments.first == "/usr/bin/lua5.1")
        #expect(old.otherVersions.isEmpty)
    }

    @Test func aToolchainElsewhereIsTakenWhereTheUsualOneIsMissing() throws {
        let swift = try #require(LanguageCatalog.builtIn().pack(named: "swift"))
        let placed = swift.placed { $0 == "/opt/swift/usr/bin/swiftc" }
        #expect(placed.compile?.arguments.first == "/opt/swift/usr/bin/swiftc")
        #expect(placed.version.arguments.first == "/opt/swift/usr/bin/swiftc")
        #expect(swift.placed { _ in true } == swift)
        #expect(swift.placed { _ in false } == swift)
    }

    @Test func whatIsBelowAReplacedPathMovesWithIt() throws {
        let java = try #require(LanguageCatalog.builtIn().pack(named: "java"))
        let other = try #require(java.otherVersions.first { $0.selectedVersion == "21" })
        #expect(other.requires.first == "/usr/lib/jvm/java-21-openjdk-amd64/bin/javac")
        #expect(other.compile?.arguments.first == "/usr/lib/jvm/java-21-openjdk-amd64/bin/javac")
        #expect(other.run.arguments.first == "/usr/lib/jvm/java-21-openjdk-amd64/bin/java")
    }

    @Test(arguments: [
        ("5.3", "lua@5.3"), ("5.3.6", "lua@5.3"), ("5.4.4", "lua"), ("5", "lua"), ("5.4", "lua"), ("5.33", nil),
        ("", nil),
        ("3", nil),
    ])
    func theFirstThatFitsIsChosen(wanted: String, toolchain: String?) throws {
        let lua = try #require(LanguageCatalog.builtIn().pack(named: "lua"))
        let old = try #require(lua.otherVersions.first { $0.selectedVersion == "5.3" })
        #expect(LanguagePack.choose(wanted, among: [(lua, "5.4.4"), (old, "5.3.6")])?.toolchain == toolchain)
    }

    @Test func anExplicitLanguageMayCarryAVersion() throws {
        let catalog = try LanguageCatalog.builtIn()
        let language = try catalog.detect(explicit: "Lua@5.3", code: "")
        #expect(language.pack.name == "lua")
        #expect(language.wantedVersion == "5.3")
        #expect(try catalog.detect(explicit: "c++@12", code: "").pack.name == "cpp")
        #expect(try catalog.detect(explicit: "lua", code: "").wantedVersion == nil)
        #expect(throws: RequestError.self) { try catalog.detect(explicit: "lau@5.3", code: "") }
    }

    @Test func aFenceOfOnePackWinsOverTheNameOfAnother() throws {
        let catalog = try LanguageCatalog.builtIn()
        #expect(try catalog.detect(fence: "sh", code: "").pack.name == "bash")
        #expect(try catalog.detect(explicit: "sh", code: "").pack.name == "sh")
        #expect(try catalog.detect(code: "#!/bin/sh\necho 1\n").pack.name == "sh")
        #expect(try catalog.detect(filename: "x.sh", code: "").pack.name == "bash")
    }
}

@Suite("Missing modules")
struct MissingModuleTests {
    @Test(arguments: [
        ("No module named 'cv2'", "cv2", "opencv-python", "python3-opencv"),
        ("No module named 'sklearn.svm'", "sklearn.svm", "scikit-learn", "python3-sklearn"),
        ("No module named 'requests'", "requests", "requests", "python3-requests"),
    ])
    func pythonTellsThePackage(message: String, name: String, package: String, debian: String) {
        let error = RunErrorReport(type: "ModuleNotFoundError", message: message, traceback: "", line: 1)
        let missing = MissingModule(error: error, format: .python)
        #expect(missing?.name == name)
        #expect(missing?.package == package)
        #expect(missing?.debianPackage == debian)
        #expect(missing?.suggestion.contains(debian) == true)
        #expect(MissingModule(error: error, format: .ruby) == nil)
    }

    @Test(arguments: [
        ("Cannot find module 'lodash/fp'\nRequire stack:\n- /home/user/main.js", "lodash/fp", "lodash", "node-lodash"),
        (
            "Cannot find package '@babel/core' imported from /home/user/main.mjs", "@babel/core", "@babel/core",
            "node-babel-core"
        ),
    ])
    func nodeTellsThePackage(message: String, name: String, package: String, debian: String) {
        let missing = MissingModule(
            error: RunErrorReport(type: "Error", message: message, traceback: "", line: 1), format: .node)
        #expect(missing?.name == name)
        #expect(missing?.package == package)
        #expect(missing?.debianPackage == debian)
    }

    @Test(arguments: [
        ("ModuleNotFoundError", "No module named 'os.x'; 'os' is not a package", DiagnosticsFormat.python),
        ("ImportError", "No module named 'cv2'", .python), ("ModuleNotFoundError", "No module named 'a b'", .python),
        ("Error", "Cannot find module './util'", .node), ("Error", "Cannot find module '/home/user/x'", .node),
        ("Error", "Cannot find module ''", .node), ("Error", "Cannot find module '@'", .node),
        ("Error", "other", .node),
    ])
    func otherErrorsTellNone(type: String, message: String, format: DiagnosticsFormat) {
        let error = RunErrorReport(type: type, message: message, traceback: "", line: nil)
        #expect(MissingModule(error: error, format: format) == nil)
    }
}
