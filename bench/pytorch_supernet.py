"""One search step of the DARTS supernet with Gaussian skip noise in PyTorch, on a processor or a CUDA device.

A step is that of `bench -- supernet`: alpha by Adam on one batch, then the weights by SGD, clipped to norm 5, on another.
Everything is computed in float32. Prints one line of JSON with the fields of `bench -- supernet`.

    python3 bench/pytorch_supernet.py --device cuda --batch 64 --steps 5
"""

import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

STEPS = 4  # Nodes of a cell that are computed.
KEPT = STEPS  # Nodes that make up its output.


def norm(channels):
    return nn.BatchNorm2d(channels, affine=False)


def separable(channels, side, stride, dilation=1):
    """ReLU, depthwise and pointwise convolution, batch norm."""
    padding = dilation * (side // 2)
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(channels, channels, side, stride, padding, dilation, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
        norm(channels),
    )


class Halve(nn.Module):
    """ReLU and two pointwise convolutions of stride 2, the second one pixel off, joined and normalised."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.halves = nn.ModuleList(
            nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False) for _ in range(2)
        )
        self.norm = norm(outputs)

    def forward(self, x):
        x = F.relu(x)
        shifted = F.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        return self.norm(torch.cat([half(part) for half, part in zip(self.halves, (x, shifted))], dim=1))


class Skip(nn.Module):
    """A skip connection, plus noise of a share of the map's deviation while it trains."""

    def __init__(self, channels, stride, noise):
        super().__init__()
        self.path = nn.Identity() if stride == 1 else Halve(channels, channels)
        self.noise = noise

    def forward(self, x):
        y = self.path(x)
        if not self.training or self.noise == 0:
            return y
        return y + torch.randn_like(y) * (self.noise * y.detach().std())


class Edge(nn.Module):
    """All seven candidates at once, weighted."""

    def __init__(self, channels, stride, noise):
        super().__init__()
        largest = nn.MaxPool2d(3, stride, padding=1)
        average = nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)
        twice = lambda side: nn.Sequential(separable(channels, side, stride), separable(channels, side, 1))
        self.candidates = nn.ModuleList(
            [
                nn.Sequential(largest, norm(channels)),
                nn.Sequential(average, norm(channels)),
                Skip(channels, stride, noise),
                twice(3),
                twice(5),
                separable(channels, 3, stride, dilation=2),
                separable(channels, 5, stride, dilation=2),
            ]
        )

    def forward(self, x, weights):
        return sum(weight * candidate(x) for weight, candidate in zip(weights, self.candidates))


class Cell(nn.Module):
    """Two inputs and STEPS nodes, each the sum of an edge from every node before it."""

    def __init__(self, inputs, channels, reduces, after_reduction, noise):
        super().__init__()
        unify = lambda given: nn.Sequential(nn.ReLU(), nn.Conv2d(given, channels, 1, bias=False), norm(channels))
        older, newer = inputs
        self.inputs = nn.ModuleList([Halve(older, channels) if after_reduction else unify(older), unify(newer)])
        self.nodes = nn.ModuleList(
            nn.ModuleList(
                Edge(channels, 2 if reduces and source < 2 else 1, noise) for source in range(node + 2)
            )
            for node in range(STEPS)
        )

    def forward(self, older, newer, weights):
        states = [self.inputs[0](older), self.inputs[1](newer)]
        rows = iter(weights)
        for edges in self.nodes:
            states.append(sum(edge(state, next(rows)) for edge, state in zip(edges, list(states))))
        return torch.cat(states[-KEPT:], dim=1)


class Supernet(nn.Module):
    """A stem, cells of which two halve the map and double the channels, and a classifier."""

    def __init__(self, channels, cells, noise, classes=10):
        super().__init__()
        width = 3 * channels
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
        self.cells = nn.ModuleList()
        self.reduces = [cell in (cells // 3, 2 * cells // 3) for cell in range(cells)]
        older, newer = width, width
        for cell, reduces in enumerate(self.reduces):
            channels *= 2 if reduces else 1
            after_reduction = cell > 0 and self.reduces[cell - 1]
            self.cells.append(Cell((older, newer), channels, reduces, after_reduction, noise))
            older, newer = newer, KEPT * channels
        self.classifier = nn.Linear(newer, classes)

    def forward(self, x, alphas):
        normal, reduction = (F.softmax(alpha, dim=-1) for alpha in alphas)
        older = newer = self.stem(x)
        for cell, reduces in zip(self.cells, self.reduces):
            older, newer = newer, cell(older, newer, reduction if reduces else normal)
        return self.classifier(newer.mean(dim=(2, 3)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--device', choices=['cpu', 'cuda'], default='cpu')
    parser.add_argument('--noise', type=float, default=0.2)
    for name, default in dict(channels=16, layers=8, batch=64, steps=3, size=32).items():
        parser.add_argument(f'--{name}', type=int, default=default)
    options = parser.parse_args()
    device = torch.device(options.device)
    on_cuda = device.type == 'cuda'
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)

    supernet = Supernet(options.channels, options.layers, options.noise).to(device).train()
    edges = sum(node + 2 for node in range(STEPS))
    alphas = [(1e-3 * torch.randn(edges, 7, device=device)).requires_grad_() for _ in range(2)]
    weights = list(supernet.parameters())
    sgd = torch.optim.SGD(weights, lr=0.05, momentum=0.9, weight_decay=3e-4)
    adam = torch.optim.Adam(alphas, lr=3e-4, betas=(0.5, 0.999), weight_decay=1e-3)
    x = torch.randn(options.batch, 3, options.size, options.size, device=device)
    y = torch.randint(0, 10, (options.batch,), device=device)

    def finish():
        if on_cuda:
            torch.cuda.synchronize(device)

    def gradients(of):
        loss = F.cross_entropy(supernet(x, alphas), y)
        for parameter, gradient in zip(of, torch.autograd.grad(loss, of)):
            parameter.grad = gradient

    def step():
        finish()
        start = time.perf_counter()
        gradients(alphas)
        adam.step()
        gradients(weights)
        nn.utils.clip_grad_norm_(weights, 5)
        sgd.step()
        finish()
        return time.perf_counter() - start

    # The first step chooses algorithms and makes the optimizers' moments.
    step()
    seconds = statistics.median(step() for _ in range(options.steps))
    report = {
        'engine': f'pytorch {torch.__version__} {device.type}',
        'device': torch.cuda.get_device_name(device) if on_cuda else 'processor',
        'channels': options.channels,
        'layers': options.layers,
        'batch': options.batch,
        'size': options.size,
        'parameters': sum(weight.numel() for weight in weights),
        'step_seconds_median': round(seconds, 6),
        'seconds_per_image': round(seconds / options.batch, 8),
        'peak_rss_mb': round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        'peak_device_mb': round(torch.cuda.max_memory_allocated(device) / 2**20) if on_cuda else None,
    }
    print(json.dumps(report))


if __name__ == '__main__':
    main()
