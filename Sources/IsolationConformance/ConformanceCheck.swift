// SPDX-License-Identifier: Apache-2.0
public import Isolation
public import NestboxCore

/// One property that every isolation driver must show, checked through the driver protocol alone.
public struct ConformanceCheck: Sendable, CustomStringConvertible {
    /// Stable name, such as `output/keeps_streams_apart`.
    public let name: String
    /// Whether it is about a driver that declares to hold limits in this way.
    let concerns: @Sendable (LimitEnforcement) -> Bool
    /// The kernel it looks at; nil for any. What another kernel shows in `/proc` and `/sys` is not the host's.
    let kernel: DriverProperties.Kernel?
    let body: @Sendable (any IsolationDriver) async throws -> Void

    init(
        _ name: String, kernel: DriverProperties.Kernel? = nil,
        where concerns: @escaping @Sendable (LimitEnforcement) -> Bool = { _ in true },
        _ body: @escaping @Sendable (any IsolationDriver) async throws -> Void
    ) {
        self.name = name
        self.concerns = concerns
        self.kernel = kernel
        self.body = body
    }

    public var description: String { name }

    /// - Throws: ``ConformanceFailure`` saying what was expected and seen; whatever the driver throws.
    public func run(on driver: any IsolationDriver) async throws {
        try await body(driver)
    }
}

/// A driver does not do what the protocol promises.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String
}

/// The suite. A new driver passes all of it or is not a driver.
public enum IsolationConformance {
    /// What a driver must show that declares to hold limits in this way. Only checks of limits differ: each declared word
    /// has a check of its own, so a weaker declaration is held to what it still says.
    public static func checks(
        for enforcement: LimitEnforcement, kernel: DriverProperties.Kernel = .host
    ) -> [ConformanceCheck] {
        all.filter { $0.concerns(enforcement) && ($0.kernel ?? kernel) == kernel }
    }

    private static let all: [ConformanceCheck] =
        ProgramChecks.all + IdentityChecks.all + FileSystemChecks.all + LimitChecks.all + FileTransferChecks.all
        + LifeChecks.all + KernelChecks.all

    /// What a driver must show that offers the profile ``SandboxProfile/computer``.
    public static func computerChecks(kernel: DriverProperties.Kernel) -> [ConformanceCheck] {
        forComputers.filter { ($0.kernel ?? kernel) == kernel }
    }

    private static let forComputers = ComputerChecks.all + ComputerSecurityChecks.all + TerminalChecks.all

    /// What a driver must show that has zygotes.
    public static let startChecks: [ConformanceCheck] = StartChecks.all + FreshnessChecks.all
    /// Drivers that can start interpreters ahead pass these too.
    public static let aheadChecks: [ConformanceCheck] = AheadChecks.all
    /// Those of them that do not take minutes on a driver whose sandboxes take tenths of a second.
    public static let shortAheadChecks: [ConformanceCheck] = aheadChecks.filter { !AheadChecks.long.contains($0.name) }

    /// All there are, whichever a driver is held to.
    public static let everyCheck: [ConformanceCheck] = all + forComputers + startChecks + aheadChecks
}

func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw ConformanceFailure(description: message()) }
}

func requireEqual<Value: Equatable>(_ seen: Value, _ expected: Value, _ what: String) throws {
    if seen != expected { throw ConformanceFailure(description: "\(what): expected \(expected), saw \(seen)") }
}
