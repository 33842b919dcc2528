// What a search needs, on one page. Importing it registers the layers with tfjs, so that saved models that
// hold edges or supernets load; saved networks need noisydarts/network.
import { registerLayers } from './layers';
import { registerSupernets } from './supernet';

registerLayers();
registerSupernets();

export * from './analysis';
export * from './architect';
export * from './data';
export * from './genotype';
export * from './kernels';
export * from './layers';
export * from './optimizers';
export * from './random';
export * from './search';
export * from './spaces';
export * from './strategies';
export * from './supernet';
