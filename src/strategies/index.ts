export { type BetaDartsOptions, type BetaDartsSettings, betaDarts } from './beta-darts';
export * from './core';
export { type DartsMinusOptions, type DartsMinusSettings, dartsMinus } from './darts-minus';
export { type SdartsAdvOptions, type SdartsAdvSettings, sdartsAdv } from './sdarts-adv';
