#!/usr/bin/env bash
# Runs every fuzz test of every module for a time each: fuzz.sh [DURATION]
set -euo pipefail
cd "$(dirname "$0")/.."
duration=${1:-20s}
for module in . observe; do
	(
		cd "$module"
		grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -r -n1 dirname | sort -u | while read -r dir; do
			if [ "$module" = . ] && [[ $dir == ./observe* || $dir == ./bench* || $dir == ./test/clients* || $dir == ./examples* ]]; then continue; fi
			grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | awk '{print $2}' | sort -u | while read -r name; do
				echo "==> $module $dir $name"
				go test "$dir" -run '^$' -fuzz "^$name\$" -fuzztime "$duration" -fuzzminimizetime 1x
			done
		done
	)
done
