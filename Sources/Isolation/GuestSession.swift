// SPDX-License-Identifier: Apache-2.0

/// The host's end of the stream to one guest agent.
public final class GuestSession: Sendable {
    init() {}
}
