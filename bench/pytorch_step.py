"""One training step of the demo in plain PyTorch: the peer that Holdfast's step is measured against.

154 images of 32 x 32 (32 target, 32 negative, 90 protected), 64 captions + 10 class prompts, the
contrastive objective on the target pairs, a squared-hinge penalty on nine protected tasks, fused AdamW.
Forward, losses, backward, update; pixels are in memory already. Eager float32, scaled_dot_product_attention.

  python bench/pytorch_step.py MODEL_DIRECTORY [--steps 60] [--threads 1]

Prints one JSON line: process CPU and wall milliseconds a step (after warm-up), peak memory.
"""
import argparse
import json
import resource
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file


class Block(torch.nn.Module):
    def __init__(self, width, heads, mlp):
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.q, self.k, self.v, self.o = (torch.nn.Linear(width, width) for _ in range(4))
        self.fc1, self.fc2 = torch.nn.Linear(width, mlp), torch.nn.Linear(mlp, width)

    def forward(self, x, causal):
        b, t, w = x.shape
        y = self.ln1(x)
        q, k, v = (f(y).view(b, t, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        x = x + self.o(y.transpose(1, 2).reshape(b, t, w))
        y = self.fc1(self.ln2(x))
        return x + self.fc2(y * torch.sigmoid(1.702 * y))


class Clip(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        v, t = config["vision_config"], config["text_config"]
        patches = (v["image_size"] // v["patch_size"]) ** 2
        self.patch = torch.nn.Conv2d(3, v["hidden_size"], v["patch_size"], v["patch_size"], bias=False)
        self.cls = torch.nn.Parameter(torch.zeros(v["hidden_size"]))
        self.vpos = torch.nn.Parameter(torch.zeros(patches + 1, v["hidden_size"]))
        self.pre, self.post = torch.nn.LayerNorm(v["hidden_size"]), torch.nn.LayerNorm(v["hidden_size"])
        self.vblocks = torch.nn.ModuleList(
            Block(v["hidden_size"], v["num_attention_heads"], v["intermediate_size"])
            for _ in range(v["num_hidden_layers"]))
        self.token = torch.nn.Embedding(t["vocab_size"], t["hidden_size"])
        self.tpos = torch.nn.Parameter(torch.zeros(t["max_position_embeddings"], t["hidden_size"]))
        self.tblocks = torch.nn.ModuleList(
            Block(t["hidden_size"], t["num_attention_heads"], t["intermediate_size"])
            for _ in range(t["num_hidden_layers"]))
        self.final = torch.nn.LayerNorm(t["hidden_size"])
        self.vproj = torch.nn.Linear(v["hidden_size"], config["projection_dim"], bias=False)
        self.tproj = torch.nn.Linear(t["hidden_size"], config["projection_dim"], bias=False)
        self.eos = t["eos_token_id"]

    def load(self, tensors):
        names = {"patch.weight": "vision_model.embeddings.patch_embedding.weight",
                 "cls": "vision_model.embeddings.class_embedding",
                 "vpos": "vision_model.embeddings.position_embedding.weight",
                 "tpos": "text_model.embeddings.position_embedding.weight",
                 "token.weight": "text_model.embeddings.token_embedding.weight",
                 "vproj.weight": "visual_projection.weight", "tproj.weight": "text_projection.weight"}
        prefixes = {"pre": "vision_model.pre_layrnorm", "post": "vision_model.post_layernorm",
                    "final": "text_model.final_layer_norm"}
        parts = {"ln1": "layer_norm1", "ln2": "layer_norm2", "q": "self_attn.q_proj", "k": "self_attn.k_proj",
                 "v": "self_attn.v_proj", "o": "self_attn.out_proj", "fc1": "mlp.fc1", "fc2": "mlp.fc2"}
        state = {}
        for name in self.state_dict():
            bits = name.split(".")
            if name in names:
                source = names[name]
            elif bits[0] in prefixes:
                source = f"{prefixes[bits[0]]}.{bits[1]}"
            else:
                tower = "vision_model" if bits[0] == "vblocks" else "text_model"
                source = f"{tower}.encoder.layers.{bits[1]}.{parts[bits[2]]}.{bits[3]}"
            state[name] = tensors[source].float()
        self.load_state_dict(state)

    def image(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], 1, -1), x], 1) + self.vpos
        x = self.pre(x)
        for block in self.vblocks:
            x = block(x, False)
        return F.normalize(self.vproj(self.post(x[:, 0])), dim=-1)

    def text(self, ids):
        x = self.token(ids) + self.tpos[: ids.shape[1]]
        for block in self.tblocks:
            x = block(x, True)
        pooled = x[torch.arange(ids.shape[0]), (ids == self.eos).int().argmax(1)]
        return F.normalize(self.tproj(self.final(pooled)), dim=-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--warmup", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    with open(f"{arguments.model}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    model = Clip(config)
    model.load(load_file(f"{arguments.model}/model.safetensors"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=0.1, fused=True)
    t = tau = 0.05
    size, context = config["vision_config"]["image_size"], config["text_config"]["max_position_embeddings"]
    images = torch.randn(154, 3, size, size)
    ids = torch.full((74, context), config["text_config"]["eos_token_id"])
    ids[:, 0] = config["text_config"]["bos_token_id"]
    ids[:, 1:9] = torch.randint(0, config["text_config"]["vocab_size"] - 2, (74, 8))
    labels = torch.arange(9).repeat_interleave(10)
    old = torch.full((90,), 0.5)
    s_image, s_text = torch.full((32,), 1e-3), torch.full((32,), 1e-3)
    u = torch.zeros(9)

    def step():
        nonlocal u
        image, text = model.image(images), model.text(ids)
        captions, prompts = text[:64], text[64:]
        similarity = image[:64] @ captions.T
        own = similarity.diagonal()[:32]
        loss = 0.0
        for normalizer, differences in ((s_image, similarity[:32, 32:] - own[:, None]),
                                        (s_text, similarity.T[:32, 32:] - own[:, None])):
            e = torch.exp(differences.detach() / t)
            normalizer.mul_(0.2).add_(0.8 * e.mean(1))
            loss = loss + (e / (normalizer[:, None] + 1e-7) * differences).mean()
        losses = F.cross_entropy(image[64:] @ prompts.T / tau, labels, reduction="none").view(9, 10).mean(1)
        u = 0.2 * u + 0.8 * (losses.detach() - old.view(9, 10).mean(1))
        loss = loss + (20.0 * u.clamp(min=0) * losses).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    for _ in range(arguments.warmup):
        step()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(arguments.steps):
        step()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"peer": f"PyTorch {torch.__version__}", "threads": arguments.threads,
                      "cpu_ms_per_step": round(1000 * cpu / arguments.steps, 2),
                      "wall_ms_per_step": round(1000 * wall / arguments.steps, 2),
                      "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))


main()
