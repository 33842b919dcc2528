import { LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { requireNetwork } from '../network/require-network';

const sizeOf = ({ shape }: SymbolicTensor) =>
  shape.slice(1).reduce<number>((all, side) => all * (side ?? 1), 1);

/** One use of a layer: what goes in and comes out. */
interface Use {
  readonly key: string;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: Map<number, SymbolicTensor>;
  readonly inside: number;
}

const keyOf = ({ sourceLayer, nodeIndex }: SymbolicTensor) => `${sourceLayer.name}/${nodeIndex}`;

/** The uses of a model's layers in the order in which tfjs computes them: behind their inputs, the last input first. */
function usesOf(model: LayersModel): Use[] {
  const uses = new Map<string, Use>();
  const inputs = new Set(model.inputs.map(({ id }) => id));
  // By a list of its own, as networks are deeper than a stack.
  const open: { tensor: SymbolicTensor; seen: boolean }[] = model.outputs.map((tensor) => ({
    tensor,
    seen: false,
  }));
  while (open.length > 0) {
    const { tensor, seen } = open.pop()!;
    if (inputs.has(tensor.id)) continue;
    const key = keyOf(tensor);
    const known = uses.get(key);
    if (known) known.outputs.set(tensor.id, tensor);
    else if (seen) {
      const { sourceLayer } = tensor;
      uses.set(key, {
        key,
        inputs: tensor.inputs,
        outputs: new Map([[tensor.id, tensor]]),
        inside: sourceLayer instanceof LayersModel ? peakActivations(sourceLayer) : 0,
      });
    } else {
      open.push({ tensor, seen: true }, ...tensor.inputs.map((each) => ({ tensor: each, seen: false })));
    }
  }
  return [...uses.values()];
}

/**
 * The most numbers that a model's maps take at one time while it computes one example, in the order in which tfjs does and
 * frees what nothing needs any more. Input and outputs count, weights and what an operation needs inside do not.
 *
 * @param model - Best in stock layers: what a layer has inside is not seen.
 * @throws TypeError for what is no model.
 */
export function peakActivations(model: LayersModel): number {
  requireNetwork('peakActivations', model);
  const uses = usesOf(model);
  const outputs = new Set(model.outputs.map(({ id }) => id));
  const last = new Map<number, number>();
  for (const [i, { inputs }] of uses.entries()) for (const { id } of inputs) last.set(id, i);
  const living = new Map(model.inputs.map((tensor) => [tensor.id, sizeOf(tensor)]));
  const total = () => [...living.values()].reduce((sum, size) => sum + size, 0);
  let peak = total();
  for (const [i, { inputs, outputs: made, inside }] of uses.entries()) {
    for (const [id, tensor] of made) living.set(id, sizeOf(tensor));
    peak = Math.max(peak, total() + inside);
    for (const { id } of inputs) if (last.get(id) === i && !outputs.has(id)) living.delete(id);
  }
  return peak;
}
