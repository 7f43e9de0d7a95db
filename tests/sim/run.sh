#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh SIM SEEDS: that many seeds, shared among the cores. Fails if one of them does.
set -u
sim=$1 seeds=$2 cores=$(nproc)
each=$(((seeds + cores - 1) / cores)) i=0 pids='' failed=0
while [ $i -lt "$cores" ]; do
	"$sim" --seeds $each --first $((1 + i * each)) &
	pids="$pids $!" i=$((i + 1))
done
for pid in $pids; do
	wait "$pid" || failed=1
done
exit $failed
