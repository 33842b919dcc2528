export { type ExampleScoreOptions, jacobianCovariance } from './jacobian-covariance';
export { naswot } from './naswot';
export { type RankOptions, rankGenotypes, type ScoredGenotype } from './rank-genotypes';
export { synflow } from './synflow';
export { type ZicoOptions, zico } from './zico';
