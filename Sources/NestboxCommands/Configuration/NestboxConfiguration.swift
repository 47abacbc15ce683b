// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPAPI
import MicroVMDriver
import NestboxCore

/// Every setting of Nestbox with its default. Plain values: each one is well-formed, but they are not yet checked
/// against each other; that makes a ``ValidConfiguration``.
///
/// To add a setting: a field here with its default, a key in `ConfigurationSchema`, a row in docs/configuration.md
/// (a test prints the row), and, where settings constrain each other, a rule in ``ValidConfiguration``.
struct NestboxConfiguration: Sendable, Hashable {
    struct Server: Sendable, Hashable {
        /// What the HTTP server itself knows; its defaults are the server's.
        var http = ServerConfiguration()
        var apiKeyFile: String?
    }

    struct Engine: Sendable, Hashable {
        var concurrency: Int
        var queueLength = 256
        var defaultLimits = Limits.standard
        var compileLimits = Limits.standardCompile
        var maximumLimits = Limits.standardMaximum
        var collectBytes = 32 << 20
        var collectFiles = 256
        var reportsKept = 1000
        var batchesKept = 100
        var batchBytes = 8 << 30
        var judgementBytes = 256 << 20
        var database: String
        /// Where toolchain versions are remembered; not a setting, it follows from the machine.
        var cacheDirectory: String
    }

    struct Isolation: Sendable, Hashable {
        var driver = "namespace"
        var acceptRlimitOnly = false
        var cgroupParent: String?
        var extraPaths: [String] = []
        /// `NAME=KIND:PROGRAM ARGUMENT ...`, see `RuntimeRule`.
        var runtimes: [String] = []
        var templates: [String] = []
        var microVM = MicroVMConfiguration()
        var firecracker = FirecrackerConfiguration()
    }

    struct Computers: Sendable, Hashable {
        var most = 200
        var mostPerOwner = 200
        var limits = ComputerConfiguration.standardLimits
        var mostTimeout = 30 * 24 * 3_600_000
        var directory: String
        var storedBytes = 10 << 30
    }

    struct Warm: Sendable, Hashable {
        /// Their ``WarmConfiguration/zygotes`` stay the built-in ones; what the operator adds is below.
        var settings = WarmConfiguration()
        /// `NAME=MODULE+MODULE` or `NAME=MODULE:COUNT`, see `ZygoteRule`.
        var zygotes: [String] = []
    }

    /// What no run's text may say; see ``CodePolicy``. A list that is empty is not set.
    struct Policy: Sendable, Hashable {
        var allowedImports: [String] = []
        var deniedImports: [String] = []
        var allowedCalls: [String] = []
        var deniedCalls: [String] = []
        var allowedPackages: [String] = []
        var deniedPackages: [String] = []
        var restrictedPython = false
    }

    struct Languages: Sendable, Hashable {
        var packsDirectory: String?
    }

    var server = Server()
    var engine: Engine
    var isolation = Isolation()
    var computers: Computers
    var warm = Warm()
    var languages = Languages()
    var policy = Policy()

    init(defaultsFor machine: Machine) {
        engine = Engine(
            concurrency: machine.cores, database: machine.stateDirectory + "/nestbox.sqlite",
            cacheDirectory: machine.cacheDirectory)
        computers = Computers(directory: machine.stateDirectory + "/computers")
    }
}
