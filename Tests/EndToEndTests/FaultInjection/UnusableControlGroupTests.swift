// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore
import Testing

extension EndToEnd {
    /// No control group can be made: nothing is run with weaker limits unless that was asked for.
    @Suite struct UnusableControlGroupTests {
        private static let readOnly =
            "for place in /sys/fs/cgroup /sys/fs/cgroup/*; do mount -o remount,bind,ro \"$place\" 2>/dev/null || true; done"
        private static let accepted = "isolation:\n  accept_rlimit_only: true\n"

        /// Becomes the user nobody, with what a toolchain below somebody's home has of libraries.
        private static func asNobody(_ home: URL) -> [String] {
            ["/usr/bin/env", "LD_LIBRARY_PATH=\(home.path)/lib"]
                + ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
        }

        /// A copy of the executables that everybody can read.
        private static func stage(_ home: URL) throws -> URL {
            let built = try Product.executable().deletingLastPathComponent().path
            try tool(
                "sh", "-ec",
                """
                chmod 755 \(home.path); chmod 777 \(home.path)/tmp
                mkdir \(home.path)/lib \(home.path)/bin; cp \(built)/nestbox \(built)/nestbox-guest \(home.path)/bin/
                ldd \(built)/nestbox | awk '$2 == "=>" && $3 ~ /swift/ { print $3 }' | xargs -r cp -t \(home.path)/lib
                chown 65534:65534 \(home.path)
                """)
            return home.appending(path: "bin/nestbox")
        }

        @Test(.asRoot) func aReadOnlyHierarchyIsRefusedWithWhatToDo() async throws {
            try await withScratchDirectory { home in
                let outcome = try await NestboxProcess.refusedServer(home: home, wrapper: privateMounts(Self.readOnly))
                #expect(outcome.exitCode == 125)
                #expect(outcome.stderr.contains("no sandbox can be made with the isolation driver 'namespace'"))
                #expect(outcome.stderr.contains("EROFS") && outcome.stderr.contains("isolation.cgroup_parent"))
                #expect(!outcome.stderr.contains("listening"))
            }
        }

        @Test(.asRoot) func weakerLimitsAreUsedWhereTheyWereAccepted() async throws {
            try await withServer(configuration: Self.accepted, wrapper: privateMounts(Self.readOnly)) { server in
                let report = try await server.run(python: "print(1)")
                #expect(report.verdict == .ok)
                #expect(report.isolation.limitsEnforcedBy == "rlimit")
            }
        }

        @Test(.asRoot) func anOrdinaryUserWithoutADelegatedGroupIsRefused() async throws {
            try await withScratchDirectory { home in
                let before = MachineState()
                let executable = try Self.stage(home)
                for arguments in [
                    ["serve", "--listen", "127.0.0.1:0"], ["run", "--language", "python", "--code", "print(1)"],
                ] {
                    let outcome = try await NestboxProcess(
                        arguments, home: home, wrapper: Self.asNobody(home), executable: executable
                    ).finish(within: .seconds(30))
                    #expect(outcome.exitCode == 125, "\(arguments)")
                    #expect(outcome.stdout.isEmpty)
                    #expect(outcome.stderr.contains("Delegate a group to this user"), "\(outcome.stderr)")
                }
                let run = ["run", "--json", "--language", "python", "--code", "print(1)"]
                let weaker = try await NestboxProcess(
                    run, home: home, environment: ["NESTBOX_ACCEPT_RLIMIT_ONLY": "true"], wrapper: Self.asNobody(home),
                    executable: executable
                ).finish(within: .seconds(30)).report()
                #expect(weaker.verdict == .ok)
                #expect(weaker.isolation.limitsEnforcedBy == "rlimit")
                await before.expectNothingLeft()
            }
        }
    }
}
