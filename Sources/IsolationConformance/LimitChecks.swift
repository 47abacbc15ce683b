// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

/// Limits that the host holds, and the counters it reads.
enum LimitChecks {
    static let all: [ConformanceCheck] = [
        ConformanceCheck("limits/memory_of_all_processes_together") { driver in
            try await withSandbox(driver) { sandbox in
                // Two processes of 90 MiB each: neither is over the limit of 128 MiB alone.
                let code = "import os\\nos.fork()\\nb = bytearray(90 << 20)\\nfor i in range(0, len(b), 4096): b[i] = 1\\nimport time; time.sleep(1); print('survived')"
                let run = try? await sandbox.python(code.replacingEscapedNewlines)
                let kills = try sandbox.usage().memoryKills
                try require(kills > 0, "the kernel killed nothing; stdout \(run?.text ?? "none")")
            }
        },
        ConformanceCheck("limits/memory_peak_is_counted") { driver in
            try await withSandbox(driver) { sandbox in
                _ = try await sandbox.python("b = bytearray(60 << 20)\nfor i in range(0, len(b), 4096): b[i] = 1")
                let peak = try sandbox.usage().memoryPeakBytes
                try require(peak > 60 << 20 && peak <= 128 << 20, "peak of \(peak) bytes")
            }
        },
        ConformanceCheck("limits/processes_and_threads") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.python(
                    """
                    import os, threading, time
                    n = 0
                    try:
                        for n in range(200): threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()
                    except RuntimeError: pass
                    print(n <= 32)
                    """)
                try requireEqual(run.text, "True\n", "threads started: \(run.errorText)")
                try require(try sandbox.usage().processRefusals > 0, "no refusal was counted")
            }
        },
        ConformanceCheck("limits/cpu_time_is_counted_over_all_processes") { driver in
            try await withSandbox(driver) { sandbox in
                let before = try sandbox.usage().cpu
                // Each of two processes uses 0.3 s of its own CPU time, however busy the machine is.
                let run = try await sandbox.python("import os, time\nos.fork()\nwhile time.process_time() < 0.3: pass\ntry: os.wait()\nexcept OSError: os._exit(0)\nprint(os.times()[:4])")
                let used = try sandbox.usage().cpu - before
                try require(used > .milliseconds(600) && used < .seconds(5), "CPU time of \(used); the program saw \(run.text)")
            }
        },
        ConformanceCheck("limits/cpu_quota_holds") { driver in
            var limits = Limits.check
            limits.milliCPU = 300
            try await withSandbox(driver, limits: limits) { sandbox in
                let before = try sandbox.usage().cpu
                _ = try await sandbox.shell("for i in 1 2; do timeout 2 sh -c 'while :; do :; done' & done; wait")
                let used = try sandbox.usage().cpu - before
                try require(used < .milliseconds(1200), "CPU time of \(used) in 2 s with a quota of 0.3 CPUs")
            }
        },
        ConformanceCheck("limits/can_be_changed_in_a_living_sandbox") { driver in
            try await withSandbox(driver) { sandbox in
                var limits = Limits.check
                limits.processes = 4
                try sandbox.apply(limits)
                let run = try await sandbox.shell("for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait; echo over")
                try require(run.errorText.contains("fork") || run.errorText.contains("Cannot"), "no fork failed: \(run.errorText)")
            }
        },
        ConformanceCheck("limits/open_files_and_core_files") { driver in
            try await withSandbox(driver) { sandbox in
                let run = try await sandbox.shell("ulimit -n; ulimit -c; ulimit -Hc")
                try requireEqual(run.text, "256\n0\n0\n", "resource limits")
            }
        },
    ]
}

extension String {
    fileprivate var replacingEscapedNewlines: String { split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n") }
}
