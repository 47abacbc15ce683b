# Shared beginning of the shell programs: the result line.
ID='@@CHECK_ID@@'
NONCE='@@NONCE@@'
emit() { # emit true|false DETAIL
    printf '{"id":"%s","contained":%s,"detail":"%s"}\n' "$ID" "$1" "$(printf '%s' "$2" | tr -d '"\\' | tr '\n\t' '  ' | cut -c1-500)"
}
