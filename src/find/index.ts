export type { FindEvent, FoundNetwork, SearchedEvent, SearchResult, TestedEvent } from './events';
export { findNetwork, findNetworkEvents } from './find-network';
export type { FindNetworkOptions } from './options';
