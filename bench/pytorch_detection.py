"""Numbers of the detector's parts worked out by PyTorch, as JSON: anchors, coding, matching, focal loss, L1, suppression.

/usr/bin/python3 bench/pytorch_detection.py > test/tensor/detection/pytorch.json
"""
import json

import torch

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def numbers(tensor):
    return [round(value, 10) for value in tensor.flatten().tolist()]


def anchors(height, width, strides):
    """Every cell's nine boxes, by meshes over cells, ratios and scales."""
    levels = []
    for stride in strides:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x, ratio, scale = torch.meshgrid(
            torch.arange(rows) * float(stride),
            torch.arange(columns) * float(stride),
            torch.tensor([0.5, 1.0, 2.0]),
            2.0 ** (torch.arange(3) / 3),
            indexing="ij",
        )
        tall = 4 * stride * scale * ratio.sqrt()
        wide = 4 * stride * scale / ratio.sqrt()
        levels.append(torch.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2], -1).reshape(-1, 4))
    return torch.cat(levels)


def overlaps(a, b):
    corner = torch.maximum(a[:, None, :2], b[None, :, :2])
    other = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (other - corner).clamp(min=0).prod(-1)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).prod(-1)
    return shared / (area(a)[:, None] + area(b)[None] - shared)


def encode(boxes, to):
    centre = lambda b: (b[:, :2] + b[:, 2:]) / 2
    sides = lambda b: b[:, 2:] - b[:, :2]
    return torch.cat([(centre(boxes) - centre(to)) / sides(to), (sides(boxes) / sides(to)).log()], -1)


def match(boxes, objects):
    """The object of each box; -1 for background, -2 for what is left out."""
    table = overlaps(boxes, objects)
    best, which = table.max(1)
    found = torch.where(best >= 0.5, which, torch.where(best >= 0.4, -2, -1))
    for object in range(len(objects)):
        column = table[:, object]
        found[column >= column.max() * (1 - 1e-6)] = object
    return found


def suppress(boxes, scores, threshold):
    kept = []
    for i in scores.argsort(descending=True).tolist():
        if all(overlaps(boxes[i : i + 1], boxes[k : k + 1]).item() <= threshold for k in kept):
            kept.append(i)
    return kept


def focal(logits, targets, weights, gamma, alpha):
    p = logits.sigmoid()
    right = torch.where(targets == 1, p, 1 - p)
    share = torch.where(targets == 1, alpha, 1 - alpha)
    return (weights[:, None] * -share * (1 - right) ** gamma * right.log()).sum()


size = (40, 56)
strides = [8, 16, 32]
boxes = anchors(*size, strides)
objects = torch.tensor([[3.0, 4.0, 33.0, 30.0], [20.0, 2.0, 55.0, 39.0], [1.0, 34.0, 8.0, 40.0], [32.0, 24.0, 56.0, 40.0]])
found = match(boxes, objects)
positive = found >= 0

logits = (torch.randn(6, 5) * 3).requires_grad_()
targets = (torch.rand(6, 5) < 0.3).double()
weights = torch.tensor([1.0, 1.0, 0.0, 1.0, 1.0, 1.0])
losses = []
for gamma, alpha in [(2.0, 0.25), (0.0, 0.5), (1.5, 0.75)]:
    loss = focal(logits, targets, weights, gamma, alpha)
    (gradient,) = torch.autograd.grad(loss, logits)
    losses.append({"gamma": gamma, "alpha": alpha, "loss": loss.item(), "gradient": numbers(gradient)})

corners = torch.rand(24, 2) * 40
candidates = torch.cat([corners, corners + 8 + torch.rand(24, 2) * 30], -1)
scores = torch.rand(24)

print(
    json.dumps(
        {
            "anchors": {"size": size, "strides": strides, "boxes": numbers(boxes)},
            "match": {
                "objects": numbers(objects),
                "found": found.tolist(),
                "codes": numbers(torch.where(positive[:, None], encode(objects[found.clamp(min=0)], boxes), 0.0)),
            },
            "focal": {
                "shape": list(logits.shape),
                "logits": numbers(logits),
                "targets": numbers(targets),
                "weights": numbers(weights),
                "losses": losses,
            },
            "suppress": {
                "boxes": numbers(candidates),
                "scores": numbers(scores),
                "threshold": 0.5,
                "kept": suppress(candidates, scores, 0.5),
            },
        },
        separators=(",", ":"),
    )
)
