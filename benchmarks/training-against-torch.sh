#!/usr/bin/env bash
# Training tokens/s of the two small recipes, Puna and PyTorch in turn, with the machine's peak before and after.
# ROUNDS (default 3) rounds of STEPS (default 200) PyTorch steps. Needs the release build, a python3 with torch, and a text:  benchmarks/training-against-torch.sh tinyshakespeare.txt [python]
set -euo pipefail
text=$1
python=${2:-python3}
export OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-SkylakeX} # older OpenBLAS does not know newer AMD processors and falls back to slow code
steps=${STEPS:-200}
puna=artifacts/bin/Puna.Cli/release/puna
field() { grep -oE "\"$1\": ?[0-9.]+" | grep -oE '[0-9.]+$'; }
$puna doctor --json
for recipe in student-shakespeare nanogpt-char-cpu; do
    for round in $(seq "${ROUNDS:-3}"); do
        out=$(mktemp -d)
        ours=$($puna pretrain "$recipe" --data "$text" --steps 400 --set training.eval_every=400 --set training.checkpoint_every=100000 --output "$out/run" --json 2>/dev/null | field tokens_per_second)
        rm -rf "$out"
        fp32=$($python benchmarks/torch_training.py "$recipe" --steps "$steps" --dtype fp32 | field tokens_per_second)
        one=$($python benchmarks/torch_training.py "$recipe" --steps "$steps" --dtype fp32 --threads 1 | field tokens_per_second)
        bf16=$($python benchmarks/torch_training.py "$recipe" --steps "$steps" --dtype bf16 | field tokens_per_second)
        echo "$recipe round $round: puna $ours, torch fp32 $fp32 (one thread $one), bf16 $bf16 tokens/s"
    done
done
$puna doctor --json
