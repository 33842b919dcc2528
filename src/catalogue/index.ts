export {
  type PublishedGenotype,
  type PublishedGenotypeName,
  type PublishedPrimitive,
  publishedGenotype,
  publishedGenotypeNames,
} from './catalogue';
