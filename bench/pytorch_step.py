"""PyTorch's side of `bench -- compare`: one step on one processor, in float32.

    python3 bench/pytorch_step.py search --batch 16          a search step of the DARTS supernet
    python3 bench/pytorch_step.py nas-bench-201 --layers 5   a search step of the supernet of NAS-Bench-201
    python3 bench/pytorch_step.py mobile --size 64           a search step of the supernet of the mobile space
    python3 bench/pytorch_step.py train --batch 32           a training step of the network of noisy_darts_a
    python3 bench/pytorch_step.py regularised --batch 32     the same with auxiliary head and drop path
    python3 bench/pytorch_step.py infer --batch 32           its logits in evaluation
    python3 bench/pytorch_step.py mobile-train --size 64     a training step of NoisyDARTS-A
    python3 bench/pytorch_step.py mobile-infer --size 64     its logits in evaluation

A search step is alpha by Adam on one batch, then the weights by SGD, clipped to norm 5, on another. Prints one line of JSON
with the fields of `bench -- supernet` and `bench -- network`.
"""

import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

from pytorch_supernet import STEPS, Skip, Supernet


def relu_conv_norm(inputs, outputs, side=1, stride=1, affine=True):
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False),
        nn.BatchNorm2d(outputs, affine=affine),
    )


def pool(kind, stride):
    if kind == 'max':
        return nn.MaxPool2d(3, stride, padding=1)
    return nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)


# ---------------------------------------------------------------------------------------------- NAS-Bench-201


class DenseCell(nn.Module):
    """Three nodes; every edge mixes none, a noisy skip, two convolutions and an average."""

    def __init__(self, channels):
        super().__init__()
        self.edges = nn.ModuleList(
            nn.ModuleList(
                [
                    Skip(channels, 1, 0.2),
                    relu_conv_norm(channels, channels, 1, affine=False),
                    relu_conv_norm(channels, channels, 3, affine=False),
                    pool('avg', 1),
                ]
            )
            for _ in range(6)
        )

    def forward(self, x, weights):
        states = [x]
        for node in range(3):
            first = node * (node + 1) // 2
            # The weight of none, the first, multiplies nothing.
            states.append(
                sum(
                    weight * op(state)
                    for edge, state in enumerate(list(states), first)
                    for weight, op in zip(weights[edge][1:], self.edges[edge])
                )
            )
        return states[-1]


class Residual(nn.Module):
    """Two rounds of ReLU, 3x3 convolution and norm beside a mean and a 1x1 convolution; halves the map."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.convs = nn.Sequential(
            relu_conv_norm(inputs, outputs, 3, 2), relu_conv_norm(outputs, outputs, 3)
        )
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x):
        return self.convs(x) + self.shortcut(x)


class NasBench201(nn.Module):
    def __init__(self, channels, cells, classes=10):
        super().__init__()
        blocks = [nn.Sequential(nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))]
        for stage in range(3):
            if stage > 0:
                blocks.append(Residual(channels, 2 * channels))
                channels *= 2
            blocks.extend(DenseCell(channels) for _ in range(cells))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.BatchNorm2d(channels)
        self.classifier = nn.Linear(channels, classes)
        self.alphas = [(6, 5)]

    def forward(self, x, alphas):
        weights = F.softmax(alphas[0], dim=-1)
        for block in self.blocks:
            x = block(x, weights) if isinstance(block, DenseCell) else block(x)
        return self.classifier(F.relu(self.norm(x)).mean(dim=(2, 3)))


# ---------------------------------------------------------------------------------------------- mobile space


class Excite(nn.Module):
    """Squeeze-and-excitation."""

    def __init__(self, channels, reduced):
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(channels, reduced, 1), nn.Conv2d(reduced, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.expand(F.silu(self.reduce(x.mean((2, 3), keepdim=True)))))


class Bottleneck(nn.Module):
    """1x1 convolution that widens, depthwise convolution, squeeze-and-excitation, 1x1 convolution that narrows."""

    def __init__(self, inputs, outputs, side, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        self.stages = nn.Sequential(
            nn.Conv2d(inputs, wide, 1, bias=False),
            nn.BatchNorm2d(wide),
            nn.SiLU(),
            nn.Conv2d(wide, wide, side, stride, side // 2, groups=wide, bias=False),
            nn.BatchNorm2d(wide),
            nn.SiLU(),
            Excite(wide, max(1, inputs // 4)),
            nn.Conv2d(wide, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.stages(x)
        return x + y if self.residual else y


def conv_norm(inputs, outputs, side, stride=1, groups=1):
    return [
        nn.Conv2d(inputs, outputs, side, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]


def mobile_stem():
    return nn.Sequential(
        *conv_norm(3, 32, 3, 2), nn.ReLU(), *conv_norm(32, 32, 3, groups=32), nn.ReLU(), *conv_norm(32, 16, 1)
    )


class Mobile(nn.Module):
    # Width, stride of the first layer and number of layers of each stage.
    STAGES = [(32, 2, 2), (40, 2, 4), (80, 2, 4), (96, 1, 4), (192, 2, 4), (320, 1, 1)]

    def __init__(self, classes=10):
        super().__init__()
        self.stem = mobile_stem()
        layers, width = [], 16
        for filters, first, count in self.STAGES:
            for turn in range(count):
                stride = first if turn == 0 else 1
                skip = [Skip(filters, 1, 0.2)] if stride == 1 and width == filters else []
                blocks = [
                    Bottleneck(width, filters, side, stride, expansion)
                    for expansion in (3, 6)
                    for side in (3, 5, 7)
                ]
                layers.append(nn.ModuleList(skip + blocks))
                width = filters
        self.layers = nn.ModuleList(layers)
        self.head = nn.Sequential(*conv_norm(width, 1280, 1), nn.ReLU())
        self.classifier = nn.Linear(1280, classes)
        self.alphas = [(1, len(layer)) for layer in layers]

    def forward(self, x, alphas):
        x = self.stem(x)
        for layer, alpha in zip(self.layers, alphas):
            x = sum(weight * op(x) for weight, op in zip(F.softmax(alpha, dim=-1)[0], layer))
        return self.classifier(self.head(x).mean(dim=(2, 3)))


class MobileNetwork(nn.Module):
    """NoisyDARTS-A."""

    # Width, side, stride of the first block, expansion, blocks.
    BLOCKS = [
        (32, 3, 2, 6, 1),
        (32, 3, 1, 3, 1),
        (40, 5, 2, 6, 1),
        (40, 3, 1, 6, 3),
        (80, 5, 2, 6, 1),
        (80, 7, 1, 6, 1),
        (80, 3, 1, 6, 2),
        (96, 3, 1, 6, 4),
        (192, 3, 2, 6, 1),
        (192, 7, 1, 6, 3),
        (320, 7, 1, 6, 1),
    ]

    def __init__(self, classes=10):
        super().__init__()
        blocks, width = [], 16
        for filters, side, first, expansion, count in self.BLOCKS:
            for turn in range(count):
                blocks.append(Bottleneck(width, filters, side, first if turn == 0 else 1, expansion))
                width = filters
        self.features = nn.Sequential(mobile_stem(), *blocks, *conv_norm(width, 1280, 1), nn.ReLU())
        self.classifier = nn.Linear(1280, classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean(dim=(2, 3)))


# ---------------------------------------------------------------------------------------------- derived network

NORMAL = [
    ('sep_conv_3x3', 1),
    ('sep_conv_3x3', 0),
    ('skip_connect', 0),
    ('dil_conv_3x3', 2),
    ('dil_conv_3x3', 3),
    ('sep_conv_3x3', 1),
    ('dil_conv_5x5', 4),
    ('dil_conv_3x3', 3),
]
REDUCE = [
    ('max_pool_3x3', 0),
    ('dil_conv_5x5', 1),
    ('skip_connect', 2),
    ('max_pool_3x3', 0),
    ('skip_connect', 2),
    ('skip_connect', 3),
    ('skip_connect', 2),
    ('dil_conv_5x5', 4),
]


class AffineHalve(nn.Module):
    """ReLU and two pointwise convolutions of stride 2, the second one pixel off, joined and normalised."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.halves = nn.ModuleList(nn.Conv2d(inputs, outputs // 2, 1, 2, bias=False) for _ in range(2))
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        x = F.relu(x)
        return self.norm(torch.cat([self.halves[0](x), self.halves[1](x[:, :, 1:, 1:])], dim=1))


def operation(name, channels, stride):
    if name == 'skip_connect':
        return nn.Identity() if stride == 1 else AffineHalve(channels, channels)
    kind, size = name.rsplit('_', 1)[0], int(name[-1])
    if kind.endswith('pool'):
        return pool(kind[:3], stride)

    def block(step, dilation):
        depthwise = nn.Conv2d(
            channels, channels, size, step, dilation * (size // 2), dilation, groups=channels, bias=False
        )
        return [nn.ReLU(), depthwise, nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels)]

    return nn.Sequential(*(block(stride, 1) + block(1, 1) if kind == 'sep_conv' else block(stride, 2)))


def auxiliary_head(inputs, classes):
    return nn.Sequential(
        nn.ReLU(),
        nn.AvgPool2d(5, stride=3, padding=0, count_include_pad=False),
        nn.Conv2d(inputs, 128, 1, bias=False),
        nn.BatchNorm2d(128),
        nn.ReLU(),
        nn.Conv2d(128, 768, 2, bias=False),
        nn.BatchNorm2d(768),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(768, classes),
    )


class NetworkCell(nn.Module):
    def __init__(self, older, newer, channels, reduces, after_reduction, drop_path):
        super().__init__()
        self.drop_path = drop_path
        edges = REDUCE if reduces else NORMAL
        unify = AffineHalve if after_reduction else relu_conv_norm
        self.inputs = nn.ModuleList([unify(older, channels), relu_conv_norm(newer, channels)])
        self.sources = [source for _, source in edges]
        self.ops = nn.ModuleList(
            operation(name, channels, 2 if reduces and source < 2 else 1) for name, source in edges
        )

    def run(self, op, x):
        y = op(x)
        if not self.training or self.drop_path == 0 or isinstance(op, nn.Identity):
            return y
        kept = 1 - self.drop_path
        return y / kept * torch.empty(len(y), 1, 1, 1).bernoulli_(kept)

    def forward(self, older, newer):
        states = [self.inputs[0](older), self.inputs[1](newer)]
        for edge in range(0, len(self.ops), 2):
            a, b = (self.run(self.ops[edge + i], states[self.sources[edge + i]]) for i in range(2))
            states.append(a + b)
        return torch.cat(states[2:], dim=1)


class Network(nn.Module):
    def __init__(self, channels, cells, classes=10, drop_path=0.0, auxiliary=False):
        super().__init__()
        width = 3 * channels
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
        older = newer = width
        made, after_reduction = [], False
        for cell in range(cells):
            reduces = cell in (cells // 3, 2 * cells // 3)
            channels *= 2 if reduces else 1
            made.append(NetworkCell(older, newer, channels, reduces, after_reduction, drop_path))
            older, newer, after_reduction = newer, STEPS * channels, reduces
            if auxiliary and cell == 2 * cells // 3:
                self.auxiliary = auxiliary_head(newer, classes)
        self.cells = nn.ModuleList(made)
        self.classifier = nn.Linear(newer, classes)
        self.auxiliary_at = 2 * cells // 3 if auxiliary else None

    def forward(self, x):
        older = newer = self.stem(x)
        side = None
        for index, cell in enumerate(self.cells):
            older, newer = newer, cell(older, newer)
            if self.training and index == self.auxiliary_at:
                side = self.auxiliary(newer)
        logits = self.classifier(newer.mean(dim=(2, 3)))
        return logits if side is None else (logits, side)


# ---------------------------------------------------------------------------------------------- steps


def darts(options):
    model = Supernet(options.channels, options.layers, 0.2)
    model.alphas = [(sum(node + 2 for node in range(STEPS)), 7)] * 2
    return model


MODELS = {
    'search': darts,
    'nas-bench-201': lambda options: NasBench201(options.channels, options.layers),
    'mobile': lambda options: Mobile(),
    'train': lambda options: Network(options.channels, options.layers),
    'regularised': lambda options: Network(options.channels, options.layers, drop_path=0.2, auxiliary=True),
    'infer': lambda options: Network(options.channels, options.layers),
    'mobile-train': lambda options: MobileNetwork(),
    'mobile-infer': lambda options: MobileNetwork(),
}


def search_step(model, x, y):
    alphas = [(1e-3 * torch.randn(shape)).requires_grad_() for shape in model.alphas]
    weights = list(model.parameters())
    sgd = torch.optim.SGD(weights, lr=0.05, momentum=0.9, weight_decay=3e-4)
    adam = torch.optim.Adam(alphas, lr=3e-4, betas=(0.5, 0.999), weight_decay=1e-3)

    def gradients(of):
        loss = F.cross_entropy(model(x, alphas), y)
        for parameter, gradient in zip(of, torch.autograd.grad(loss, of)):
            parameter.grad = gradient

    def step():
        gradients(alphas)
        adam.step()
        gradients(weights)
        nn.utils.clip_grad_norm_(weights, 5)
        sgd.step()

    return step


def training_step(model, x, y):
    sgd = torch.optim.SGD(model.parameters(), lr=0.025, momentum=0.9, weight_decay=3e-4)

    def step():
        sgd.zero_grad()
        logits = model(x)
        if isinstance(logits, tuple):
            (F.cross_entropy(logits[0], y) + 0.4 * F.cross_entropy(logits[1], y)).backward()
        else:
            F.cross_entropy(logits, y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        sgd.step()

    return step


def inference(model, x, _):
    model.eval()

    def step():
        with torch.no_grad():
            model(x)

    return step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=list(MODELS))
    for name, default in dict(threads=1, channels=16, layers=8, batch=16, steps=3, size=32).items():
        parser.add_argument(f'--{name}', type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = MODELS[options.what](options)
    x = torch.randn(options.batch, 3, options.size, options.size)
    y = torch.randint(0, 10, (options.batch,))
    make = {
        'train': training_step,
        'regularised': training_step,
        'infer': inference,
        'mobile-train': training_step,
        'mobile-infer': inference,
    }.get(options.what, search_step)
    step = make(model, x, y)
    # The first step chooses algorithms and makes the optimizers' moments.
    step()
    times, processor = [], []
    for _ in range(options.steps):
        start, busy = time.perf_counter(), time.process_time()
        step()
        times.append(time.perf_counter() - start)
        processor.append(time.process_time() - busy)
    report = {
        'engine': f'pytorch {torch.__version__}',
        'what': options.what,
        'threads': options.threads,
        'channels': options.channels,
        'layers': options.layers,
        'batch': options.batch,
        'size': options.size,
        'parameters': sum(weight.numel() for weight in model.parameters()),
        'step_seconds_median': round(statistics.median(times), 6),
        'seconds_per_image': round(statistics.median(times) / options.batch, 8),
        'cpu_seconds_per_image': round(statistics.median(processor) / options.batch, 8),
        'peak_rss_mb': round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(report))


if __name__ == '__main__':
    main()
