import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { EdgeCall } from '../../layers';
import type { WasmInstance } from '../instance';
import { planBlock } from '../kernels/block';
import { disturb } from './disturb';
import { type EdgeLayout, mapSize, type PlacedBlock, type PlacedTerm, type Stage } from './layout';
import { type NormAddresses, normAddresses, presentTerms, tableBytes, writeTable } from './table';

/** What the forward pass leaves: the output, and what the backward pass needs. */
export interface EdgeState {
  readonly y: TensorInfo;
  /** Mean, variance and gain of every norm. */
  readonly statistics: TensorInfo;
  /** The maps before the norms, in the order of the stages. */
  readonly maps: readonly TensorInfo[];
}

/** Runs one block on `x`, normalised first if `before` is given, and measures what comes out. */
function runBlock(
  module: WasmInstance,
  { block, plan }: PlacedBlock,
  x: number,
  before: NormAddresses | undefined,
  z: number,
  moments: number,
): void {
  const { functions, desk } = module;
  planBlock(module, desk, plan);
  const [depthwise, pointwise] = [module.address(block.depthwise), module.address(block.pointwise)];
  module.scratch(functions.blockForwardBytes(desk), (scratch) =>
    functions.blockForward(
      desk,
      x,
      before?.mean ?? 0,
      before?.gain ?? 0,
      0,
      true,
      depthwise,
      pointwise,
      z,
      moments,
      scratch,
    ),
  );
}

function runPool(
  module: WasmInstance,
  { term }: Extract<PlacedTerm, { kind: 'pool' }>,
  x: number,
  [n, h, w, c]: EdgeLayout['input'],
  z: number,
  moments: number,
): void {
  const { functions } = module;
  const run = term.pool === 'max' ? functions.maxPoolForward : functions.avgPoolForward;
  module.scratch(functions.poolBytes(h, w, c, 1, 1), (scratch) =>
    run(x, n, h, w, c, 3, term.stride, term.stride, 1, 1, z, moments, scratch),
  );
}

/** Mean, variance and gain from the moments of a map. */
function settleNorm(
  module: WasmInstance,
  { shape, norm }: Stage,
  epsilon: number,
  statistics: number,
  moments: number,
): NormAddresses {
  const place = normAddresses(statistics, norm);
  module.functions.momentsEnd(
    moments,
    norm.channels,
    mapSize(shape) / norm.channels,
    place.mean,
    place.variance,
  );
  module.functions.normGain(place.variance, 0, epsilon, norm.channels, place.gain);
  return place;
}

/** `y = sum_k weights[k] term_k(x)` with the statistics of the batch. */
export function edgeForward(
  module: WasmInstance,
  layout: EdgeLayout,
  { moment }: EdgeCall,
  inputs: { readonly x: TensorInfo; readonly weights: TensorInfo; readonly given: readonly TensorInfo[] },
): EdgeState {
  const { functions } = module;
  const { input, output } = layout;
  const statistics = module.output([layout.statistics]);
  const places = module.address(statistics);
  const x = module.address(inputs.x);
  const maps: TensorInfo[] = [];
  const temporary: TensorInfo[] = [];
  const last = new Map<number, number>();
  const widest = Math.max(
    1,
    ...layout.terms.flatMap(({ stages }) => stages.map(({ norm }) => norm.channels)),
  );

  module.scratch(functions.momentsBytes(widest), (moments) => {
    layout.terms.forEach((term, k) => {
      const newMap = (stage: Stage) => {
        const z = module.output(stage.shape);
        maps.push(z);
        last.set(k, module.address(z));
        return module.address(z);
      };
      if (term.kind === 'blocks') {
        let from = x;
        let before: NormAddresses | undefined;
        for (const stage of term.stages) {
          const z = newMap(stage);
          runBlock(module, stage, from, before, z, moments);
          before = settleNorm(module, stage, stage.block.norm.epsilon, places, moments);
          from = z;
        }
      } else if (term.kind === 'pool') {
        const [stage] = term.stages;
        runPool(module, term, x, input, newMap(stage), moments);
        settleNorm(module, stage, term.term.norm.epsilon, places, moments);
      } else if (term.kind === 'identity') {
        last.set(k, x);
        if (term.term.noise) {
          const noisy = module.output(input);
          temporary.push(noisy);
          const y = module.address(noisy);
          disturb(module, term.term.noise(moment), { x, of: x, y, size: mapSize(input) });
          last.set(k, y);
        }
      } else if (term.kind === 'given') {
        last.set(k, module.address(inputs.given[term.index]!));
      }
    });
  });

  const y = module.output(output);
  const present = presentTerms(layout);
  const channels = output[3];
  module.scratch(tableBytes(present.length), (table) => {
    const weights = writeTable(module, table, layout, present, last, places, module.address(inputs.weights));
    module.scratch(functions.mixtureForwardBytes(present.length, channels), (scratch) =>
      functions.mixtureForward(
        table,
        present.length,
        weights,
        mapSize(output) / channels,
        channels,
        module.address(y),
        scratch,
      ),
    );
  });
  for (const tensor of temporary) module.dispose(tensor);
  return { y, statistics, maps };
}
