"""A CLIP in plain eager PyTorch, as the peers of the benchmarks use it."""
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint


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
        self.checkpointed = False

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
            x = checkpoint(block, x, False, use_reentrant=False) if self.checkpointed else block(x, False)
        return F.normalize(self.vproj(self.post(x[:, 0])), dim=-1)

    def text(self, ids):
        x = self.token(ids) + self.tpos[: ids.shape[1]]
        for block in self.tblocks:
            x = block(x, True)
        pooled = x[torch.arange(ids.shape[0]), (ids == self.eos).int().argmax(1)]
        return F.normalize(self.tproj(self.final(pooled)), dim=-1)
