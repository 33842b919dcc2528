import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import { stateVariables, weightVariables } from '../../../src/layers';
import { checkModelTopology, createNetwork } from '../../../src/network';
import { leavesNoTensors } from '../../support/memory';

interface Layer {
  name: unknown;
  class_name: unknown;
  inbound_nodes: unknown[][][];
}

interface Topology {
  config: { layers: Layer[]; input_layers: unknown[]; output_layers: unknown[] };
}

async function saved(model: LayersModel): Promise<Topology> {
  let topology: unknown;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      topology = artifacts.modelTopology;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return JSON.parse(JSON.stringify(topology)) as Topology;
}

describe('checkModelTopology', () => {
  leavesNoTensors();

  const topology = async () => {
    const network = createNetwork(publishedGenotype('noisy_darts_a'), { channels: 2, cells: 3 });
    const result = await saved(network);
    tf.dispose([...weightVariables(network), ...stateVariables(network)]);
    return result;
  };

  it('passes what tfjs saves, alone and in a model.json', async () => {
    const given = await topology();
    expect(() => checkModelTopology(given)).not.toThrow();
    expect(() => checkModelTopology({ modelTopology: given, weightsManifest: [] })).not.toThrow();
    expect(() => checkModelTopology({ modelTopology: { model_config: given } })).not.toThrow();
  });

  it.each<[string, (topology: Topology) => void, string]>([
    [
      'a name that is no text',
      ({ config }) => (config.layers[2]!.name = 7),
      'the name of layer 2 must be a text',
    ],
    [
      'an input that does not exist',
      ({ config }) => (config.layers[2]!.inbound_nodes[0]![0]![0] = 'nowhere'),
      "must exist, got ['nowhere', 0]",
    ],
    [
      'an input whose name is no text',
      ({ config }) => (config.layers[2]!.inbound_nodes[0]![0]![0] = null),
      'must be a text, got null',
    ],
    [
      'a call that does not exist',
      ({ config }) => (config.layers[2]!.inbound_nodes[0]![0]![1] = 5),
      'must exist, got',
    ],
    [
      'layers that wait for each other',
      ({ config }) => (config.layers[1]!.inbound_nodes[0]![0]![0] = config.layers[2]!.name),
      'layers must not wait for each other',
    ],
    ['no class', ({ config }) => (config.layers[1]!.class_name = 3), 'class_name must be a text, got 3'],
    ['an output that does not exist', ({ config }) => (config.output_layers[0] = ['x', 0, 0]), 'must exist'],
    [
      'two layers of one name',
      ({ config }) => (config.layers[1]!.name = config.layers[2]!.name),
      'two layers',
    ],
  ])('refuses %s, of which loading would not come back or fail', async (_, damage, message) => {
    const given = await topology();
    damage(given);
    expect(() => checkModelTopology(given)).toThrow(message);
  });

  it.each([null, 5, 'x', [], {}, { modelTopology: null }])('refuses %j', (json) => {
    expect(() => checkModelTopology(json)).toThrow(/^checkModelTopology: /);
  });
});
