export { writeFileAtomic } from './atomic-write';
export { type ReadCifar10Options, readCifar10 } from './cifar10';
export { readDigits } from './digits';
export { type ThreadedEngineOptions, threadedEngine } from './threaded-engine';
