// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// Limits that the host holds, and the counters it reads. Which of them concern a driver follows from what it declares.
enum LimitChecks {
    static let all: [ConformanceCheck] = memory + processes + cpu + general

    private static let general: [ConformanceCheck] = [
        ConformanceCheck("limits/are_held_as_the_status_says") { driver in
            let status = await driver.status()
            try await withSandbox(driver) { sandbox in
                try requireEqual(sandbox.enforcement, status.enforcement, "how limits are held")
                try requireEqual(sandbox.limitsEnforcedBy, status.limitsEnforcedBy, "what holds limits")
            }
        },
        ConformanceCheck("limits/open_files_and_core_files") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell("ulimit -n; ulimit -c; ulimit -Hc")
                try requireEqual(run.text, "256\n0\n0\n", "resource limits")
            }
        },
    ]

    /// Uses so many MiB for good.
    private static func use(_ mebibytes: Int) -> String {
        "b = bytearray(\(mebibytes) << 20)\nfor i in range(0, len(b), 4096): b[i] = 1\n"
    }

    private static let memory: [ConformanceCheck] = [
        ConformanceCheck("limits/memory_of_all_processes_together", where: { $0.memory == .sandbox }) { driver in
            try await withSandbox(driver) { sandbox in
                // Two processes of 90 MiB each: neither is over the limit of 128 MiB alone.
                let run = try? await sandbox.python(
                    "import os, time\nos.fork()\n" + use(90) + "time.sleep(1); print('survived')")
                let kills = try sandbox.usage().memoryKills
                try require(kills > 0, "the kernel killed nothing; stdout \(run?.text ?? "none")")
            }
        },
        ConformanceCheck("limits/memory_of_each_process", where: { $0.memory == .process }) { driver in
            try await withSandbox(driver) { sandbox in
                try requireEqual(try await sandbox.python(use(60) + "print('used')").text, "used\n", "within the limit")
                let run = try await sandbox.python(use(140) + "print('used')")
                try requireEqual(run.text, "", "140 MiB under a limit of 128 MiB")
                try require(run.errorText.contains("MemoryError"), "stderr: \(run.errorText)")
            }
        },
        ConformanceCheck("limits/memory_peak_is_counted", where: { $0.memoryPeak != .watched }) { driver in
            try await withSandbox(driver) { sandbox in
                _ = try await sandbox.python(use(60))
                let peak = try sandbox.usage().memoryPeakBytes
                try require(peak > 60 << 20 && peak <= 128 << 20, "peak of \(peak) bytes")
            }
        },
        ConformanceCheck("limits/memory_peak_is_seen", where: { $0.memoryPeak == .watched }) { driver in
            try await withSandbox(driver) { sandbox in
                let code = use(60) + "print('ready', flush=True)\ninput()"
                let spec = ProgramSpec(
                    arguments: ["/usr/bin/python3", "-c", code], environment: checkEnvironment,
                    directory: SandboxPath.home)
                let program = try await sandbox.guest.start(spec)
                guard case .output(.stdout, _)? = try await program.next() else {
                    throw ConformanceFailure(description: "the program did not start")
                }
                _ = try sandbox.usage()
                program.closeInput()
                _ = try await program.transcript()
                let peak = try sandbox.usage().memoryPeakBytes
                try require(peak > 60 << 20, "peak of \(peak) bytes, which was looked at")
            }
        },
        ConformanceCheck("limits/memory_peak_starts_anew_with_new_limits", where: { $0.memoryPeak == .stage }) {
            driver in
            try await withSandbox(driver) { sandbox in
                _ = try await sandbox.python(use(60))
                try await sandbox.apply(.check)
                _ = try await sandbox.shell("true")
                let peak = try sandbox.usage().memoryPeakBytes
                try require(peak < 60 << 20, "peak of \(peak) bytes, of which 60 MiB are from before")
            }
        },
        ConformanceCheck("limits/memory_can_be_changed_in_a_living_sandbox") { driver in
            try await withSandbox(driver) { sandbox in
                try requireEqual(try await sandbox.python(use(80) + "print('used')").text, "used\n", "within the limit")
                var limits = Limits.check
                limits.memoryBytes = 64 << 20
                try await sandbox.apply(limits)
                // A kernel of the sandbox's own goes with what it uses.
                let run = try? await sandbox.python(use(80) + "print('used')")
                try requireEqual(run?.text ?? "", "", "80 MiB under a limit of 64 MiB")
                if run == nil {
                    try require(try sandbox.usage().memoryKills > 0, "the guest went, and nothing was killed")
                }
            }
        },
    ]

    private static let threads = """
        import threading, time
        threading.stack_size(1 << 18)
        n = 0
        try:
            for n in range(200): threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()
        except RuntimeError: pass
        print(16 < n <= 32)
        """

    private static let processes: [ConformanceCheck] = [
        ConformanceCheck("limits/processes_and_threads", where: { $0.processes == .sandbox }) { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(threads)
                try requireEqual(run.text, "True\n", "threads started: \(run.errorText)")
            }
        },
        ConformanceCheck("limits/processes_of_one_sandbox_are_not_anothers", where: { $0.processes == .sandbox }) {
            driver in
            try await withSandbox(driver) { first in
                let waiting = "for i in $(seq 25); do sleep 100 & done; echo ready; sleep 100"
                let spec = ProgramSpec(
                    arguments: ["/bin/sh", "-c", waiting], environment: checkEnvironment, directory: SandboxPath.home)
                let program = try await first.guest.start(spec)
                guard case .output(.stdout, _)? = try await program.next() else {
                    throw ConformanceFailure(description: "the program did not start")
                }
                try await withSandbox(driver) { second in
                    let run = try await second.shell("for i in $(seq 25); do sleep 0 & done; wait; echo fine")
                    try requireEqual(run.text + run.errorText, "fine\n", "25 processes beside another sandbox's")
                }
                try await first.guest.killAll()
            }
        },
        ConformanceCheck("limits/refusals_are_counted", where: \.tellsRefusals) { driver in
            try await withSandbox(driver) { sandbox in
                _ = try await sandbox.python(threads)
                try require(try sandbox.usage().processRefusals > 0, "no refusal of a thread was counted")
                _ = try? await sandbox.python(use(200))
                try require(try sandbox.usage().memoryKills > 0, "no kill was counted")
            }
        },
        ConformanceCheck("limits/processes_can_be_changed_in_a_living_sandbox") { driver in
            try await withSandbox(driver) { sandbox in
                var limits = Limits.check
                limits.processes = 4
                try await sandbox.apply(limits)
                let run = try await sandbox.shell("for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait; echo over")
                try require(
                    run.errorText.contains("fork") || run.errorText.contains("Cannot"),
                    "no fork failed: \(run.errorText)")
            }
        },
    ]

    private static let cpu: [ConformanceCheck] = [
        ConformanceCheck(
            "limits/cpu_time_is_counted_over_all_processes", kernel: .host, where: { $0.cpuTime == .sandbox }
        ) { driver in
            let (used, own) = try await cpuTimeOfTwoProcesses(driver)
            try require(
                used > .milliseconds(600) && used >= own && used < own * 2, "CPU time of \(used); own count \(own)")
        },
        // Clock ticks are coarse, and a process counts once its parent has waited for it.
        ConformanceCheck("limits/cpu_time_is_seen_over_all_processes", where: { $0.cpuTime == .watched }) { driver in
            let (used, own) = try await cpuTimeOfTwoProcesses(driver)
            try require(used > .milliseconds(500) && used < own * 2, "CPU time of \(used); own count \(own)")
        },
        ConformanceCheck("limits/cpu_quota_holds", where: { $0.cpuRate == .sandbox }) { driver in
            var limits = Limits.check
            limits.milliCPU = 300
            try await withSandbox(driver, limits: limits) { sandbox in
                let clock = ContinuousClock()
                let (before, began) = (try sandbox.usage().cpu, clock.now)
                _ = try await sandbox.shell("for i in 1 2; do timeout 2 sh -c 'while :; do :; done' & done; wait")
                let (used, wall) = (try sandbox.usage().cpu - before, began.duration(to: clock.now))
                // 2 s of two processes would be 4 s; on a busy machine they take longer to end, and the kernel hands time out
                // in slices to each processor.
                try require(
                    used < wall * 70 / 100 + .milliseconds(300),
                    "CPU time of \(used) in \(wall) with a quota of 0.3 CPUs")
            }
        },
    ]

    /// Each uses 0.3 s of its own CPU time, however busy the machine is; what was used, and what they counted themselves.
    private static func cpuTimeOfTwoProcesses(
        _ driver: any IsolationDriver
    ) async throws -> (used: Duration, own: Duration) {
        try await withSandbox(driver) { sandbox in
            let before = try sandbox.usage().cpu
            let run = try await sandbox.python(
                """
                import os, resource, time
                os.fork()
                while time.process_time() < 0.3: pass
                try: os.wait()
                except OSError: os._exit(0)
                seconds = 0
                for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
                    use = resource.getrusage(who)
                    seconds += use.ru_utime + use.ru_stime
                print(int(seconds * 1e6))
                """)
            guard let own = Int(run.text.filter(\.isNumber)) else {
                throw ConformanceFailure(description: "the program failed: \(run.errorText)")
            }
            return (try sandbox.usage().cpu - before, .microseconds(own))
        }
    }
}
