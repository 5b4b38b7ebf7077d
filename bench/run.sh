#!/bin/sh
# Runs every measurement and writes what each says to results.txt: ./run.sh [short|full]. Short is for
# a look and takes four minutes once Prometheus was built, which takes minutes the first time; full takes the durations the targets name. PYTHON names a python with
# duckdb and pyarrow, for the comparison of queries. UNDER is a command that each measurement is run
# under, such as "taskset -c 2,3".
set -eu
cd "$(dirname "$0")"

case "${1:-short}" in
short) gateway="-rounds 1 -duration 1s -warmup 300ms" streams="-streams 2000" ingest="-duration 3s -warmup 1s" start="-n 300000 -rounds 3" store=300000 query="-n 300000" rounds=3 observe="-rounds 3 -down 5s" metrics="-series 2000 -span 3h -rounds 3" ;;
full) gateway="-rounds 9" streams="-streams 100000 -flat 10m" ingest="-duration 60s -warmup 10s" start="-rounds 9" store=2000000 query="-n 5000000" rounds=9 observe="-down 60s" metrics="-rounds 15" ;;
*) echo "usage: $0 [short|full]" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd .. && CGO_ENABLED=0 go build -trimpath -o "$work/telltale" ./cmd/telltale)
for part in gateway ingest start store query observe metrics; do go build -o "$work/$part" "./$part"; done

# the one to compare with; minutes the first time
go build -tags remove_all_sd -trimpath -o "$work/prometheus" github.com/prometheus/prometheus/cmd/prometheus

# title and command; one that fails does not keep the others from running
failed=0
measure() {
	printf '\n## %s\n\n' "$1"
	shift
	echo "\$ $(basename "$1") $(shift; echo "$*")"
	began=$(date +%s)
	# shellcheck disable=SC2086 # a command and its options
	${UNDER:-} "$@" || { echo "FAILED"; failed=1; }
	echo "($(($(date +%s) - began)) s)"
}

all() {
	echo "# $(date -u +%Y-%m-%d) $(git describe --always --dirty), $(go version | cut -d' ' -f3), $(nproc) CPUs, load $(cut -d' ' -f1-3 /proc/loadavg)"
	grep -m1 'model name' /proc/cpuinfo || true
	# shellcheck disable=SC2086 # the options are words
	{
		measure "Gateway, records in memory" "$work/gateway" $gateway
		measure "Gateway, content and durable store" "$work/gateway" $gateway -durable -content redacted -only cpu
		measure "Streams and memory" "$work/gateway" -only none $streams
		measure "Ingest of OTLP over gRPC" "$work/ingest" -binary "$work/telltale" -dir "$work" $ingest
		measure "Store alone" "$work/store" -mode ingest -dir "$work/events" -n $store -compact
		measure "Events for the queries" "$work/query" -dir "$work/parts" $query -only nothing
		# a process of its own: its peak of memory is that of the queries
		measure "Queries" "$work/query" -dir "$work/parts" $query -rounds $rounds ${PYTHON:+-python "$PYTHON"}
		measure "The library" "$work/observe" $observe
		measure "Metrics" "$work/metrics" -binary "$work/telltale" -prometheus "$work/prometheus" -dir "$work/tsdb" $metrics
		measure "Start" "$work/start" -binary "$work/telltale" -dir "$work/full" $start
	}
	return $failed
}

all 2>&1 | tee results.txt
! grep -q '^FAILED$' results.txt
