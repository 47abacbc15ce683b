# SPDX-License-Identifier: Apache-2.0
# NB-OUT-07: an exit code that looks like a time-out is reported as an exit code
# Attack: leave with 124, which timeout(1) uses
# Incident: wrappers around timeout(1) cannot tell the two apart
# @prelude probe.sh
emit true 'leaving with 124; verdict outside: runtime_error, exit code 124'
exit 124
