"""A step of a CLIP's vision tower in plain PyTorch: the peer that Holdfast's engine is measured against.

Forward, backward from a given gradient of the embeddings, gradient norm with clipping, fused AdamW.
Eager float32, scaled_dot_product_attention; `checkpointed` recomputes every block in the backward pass.

  python bench/pytorch_tower.py MODEL_DIRECTORY --mode forward|step|checkpointed [--batch 8] [--steps 10] [--device cuda [--tf32]]

Prints one JSON line: process CPU milliseconds a step (median, after warm-up) and the memory that steps add to the
weights and AdamW's moments, gradients included. On CUDA: wall milliseconds, synchronized, pixels on the device,
and the memory in use there.
"""
import argparse
import json
import re
import statistics
import subprocess
import time

import torch
from pytorch_clip import Clip
from safetensors.torch import load_file


def read_memory_mb(field):
    with open("/proc/self/status", encoding="ascii") as file:
        return int(re.search(rf"{field}:\s+(\d+)", file.read())[1]) / 1024


def read_device_memory_mb():
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(query, capture_output=True, check=True, text=True).stdout)


def measure_on_cuda(step, arguments):
    times = []
    for index in range(arguments.warmup + arguments.steps):
        torch.cuda.synchronize()
        start = time.perf_counter()
        step()
        torch.cuda.synchronize()
        if index >= arguments.warmup:
            times.append(1000 * (time.perf_counter() - start))
    took = {"min": round(min(times), 1), "median": round(statistics.median(times), 1)}
    part = "forward" if arguments.mode == "forward" else "step"
    precision = "TF32" if arguments.tf32 else "float32"
    print(json.dumps({"peer": f"PyTorch {torch.__version__}, {precision}", part: took,
                      "device": torch.cuda.get_device_name(), "device_mb": read_device_memory_mb()}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--mode", choices=["forward", "step", "checkpointed"], required=True)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--tf32", action="store_true")
    arguments = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = arguments.tf32
    torch.backends.cudnn.allow_tf32 = arguments.tf32
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    with open(f"{arguments.model}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    model = Clip(config)
    model.load(load_file(f"{arguments.model}/model.safetensors"))
    model.to(arguments.device)
    model.checkpointed = arguments.mode == "checkpointed"
    tower = [p for name, p in model.named_parameters() if re.match("patch|cls|vpos|pre|post|vblocks|vproj", name)]
    optimizer = torch.optim.AdamW(tower, lr=1e-5, weight_decay=0.1, fused=True)
    size = config["vision_config"]["image_size"]
    images = torch.randn(arguments.batch, 3, size, size, device=arguments.device)
    gradient = torch.randn(arguments.batch, config["projection_dim"], device=arguments.device) / arguments.batch

    def step():
        if arguments.mode == "forward":
            with torch.no_grad():
                model.image(images)
            return
        optimizer.zero_grad(set_to_none=True)
        model.image(images).backward(gradient)
        torch.nn.utils.clip_grad_norm_(tower, 1.0)
        optimizer.step()

    if arguments.device == "cuda":
        measure_on_cuda(step, arguments)
        return

    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    baseline = read_memory_mb("VmRSS")
    times = []
    for index in range(arguments.warmup + arguments.steps):
        start = time.process_time()
        step()
        if index >= arguments.warmup:
            times.append(1000 * (time.process_time() - start))
    moments = 0 if arguments.mode == "forward" else sum(8 * p.numel() for p in tower) / 2**20
    print(json.dumps({"peer": f"PyTorch {torch.__version__}", "mode": arguments.mode,
                      "cpu_ms": round(statistics.median(times), 2), "cpu_ms_min": round(min(times), 2),
                      "memory_mb": round(read_memory_mb("VmHWM") - baseline - moments)}))


main()
