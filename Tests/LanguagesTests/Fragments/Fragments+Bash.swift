// SPDX-License-Identifier: Apache-2.0

extension Fragments {
    static let bash = [
        #"""
        echo "Hello, world!"
        """#,
        #"""
        #!/bin/bash
        set -euo pipefail

        for f in *.txt; do
          lines=$(wc -l < "$f")
          echo "$f: $lines"
        done
        """#,
        #"""
        ls -la /tmp | grep log | awk '{print $9}' | sort | uniq -c
        """#,
        #"""
        count=0
        while read -r line; do
          if [[ $line == *error* ]]; then
            count=$((count + 1))
          fi
        done < app.log
        echo "errors: $count"
        """#,
        #"""
        cat > hello.py <<'EOF'
        import sys

        def main():
            print("hello from python", sys.argv)

        if __name__ == "__main__":
            main()
        EOF
        chmod +x hello.py
        python3 hello.py one two
        """#,
        #"""
        backup() {
          local src="$1"
          local dest="$2"
          if [ ! -d "$dest" ]; then
            mkdir -p "$dest"
          fi
          tar -czf "$dest/backup-$(date +%F).tar.gz" "$src"
        }

        backup /var/www /backup
        """#,
        #"""
        pip install pandas numpy
        """#,
        #"""
        if [ -z "$1" ]; then
          echo "usage: $0 NAME" >&2
          exit 1
        fi
        echo "Hello $1"
        """#,
        #"""
        case "$1" in
          start)
            systemctl start app
            ;;
          stop)
            systemctl stop app
            ;;
          *)
            echo "unknown command: $1"
            exit 2
            ;;
        esac
        """#,
        #"""
        export PATH="$HOME/bin:$PATH"
        find . -name '*.tmp' -mtime +7 -delete
        curl -fsSL https://example.com/install.sh | sh
        """#,
        #"""
        a=5
        b=7
        echo $((a + b))
        """#,
        #"""
        mkdir -p project/src && cd project
        git init
        touch README.md
        npm init -y
        """#,
        #"""
        arr=(one two three)
        for i in "${!arr[@]}"; do
          printf '%d: %s\n' "$i" "${arr[$i]}"
        done
        """#,
        #"""
        for i in {1..5}; do
          echo "Number $i"
        done
        """#,
        #"""
        sudo apt-get update && sudo apt-get install -y python3-pip
        """#,
        #"""
        #!/usr/bin/env bash
        function greet {
          local name=${1:-World}
          echo "Hello, ${name}!"
        }
        greet "$@"
        """#,
        #"""
        du -sh * | sort -hr | head -n 5
        df -h / | tail -1 | awk '{print $5}'
        """#,
    ]
}
