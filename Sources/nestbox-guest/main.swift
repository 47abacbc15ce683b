// SPDX-License-Identifier: Apache-2.0
import GuestAgent

// Descriptor 3 is the stream to the host; see nb_launch_guest.
Agent.run(control: 3)
