"""Trains the network of a Puna recipe in PyTorch for some steps on random tokens and prints tokens per second.

Same shapes, AdamW with the same settings, clipping at 1. One JSON object on standard output.
  python3 benchmarks/torch_training.py student-shakespeare --steps 200 --threads 2 --dtype fp32
"""
import argparse, json, math, time
import torch
import torch.nn as nn
import torch.nn.functional as F

SHAPES = {  # hidden, feed-forward, layers, heads, vocabulary, window, batch
    "student-shakespeare": (128, 352, 4, 8, 130, 16, 32),
    "nanogpt-char-cpu": (128, 352, 4, 4, 68, 64, 12),
    "bench-i": (128, 352, 4, 8, 130, 16, 32),
    "bench-ii": (288, 768, 6, 6, 4096, 256, 8),
    "bench-110m": (768, 2048, 12, 12, 32000, 512, 4),
}
TIED = {"bench-110m"}


class RmsNorm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


class Block(nn.Module):
    def __init__(self, hidden, feed, heads):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = RmsNorm(hidden), RmsNorm(hidden)
        self.q, self.k, self.v, self.o = (nn.Linear(hidden, hidden, bias=False) for _ in range(4))
        self.gate, self.up = nn.Linear(hidden, feed, bias=False), nn.Linear(hidden, feed, bias=False)
        self.down = nn.Linear(feed, hidden, bias=False)

    def rotate(self, x, cos, sin):
        a, b = x.chunk(2, -1)
        return x * cos + torch.cat((-b, a), -1) * sin

    def forward(self, x, cos, sin, mask):
        b, t, c = x.shape
        h = self.n1(x)
        split = lambda y: y.view(b, t, self.heads, c // self.heads).transpose(1, 2)
        q, k, v = self.rotate(split(self.q(h)), cos, sin), self.rotate(split(self.k(h)), cos, sin), split(self.v(h))
        scores = (q @ k.transpose(-1, -2)) / math.sqrt(c // self.heads) + mask
        x = x + self.o((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, c))
        h = self.n2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Llama(nn.Module):
    def __init__(self, hidden, feed, layers, heads, vocabulary, window):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, hidden)
        self.blocks = nn.ModuleList(Block(hidden, feed, heads) for _ in range(layers))
        self.norm, self.head = RmsNorm(hidden), nn.Linear(hidden, vocabulary, bias=False)
        d = hidden // heads
        angle = torch.outer(torch.arange(window).float(), 10000 ** (-torch.arange(0, d, 2).float() / d))
        self.register_buffer("cos", torch.cat((angle.cos(), angle.cos()), -1))
        self.register_buffer("sin", torch.cat((angle.sin(), angle.sin()), -1))
        self.register_buffer("mask", torch.full((window, window), float("-inf")).triu(1))

    def forward(self, ids):
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, self.cos, self.sin, self.mask)
        return self.head(self.norm(x))


arguments = argparse.ArgumentParser()
arguments.add_argument("recipe", choices=SHAPES)
arguments.add_argument("--steps", type=int, default=200)
arguments.add_argument("--warm-up", type=int, default=20)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--dtype", choices=["fp32", "bf16", "bf16-weights"], default="fp32")
a = arguments.parse_args()
torch.set_num_threads(a.threads)
torch.manual_seed(1)
hidden, feed, layers, heads, vocabulary, window, batch = SHAPES[a.recipe]
model = Llama(hidden, feed, layers, heads, vocabulary, window)
if a.recipe in TIED:
    model.head.weight = model.embed.weight
if a.dtype == "bf16-weights":  # no fp32 master weights: less than what Puna does, but PyTorch's fastest
    model.bfloat16()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.0)
started = None
for step in range(a.steps + a.warm_up):
    if step == a.warm_up:
        started = time.perf_counter()
    ids = torch.randint(0, vocabulary, (batch, window + 1))
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.dtype == "bf16"):
        logits = model(ids[:, :-1])
    loss = F.cross_entropy(logits.float().reshape(-1, vocabulary), ids[:, 1:].reshape(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
seconds = time.perf_counter() - started
print(json.dumps({"recipe": a.recipe, "dtype": a.dtype, "threads": a.threads, "torch": torch.__version__,
                  "parameters": sum(p.numel() for p in model.parameters()),
                  "tokens_per_second": a.steps * batch * window / seconds}))
