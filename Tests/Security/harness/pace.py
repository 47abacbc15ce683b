# SPDX-License-Identifier: Apache-2.0
"""How much time checks give: the one place for machines and tiers that are slow."""

#: What a tier may cost by itself: machines are emulated where there is no KVM, and compute ten to twenty times slower.
TIER_SLOWNESS = {"microvm": 15.0}
#: How many times slower than a real machine this one may be: gate.py --slow, times the above. By the clock, every time that a check asks for or
#: allows is multiplied by it, and the CPU time of checks that are not about it. Nothing else changes, above all not what is asserted.
slowness = 1.0
