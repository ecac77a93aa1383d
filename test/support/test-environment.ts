import { setFlagsFromString } from 'node:v8';
import vm, { type CompileFunctionOptions } from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/** A module that an earlier test file of this process has loaded. */
interface CompiledModule {
  readonly source: string;
  readonly parameters: string;
  readonly script: vm.Script;
}

/** Bytecode that a function executes between two looks of V8 at whether to optimize it: six times the default. */
const INTERRUPT_BUDGET = 400_000;

const compiled = new Map<string, CompiledModule>();
const { compileFunction } = vm;

/**
 * Jest compiles every module for every test file. A script is compiled once for a process, with the functions that have been
 * called, and makes a new function in the context of each test file: files share code and no state.
 */
function compileOnce(
  source: string,
  params: readonly string[] = [],
  options: CompileFunctionOptions = {},
): ReturnType<typeof compileFunction> {
  const { filename, parsingContext } = options;
  if (filename === undefined || parsingContext === undefined) return compileFunction(source, params, options);
  const parameters = params.join(', ');
  const found = compiled.get(filename);
  const isSame = found?.source === source && found.parameters === parameters;
  const { script } = isSame ? found : compile(filename, source, parameters);
  return script.runInContext(parsingContext) as ReturnType<typeof compileFunction>;
}

function compile(filename: string, source: string, parameters: string): CompiledModule {
  const head = `(function (${parameters}) {`;
  // Positions in stack traces are those of the source.
  const script = new vm.Script(`${head}${source}\n})`, { filename, columnOffset: -head.length });
  const module = { source, parameters, script };
  compiled.set(filename, module);
  return module;
}

vm.compileFunction = compileOnce;
// The functions of a test file are called for a second or two: optimizing most of them costs more than it saves.
setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);

/** Jest's environment for Node, in a process that compiles each module once. */
export default class extends TestEnvironment {}
