// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The classifier of a catalogue, made when it is first needed: most starts never look at content.
final class LazyClassifier: Sendable {
    private let made = Mutex<ContentClassifier?>(nil)

    func value(for packs: [LanguagePack]) -> ContentClassifier {
        made.withLock { made in
            if let made { return made }
            let classifier = ContentClassifier(packs: packs)
            made = classifier
            return classifier
        }
    }
}
