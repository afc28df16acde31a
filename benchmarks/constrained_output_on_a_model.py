#!/usr/bin/env python3
"""Decoding under a JSON schema and a grammar beside decoding without, on the 1.1B shape, in turn.

    python3 benchmarks/constrained_output_on_a_model.py llama2/tokenizer.model [--rounds 5] [--type q4_0] [--work FOLDER]

The file (random weights, a real tokenizer) is made by `puna init` in the work folder. Each round writes the same number of tokens in every way, drawn with the same seed; printed are
medians of tokens a second and of the ratios within a round. Random weights write long strings and deep nesting, the dear parts of a grammar.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("tokenizer")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--tokens", type=int, default=128)
parser.add_argument("--type", default="q4_0")
parser.add_argument("--threads", default="2")
parser.add_argument("--work", default=tempfile.gettempdir())
options = parser.parse_args()
root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
puna = ["dotnet", os.path.join(root, "artifacts/bin/Puna.Cli/release/puna.dll")]
model = os.path.join(options.work, f"tinyllama-1.1b-{options.type}-with-tokenizer.gguf")
text = {"type": "string", "minLength": 4000}
person = {"type": "object", "properties": {"name": text, "age": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1}}, "required": ["name", "age", "tags"]}
ways = {
    "free": [],
    "one long string": ["--json-schema", json.dumps(text)],
    "an object of strings, numbers and arrays": ["--json-schema", json.dumps(person)],
    "records": ["--json-schema", json.dumps({"type": "array", "minItems": 1000, "items": {"type": "object", "properties": {"id": {"type": "integer"}, "role": {"enum": ["admin", "editor", "reader"]}, "note": {"type": "string", "maxLength": 12}}, "required": ["id", "role", "note"], "additionalProperties": False}})],
    "any JSON array": ["--json-schema", json.dumps({"type": "array", "minItems": 1000})],
    "a grammar of sentences": ["--grammar", 'root ::= sentence{1000}\nsentence ::= [A-Z] [a-z]+ (" " [a-z]+){2,9} [.!?] "\\n"'],
}


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


if not os.path.exists(model):
    run([*puna, "init", "tinyllama-1.1b", "--type", options.type, "--tokenizer", options.tokenizer, "--output", model])
speeds = {way: [] for way in ways}
for number in range(options.rounds):
    for way, arguments in ways.items():
        result = json.loads(run([*puna, "generate", "--model", model, "--prompt", "As JSON:", "--max-tokens", str(options.tokens), "--seed", str(number + 1), "--temperature", "1", "--threads", options.threads, "--json", *arguments]))
        if result["generated_tokens"] != options.tokens:
            sys.exit(f"{way}: {result['generated_tokens']} tokens, ended by {result['finish_reason']}: the figures would not be comparable")
        speeds[way].append(result["tokens_per_second"])
print("| way | tokens a second | beside free decoding |\n|---|---|---|")
for way, figures in speeds.items():
    print(f"| {way} | {statistics.median(figures):.1f} | {statistics.median(f / free for f, free in zip(figures, speeds['free'])):.3f} |")
