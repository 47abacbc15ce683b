// SPDX-License-Identifier: Apache-2.0

/// Version of this build, as `nestbox --version` and the capabilities tell it (semver.org).
enum NestboxVersion {
    static let current = "0.1.0"
}
