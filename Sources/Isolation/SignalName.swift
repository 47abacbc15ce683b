// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Names of signals in reports.
public enum SignalName {
    /// `SIGKILL` for 9; `signal N` for a number without a name.
    public static func of(_ number: Int32) -> String {
        Processes.signalName(number) ?? "signal \(number)"
    }
}
