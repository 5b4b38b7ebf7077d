#!/usr/bin/env bash
# Installs what the browser tests need beyond Go and Node, and runs them against bin/telltale: run.sh [NAME…]
set -euo pipefail
cd "$(dirname "$0")/../.."

browser=${CHROMIUM:-$(command -v chromium || true)}
if [ -z "$browser" ]; then
	echo "==> Chromium"
	sudo=""
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	$sudo apt-get update -qq
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium
	browser=$(command -v chromium)
fi
export CHROMIUM=$browser
"$browser" --version

exec node --test-reporter=spec test/ui/run.mjs "$@"
