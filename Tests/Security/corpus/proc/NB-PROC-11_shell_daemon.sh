# SPDX-License-Identifier: Apache-2.0
# NB-PROC-11: a background job of a shell does not survive
# Attack: nohup, setsid, traps for every signal, closed descriptors: what shell scripts do to stay
# Incident: cron-like persistence of shells; DMOJ judge-server#318
# @prelude probe.sh
setsid sh -c 'trap "" HUP INT TERM QUIT USR1; n=0; while [ $n -lt 40 ]; do sleep 1; n=$((n+1)); done' "nb-orphan-$NONCE" \
    </dev/null >/dev/null 2>&1 &
nohup sh -c 'sleep 40' "nb-orphan-$NONCE" </dev/null >/dev/null 2>&1 &
sleep 0.3
emit true 'two background jobs left; verdict outside: gone'
exit 0
