"""Models of torch, torchvision and transformers with random weights, and their inputs, by name.

Configurations are small, but for those of torchvision whose names end in _224, which are of their real size; those of
torch itself have few channels on purpose. needs: pip install torch torchvision transformers
"""
import torch
import torchvision
import transformers
from torch import nn

MODELS = {}


def model(make):
    MODELS[make.__name__] = make
    return make


class First(nn.Module):
    """A model of transformers, and its first output alone."""

    def __init__(self, inner, **given):
        super().__init__()
        self.inner, self.given = inner, given

    def forward(self, *inputs):
        return self.inner(*inputs, return_dict=False, **self.given)[0]


def ids(vocabulary=1000, length=16):
    return (torch.randint(0, vocabulary, (1, length), dtype=torch.int32),)


def image(size):
    return (torch.randn(1, 3, size, size),)


def transformer(cls, config, inputs, **sizes):
    inner = getattr(transformers, cls)(getattr(transformers, config)(attn_implementation="eager", **sizes))
    return First(inner).eval(), inputs


def decoder(name, **sizes):
    return transformer(f"{name}Model", f"{name}Config", ids(), vocab_size=1000, hidden_size=128, intermediate_size=256,
                       num_hidden_layers=2, num_attention_heads=4, use_cache=False, **sizes)


@model
def distilbert():
    return transformer("DistilBertModel", "DistilBertConfig", ids(), vocab_size=1000, dim=128, hidden_dim=256,
                       n_layers=2, n_heads=4)


@model
def t5_encoder():
    return transformer("T5EncoderModel", "T5Config", ids(), vocab_size=1000, d_model=128, d_kv=32, d_ff=256,
                       num_layers=2, num_heads=4)


@model
def whisper_encoder():
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    config = transformers.WhisperConfig(d_model=64, encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=128,
                                        num_mel_bins=40, max_source_positions=50, attn_implementation="eager")
    return First(WhisperEncoder(config)).eval(), (torch.randn(1, 40, 100),)


@model
def qwen2():
    return decoder("Qwen2", num_key_value_heads=2)


@model
def qwen3():
    return decoder("Qwen3", num_key_value_heads=2, head_dim=32)


@model
def gemma():
    return decoder("Gemma", num_key_value_heads=1, head_dim=32)


@model
def mistral():
    return decoder("Mistral", num_key_value_heads=2, sliding_window=None)


@model
def phi():
    return decoder("Phi", num_key_value_heads=4)


@model
def gptj():
    return transformer("GPTJModel", "GPTJConfig", ids(), vocab_size=1000, n_embd=128, n_layer=2, n_head=4, rotary_dim=16,
                       n_positions=64, use_cache=False)


@model
def clip_text():
    return transformer("CLIPTextModel", "CLIPTextConfig", ids(), vocab_size=1000, hidden_size=128, intermediate_size=256,
                       num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=16)


@model
def clip_vision():
    return transformer("CLIPVisionModel", "CLIPVisionConfig", image(64), hidden_size=128, intermediate_size=256,
                       num_hidden_layers=2, num_attention_heads=4, image_size=64, patch_size=16)


@model
def deit():
    return transformer("DeiTModel", "DeiTConfig", image(64), image_size=64, hidden_size=128, num_hidden_layers=2,
                       num_attention_heads=4, intermediate_size=256)


@model
def swin():
    return transformer("SwinModel", "SwinConfig", image(64), image_size=64, embed_dim=32, depths=[2, 2], num_heads=[2, 4],
                       window_size=4)


@model
def convnext():
    return transformer("ConvNextModel", "ConvNextConfig", image(64), image_size=64, hidden_sizes=[16, 32, 64, 128],
                       depths=[1, 1, 2, 1])


def settled(made, size, inputs=None):
    """A net whose batch statistics were settled on random data, so that outputs are of order one."""
    for layer in made.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.5
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
    made.train()
    with torch.no_grad():
        for _ in range(6):
            made(torch.randn(8, 3, size, size))
    return made.eval(), inputs or image(size)


def vision(name, size=64, **options):
    made = getattr(torchvision.models, name)(weights=None, num_classes=10, **options)
    return settled(made, 64, image(size))


@model
def resnet18():
    return vision("resnet18")


@model
def mobilenet_v3_small():
    return vision("mobilenet_v3_small")


@model
def efficientnet_b0():
    return vision("efficientnet_b0")


@model
def mnasnet1_0_224():
    return vision("mnasnet1_0", 224)


@model
def shufflenet_v2_x1_0_224():
    return vision("shufflenet_v2_x1_0", 224)


@model
def densenet121_224():
    return vision("densenet121", 224)


@model
def attention_mixer():
    """A transformer's layer behind a convolution."""

    class Mixer(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 32, 4, 4), nn.BatchNorm2d(32), nn.SiLU())
            self.qkv, self.out, self.norm = nn.Linear(32, 96), nn.Linear(32, 32), nn.LayerNorm(32)
            self.head = nn.Sequential(nn.Linear(32, 64), nn.GELU(approximate="tanh"), nn.Linear(64, 10))

        def forward(self, x):
            x = self.stem(x).flatten(2).transpose(1, 2)
            q, k, v = self.qkv(self.norm(x)).reshape(1, -1, 3, 4, 8).permute(2, 0, 3, 1, 4)
            x = x + self.out((torch.softmax(q @ k.transpose(-1, -2) / 8**0.5, -1) @ v).transpose(1, 2).flatten(2))
            return self.head(x.mean(1))

    return Mixer().eval(), image(32)


class DenseBlock(nn.Module):
    """Layers that see all layers before them, without pooling."""

    def __init__(self, channels, growth, layers):
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, 1, 1)
        widths = [channels + i * growth for i in range(layers)]
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(n), nn.ReLU(), nn.Conv2d(n, growth, 3, 1, 1)) for n in widths)
        width = channels + layers * growth
        self.norm, self.head = nn.BatchNorm2d(width), nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x)
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.head(torch.relu(self.norm(x)).mean((2, 3)))


@model
def dense_block():
    return settled(DenseBlock(8, 6, 4), 16)


@model
def thin_dense_block():
    return settled(DenseBlock(4, 2, 6), 32)


class Shuffles(nn.Module):
    """Grouped and depthwise convolutions with a shuffle of channels between them."""

    def __init__(self, channels, groups, layers):
        super().__init__()
        wide = lambda groups, size: nn.Conv2d(channels, channels, size, 1, size // 2, groups=groups)
        self.groups, self.stem = groups, nn.Conv2d(3, channels, 3, 1, 1)
        self.grouped = nn.ModuleList(
            nn.Sequential(wide(groups, 1), nn.BatchNorm2d(channels), nn.ReLU()) for _ in range(layers))
        self.depthwise = nn.ModuleList(
            nn.Sequential(wide(channels, 3), nn.BatchNorm2d(channels)) for _ in range(layers))

    def forward(self, x):
        x = self.stem(x)
        for grouped, depthwise in zip(self.grouped, self.depthwise):
            y = grouped(x)
            n, c, h, w = y.shape
            y = y.view(n, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(n, c, h, w)
            x = x + depthwise(y)
        return x.mean((2, 3))


@model
def thin_shuffles():
    return settled(Shuffles(8, 2, 2), 16)


@model
def shuffles():
    return settled(Shuffles(24, 3, 2), 32)


class Branches(nn.Module):
    """Parallel branches that are joined."""

    def __init__(self, channels, pool):
        super().__init__()
        conv = lambda i, o, k: nn.Sequential(nn.Conv2d(i, o, k, 1, k // 2), nn.ReLU())
        self.stem, self.head = conv(3, channels, 3), nn.Linear(16, 10)
        self.branches = nn.ModuleList([
            conv(channels, 4, 1),
            nn.Sequential(conv(channels, 4, 1), conv(4, 4, 3)),
            nn.Sequential(conv(channels, 4, 1), conv(4, 4, 3), conv(4, 4, 3)),
            nn.Sequential(pool, conv(channels, 4, 1)),
        ])

    def forward(self, x):
        x = self.stem(x)
        return self.head(torch.cat([branch(x) for branch in self.branches], 1).mean((2, 3)))


@model
def branches():
    return Branches(8, nn.AvgPool2d(3, 1, 1)).eval(), image(16)


@model
def max_branches():
    return Branches(16, nn.MaxPool2d(3, 1, 1)).eval(), image(16)


class Preactivated(nn.Module):
    """Residual blocks that normalize before they convolve, so that several read what was activated."""

    def __init__(self, channels=16):
        super().__init__()
        norm = lambda: nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())
        conv = lambda stride=1: nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.stem, self.norms, self.last = conv_of(channels), nn.ModuleList([norm(), norm(), norm(), norm()]), norm()
        self.convs = nn.ModuleList([conv(), conv(), conv(2), conv()])
        self.skip, self.head = nn.Conv2d(channels, channels, 1, 2, bias=False), nn.Linear(channels, 10)

    def forward(self, x):
        x = self.stem(x)
        x = x + self.convs[1](self.norms[1](self.convs[0](self.norms[0](x))))
        y = self.norms[2](x)
        x = self.skip(y) + self.convs[3](self.norms[3](self.convs[2](y)))
        return self.head(self.last(x).mean((2, 3)))


def conv_of(channels):
    return nn.Conv2d(3, channels, 3, 1, 1)


@model
def preactivated():
    return settled(Preactivated(), 32)
