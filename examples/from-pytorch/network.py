"""The networks of the DARTS family in PyTorch, with the parameter names of the official code.

`network.py make FILE ...` writes a network's weights as safetensors, with a batch of images and the logits it gives for
them; `network.py check FILE ...` reads such a file and prints how far its own logits are from the ones in it.
Needs PyTorch only (Debian: python3-torch).
"""
import argparse
import json
import struct

import torch
from torch import nn
from torch.nn.functional import softmax


def conv(inputs, outputs, size, stride=1, pad=0, dilation=1, groups=1):
    return nn.Conv2d(inputs, outputs, size, stride, pad, dilation, groups, bias=False)


class ReLUConvBN(nn.Module):
    def __init__(self, inputs, outputs, affine):
        super().__init__()
        self.op = nn.Sequential(nn.ReLU(), conv(inputs, outputs, 1), nn.BatchNorm2d(outputs, affine=affine))

    def forward(self, x):
        return self.op(x)


def separable(inputs, outputs, size, stride, dilation, affine):
    pad = dilation * (size // 2)
    return [
        nn.ReLU(),
        conv(inputs, inputs, size, stride, pad, dilation, inputs),
        conv(inputs, outputs, 1),
        nn.BatchNorm2d(outputs, affine=affine),
    ]


class Separable(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        self.op = nn.Sequential(*modules)

    def forward(self, x):
        return self.op(x)


class FactorizedReduce(nn.Module):
    def __init__(self, inputs, outputs, affine):
        super().__init__()
        self.conv_1 = conv(inputs, outputs // 2, 1, 2)
        self.conv_2 = conv(inputs, outputs // 2, 1, 2)
        self.bn = nn.BatchNorm2d(outputs, affine=affine)

    def forward(self, x):
        x = torch.relu(x)
        return self.bn(torch.cat([self.conv_1(x), self.conv_2(x[:, :, 1:, 1:])], 1))


def operation(name, channels, stride, affine):
    if name == 'max_pool_3x3':
        return nn.MaxPool2d(3, stride, 1)
    if name == 'avg_pool_3x3':
        return nn.AvgPool2d(3, stride, 1, count_include_pad=False)
    if name == 'skip_connect':
        return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels, affine)
    kind, _, side = name.split('_')
    size = int(side[0])
    if kind == 'sep':
        return Separable(
            *separable(channels, channels, size, stride, 1, affine),
            *separable(channels, channels, size, 1, 1, affine),
        )
    if kind == 'dil':
        return Separable(*separable(channels, channels, size, stride, 2, affine))
    raise ValueError(f'unknown operation {name}')


class Cell(nn.Module):
    def __init__(self, edges, concat, older, newer, channels, reduction, reduction_prev):
        super().__init__()
        self.preprocess0 = (FactorizedReduce if reduction_prev else ReLUConvBN)(older, channels, True)
        self.preprocess1 = ReLUConvBN(newer, channels, True)
        self.sources = [source for _, source in edges]
        self.concat = concat
        self._ops = nn.ModuleList(
            operation(name, channels, 2 if reduction and source < 2 else 1, True) for name, source in edges
        )

    def forward(self, s0, s1):
        states = [self.preprocess0(s0), self.preprocess1(s1)]
        for node in range(len(self._ops) // 2):
            states.append(sum(self._ops[i](states[self.sources[i]]) for i in (2 * node, 2 * node + 1)))
        return torch.cat([states[i] for i in self.concat], 1)


class AuxiliaryHead(nn.Module):
    def __init__(self, channels, classes, stride, final_norm):
        super().__init__()
        self.features = nn.Sequential(
            nn.ReLU(),
            nn.AvgPool2d(5, stride, 0, count_include_pad=False),
            conv(channels, 128, 1),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            conv(128, 768, 2),
            nn.BatchNorm2d(768) if final_norm else nn.Identity(),
            nn.ReLU(),
        )
        self.classifier = nn.Linear(768, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Derived(nn.Module):
    """The network of a genotype, for CIFAR or ImageNet."""

    def __init__(self, genotype, kind, channels, cells, classes):
        super().__init__()
        self.imagenet = kind == 'imagenet'
        if self.imagenet:
            half = channels // 2
            self.stem0 = nn.Sequential(
                conv(3, half, 3, 2, 1), nn.BatchNorm2d(half), nn.ReLU(),
                conv(half, channels, 3, 2, 1), nn.BatchNorm2d(channels),
            )
            self.stem1 = nn.Sequential(nn.ReLU(), conv(channels, channels, 3, 2, 1), nn.BatchNorm2d(channels))
            older = newer = channels
        else:
            older = newer = 3 * channels
            self.stem = nn.Sequential(conv(3, newer, 3, 1, 1), nn.BatchNorm2d(newer))
        reductions = [cells // 3, 2 * cells // 3]
        reduced = self.imagenet
        self.cells = nn.ModuleList()
        for index in range(cells):
            reduction = index in reductions
            kind_name = 'reduce' if reduction else 'normal'
            channels *= 2 if reduction else 1
            concat = genotype[f'{kind_name}Concat']
            self.cells.append(Cell(genotype[kind_name], concat, older, newer, channels, reduction, reduced))
            older, newer, reduced = newer, channels * len(concat), reduction
            if index == reductions[1]:
                stride, final_norm = (2, False) if self.imagenet else (3, True)
                self.auxiliary_head = AuxiliaryHead(newer, classes, stride, final_norm)
                self.auxiliary_at = index
        self.classifier = nn.Linear(newer, classes)

    def forward(self, x):
        if self.imagenet:
            s0 = self.stem0(x)
            s1 = self.stem1(s0)
        else:
            s0 = s1 = self.stem(x)
        for index, cell in enumerate(self.cells):
            s0, s1 = s1, cell(s0, s1)
            if index == self.auxiliary_at:
                auxiliary = self.auxiliary_head(s1)
        return self.classifier(s1.mean((2, 3))), auxiliary


PRIMITIVES = [
    'max_pool_3x3', 'avg_pool_3x3', 'skip_connect', 'sep_conv_3x3', 'sep_conv_5x5', 'dil_conv_3x3', 'dil_conv_5x5',
]


class MixedOp(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        self._ops = nn.ModuleList(operation(name, channels, stride, False) for name in PRIMITIVES)
        self.bn1 = nn.BatchNorm2d(channels, affine=False)
        self.bn2 = nn.BatchNorm2d(channels, affine=False)

    def forward(self, x, weights):
        outputs = [op(x) for op in self._ops]
        outputs[0], outputs[1] = self.bn1(outputs[0]), self.bn2(outputs[1])
        return sum(weight * output for weight, output in zip(weights, outputs))


class SearchCell(nn.Module):
    def __init__(self, older, newer, channels, reduction, reduction_prev):
        super().__init__()
        self.preprocess0 = (FactorizedReduce if reduction_prev else ReLUConvBN)(older, channels, False)
        self.preprocess1 = ReLUConvBN(newer, channels, False)
        self._ops = nn.ModuleList(
            MixedOp(channels, 2 if reduction and source < 2 else 1) for node in range(4) for source in range(2 + node)
        )

    def forward(self, s0, s1, weights):
        states = [self.preprocess0(s0), self.preprocess1(s1)]
        edge = 0
        for _ in range(4):
            new = sum(self._ops[edge + i](state, weights[edge + i]) for i, state in enumerate(states))
            edge += len(states)
            states.append(new)
        return torch.cat(states[2:], 1)


class Supernet(nn.Module):
    """The supernet of a search; its alphas are no parameters, as in the official code."""

    def __init__(self, channels, cells, classes):
        super().__init__()
        older = newer = 3 * channels
        self.stem = nn.Sequential(conv(3, newer, 3, 1, 1), nn.BatchNorm2d(newer))
        reduced = False
        self.reductions = [cells // 3, 2 * cells // 3]
        self.cells = nn.ModuleList()
        for index in range(cells):
            reduction = index in self.reductions
            channels *= 2 if reduction else 1
            self.cells.append(SearchCell(older, newer, channels, reduction, reduced))
            older, newer, reduced = newer, 4 * channels, reduction
        self.classifier = nn.Linear(newer, classes)
        self.alphas = {name: torch.randn(14, len(PRIMITIVES)) for name in ('alphas_normal', 'alphas_reduce')}

    def forward(self, x):
        s0 = s1 = self.stem(x)
        for index, cell in enumerate(self.cells):
            alphas = self.alphas['alphas_reduce' if index in self.reductions else 'alphas_normal']
            s0, s1 = s1, cell(s0, s1, softmax(alphas, 1))
        return (self.classifier(s1.mean((2, 3))),)


TYPES = {torch.float32: 'F32', torch.int64: 'I64'}


def write_safetensors(path, tensors):
    header, blobs, end = {}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.detach().contiguous().numpy().tobytes()
        offsets = [end, end + len(blob)]
        header[name] = {'dtype': TYPES[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': offsets}
        blobs.append(blob)
        end += len(blob)
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(blobs))


def read_safetensors(path):
    with open(path, 'rb') as file:
        header = json.loads(file.read(struct.unpack('<Q', file.read(8))[0]))
        values = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name == '__metadata__':
            continue
        dtype = {text: dtype for dtype, text in TYPES.items()}[entry['dtype']]
        start, end = entry['data_offsets']
        tensors[name] = torch.frombuffer(values[start:end], dtype=dtype).reshape(entry['shape'])
    return tensors


def build(options):
    if options.kind == 'supernet':
        return Supernet(options.channels, options.cells, options.classes)
    with open(options.genotype) as file:
        genotype = json.load(file)
    return Derived(genotype, options.kind, options.channels, options.cells, options.classes)


def evaluate(network, images):
    network.eval()
    with torch.no_grad():
        return {f'example.logits.{i}': logits for i, logits in enumerate(network(images))}


def make(options):
    torch.manual_seed(options.seed)
    network = build(options)
    images = torch.randn(4, 3, options.size, options.size)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d) and module.affine:
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    network(images)  # running statistics of their own
    tensors = {**network.state_dict(), **getattr(network, 'alphas', {})}
    write_safetensors(options.file, {**tensors, 'example.images': images, **evaluate(network, images)})


def check(options):
    tensors = read_safetensors(options.file)
    example = {name: tensors.pop(name) for name in list(tensors) if name.startswith('example.')}
    network = build(options)
    if options.kind == 'supernet':
        network.alphas = {name: tensors.pop(name) for name in network.alphas}
    lacking = network.load_state_dict(tensors, strict=False)
    counters = [name for name in lacking.missing_keys if not name.endswith('num_batches_tracked')]
    if counters or lacking.unexpected_keys:
        raise SystemExit(f'the file lacks {counters} and has unknown {lacking.unexpected_keys}')
    logits = evaluate(network, example['example.images'])
    worst = max(float((example[name] - value).abs().max()) for name, value in logits.items())
    print(json.dumps({'largest_difference': worst}))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('action', choices=['make', 'check'])
    parser.add_argument('file')
    parser.add_argument('--kind', choices=['cifar', 'imagenet', 'supernet'], default='cifar')
    parser.add_argument('--genotype', help='JSON file, as genotypeToJson writes it')
    parser.add_argument('--channels', type=int, default=4)
    parser.add_argument('--cells', type=int, default=3)
    parser.add_argument('--classes', type=int, default=10)
    parser.add_argument('--size', type=int, default=32, help='side of the images in pixels')
    parser.add_argument('--seed', type=int, default=0)
    options = parser.parse_args()
    (make if options.action == 'make' else check)(options)


if __name__ == '__main__':
    main()
