export { runCli } from './cli';
export { explain } from './explain';
export { frameLine } from './frame.line';
export { UsageError, positiveNumber, readOptions, serverAddress, wholeNumber } from './options';
export { oneLine, printable } from './printable';
export { tailRun } from './tail';
