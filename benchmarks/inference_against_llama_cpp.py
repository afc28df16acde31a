#!/usr/bin/env python3
"""Inference of Puna beside llama.cpp and ik_llama.cpp, on the same GGUF files, in turn.

    LLAMA_CPP_BIN=…/bin IK_LLAMA_CPP_BIN=…/bin python3 benchmarks/inference_against_llama_cpp.py [speed] [batch] [depth] [--rounds 5] [--shapes …] [--types …] [--work FOLDER]

speed   prefill of 512 tokens (15M: 128) and decoding of 64 (stories: 128), each shape and type
batch   decoding of 4, 8 and 16 sequences at once, beside llama.cpp (llama-batched-bench)
depth   decoding behind 4,096 and 16,384 positions, Q8_0

Files of random weights are made by `puna init` in the work folder. Every program runs each cell once a round, one after the other. Results are appended to results.jsonl in
the work folder and cells that are there are not run again, so that a run that was stopped goes on. The peers run at their best settings: flash attention; repacking (llama.cpp by
itself, ik_llama.cpp with -rtr 1) and huge pages where they have a switch for them. Bandwidth and peak (`puna doctor --json`) are measured before and after each program. At the end
Markdown tables: medians, and Puna over the faster of the two. None of the peers is part of this repository; without the variables they are left out.
PUNA_ISA=avx2 with peers built for AVX2 measures that tier; give it a work folder of its own.
"""
import argparse, json, math, os, statistics, subprocess, sys

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("groups", nargs="*", default=[], help="speed, batch, depth (default: speed)")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--shapes", default="tinyllama-1.1b,llama-3.2-1b,stories110m,stories15m")
parser.add_argument("--types", default="q8_0,q4_0,q4_k_m,bf16")
parser.add_argument("--depths", default="4096,16384")
parser.add_argument("--threads", default="2")
parser.add_argument("--work", default=os.path.expanduser("~/.cache/puna-benchmarks"))
parser.add_argument("--table", action="store_true", help="print the tables of what was measured, and measure nothing")
options = parser.parse_args()

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
puna = ["dotnet", os.path.join(root, "artifacts/bin/Puna.Cli/release/puna.dll")]
folders = {"llama.cpp": os.environ.get("LLAMA_CPP_BIN"), "ik_llama.cpp": os.environ.get("IK_LLAMA_CPP_BIN")}
peers = [name for name, folder in folders.items() if folder]
extra = {"puna": [], "llama.cpp": ["-fa", "1"], "ik_llama.cpp": ["-fa", "1", "-rtr", "1", "-thp", "1"]}
os.makedirs(options.work, exist_ok=True)
results_file = os.path.join(options.work, "results.jsonl")


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def results():
    if not os.path.exists(results_file):
        return []
    with open(results_file) as lines:
        return [json.loads(line) for line in lines]


def save(entry):
    with open(results_file, "a") as lines:
        lines.write(json.dumps(entry) + "\n")


def machine():
    doctor = json.loads(run(puna + ["doctor", "--json"]))
    tier = next(t for t in doctor["tiers"] if t["name"] == doctor["tier"])
    return {"processor": doctor["processor"], "tier": tier["name"], "read_gb": doctor["read_bytes_per_second"] / 1e9, "gflops": tier["flops"] / 1e9}


def model(shape, kind):
    path = os.path.join(options.work, f"{shape}-{kind}.gguf")
    if not os.path.exists(path):
        run(puna + ["init", shape, "--type", kind, "--output", path])
    return path


def bench(program, path, arguments):
    """The tests of llama-bench, or of puna bench, which prints the same fields."""
    command = puna + ["bench", "--model"] if program == "puna" else [os.path.join(folders[program], "llama-bench"), "-m"]
    output = run(command + [path, "-t", options.threads, "-o", "json"] + arguments + extra[program])
    return json.loads(output[output.index("["):])


def speed(program, shape, kind):
    generated = "128" if shape.startswith("stories") else "64"
    prompt = "128" if shape == "stories15m" else "512"
    repetitions = {"stories110m": "5", "stories15m": "20"}.get(shape, "2")  # what takes milliseconds is measured more often
    tests = bench(program, model(shape, kind), ["-p", prompt, "-n", generated, "-r", repetitions])
    return {("prefill" if test["n_prompt"] else "decode"): test["avg_ts"] for test in tests}


def batch(program, shape, kind):
    arguments = [model(shape, kind), "-t", options.threads]
    if program == "puna":
        rows = json.loads(run(puna + ["bench", "--model"] + arguments + ["-p", "64", "-n", "32", "-r", "1", "--batch", "4,8,16", "-o", "json"]))
    else:
        lines = run([os.path.join(folders[program], "llama-batched-bench"), "-m"] + arguments + ["-c", "2048", "-npp", "64", "-ntg", "32", "-npl", "4,8,16", "-fa", "on", "--output-format", "jsonl"])
        rows = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
    return {f"decode x{row['pl']}": row["speed_tg"] for row in rows}


def depth(program, shape, kind, positions):
    if program == "ik_llama.cpp":
        arguments = ["-p", "0", "-n", "0", "-gp", f"{positions},32", "-r", "1", "-w", "0"]
    else:
        arguments = ["-p", "0", "-n", "32", "-d", positions, "-r", "1", "--no-warmup"]
    return {f"decode @{positions}": bench(program, model(shape, kind), arguments)[0]["avg_ts"]}


def cells(group):
    if group == "speed":
        return [(shape, kind) for shape in options.shapes.split(",") for kind in options.types.split(",")]
    if group == "batch":
        return [(shape, kind) for shape in options.shapes.split(",") if not shape.startswith("stories") for kind in options.types.split(",")]
    return [("llama-3.2-1b", "q8_0", positions) for positions in options.depths.split(",")]


def programs(group):
    return ["puna"] + [peer for peer in peers if group != "batch" or peer == "llama.cpp"]


def table(group):
    known = [r for r in results() if r["group"] == group]
    if not known:
        return
    shown = [p for p in ("puna", "llama.cpp", "ik_llama.cpp") if any(r["program"] == p for r in known)]
    for what in dict.fromkeys(key for r in known for key in r["values"]):
        print(f"\n| {what} | type | " + " | ".join(f"{p}, tokens/s" for p in shown) + " | Puna / faster peer | Puna / llama.cpp | rounds | GB/s read |")
        print("|---" * (6 + len(shown)) + "|")
        ratios = []
        for shape, kind in dict.fromkeys((r["shape"], r["type"]) for r in known if what in r["values"]):
            mine = [r for r in known if (r["shape"], r["type"]) == (shape, kind) and what in r["values"]]
            medians = {p: statistics.median(values) for p in shown if (values := [r["values"][what] for r in mine if r["program"] == p])}
            others = [value for p, value in medians.items() if p != "puna"]
            ratio = medians["puna"] / max(others) if others and "puna" in medians else math.nan
            to_llama = medians["puna"] / medians["llama.cpp"] if "llama.cpp" in medians and "puna" in medians else math.nan
            ratios.append((ratio, to_llama))
            read = [value for r in mine for value in (r["before"]["read_gb"], r["after"]["read_gb"])]
            rounds = min(sum(r["program"] == p for r in mine) for p in medians)
            print(f"| {shape} | {kind} | " + " | ".join(f"{medians[p]:.1f}" if p in medians else "" for p in shown) + f" | {ratio:.2f} | {to_llama:.2f} | {rounds} | {min(read):.0f} to {max(read):.0f} |")
        for index, name in enumerate(("the faster peer", "llama.cpp")):
            values = [r[index] for r in ratios if not math.isnan(r[index])]
            if values:
                print(f"\ngeometric mean of {what} over {name}: {math.exp(sum(map(math.log, values)) / len(values)):.3f}, least {min(values):.3f}")


groups = options.groups or ["speed"]
if not options.table:
    done = {(r["group"], r["round"], *r["cell"], r["program"]) for r in results()}
    for round_number in range(options.rounds):
        for group in groups:
            for cell in cells(group):
                wanted = [p for p in programs(group) if (group, round_number, *cell, p) not in done]
                if not wanted:
                    continue
                shape, kind = cell[:2]
                model(shape, kind)
                before = machine()
                for program in wanted:
                    values = globals()[group](program, *cell)
                    after = machine()
                    save({"group": group, "round": round_number, "shape": shape, "type": kind, "cell": cell, "program": program, "values": values, "before": before, "after": after})
                    before = after
                    print(f"round {round_number} {shape} {kind} {program}: " + ", ".join(f"{key} {value:.1f}" for key, value in values.items()), file=sys.stderr)
for group in groups:
    table(group)
