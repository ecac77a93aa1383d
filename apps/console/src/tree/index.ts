export { RunTree } from './run-tree';
export { SearchTree } from './search-tree';
export { ScoredTree } from './scored-tree';
