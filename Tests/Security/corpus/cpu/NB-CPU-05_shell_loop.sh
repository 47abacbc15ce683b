# SPDX-License-Identifier: Apache-2.0
# NB-CPU-05: an endless loop in a shell with traps is ended from outside
# Attack: busy loop with every signal trapped
# Incident: snekbox test_timeout_returns_137; shells restart the loop after each trap
# @prelude probe.sh
trap '' HUP INT QUIT TERM XCPU ALRM USR1
end=$(( $(date +%s) + 40 ))
i=0
while [ "$i" -lt 2000000000 ]; do
    i=$((i + 1))
    if [ $((i % 1000000)) -eq 0 ] && [ "$(date +%s)" -ge "$end" ]; then break; fi
done
emit false 'looped to the end'
