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
from pytorch_clip import Clip
from safetensors.torch import load_file


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
