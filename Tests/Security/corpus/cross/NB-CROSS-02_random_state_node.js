// SPDX-License-Identifier: Apache-2.0
// NB-CROSS-02: random state of JavaScript differs between runs
// Attack: Math.random, crypto and hash seeds of three runs are compared
// Incident: V8 snapshots carry the state of Math.random (Node start-up snapshots)
// @prelude probe.js
const crypto = load('crypto');
emit(true, 'compared outside', { math: Math.random(), uuid: crypto.randomUUID(), bytes: crypto.randomBytes(16).toString('hex') });
