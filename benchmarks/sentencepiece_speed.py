"""Times the original SentencePiece (C++ under its Python module) on a text. One JSON object on standard output.

  python3 benchmarks/sentencepiece_speed.py encode MODEL TEXT    bytes a second line by line and for the first million bytes as one string
  python3 benchmarks/sentencepiece_speed.py train TYPE TEXT N    seconds to train N pieces of a type (bpe or unigram) with --threads threads
"""
import argparse, json, os, tempfile, time
import sentencepiece

arguments = argparse.ArgumentParser()
arguments.add_argument("what", choices=["encode", "train"])
arguments.add_argument("model", help="the model, or the type of the one to train")
arguments.add_argument("text")
arguments.add_argument("pieces", nargs="?", type=int, default=8000)
arguments.add_argument("--threads", type=int, default=2)
a = arguments.parse_args()

if a.what == "train":
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        sentencepiece.SentencePieceTrainer.train(input=a.text, model_prefix=os.path.join(folder, "m"), model_type=a.model, vocab_size=a.pieces, num_threads=a.threads, minloglevel=2)
        print(json.dumps({"seconds": time.perf_counter() - began}))
else:
    processor = sentencepiece.SentencePieceProcessor(model_file=a.model)
    text = open(a.text, encoding="utf-8", newline="").read()
    lines = text.split("\n")
    began = time.perf_counter()
    tokens = 0
    for line in lines:
        tokens += len(processor.encode(line))
    by_line = len(text.encode()) / (time.perf_counter() - began)
    start = text.encode()[:1_000_000].decode(errors="ignore")
    began = time.perf_counter()
    processor.encode(start)
    print(json.dumps({"tokens": tokens, "by_line_bytes_per_second": by_line, "one_megabyte_bytes_per_second": len(start.encode()) / (time.perf_counter() - began)}))
