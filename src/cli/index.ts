export { type BackendSettings, useBackend } from './backend';
export {
  createCommand,
  fail,
  main,
  makeRunFolder,
  removeIfEmpty,
  STOPPED,
  shared,
  stopAfterStep,
  UsageError,
  whole,
} from './command-line';
export { dashboardCommand } from './dashboard/command';
export { demoCommand } from './demo/command';
export { detectCommand } from './detect/command';
export { experimentCommand } from './experiment/command';
export { exportCommand } from './export/command';
export { findCommand } from './find/command';
export { fromPytorchCommand } from './from-pytorch/command';
export { landscapeCommand } from './landscape/command';
export { measureCommand } from './measure/command';
export { createProgram } from './program';
export { reportCommand } from './report/command';
export { searchCommand } from './search/command';
export { serveCommand } from './serve/command';
export { makeSite } from './serve/site';
export { type Listening, type StaticServer, serveFolder } from './serve/static-server';
export { sweepCommand } from './sweep/command';
export { trainCommand } from './train/command';
export { type PlainNetworkOptions, plainNetwork } from './train/plain-network';
export { verifyCommand } from './verify/command';
export { workerCommand } from './worker/command';
