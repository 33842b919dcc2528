// The whole public API on one page. Importing it registers the layers with tfjs, so that saved models load.
import { registerLayers } from './layers';
import { registerNetworkLayers } from './network';
import { registerSupernets } from './supernet';

registerLayers();
registerNetworkLayers();
registerSupernets();

export * from './analysis';
export * from './architect';
export * from './data';
export * from './genotype';
export * from './kernels';
export * from './layers';
export * from './network';
export * from './optimizers';
export * from './pytorch';
export * from './random';
export * from './search';
export * from './spaces';
export * from './strategies';
export * from './supernet';
export * from './training';
