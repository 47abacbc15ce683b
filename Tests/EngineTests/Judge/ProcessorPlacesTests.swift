// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Engine

@Suite struct ProcessorPlacesTests {
    @Test func nobodySharesAProcessorWhileAnotherIsFree() {
        let places = ProcessorPlaces(count: 3)
        #expect(Set((0..<3).map { _ in places.take() }) == [0, 1, 2])
        #expect(places.take() == 0)
        places.give(back: 2)
        #expect(places.take() == 2)
    }

    @Test func oneProcessorIsEverybodys() {
        let places = ProcessorPlaces(count: 0)
        #expect(places.take() == 0)
        #expect(places.take() == 0)
    }
}
