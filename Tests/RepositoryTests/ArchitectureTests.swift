// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The layers: which target may know which. The compiler holds what Package.swift declares
/// (`--explicit-target-dependency-import-check error`); this holds Package.swift.
@Suite struct ArchitectureTests {
    /// Every target of the product, lowest first, and the targets of this package it may depend on. Drivers of Isolation
    /// never see each other, Store and Languages neither; only NestboxCommands knows which drivers there are.
    static let layers: [(target: String, mayUse: Set<String>)] = [
        ("NestboxCore", []),
        ("CLinux", []),
        ("CZygote", ["CLinux"]),
        ("CClock", []),
        ("CSeccomp", []),
        ("CZlib", []),
        ("LinuxSystem", ["CLinux"]),
        ("GuestWire", []),
        ("GuestAgent", ["GuestWire", "LinuxSystem"]),
        ("GuestTools", ["GuestWire", "LinuxSystem"]),
        ("nestbox-guest", ["GuestAgent", "GuestTools", "LinuxSystem"]),
        ("nestbox-sudo", []),
        ("Isolation", ["NestboxCore", "GuestWire", "LinuxSystem", "CSeccomp"]),
        ("IsolationConformance", ["NestboxCore", "GuestWire", "Isolation"]),
        ("NamespaceDriver", ["NestboxCore", "GuestWire", "LinuxSystem", "Isolation"]),
        ("OCIDriver", ["NestboxCore", "GuestWire", "LinuxSystem", "Isolation"]),
        ("MicroVMDriver", ["NestboxCore", "GuestWire", "LinuxSystem", "Isolation"]),
        ("Languages", ["NestboxCore"]),
        ("Store", ["NestboxCore"]),
        ("Engine", ["NestboxCore", "GuestWire", "Isolation", "Languages", "Store"]),
        ("HTTPAPI", ["NestboxCore", "CZlib", "Engine"]),
        ("NestboxClient", []),
        (
            "NestboxCommands",
            [
                "NestboxCore", "NestboxClient", "Engine", "HTTPAPI", "Isolation", "Languages", "MicroVMDriver",
                "NamespaceDriver",
                "OCIDriver", "Store",
            ]
        ),
        ("nestbox", ["NestboxCommands"]),
        ("embed-resources", []),
    ]

    /// Modules that only some targets may import: one place to look for each.
    static let fences: [(modules: Set<String>, only: Set<String>)] = [
        (["Glibc", "Musl", "Bionic"], ["LinuxSystem"]),
        (["CLinux"], ["LinuxSystem"]),
        (["CSeccomp"], ["Isolation"]),
        (["CZlib"], ["HTTPAPI"]),
        (
            ["Foundation", "FoundationEssentials", "FoundationNetworking", "Dispatch"],
            ["Languages", "Store", "Engine", "HTTPAPI", "NestboxClient", "NestboxCommands", "embed-resources"]
        ),
        (["GRDB", "GRDBSQLite"], ["Store"]),
        (["Yams"], ["Isolation", "Languages", "NestboxCommands"]),
        (
            ["Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOWebSocket"], ["HTTPAPI"]
        ),
        (["NIOCore", "NIOPosix", "NIOHTTP1"], ["HTTPAPI", "NestboxClient"]),
        (["ArgumentParser"], ["NestboxCommands", "nestbox"]),
        (["ServiceLifecycle", "UnixSignals"], ["HTTPAPI", "NestboxCommands"]),
        (["Logging"], ["Engine", "HTTPAPI", "NestboxCommands"]),
    ]

    /// Modules of the toolchain, which no manifest declares.
    static let toolchain: Set<String> = [
        "Foundation", "FoundationEssentials", "Dispatch", "Glibc", "Synchronization", "Swift", "_Concurrency",
    ]

    private func sources(of target: String) throws -> [String] {
        try Repository.files(below: ["Sources/\(target)"], extensions: ["swift"])
    }

    private func imports(of target: String) throws -> Set<String> {
        let included = try Repository.files(below: ["Sources/\(target)"], extensions: ["c", "h"]).flatMap { path in
            try Repository.lines(path).compactMap {
                $0.text.wholeMatch(of: /#include <(C[A-Z]\w+)\.h>/).map { String($0.1) }
            }
        }
        return try sources(of: target).reduce(into: Set(included)) { $0.formUnion(try importedModules(of: $1)) }
    }

    @Test func everyTargetHasItsPlaceInTheLayers() throws {
        let declared = try Manifest().targets.filter { !$0.isTest && !$0.isPlugin }.map(\.name)
        #expect(Set(declared) == Set(Self.layers.map(\.target)))
    }

    @Test func arrowsPointDownOnly() throws {
        let manifest = try Manifest()
        var below: Set<String> = []
        for (name, mayUse) in Self.layers {
            #expect(mayUse.isSubset(of: below), "the table itself points up at \(name)")
            let target = try #require(manifest.target(name), "Package.swift has no target \(name)")
            let tooMany = target.targets.subtracting(mayUse)
            #expect(tooMany.isEmpty, "\(name) may not depend on \(tooMany.sorted())")
            below.insert(name)
        }
    }

    @Test func testsDoNotLinkExecutables() throws {
        for target in try Manifest().targets where target.isTest {
            let executables = target.targets.intersection(["nestbox", "nestbox-guest", "embed-resources"])
            #expect(executables.isEmpty, "\(target.name) depends on \(executables); use the library below it")
        }
    }

    @Test func importsAreDeclaredDependencies() throws {
        let manifest = try Manifest()
        for (name, _) in Self.layers {
            let target = try #require(manifest.target(name))
            let undeclared = try imports(of: name).subtracting(target.dependencies).subtracting(Self.toolchain)
            #expect(undeclared.isEmpty, "\(name) imports \(undeclared.sorted()), which Package.swift does not give it")
        }
    }

    @Test func declaredDependenciesAreImported() throws {
        let manifest = try Manifest()
        for (name, _) in Self.layers {
            let target = try #require(manifest.target(name))
            // A target with a placeholder has not been written yet.
            if try sources(of: name).contains(where: { $0.hasSuffix("/placeholder.swift") }) { continue }
            let unused = target.dependencies.subtracting(try imports(of: name))
            #expect(unused.isEmpty, "Package.swift gives \(name) \(unused.sorted()), which it never imports")
        }
    }

    @Test func fencedModulesStayInTheirTargets() throws {
        let files = try Repository.files(below: ["Sources"], extensions: ["swift"])
        for path in files {
            let target = String(path.split(separator: "/")[1])
            let imported = try importedModules(of: path)
            for fence in Self.fences where !fence.only.contains(target) {
                let strays = imported.intersection(fence.modules)
                #expect(strays.isEmpty, "\(path) imports \(strays.sorted()); only \(fence.only.sorted()) may")
            }
        }
    }

    /// BoringSSL is most of the build time of a server in Swift. Until a feature needs TLS, nothing that brings it is built,
    /// not for tests either.
    @Test func nothingBringsBoringSSLIntoTheBuild() throws {
        let packages: Set<String> = [
            "swift-nio-ssl", "async-http-client", "swift-crypto", "jwt-kit", "swift-certificates",
        ]
        let products: Set<String> = ["HummingbirdTLS", "HummingbirdHTTP2", "HummingbirdTesting", "NIOSSL", "Crypto"]
        let manifest = try Manifest()
        #expect(packages.isDisjoint(with: manifest.packages))
        for target in manifest.targets {
            #expect(
                target.packages.isDisjoint(with: packages) && target.products.isDisjoint(with: products),
                "\(target.name)")
        }
    }
}
