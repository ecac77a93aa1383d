export { TEXTBOOK_NETWORKS } from './networks';
