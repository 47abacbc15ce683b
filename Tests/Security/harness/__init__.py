# SPDX-License-Identifier: Apache-2.0
"""The parts of the containment gate; gate.py is its command line."""
