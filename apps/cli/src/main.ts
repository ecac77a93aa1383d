/** Every subcommand, loaded on demand: most need neither a database driver nor the server's code. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  audit: () => import('./audit/audit.command.js'),
  console: () => import('./console.command.js'),
  demo: () => import('./demo/demo.command.js'),
  doctor: () => import('./doctor/doctor.command.js'),
  keys: () => import('./keys/keys.command.js'),
  memory: () => import('./memory/memory.command.js'),
  migrate: () => import('./migrate.command.js'),
  watch: () => import('./demo/watch.command.js'),
};
const CANNOT_USE = 2;

interface Command {
  /** Reports its own failures on standard error. @returns the exit status */
  run(argv: readonly string[]): Promise<number>;
}

/** `npm run keys`, `npm run audit:verify` and so on, each the subcommand of that name. @returns the exit status */
async function main([name = '', ...argv]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load) return (await load()).run(argv);
  process.stderr.write(`Unknown command. Use one of: ${Object.keys(COMMANDS).join(', ')}.\n`);
  return CANNOT_USE;
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
