/** The strategies that the main entry brings. The others are known once `noisydarts/strategies` is imported. */
export { type FairDartsSettings, fairDarts } from './fair-darts';
export { type GdasSettings, gdas } from './gdas';
export { type PcDartsOptions, type PcDartsSettings, pcDarts } from './pc-darts';
export { type PlainDartsSettings, plainDarts } from './plain-darts';
export type { Ramp } from './ramp';
export { type SdartsRsSettings, sdartsRs } from './sdarts-rs';
export {
  type ChoicePass,
  defineStrategy,
  type Strategy,
  type StrategyPass,
  type StrategySettings,
} from './strategy';
