export { gainIn, probabilityOfWorld, worldsOf, type World } from './beliefs';
export { TEXTBOOK_NETWORKS } from './networks';
export { leavesOf } from './trees';
