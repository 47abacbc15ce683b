// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// The layers, lowest first; arrows point down only (held by `--explicit-target-dependency-import-check error` and by
// ArchitectureTests):
//
//   nestbox                     the executable: argv to NestboxCommands
//   NestboxCommands             command line: parse, call Engine or HTTPAPI, print
//   HTTPAPI                     decode, call Engine, encode
//   NestboxClient               requests to a server; knows nothing of what they mean
//   Engine                      runs, queue, verdicts: the only place with policy
//   Store   Languages           SQLite reports | language packs, detection, diagnostics
//   NamespaceDriver  OCIDriver  MicroVMDriver   drivers of Isolation; drivers never import each other
//   Isolation                   driver protocol, sandbox plan, guest session, cgroups, seccomp profiles
//   GuestAgent  GuestTools      what runs as PID 1 inside | its file and connection tools (nestbox-guest is their executable)
//   nestbox-sudo                sudo of computer sandboxes; imports nothing, not even a C library
//   GuestWire                   frames between host and guest
//   LinuxSystem                 typed system calls; the only target that imports the C library
//   CLinux  CSeccomp  CZlib     C shims | libseccomp | zlib
//   CZygote  CClock             preloaded: makes interpreters zygotes | gives programs a clock
//   NestboxCore                 values everybody may import
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "nestbox",
    products: [
        .executable(name: "nestbox", targets: ["nestbox"]),
        .executable(name: "nestbox-guest", targets: ["nestbox-guest"]),
        .executable(name: "nestbox-sudo", targets: ["nestbox-sudo"]),
        .library(name: "nestbox-zygote", type: .dynamic, targets: ["CZygote"]),
        .library(name: "nestbox-clock", type: .dynamic, targets: ["CClock"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1"), traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
        .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
        .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.2")),
        .package(url: "https://github.com/apple/swift-http-types", .upToNextMinor(from: "1.8.0")),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", .upToNextMinor(from: "2.13.0")),
        .package(url: "https://github.com/groue/GRDB.swift", .upToNextMinor(from: "7.10.0")),
        .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "6.2.2")),
    ],
    targets: [
        .target(name: "NestboxCore", swiftSettings: strict),
        .target(name: "CLinux"),
        // Preloaded into interpreters, so it needs the C library and nothing else.
        .target(
            name: "CZygote",
            dependencies: ["CLinux"],
            linkerSettings: [
                .unsafeFlags([
                    "-nostartfiles", "-static-stdlib", "-Xclang-linker", "-nostdlib", "-Xlinker", "--as-needed", "-lc",
                ])
            ]
        ),
        // Preloaded into any program, so that it must bring nothing but the C library: another C++ library than the program's own
        // would be in its way. What swiftc adds to a link without a standard library of its own is in a file, which is ours.
        .target(
            name: "CClock",
            exclude: ["Link"],
            linkerSettings: [
                .unsafeFlags([
                    "-nostartfiles", "-static-stdlib", "-resource-dir",
                    Context.packageDirectory + "/Sources/CClock/Link",
                    "-Xclang-linker", "-nostdlib",
                ])
            ]
        ),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .target(name: "LinuxSystem", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "GuestWire", swiftSettings: strict),
        .target(name: "GuestAgent", dependencies: ["GuestWire", "LinuxSystem"], swiftSettings: strict),
        .target(name: "GuestTools", dependencies: ["GuestWire", "LinuxSystem"], swiftSettings: strict),
        .executableTarget(
            name: "nestbox-guest",
            dependencies: ["GuestAgent", "GuestTools", "LinuxSystem"],
            swiftSettings: strict,
            // One file that runs in any root filesystem: no shared library, no loader.
            linkerSettings: [.unsafeFlags(["-static-executable"])]
        ),
        .executableTarget(
            name: "nestbox-sudo",
            // No C library at all: every computer sandbox holds this file in memory.
            cSettings: [
                .unsafeFlags([
                    "-Os", "-ffreestanding", "-fno-stack-protector", "-fno-pie", "-Wall", "-Wextra", "-Werror",
                ])
            ],
            linkerSettings: [
                .unsafeFlags([
                    "-nostartfiles", "-static-stdlib", "-Xclang-linker", "-nostdlib", "-Xclang-linker", "-static",
                    "-Xlinker", "-no-pie", "-Xlinker", "--gc-sections",
                ])
            ]
        ),
        .target(
            name: "Isolation",
            dependencies: [
                "NestboxCore", "GuestWire", "LinuxSystem", "CSeccomp", .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["Seccomp/Profiles"],
            swiftSettings: strict,
            plugins: ["EmbedResources"]
        ),
        .target(
            name: "IsolationConformance",
            dependencies: ["NestboxCore", "GuestWire", "Isolation"],
            exclude: ["Starts/Programs"],
            swiftSettings: strict,
            plugins: ["EmbedResources"]
        ),
        .target(
            name: "NamespaceDriver",
            dependencies: ["NestboxCore", "GuestWire", "LinuxSystem", "Isolation"],
            swiftSettings: strict
        ),
        .target(
            name: "OCIDriver",
            dependencies: ["NestboxCore", "GuestWire", "LinuxSystem", "Isolation"],
            swiftSettings: strict
        ),
        .target(
            name: "MicroVMDriver",
            dependencies: ["NestboxCore", "GuestWire", "LinuxSystem", "Isolation"],
            swiftSettings: strict
        ),
        .target(
            name: "Languages",
            dependencies: ["NestboxCore", .product(name: "Yams", package: "Yams")],
            exclude: ["Model", "Packs"],
            swiftSettings: strict,
            plugins: ["EmbedResources"]
        ),
        .target(
            name: "Store",
            dependencies: ["NestboxCore", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict
        ),
        .target(
            name: "Engine",
            dependencies: [
                "NestboxCore", "GuestWire", "Isolation", "Languages", "Store",
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Interpreter/Kernels", "Judge/UnitTests/Harness", "Policy/Checkers"],
            swiftSettings: strict,
            plugins: ["EmbedResources"]
        ),
        .target(
            name: "HTTPAPI",
            dependencies: [
                "NestboxCore", "CZlib", "Engine",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["OpenAPI"],
            swiftSettings: strict,
            plugins: ["EmbedResources"]
        ),
        .target(
            name: "NestboxClient",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "NestboxCommands",
            dependencies: [
                "NestboxCore", "NestboxClient", "Engine", "HTTPAPI", "Isolation", "Languages", "MicroVMDriver",
                "NamespaceDriver",
                "OCIDriver",
                "Store",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "nestbox",
            dependencies: ["NestboxCommands"],
            swiftSettings: strict
        ),

        // Build tools: data files become Swift source, so that one executable is all there is to install.
        .executableTarget(name: "embed-resources", swiftSettings: strict),
        .plugin(name: "EmbedResources", capability: .buildTool(), dependencies: ["embed-resources"]),

        // Tests mirror the targets. RepositoryTests hold the rules of the tree; EndToEndTests drive the built executables.
        .testTarget(name: "NestboxCoreTests", dependencies: ["NestboxCore"], swiftSettings: strict),
        .testTarget(name: "LinuxSystemTests", dependencies: ["LinuxSystem"], swiftSettings: strict),
        .testTarget(name: "GuestWireTests", dependencies: ["GuestWire"], swiftSettings: strict),
        .testTarget(
            name: "GuestAgentTests", dependencies: ["GuestAgent", "GuestWire", "LinuxSystem"], swiftSettings: strict),
        .testTarget(
            name: "GuestToolsTests", dependencies: ["GuestTools", "GuestWire", "LinuxSystem"], swiftSettings: strict),
        .testTarget(
            name: "IsolationTests", dependencies: ["Isolation", "GuestWire", "LinuxSystem", "NestboxCore"],
            swiftSettings: strict),
        .testTarget(
            name: "NamespaceDriverTests",
            dependencies: [
                "NamespaceDriver",
                "Isolation",
                "IsolationConformance",
                "GuestWire",
                "LinuxSystem",
                "NestboxCore",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "OCIDriverTests",
            dependencies: [
                "OCIDriver",
                "Isolation",
                "IsolationConformance",
                "GuestWire",
                "LinuxSystem",
                "NestboxCore",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MicroVMDriverTests",
            dependencies: [
                "MicroVMDriver",
                "Isolation",
                "IsolationConformance",
                "GuestWire",
                "LinuxSystem",
                "NestboxCore",
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "LanguagesTests", dependencies: ["Languages", "NestboxCore"], swiftSettings: strict),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Store", "NestboxCore", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine",
                "GuestWire",
                "Isolation",
                "IsolationConformance",
                "Languages",
                "LinuxSystem",
                "NamespaceDriver",
                "NestboxCore",
                "Store",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HTTPAPITests",
            dependencies: [
                "HTTPAPI",
                "Engine",
                "NestboxCore",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NestboxCommandsTests",
            dependencies: [
                "NestboxCommands", "Engine", "HTTPAPI", "Isolation", "NestboxClient", "NestboxCore", "OCIDriver",
            ],
            swiftSettings: strict
        ),
        // What `make fuzz` runs, as tests: every kept input once more.
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Engine",
                "GuestAgent",
                "GuestWire",
                "HTTPAPI",
                "Isolation",
                "Languages",
                "LinuxSystem",
                "NestboxCommands",
                "NestboxCore",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            exclude: ["Corpus", "Dictionaries", "Driver", "Regressions"],
            swiftSettings: strict
        ),
        .testTarget(name: "RepositoryTests", dependencies: [], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["NestboxCore"],
            exclude: ["FaultInjection/wallclock.c"],
            swiftSettings: strict
        ),
    ]
)

// `make fuzz` gives the path of libFuzzer's archive. The fuzz targets are then an executable instead of tests, and this
// package's own libraries tell libFuzzer which code an input reached. Optimised, with every check of a debug build.
if let libFuzzer = Context.environment["NESTBOX_LIBFUZZER"],
    let replay = package.targets.first(where: { $0.name == "FuzzTests" })
{
    let instrumented: [SwiftSetting] = [.unsafeFlags(["-O", "-assert-config", "Debug", "-sanitize=fuzzer"])]
    for target in package.targets where target.type == .regular { target.swiftSettings? += instrumented }
    package.targets.removeAll { $0.type == .test }
    package.targets.append(
        .executableTarget(
            name: "nestbox-fuzz", dependencies: replay.dependencies, path: "Tests/FuzzTests",
            exclude: ["Corpus", "Dictionaries", "Regressions", "ReplayTests.swift"],
            swiftSettings: strict + instrumented,
            linkerSettings: [.unsafeFlags([libFuzzer]), .linkedLibrary("stdc++"), .linkedLibrary("m")]))
}
