export { type BetaDartsOptions, type BetaDartsSettings, betaDarts } from './beta-darts';
export * from './core';
