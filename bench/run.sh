#!/bin/sh
# Runs every measurement and writes what each says to results.txt: ./run.sh [short|full]. Short is for
# a look, full for the durations the targets name. PYTHON names a python with duckdb and pyarrow, for
# the comparison of queries.
set -eu
cd "$(dirname "$0")"

case "${1:-short}" in
short) gateway="-rounds 3 -duration 2s" streams="-streams 2000" ingest="-duration 5s" start="-n 500000 -rounds 3" store=500000 query="-n 500000 -rounds 3" ;;
full) gateway="-rounds 9" streams="-streams 100000 -flat 10m" ingest="-duration 60s -warmup 10s" start="-rounds 9" store=2000000 query="-rounds 9" ;;
*) echo "usage: $0 [short|full]" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd .. && CGO_ENABLED=0 go build -trimpath -o "$work/telltale" ./cmd/telltale)
for part in gateway ingest start store query; do go build -o "$work/$part" "./$part"; done

# title and command; one that fails does not keep the others from running
failed=0
measure() {
	printf '\n## %s\n\n' "$1"
	shift
	echo "\$ $(basename "$1") $(shift; echo "$*")"
	"$@" || { echo "FAILED"; failed=1; }
}

all() {
	echo "# $(date -u +%Y-%m-%d) $(git rev-parse --short HEAD), $(go version | cut -d' ' -f3), $(nproc) CPUs, load $(cut -d' ' -f1-3 /proc/loadavg)"
	grep -m1 'model name' /proc/cpuinfo || true
	# shellcheck disable=SC2086 # the options are words
	{
		measure "Gateway, records in memory" "$work/gateway" $gateway
		measure "Gateway, content and durable store" "$work/gateway" $gateway -durable -content redacted -only cpu
		measure "Streams and memory" "$work/gateway" -only none $streams
		measure "Ingest of OTLP over gRPC" "$work/ingest" -binary "$work/telltale" -dir "$work" $ingest
		measure "Store alone" "$work/store" -mode ingest -dir "$work/events" -n $store -compact
		measure "Queries" "$work/query" -dir "$work/parts" $query ${PYTHON:+-python "$PYTHON"}
		measure "Start" "$work/start" -binary "$work/telltale" -dir "$work/full" $start
	}
	return $failed
}

all 2>&1 | tee results.txt
! grep -q '^FAILED$' results.txt
