// SPDX-License-Identifier: Apache-2.0

extension ComputerManager {
    /// One task looks at every running computer; it ends when none runs.
    func startSampling() {
        guard sampler == nil else { return }
        sampler = Task { [weak self, clock] in
            while (try? await clock.sleep(clock.now() + MetricsHistory.interval)) != nil {
                guard let self, await self.sampleAll() else { return }
            }
        }
    }

    /// False when there is nothing to look at.
    private func sampleAll() -> Bool {
        let running = records.values.filter(\.isRunning)
        for record in running { sample(record) }
        if running.isEmpty { sampler = nil }
        return !running.isEmpty
    }

    /// What a computer uses now; nil when it does not run.
    func measure(_ id: String) -> ComputerMetrics? {
        guard let record = records[id], case .running(let computer) = record.state,
            let usage = try? computer.body.usage()
        else { return nil }
        return record.metrics.point(usage, at: clock.now(), date: clock.date(), configuration)
    }

    func sample(_ record: ComputerRecord) {
        guard case .running(let computer) = record.state, let usage = try? computer.body.usage() else { return }
        record.metrics.add(usage, at: clock.now(), date: clock.date(), configuration)
    }
}
