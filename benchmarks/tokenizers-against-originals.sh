#!/usr/bin/env bash
# Encoding and training of tokenizers, Puna and the original programs in turn on the same 10 MB of English: python3-sentencepiece (C++) with Llama 2's model
# and, where node finds it, npm's tiktoken (WebAssembly) with Llama 3's ranks. ROUNDS (default 3) rounds. Needs the release build and a python3 with sentencepiece:
#
#   CORPORA=folder LLAMA2=tokenizer.model [LLAMA3=tokenizer.model NODE_PATH=folder/node_modules] benchmarks/tokenizers-against-originals.sh [python]
#
# CORPORA holds the texts named below; bytes that are no UTF-8 are left out. Caches are empty whenever a time begins; Puna's code has run once before, and its
# training times include the start of the process.
set -euo pipefail
python=${1:-python3}
puna=artifacts/bin/Puna.Cli/release/puna
threads=${THREADS:-$(nproc)}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
for file in austen tinyshakespeare wiki_demo wikitext2-wiki.test botchan tinystories-sample kjv; do
    { iconv -c -f UTF-8 -t UTF-8 "$CORPORA/$file".* || true; } | tr -d '\r'
    echo
done >"$folder/all.txt"
head -c 10000000 "$folder/all.txt" | sed '$d' >"$folder/text.txt"
field() { grep -oE "\"$1\": ?[0-9.e+-]+" | head -1 | grep -oE '[0-9.e+-]+$'; }
mega() { awk -v bytes="$(field "$1")" 'BEGIN { printf "%.2f", bytes / 1e6 }'; }
seconds() {
    local began=$EPOCHREALTIME
    "$@" >/dev/null 2>&1
    awk -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.2f", to - from }'
}
show() { echo "round $1 $2: by line $(echo "$3" | mega by_line_bytes_per_second), 1 MB in one string $(echo "$3" | mega one_megabyte_bytes_per_second) MB/s; $(echo "$3" | field tokens) tokens"; }
more() { echo "round $1 $2: the whole text in one string $(echo "$3" | mega one_string_bytes_per_second), by line on $threads threads $(echo "$3" | mega threaded_bytes_per_second) MB/s"; }
for round in $(seq "${ROUNDS:-3}"); do
    ours=$($puna bench --encode "$LLAMA2" --data "$folder/text.txt" --threads "$threads" --json)
    show "$round" "Llama 2, Puna" "$ours"
    more "$round" "Llama 2, Puna" "$ours"
    show "$round" "Llama 2, SentencePiece" "$("$python" benchmarks/sentencepiece_speed.py encode "$LLAMA2" "$folder/text.txt")"
    if [ -n "${LLAMA3:-}" ]; then
        ours=$($puna bench --encode "$LLAMA3" --data "$folder/text.txt" --threads "$threads" --json)
        show "$round" "Llama 3, Puna" "$ours"
        more "$round" "Llama 3, Puna" "$ours"
        if [ -n "${NODE_PATH:-}" ]; then show "$round" "Llama 3, tiktoken" "$(node benchmarks/tiktoken_speed.cjs "$LLAMA3" "$folder/text.txt")"; fi
    fi
    for type in bpe unigram; do
        ours=$(seconds $puna tokenizer train --data "$folder/text.txt" --type $type --vocab-size 8000 --threads "$threads" --output "$folder/m.model")
        theirs=$("$python" benchmarks/sentencepiece_speed.py train $type "$folder/text.txt" 8000 --threads "$threads" 2>/dev/null | field seconds)
        echo "round $round training $type, $threads threads: Puna $ours s, SentencePiece $(awk -v s="$theirs" 'BEGIN { printf "%.2f", s }') s"
    done
done
