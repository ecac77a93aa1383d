export { runCli } from './cli';
export { explain } from './explain';
export { frameLine } from './frame.line';
export { oneLine, printable } from './printable';
export { tailRun } from './tail';
