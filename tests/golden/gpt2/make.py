# Makes the files of this folder: a tiny GPT-2 in Hugging Face's layout and what PyTorch computes for it in float64.
# Written from the formulas (Radford et al. 2019; layer normalisation before each sublayer, tanh GELU, Conv1D matrices [in, out], tied output).
# Run with PyTorch 1.13 or later: python3 make.py
import json, math, struct
import torch

C, F, L, H, V, P, EPS = 12, 20, 2, 3, 23, 11, 1e-5
B, T = 2, 9
torch.set_default_dtype(torch.float64)


def save(path, tensors):
    header, data = {}, b""
    for name, t in tensors.items():
        kind, raw = ("F32", t.float()) if name in WEIGHTS else ("I64", t) if t.dtype == torch.int64 else ("F64", t.double())
        raw = raw.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


shapes = {"transformer.wte.weight": (V, C), "transformer.wpe.weight": (P, C)}
for n in range(L):
    h = f"transformer.h.{n}."
    shapes |= {h + "ln_1.weight": (C,), h + "ln_1.bias": (C,), h + "attn.c_attn.weight": (C, 3 * C), h + "attn.c_attn.bias": (3 * C,),
               h + "attn.c_proj.weight": (C, C), h + "attn.c_proj.bias": (C,), h + "ln_2.weight": (C,), h + "ln_2.bias": (C,),
               h + "mlp.c_fc.weight": (C, F), h + "mlp.c_fc.bias": (F,), h + "mlp.c_proj.weight": (F, C), h + "mlp.c_proj.bias": (C,)}
shapes |= {"transformer.ln_f.weight": (C,), "transformer.ln_f.bias": (C,)}
WEIGHTS = set(shapes)
torch.manual_seed(20)
w = {}
for name, shape in shapes.items():
    values = torch.randn(shape) * 0.4 + (1.0 if ".ln_" in name and name.endswith("weight") else 0.0)
    w[name] = values.float().double().requires_grad_()  # rounded as stored


def norm(x, name):
    return torch.nn.functional.layer_norm(x, (C,), w[name + ".weight"], w[name + ".bias"], EPS)


def conv1d(x, name):
    return x @ w[name + ".weight"] + w[name + ".bias"]


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


ids = torch.randint(0, V, (B, T))
x = w["transformer.wte.weight"][ids] + w["transformer.wpe.weight"][torch.arange(T)]
states = [x]
for n in range(L):
    h = f"transformer.h.{n}."
    q, k, v = conv1d(norm(x, h + "ln_1"), h + "attn.c_attn").split(C, dim=2)
    heads = [t.view(B, T, H, C // H).transpose(1, 2) for t in (q, k, v)]
    scores = heads[0] @ heads[1].transpose(2, 3) / math.sqrt(C // H)
    scores = scores.masked_fill(torch.triu(torch.ones(T, T), 1).bool(), -math.inf)
    mixed = (scores.softmax(3) @ heads[2]).transpose(1, 2).reshape(B, T, C)
    x = x + conv1d(mixed, h + "attn.c_proj")
    x = x + conv1d(gelu_new(conv1d(norm(x, h + "ln_2"), h + "mlp.c_fc")), h + "mlp.c_proj")
    states.append(x)
logits = norm(x, "transformer.ln_f") @ w["transformer.wte.weight"].T
loss = torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, V), ids[:, 1:].reshape(-1))
loss.backward()

save("model.safetensors", w)
expected = {"input_ids": ids, "logits": logits, "loss": loss.view(1)}
expected |= {f"hidden_states.{i}": s for i, s in enumerate(states)}
expected |= {"grad." + name: t.grad for name, t in w.items()}
save("expected.safetensors", expected)
with open("config.json", "w") as f:
    json.dump({"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "layer_norm_epsilon": EPS, "model_type": "gpt2", "n_ctx": P, "n_embd": C,
               "n_head": H, "n_inner": F, "n_layer": L, "n_positions": P, "vocab_size": V}, f, indent=2)
    f.write("\n")
