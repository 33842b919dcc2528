import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../kernels/geometry';
import { type WayBack, wayBack } from '../kernels/tape';
import { instanceOf, type WasmInstance } from './instance';

/** What tfjs's engine has of a tape; its types hide most of it. */
interface Taping {
  readonly state: {
    readonly gradientDepth: number;
    readonly activeScope: { readonly id: number };
    activeTape: readonly TapeNode[] | null;
  };
  startTape(): void;
  endTape(): void;
}

interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly saved?: readonly tf.Tensor[];
  readonly gradient?: (dys: readonly (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>;
}

type Gradients = Map<number, tf.Tensor>;

/** Gradients so far, by the numbers of their tensors, while something is on its way back. */
let sums: Gradients | undefined;

/** The gradient of x so far, for a kernel to add to in place; undefined if there is none or others have its numbers too. */
export function ownSum(module: WasmInstance, x: tf.Tensor): tf.Tensor | undefined {
  const sum = sums?.get(x.id);
  return sum && !module.isShared(sum) ? sum : undefined;
}

/** The sum of two gradients: the first one, or a new tensor. */
function add(before: tf.Tensor, dx: tf.Tensor): tf.Tensor {
  if (tf.getBackend() === 'wasm') {
    const module = instanceOf(tf.backend());
    // A kernel has added to it.
    if (dx.dataId === before.dataId) return before;
    if (!module.isShared(before)) {
      const [y, x] = [module.address(before), module.address(dx)];
      module.functions.addScaled({ x, y, n: sizeOf(dx.shape), factor: 1 });
      return before;
    }
  }
  return tf.add(before, dx);
}

/**
 * What tfjs's own way back computes, which holds all gradients and all that was kept to its end: here each is freed when nobody
 * is left to read it.
 */
const freeing: WayBack = (f, xs, dy) => {
  const engine = tf.engine() as unknown as Taping;
  const { state } = engine;
  // Of a gradient within another the outer one records what follows, and has use for all of it.
  if (state.gradientDepth > 0) return keeping(f, xs, dy);
  const outer = sums;
  // A scope takes what it returns apart, whatever its type says.
  return tf.tidy((() => {
    engine.startTape();
    let value: tf.Tensor;
    try {
      value = tf.tidy(f);
    } finally {
      engine.endTape();
    }
    const tape = state.activeTape!;
    const reached = new Set(xs.map(({ id }) => id));
    const reaches = ({ id }: tf.Tensor) => reached.has(id);
    for (const { inputs, outputs } of tape) {
      if (Object.values(inputs).some(reaches)) for (const { id } of outputs) reached.add(id);
    }
    const own: Gradients = new Map([[value.id, dy ? tf.clone(dy) : tf.onesLike(value)]]);
    try {
      for (const node of [...tape].reverse()) {
        const { inputs, outputs, saved } = node;
        const dys = outputs.map(({ id }) => own.get(id));
        const asked = Object.keys(inputs).filter((name) => reaches(inputs[name]!));
        if (asked.length > 0 && dys.some((each) => each)) {
          sums = own;
          tf.tidy(() => backThrough(node, dys, asked, own));
        }
        for (const tensor of [...dys, ...(saved ?? [])]) tensor?.dispose();
      }
    } finally {
      sums = outer;
    }
    state.activeTape = null;
    return { value, grads: xs.map(({ id }) => own.get(id)) };
  }) as never) as unknown as ReturnType<WayBack>;
};

/** Adds the gradients of what a node reads to what there is of them; returns the sums. */
function backThrough(
  { kernelName, inputs, gradient }: TapeNode,
  dys: readonly (tf.Tensor | undefined)[],
  asked: readonly string[],
  own: Gradients,
): tf.Tensor[] {
  const { id: scope } = (tf.engine() as unknown as Taping).state.activeScope;
  const thunks = gradient?.(dys.map((dy) => dy ?? null));
  const taken = new Set<tf.Tensor>();
  return asked.map((name) => {
    const x = inputs[name]!;
    const thunk = thunks?.[name];
    if (!thunk)
      throw new Error(`enableWasmTraining: no gradient is registered, got '${kernelName}' of ${name}`);
    const dx = tf.tidy(thunk);
    tf.util.assertShapesMatch(dx.shape, x.shape, 'Gradient: ');
    const before = own.get(x.id);
    // One that was there before, or stands for several inputs, must outlive what is freed with its name.
    const isNew = dx.scopeId === scope && !taken.has(dx);
    const sum = before ? add(before, dx) : isNew ? dx : tf.clone(dx);
    if (before && before !== sum) before.dispose();
    taken.add(dx);
    own.set(x.id, sum);
    return sum;
  });
}

const keeping = wayBack.take;

/** Has gradients and what was kept freed as soon as they have been read. */
export function freeAsRead(): void {
  wayBack.take = freeing;
}

/** Undoes {@link freeAsRead}. */
export function keepToTheEnd(): void {
  wayBack.take = keeping;
}
