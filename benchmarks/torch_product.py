"""Speed of PyTorch's bf16 matrix product (oneDNN) in GFLOP/s: python3 benchmarks/torch_product.py THREADS"""
import sys, time
import torch

torch.set_num_threads(int(sys.argv[1]))
for m, n, k in [(1024, 1024, 1024), (2048, 768, 768), (2048, 2048, 768), (2048, 768, 2048), (768, 768, 2048), (512, 32000, 768)]:
    a, b = torch.randn(m, k).bfloat16(), torch.randn(n, k).bfloat16()
    best, start = float("inf"), time.perf_counter()
    while time.perf_counter() - start < 0.8:
        before = time.perf_counter()
        torch.nn.functional.linear(a, b)
        best = min(best, time.perf_counter() - before)
    print(f"{sys.argv[1]} threads {m}x{n}x{k}: {2e-9 * m * n * k / best:.0f} GFLOP/s")
