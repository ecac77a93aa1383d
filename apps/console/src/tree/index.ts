export { RunTree } from './run-tree';
export { SearchTree } from './search-tree';
