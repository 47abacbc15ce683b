// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Testing

@testable import HTTPAPI

@Suite struct ConnectionStateTests {
    private static let limits = ConnectionLimits(
        headerTimeout: .seconds(10), bodyTimeout: .seconds(30), idleTimeout: .seconds(60))

    private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    private func fresh() -> ConnectionState { ConnectionState(limits: Self.limits, now: time(0)) }

    /// A connection whose request has arrived at second 1.
    private func answering(keepAlive: Bool = true) -> ConnectionState {
        var state = fresh()
        state.headReceived(keepAlive: keepAlive, now: time(1))
        state.requestEnded()
        return state
    }

    @Test func anIdleConnectionEnds() {
        var state = fresh()
        #expect(state.deadline == time(60))
        #expect(state.expired(now: time(59)) == .nothing)
        #expect(state.expired(now: time(60)) == .close)
    }

    @Test func aYoungConnectionDoesNotMakeRoomForAnother() {
        let youth = Self.limits.youth
        var state = fresh()
        #expect(state.eviction(now: time(0)) == .askAgain(at: time(0) + youth))
        #expect(state.eviction(now: time(0) + youth) == .close)
        // Its request came meanwhile.
        state.headReceived(keepAlive: true, now: time(0) + youth)
        #expect(state.eviction(now: time(9)) == .stay)
        #expect(answering().eviction(now: time(9)) == .stay)
    }

    @Test func aHeaderThatDripsInEndsWithoutAnAnswer() {
        var state = fresh()
        state.readCompleted(withParts: false, now: time(5))
        state.readCompleted(withParts: false, now: time(14))
        #expect(state.deadline == time(15))
        #expect(state.expired(now: time(15)) == .close)
    }

    @Test func aBodyThatDripsInIsAnsweredAndThenCutOff() {
        var state = fresh()
        state.headReceived(keepAlive: true, now: time(1))
        #expect(state.bodyReceived(bytes: 1) == .forward)
        #expect(state.deadline == time(31))
        #expect(state.expired(now: time(31)) == .requestTimedOut)
        #expect(state.closesAfterResponse)
        #expect(state.expired(now: time(32)) == .nothing)
        #expect(state.expired(now: time(33)) == .close)
    }

    @Test func withPatienceOnlyAPauseCounts() {
        var state = fresh()
        state.headReceived(keepAlive: true, now: time(1))
        state.beginPatience(ConnectionPatience(bodyPause: .seconds(300)), now: time(2))
        #expect(state.deadline == time(302))
        state.bodyProgressed(now: time(200))
        #expect(state.deadline == time(500))
        #expect(state.expired(now: time(500)) == .requestTimedOut)
        var endless = fresh()
        endless.headReceived(keepAlive: true, now: time(1))
        endless.beginPatience(ConnectionPatience(bodyPause: nil), now: time(2))
        #expect(endless.deadline == nil)
        _ = endless.responseBegan(wantsClose: false, rest: nil)
        endless.writeBegan(now: time(10))
        #expect(endless.deadline == time(610))
        // The next request is an ordinary one again.
        endless.headReceived(keepAlive: true, now: time(20))
        endless.writeEnded(now: time(20))
        #expect(endless.deadline == time(50))
    }

    @Test func aRunMayTakeAsLongAsItTakes() {
        var state = answering()
        #expect(state.deadline == nil)
        #expect(state.expired(now: time(100_000)) == .nothing)
    }

    @Test func aReaderThatTakesNothingEnds() {
        var state = answering()
        _ = state.responseBegan(wantsClose: false, rest: 0)
        state.writeBegan(now: time(10))
        state.writeBegan(now: time(20))
        #expect(state.deadline == time(70))
        state.writeEnded(now: time(50))
        #expect(state.deadline == time(110))
        #expect(state.expired(now: time(110)) == .close)
    }

    @Test func isUsedAgainWhenBothHalvesAreOver() {
        var state = answering()
        #expect(state.holdsInput)
        #expect(state.responseBegan(wantsClose: false, rest: 0) == false)
        state.responseEnded()
        #expect(state.responseDelivered(now: time(2)) == .reuse)
        #expect(!state.holdsInput)
        #expect(state.isIdle)
        #expect(state.deadline == time(62))
    }

    @Test func readsTheRestOfASmallBodyAfterItsResponse() {
        var state = fresh()
        state.headReceived(keepAlive: true, now: time(1))
        #expect(state.responseBegan(wantsClose: false, rest: 1000) == false)
        state.responseEnded()
        #expect(state.responseDelivered(now: time(2)) == .readOn)
        #expect(state.bodyReceived(bytes: 1000) == .forward)
        state.requestEnded()
        #expect(state.reuseIfComplete(now: time(3)) == true)
    }

    @Test(arguments: [nil, 1 << 20])
    func closesInsteadOfReadingALargeBody(rest: Int?) {
        var state = fresh()
        state.headReceived(keepAlive: true, now: time(1))
        #expect(state.responseBegan(wantsClose: false, rest: rest) == true)
        state.responseEnded()
        #expect(state.responseDelivered(now: time(2)) == .close)
    }

    @Test func aBodyThatTurnsOutLargeEndsTheConnection() {
        var state = fresh()
        state.headReceived(keepAlive: true, now: time(1))
        _ = state.responseBegan(wantsClose: false, rest: 1000)
        state.responseEnded()
        _ = state.responseDelivered(now: time(2))
        #expect(state.bodyReceived(bytes: Self.limits.drainBytes + 1) == .close)
    }

    @Test(arguments: [true, false])
    func closesWhenEitherSideWantsTo(client: Bool) {
        var state = answering(keepAlive: !client)
        #expect(state.responseBegan(wantsClose: !client, rest: 0) == true)
        state.responseEnded()
        #expect(state.responseDelivered(now: time(2)) == .close)
    }

    @Test func stoppingClosesIdleConnectionsAtOnceAndOthersAfterTheirResponse() {
        var idle = fresh()
        #expect(idle.quiesce() == true)
        var beginning = fresh()
        beginning.readCompleted(withParts: false, now: time(1))
        #expect(beginning.quiesce() == false)
        beginning.headReceived(keepAlive: true, now: time(2))
        beginning.requestEnded()
        #expect(beginning.responseBegan(wantsClose: false, rest: 0) == true)
        var busy = answering()
        #expect(busy.quiesce() == false)
        #expect(busy.responseBegan(wantsClose: false, rest: 0) == true)
    }

    @Test func aClientThatSendsNoMoreIsNotWaitedForAfterItsResponse() {
        var idle = fresh()
        #expect(idle.inputClosed() == true)
        var busy = answering()
        #expect(busy.inputClosed() == false)
        _ = busy.responseBegan(wantsClose: false, rest: 0)
        busy.responseEnded()
        #expect(busy.responseDelivered(now: time(2)) == .close)
    }

    @Test func brokenInputIsAnsweredOnlyWhereAnAnswerCannotBeMistaken() {
        var fresh = fresh()
        #expect(fresh.inputIsBroken() == .respond)
        var inBody = self.fresh()
        inBody.headReceived(keepAlive: true, now: time(1))
        #expect(inBody.inputIsBroken() == .respond)
        var afterRequest = answering()
        #expect(afterRequest.inputIsBroken() == .closeAfterResponse)
        var inResponse = self.fresh()
        inResponse.headReceived(keepAlive: true, now: time(1))
        _ = inResponse.responseBegan(wantsClose: false, rest: 10)
        #expect(inResponse.inputIsBroken() == .close)
    }

    @Test func lingersForAMomentOnly() {
        var state = answering()
        state.close(now: time(5))
        state.close(now: time(6))
        #expect(state.deadline == time(7))
        #expect(state.expired(now: time(7)) == .close)
    }
}
