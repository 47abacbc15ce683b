// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Logging
import NestboxCore
import Testing

@testable import Engine

/// Who decides which driver runs something, and that nobody gets less than was asked for.
@Suite struct IsolationRulesTests {
    private struct Named: IsolationDriver {
        let name: String
        func status() async -> DriverStatus {
            DriverStatus(driver: name, available: true, limitsEnforcedBy: "nothing", findings: [])
        }
        func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] { [] }
        func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
            throw .lacks(spec.profile, because: "made by \(name)")
        }
        func sweep() async -> Int { 0 }
    }

    private static let rules = IsolationRules(
        drivers: ["namespace": Named(name: "namespace"), "gvisor": Named(name: "gvisor"), "crun": Named(name: "crun")],
        unavailable: ["microvm": "no kernel at /nowhere"], standard: "namespace",
        templates: ["base": "crun", "old": "microvm"])

    struct Choice: Sendable, CustomTestStringConvertible {
        let asked: String?
        let template: String
        let allowed: [String]?
        let driver: String
        var testDescription: String { "\(asked ?? "nothing") of \(template), \(allowed ?? ["all"]): \(driver)" }
    }

    @Test(arguments: [
        Choice(asked: nil, template: "default", allowed: nil, driver: "namespace"),
        Choice(asked: nil, template: "default", allowed: ["gvisor", "crun"], driver: "gvisor"),
        Choice(asked: nil, template: "base", allowed: ["gvisor", "crun"], driver: "crun"),
        Choice(asked: "gvisor", template: "base", allowed: ["crun", "gvisor"], driver: "gvisor"),
        Choice(asked: "strongest", template: "base", allowed: nil, driver: "gvisor"),
        Choice(asked: "strongest", template: "base", allowed: ["crun", "namespace"], driver: "namespace"),
        Choice(asked: nil, template: "default", allowed: ["strongest", "crun"], driver: "crun"),
    ])
    func whoDecides(_ choice: Choice) throws {
        #expect(
            try Self.rules.driver(asked: choice.asked, template: choice.template, allowed: choice.allowed).name
                == choice.driver)
    }

    @Test func whatIsNotAllowedOrNotThereIsRefused() {
        func code(_ asked: String?, _ template: String, _ allowed: [String]?) -> RequestError.Code? {
            do throws(RequestError) {
                _ = try Self.rules.driver(asked: asked, template: template, allowed: allowed)
                return nil
            } catch {
                return error.field == "isolation" ? error.code : nil
            }
        }
        #expect(code("namespace", "default", ["gvisor"]) == .isolationNotAllowed)
        #expect(code(nil, "base", ["gvisor"]) == .isolationNotAllowed)
        #expect(code(nil, "old", nil) == .isolationUnavailable)
        #expect(code(nil, "default", ["microvm"]) == .isolationUnavailable)
        #expect(code("strongest", "default", ["microvm"]) == .isolationUnavailable)
        #expect(code("magic", "default", nil) == .unknownIsolation)
        #expect(code("", "default", nil) == .unknownIsolation)
    }

    @Test func aRunGetsWhatItsKeySays() throws {
        let preparation = RunPreparation(
            configuration: EngineConfiguration(concurrency: 1), catalog: try EngineFixture.catalog.get(),
            drivers: Self.rules.drivers, unavailableDrivers: [:], fileExists: { _ in true })
        var request = RunRequest(code: "print(1)", language: "python")
        request.keyRules = KeyRules(isolation: ["crun"])
        guard case .program(let program) = try preparation.prepare(request) else {
            Issue.record("no program")
            return
        }
        #expect(program.driver.name == "crun")
        request.isolation = "namespace"
        let error = try #require(throws: RequestError.self) { try preparation.prepare(request) }
        #expect(error.code == .isolationNotAllowed)
    }

    @Test func aComputerGetsWhatItAsksForOrIsRefused() async throws {
        let directory = NSTemporaryDirectory() + "/nestbox-computers-" + ComputerSecret.word(12)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let manager = try await ComputerManager(
            ComputerConfiguration(directory: directory), isolation: Self.rules,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        func refusal(_ template: String, _ isolation: String?, _ allowed: [String]? = nil) async -> ComputerError? {
            let request = ComputerRequest(
                owner: "me", template: template, isolation: isolation, allowedIsolation: allowed)
            do throws(ComputerError) {
                _ = try await manager.create(request)
                return nil
            } catch {
                return error
            }
        }
        #expect(await refusal("base", nil)?.message.contains("made by crun") == true)
        #expect(await refusal("base", "gvisor")?.message.contains("made by gvisor") == true)
        #expect(await refusal("code-interpreter-v1", nil, ["gvisor"])?.message.contains("made by gvisor") == true)
        let missing = await refusal("base", "microvm")
        #expect(missing?.code == .invalidArgument && missing?.message.contains("/nowhere") == true)
        #expect(await refusal("base", "namespace", ["gvisor"])?.code == .invalidArgument)
        await manager.shutDown()
    }
}
