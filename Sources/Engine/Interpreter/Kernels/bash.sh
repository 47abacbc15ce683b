# SPDX-License-Identifier: Apache-2.0
# Read by an interactive bash before anything else; @EVENTS@ is the descriptor of its events.
PS1='' PS2='' PROMPT_COMMAND=''
set +o history
set +o histexpand
history -c
__nestbox_count=0
exec {__nestbox_stderr}>&2
__nestbox_begin() { printf '{"type":"started","count":%d}\n' "$((++__nestbox_count))" >&@EVENTS@; __nestbox_status=; }
__nestbox_end() {
    if [[ $__nestbox_status ]]; then exec 2>&"$__nestbox_stderr"; fi
    printf '{"type":"end","status":%d}\n' "${__nestbox_status:-$1}" >&@EVENTS@
}
# `exit` ends the cell, not the shell with its state; in a subshell it is what it always was.
exit() {
    __nestbox_status=${1:-$?}
    if ((BASH_SUBSHELL)); then builtin exit "$__nestbox_status"; fi
    exec 2>/dev/null # bash writes an empty line when it is interrupted
    kill -INT $$
}
printf '{"type":"ready"}\n' >&@EVENTS@
