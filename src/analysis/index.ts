export { topKAccuracy } from './accuracy';
export { type RunningAverage, type RunningAverageState, runningAverage } from './running-average';
