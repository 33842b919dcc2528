export { beta } from './beta';
export { fillNormal, fillUniform, type StreamKey } from './draws';
export { Generator, type GeneratorState } from './generator';
export { type Seed, type Stream, stream } from './stream';
export { threefry2x32 } from './threefry';
