import { decodeAlphas } from '../../../../src/genotype';
import { stream } from '../../../../src/random';
import type { EpochEvent, EpochRecord, SearchEvent, StepEvent } from '../../../../src/search';
import { type DartsSpace, darts, mapAlphas, type SearchSpace } from '../../../../src/spaces';

/** Edge weights drawn from a seed: rows of positive numbers whose sum is 1. */
function drawWeights(rows: readonly (readonly string[])[], name: string): number[][] {
  const draw = stream(1, name).generator();
  return rows.map((candidates) => {
    const row = candidates.map(() => 0.1 + draw.uniform());
    const sum = row.reduce((a, b) => a + b);
    return row.map((value) => value / sum);
  });
}

/** A record that a search in a space could have reported. */
export function recordIn<S extends SearchSpace>(space: S, epoch: number): EpochRecord<S> {
  const alphas = mapAlphas(space, (name, rows) => drawWeights(rows, `${name} ${epoch}`));
  return {
    epoch,
    trainLoss: 2 / (epoch + 1),
    trainAccuracy: 50 + epoch,
    validLoss: 2.5 / (epoch + 1),
    validAccuracy: 40 + epoch,
    learningRate: 0.05,
    noiseRate: 1,
    seconds: 61,
    alphas,
    genotype: decodeAlphas(space, alphas, { from: 'weights' }),
  };
}

/** A record that a search in a DARTS space could have reported. */
export function epochRecord(epoch: number, space: DartsSpace = darts()): EpochRecord<DartsSpace> {
  return recordIn(space, epoch);
}

/** The records of a run's first epochs. */
export function history(epochs: number, space: DartsSpace = darts()): EpochRecord<DartsSpace>[] {
  return Array.from({ length: epochs }, (_, epoch) => epochRecord(epoch, space));
}

/** A step that a search could report. */
export function stepEvent(epoch: number, stepInEpoch: number): StepEvent {
  return {
    type: 'step',
    epoch,
    step: 2 * epoch + stepInEpoch,
    stepInEpoch,
    stepsPerEpoch: 2,
    epochs: 3,
    trainLoss: 0.6125,
    validLoss: 0.75,
    trainAccuracy: 81.25,
    trainMetrics: { accuracy: 81.25 },
    imagesPerSecond: 812.4,
    secondsLeft: 125,
    learningRate: 0.05,
  };
}

/** The end of an epoch of three. */
export function epochEvent(epoch: number): EpochEvent<DartsSpace> {
  return { type: 'epoch', epochs: 3, ...epochRecord(epoch) };
}

/** The events of a run of three epochs, from one of them on. */
export async function* runEvents(from = 0, to = 3): AsyncGenerator<SearchEvent> {
  for (let epoch = from; epoch < to; epoch++) {
    yield stepEvent(epoch, 0);
    yield stepEvent(epoch, 1);
    yield epochEvent(epoch);
    yield { type: 'checkpoint', epoch: epoch + 1, step: 2 * epoch + 2, bytes: 1 };
  }
  if (to === 3)
    yield {
      type: 'done',
      genotype: epochRecord(2).genotype,
      epoch: 2,
      decision: null,
      epochs: 3,
      history: history(3),
    };
  else yield { type: 'stopped', epoch: to, step: 2 * to };
}
