"""One training step on cached features in plain PyTorch: the peer that Holdfast's scopes `heads` and `projections` are measured against.

50 classes, each with a head of rank 32 over the widths of ViT-B/16 (images 768, texts 512, embeddings 512): 64 target pairs and ten images of each
of 49 protected tasks, whose class prompts are the captions too, so that 50 texts are embedded. The contrastive objective on the target pairs, a
squared-hinge penalty on the tasks, gradient norm, fused AdamW, an average of the weights. Eager float32. Under `heads`, images come as embeddings:
nothing of them trains.

  python bench/pytorch_heads.py heads|projections [--engine] [--steps 200] [--threads 1]

With --engine the losses are left out: gradients of the embeddings are given.

Prints one JSON line: process CPU and wall milliseconds a step (after warm-up), peak memory.
"""
import argparse
import json
import resource
import time

import torch
import torch.nn.functional as F

CLASSES, RANK, EXAMPLES, TARGETS = 50, 32, 10, 64
IMAGE_WIDTH, TEXT_WIDTH, SIZE = 768, 512, 512


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scope", choices=["heads", "projections"])
    parser.add_argument("--engine", action="store_true")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--warmup", type=int, default=50)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    trains_projections = arguments.scope == "projections"
    tasks, half = CLASSES - 1, TARGETS // 2
    pool = torch.randn(4096, IMAGE_WIDTH if trains_projections else SIZE)
    if not trains_projections:
        pool = F.normalize(pool, dim=-1)
    r = torch.randn(CLASSES, TEXT_WIDTH)
    W_image = torch.nn.Parameter(torch.randn(SIZE, IMAGE_WIDTH) / IMAGE_WIDTH**0.5, trains_projections)
    W_text = torch.nn.Parameter(torch.randn(SIZE, TEXT_WIDTH) / TEXT_WIDTH**0.5, trains_projections)
    A = torch.nn.Parameter(torch.randn(CLASSES, TEXT_WIDTH, RANK) / TEXT_WIDTH**0.5)
    B = torch.nn.Parameter(torch.zeros(CLASSES, RANK, SIZE))
    parameters = [A, B, W_image, W_text] if trains_projections else [A, B]
    average = [parameter.detach().clone() for parameter in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=3e-4, weight_decay=0.1, fused=True)
    t = tau = 0.05
    labels = torch.arange(1, CLASSES).repeat_interleave(EXAMPLES)
    old = torch.full((tasks * EXAMPLES,), 0.5)
    s_image, s_text = torch.full((half,), 1e-3), torch.full((half,), 1e-3)
    u = torch.zeros(tasks)
    d_image, d_text = torch.randn(TARGETS + tasks * EXAMPLES, SIZE), torch.randn(CLASSES, SIZE)

    def step():
        rows = torch.randint(0, len(pool), (TARGETS + tasks * EXAMPLES,))
        classes = torch.cat([torch.zeros(half, dtype=torch.long), torch.randint(1, CLASSES, (half,))])
        image = pool[rows]
        if trains_projections:
            image = F.normalize(image @ W_image.T, dim=-1)
        text = F.normalize(r @ W_text.T + torch.bmm(torch.bmm(r[:, None], A), B)[:, 0], dim=-1)
        optimizer.zero_grad(set_to_none=True)
        if arguments.engine:
            torch.autograd.backward([image, text] if trains_projections else [text], [d_image, d_text][-1 - trains_projections:])
        else:
            estimate(image, text, classes).backward()
        torch.nn.utils.get_total_norm([parameter.grad for parameter in parameters])
        optimizer.step()
        torch._foreach_lerp_(average, [parameter.detach() for parameter in parameters], 0.01)

    def estimate(image, text, classes):
        nonlocal u
        similarity = image[:TARGETS] @ text[classes].T
        own = similarity.diagonal()[:half]
        loss = 0.0
        for normalizer, differences in ((s_image, similarity[:half, half:] - own[:, None]),
                                        (s_text, similarity.T[:half, half:] - own[:, None])):
            e = torch.exp(differences.detach() / t)
            normalizer.mul_(0.2).add_(0.8 * e.mean(1))
            loss = loss + (e / (normalizer[:, None] + 1e-7) * differences).mean()
        logits = image[TARGETS:] @ text.T / tau
        losses = F.cross_entropy(logits, labels, reduction="none").view(tasks, EXAMPLES).mean(1)
        u = 0.2 * u + 0.8 * (losses.detach() - old.view(tasks, EXAMPLES).mean(1))
        return loss + (20.0 * u.clamp(min=0) * losses).mean()

    for _ in range(arguments.warmup):
        step()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(arguments.steps):
        step()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"peer": f"PyTorch {torch.__version__}", "scope": arguments.scope, "engine": arguments.engine, "threads": arguments.threads,
                      "cpu_ms_per_step": round(1000 * cpu / arguments.steps, 2),
                      "wall_ms_per_step": round(1000 * wall / arguments.steps, 2),
                      "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))


main()
