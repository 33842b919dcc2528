import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { stateVariables, weightVariables } from '../../src/layers';
import { countCost, createMobileNetwork, noisyDartsA, transferNetwork } from '../../src/network';
import { leavesNoTensors } from '../support/memory';
import { describeGolden } from './support/fixtures';

interface MobileCount {
  readonly params: number;
  /** Convolutions and linear maps, biases not counted. */
  readonly macs: number;
  readonly global_pool_adds: number;
  readonly conv_bias_adds: number;
  readonly thop_0_0_31: number;
}

interface MobileFixture {
  readonly noisydarts_a: MobileCount & {
    readonly blocks: readonly { readonly params: number; readonly macs: number }[];
  };
  readonly without_se: MobileCount;
  readonly transfer_10_classes: MobileCount;
}

const free = (network: LayersModel) => tf.dispose([...weightVariables(network), ...stateVariables(network)]);

describeGolden<MobileFixture>('mobile', (fixture, golden) => {
  leavesNoTensors();

  const compare = (network: LayersModel, { params, macs, thop_0_0_31 }: MobileCount) => {
    const { total } = countCost(network);
    golden.exact([total.parameters, total.multiplyAdds, total.thop2019], [params, macs, thop_0_0_31]);
  };

  golden.case('NoisyDARTS-A and each of its blocks', () => {
    const network = createMobileNetwork();
    compare(network, fixture.noisydarts_a);
    const blocks = countCost(network).layers.filter(({ name }) => name.startsWith('block_'));
    golden.exact(
      blocks.map(({ parameters, multiplyAdds }) => [parameters, multiplyAdds]),
      fixture.noisydarts_a.blocks.map(({ params, macs }) => [params, macs]),
    );
    free(network);
  });

  golden.case('without squeeze-and-excitation', () => {
    const network = createMobileNetwork({ ...noisyDartsA, squeezeRatio: 0 });
    compare(network, fixture.without_se);
    free(network);
  });

  golden.case('with ten classes, made so and by transfer', () => {
    const small = createMobileNetwork(noisyDartsA, { classes: 10 });
    compare(small, fixture.transfer_10_classes);
    const transferred = transferNetwork(small);
    compare(transferred, fixture.transfer_10_classes);
    free(small);
    const own = transferred.getLayer('transfer_classifier');
    tf.dispose(weightVariables(own));
  });
});
