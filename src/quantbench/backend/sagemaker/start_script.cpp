#include "quantbench/backend/sagemaker/start_script.h"

namespace quantbench::backend::sagemaker {

std::string_view start_script() {
  return R"SH(#!/bin/sh
# Runs a part of a quantbench run as a SageMaker training job: start.sh SHARD ATTEMPT NODE MODEL DATASET
base=${SAGEMAKER_BASE_DIR:-/opt/ml}
data=$base/input/data
scratch=$(mktemp -d) || exit 1
errors=$scratch/errors

program=quantbench
if [ -d "$data/program" ]; then
  # S3 keeps no permissions, and a channel may be read-only.
  cp -R "$data/program" "$scratch/program" || exit 1
  program=$scratch/program/bin/quantbench
  [ -f "$program" ] || program=$(find "$scratch/program" -maxdepth 1 -type f | head -n 1)
  chmod -R u+rwX "$scratch/program"
  chmod u+x "$program"
fi

model=$data/model
dataset=$data/dataset
[ "$4" = . ] || model=$model/$4
[ "$5" = . ] || dataset=$dataset/$5

# What the program says goes to the job's log and, for its last line, to a file.
mkfifo "$scratch/pipe"
tee "$errors" <"$scratch/pipe" >&2 &
tee=$!
"$program" shard "$data/run/shards/$1.json" --attempt "$2" --node "$3" --output "$base/checkpoints" \
  --cache "$scratch/cache" --model "$model" --dataset "$dataset" 2>"$scratch/pipe" &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM INT
wait "$child"
status=$?
# A signal ends the first wait: the program is still at its last words.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done
# tee ends with the last process that can write to it; not for ever, should one be left.
turns=0
while kill -0 "$tee" 2>/dev/null && [ "$turns" -lt 50 ]; do
  sleep 0.1
  turns=$((turns + 1))
done
if [ "$status" -ne 0 ]; then
  mkdir -p "$base/output"
  # SageMaker shows at most 1024 bytes, its own words among them.
  grep -v '^ *$' "$errors" | tail -n 1 | head -c 900 >"$base/output/failure"
fi
rm -rf "$scratch"
exit "$status"
)SH";
}

}  // namespace quantbench::backend::sagemaker
