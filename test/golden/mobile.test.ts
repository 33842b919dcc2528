import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  type ConvBN,
  type InvertedBottleneck,
  SeparableBottleneck,
  SqueezeExcite,
  stateVariables,
  weightVariables,
} from '../../src/layers';
import {
  countCost,
  createMobileNetwork,
  type LayerCost,
  type MobileArchitecture,
  noisyDartsA,
  transferNetwork,
} from '../../src/network';
import { leavesNoTensors } from '../support/memory';
import { describeGolden } from './support/fixtures';

/** A stage as the official code lists it: channels, kernel, stride, expansion; squeeze-and-excitation or not. */
interface Stage {
  readonly c: number;
  readonly k: number;
  readonly s: number;
  readonly e: number;
  readonly repeat: number;
  readonly se: boolean;
}

interface Block {
  /** Depthwise separable, or an inverted residual. */
  readonly type: 'ds' | 'ir';
  readonly kernel: number;
  readonly stride: number;
  readonly expansion: number;
  readonly c_in: number;
  readonly c_mid: number;
  readonly c_out: number;
  readonly se_reduced: number;
  readonly residual: boolean;
  readonly in_hw: number;
  readonly params: number;
  readonly macs: number;
}

interface MobileNetwork {
  /** Default: that of the file. */
  readonly arch?: readonly Stage[];
  readonly image: number;
  readonly num_classes: number;
  readonly stem: number;
  readonly num_features: number;
  readonly se_ratio: number;
  readonly params?: number;
  /** Convolutions and linear maps, biases not counted. */
  readonly macs?: number;
  readonly global_pool_adds?: number;
  readonly conv_bias_adds?: number;
  readonly thop_0_0_31?: number;
  readonly blocks?: readonly Block[];
}

interface Published {
  readonly params_M: number;
  readonly multiply_adds_M: number;
}

interface Closeness {
  readonly params_rel?: number;
  readonly macs_rel?: number;
  readonly macs_plus_pool_and_bias?: number;
  readonly macs_plus_pool_and_bias_rel?: number;
}

type MobileFixture = {
  readonly arch?: readonly Stage[];
  readonly published?: Published;
  readonly closeness?: Closeness;
} & Readonly<Record<string, MobileNetwork | unknown>>;

const free = (network: LayersModel) => tf.dispose([...weightVariables(network), ...stateVariables(network)]);

const isNetwork = (part: unknown): part is MobileNetwork =>
  typeof part === 'object' && part !== null && 'num_classes' in part && 'image' in part;

function architectureOf(name: string, stages: readonly Stage[], network: MobileNetwork): MobileArchitecture {
  let index = 0;
  const blocks = stages.map(({ c, k, s, e, repeat, se }) => {
    // Without a list of the blocks: widening by 1 is what the official code writes as a separable block.
    const separable = (network.blocks?.[index]?.type ?? (e === 1 ? 'ds' : 'ir')) === 'ds';
    index += repeat;
    return {
      type: separable ? ('separable' as const) : ('inverted' as const),
      filters: c,
      kernelSize: k,
      stride: s,
      expansion: e,
      repeat,
      ...(se ? {} : { squeezeRatio: 0 }),
    };
  });
  return {
    name,
    stem: network.stem,
    blocks,
    features: network.num_features,
    squeezeRatio: network.se_ratio,
    activation: 'swish',
  };
}

/** A block of a network, as the fixture describes it. */
function blockOf(network: LayersModel, { name, parameters, multiplyAdds }: LayerCost): Block {
  const layer = network.getLayer(name);
  const [, side, , channels] = (layer.input as SymbolicTensor).shape as number[];
  const common = { c_in: channels!, in_hw: side!, params: parameters, macs: multiplyAdds };
  if (layer instanceof SeparableBottleneck) {
    const { depthwise, stride, filters } = layer;
    return {
      type: 'ds',
      kernel: depthwise.kernelSize,
      stride,
      expansion: 1,
      c_mid: channels!,
      c_out: filters,
      se_reduced: 0,
      residual: false,
      ...common,
    };
  }
  const { stages, stride, expansion, filters, residual } = layer as InvertedBottleneck;
  const [wide, depthwise] = stages as readonly ConvBN[];
  const squeeze = stages.find((stage) => stage instanceof SqueezeExcite);
  return {
    type: 'ir',
    kernel: depthwise!.kernelSize,
    stride,
    expansion,
    c_mid: wide!.filters!,
    c_out: filters,
    se_reduced: squeeze?.reduced ?? 0,
    residual,
    ...common,
  };
}

describeGolden<MobileFixture>('mobile', (fixture, golden) => {
  leavesNoTensors();

  const networks = Object.entries(fixture).filter((entry): entry is [string, MobileNetwork] =>
    isNetwork(entry[1]),
  );

  const make = (name: string, network: MobileNetwork, classes = network.num_classes) =>
    createMobileNetwork(architectureOf(name, network.arch ?? fixture.arch!, network), {
      classes,
      inputShape: [network.image, network.image, 3],
    });

  function compare(network: LayersModel, expected: MobileNetwork): void {
    const { parameters, multiplyAdds, additions, thop2019 } = countCost(network).total;
    golden.exact(parameters, expected.params, 'params');
    golden.exact(multiplyAdds, expected.macs, 'macs');
    golden.exact(thop2019, expected.thop_0_0_31, 'thop_0_0_31');
    const { global_pool_adds: pool, conv_bias_adds: bias } = expected;
    const known = pool !== undefined && bias !== undefined;
    golden.exact(additions, known ? pool + bias : undefined, 'global_pool_adds and conv_bias_adds');
  }

  for (const [name, expected] of networks) {
    golden.case(`${name} and each of its blocks`, () => {
      const network = make(name, expected);
      compare(network, expected);
      const blocks = countCost(network).layers.filter((layer) => layer.name.startsWith('block_'));
      golden.exact(expected.blocks && blocks.length, expected.blocks?.length, 'blocks');
      for (const [i, block] of (expected.blocks ?? []).entries()) {
        const own: Readonly<Record<string, unknown>> = { ...blockOf(network, blocks[i]!) };
        for (const [what, value] of Object.entries(block))
          golden.exact(own[what], value, `block ${i}: ${what}`);
      }
      free(network);
    });

    golden.case(`${name} by transfer from other classes`, () => {
      const other = make(name, expected, expected.num_classes + 1);
      const transferred = transferNetwork(other, { classes: expected.num_classes });
      compare(transferred, expected);
      free(other);
      tf.dispose(weightVariables(transferred.getLayer('transfer_classifier')));
    });
  }

  golden.part('published figures', fixture.published, (published) => {
    const [name, expected] = networks.find(([each]) => each === 'noisydarts_a') ?? networks[0]!;
    golden.case(`published figures of ${name}`, () => {
      const network = make(name, expected);
      const { parameters, multiplyAdds, additions } = countCost(network).total;
      const all = multiplyAdds + additions;
      const { params_M, multiply_adds_M } = published;
      golden.exact(Math.round(parameters / 1e5) / 10, params_M, 'published parameters');
      golden.exact(Math.round(all / 1e6), multiply_adds_M, 'published multiply-adds');
      const { closeness = {} } = fixture;
      const relative = (value: number, of: number) => Number((value / (of * 1e6) - 1).toPrecision(6));
      const printed = (value: number | undefined) => value && Number(value.toPrecision(6));
      golden.exact(relative(parameters, params_M), printed(closeness.params_rel), 'params_rel');
      golden.exact(relative(multiplyAdds, multiply_adds_M), printed(closeness.macs_rel), 'macs_rel');
      golden.exact(all, closeness.macs_plus_pool_and_bias, 'macs_plus_pool_and_bias');
      const rel = printed(closeness.macs_plus_pool_and_bias_rel);
      golden.exact(relative(all, multiply_adds_M), rel, 'macs_plus_pool_and_bias_rel');
      free(network);
    });
  });

  const own = fixture.noisydarts_a as MobileNetwork | undefined;
  golden.part('noisyDartsA, as the library has it', own, (expected) => {
    golden.case('noisyDartsA, as the library has it', () => {
      const { stem, num_features: features, se_ratio: squeezeRatio, image } = expected;
      const network = createMobileNetwork(
        { ...noisyDartsA, stem, features, squeezeRatio },
        { classes: expected.num_classes, inputShape: [image, image, 3] },
      );
      compare(network, expected);
      free(network);
    });
  });
});
