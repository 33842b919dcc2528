/**
 * Whether alpha stands still in this epoch, counted from 0: during the first `warmupEpochs` epochs (default 0) only the
 * weights are trained. The official code calls them frozen epochs.
 */
export function alphaFrozen(epoch: number, warmupEpochs = 0): boolean {
  return epoch < warmupEpochs;
}
