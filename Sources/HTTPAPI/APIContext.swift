// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Logging
import NIOCore
import NestboxCore

/// What belongs to one request beside the request itself.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection it came on.
    let channel: any Channel
    /// What holds for the API key that was shown; nil when nothing does but what holds for all.
    var keyRules: KeyRules?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
