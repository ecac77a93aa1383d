import { styleText } from 'node:util';
import { readOptions, serverAddress } from '@assent/client/cli';
import { StartError, loadConfig, mistypedSettings, type Config } from '@assent/platform';
import { checkContentsOf } from '../../../server/src/preflight.contents';
import { requireProduction } from '../../../server/src/production';
import { problemsOf } from '../../../server/src/start.problems';
import { reportFailure } from '../command.failure';
import { databaseFindings } from './database.checks';
import { endpointFindings } from './endpoint.checks';
import { fail, findingOf, ok, warn, type Finding, type Level } from './finding';
import { folderFindings } from './folder.checks';
import { proxyFindings } from './proxy.checks';

const USAGE = `npm run doctor -- [options]

Compares the settings with what they name: files, database, folders, the addresses that the server calls, and the proxies
in front of it. It reads the environment like the server, and changes nothing. One line per finding.

  --url URL      the server as clients reach it; default: PUBLIC_URL. Its streams are read
                 with the key in ASSENT_KEY (approval:read), or else REVIEWER_KEY
  --production   problems that "npm run start:prod" refuses are failures
  --json         one JSON object per line: level, subject, text
  --help         this text

Exit status: 0 nothing failed (there may be warnings), 1 something failed, 2 the command line is invalid.
`;
const FAILED = 1;
const COLOURS: Readonly<Record<Level, 'green' | 'yellow' | 'red'>> = { ok: 'green', warn: 'yellow', fail: 'red' };
const LEVEL_CHARS = 4;
const SETTINGS = 'settings';

interface Options {
  readonly help: boolean;
  readonly json: boolean;
  readonly production: boolean;
  readonly url: string | undefined;
}

/** In the order of the report; `found` gets the findings of each part as it ends. */
async function examine({ production, url }: Options, found: (findings: readonly Finding[]) => void): Promise<void> {
  found(
    mistypedSettings(process.env).map(({ name, intended }) =>
      warn(name, `there is no such setting, it is ignored. Did you mean ${intended}?`),
    ),
  );
  const config = readConfig(found);
  if (config === null) return;
  found(await settingFindings(config, production));
  found(await databaseFindings(config));
  found(await folderFindings(config));
  found(await endpointFindings(config));
  const address = url ?? config.env.PUBLIC_URL;
  if (address === undefined) return;
  const key = config.findVariable('ASSENT_KEY') ?? config.env.REVIEWER_KEY ?? null;
  found(await proxyFindings({ url: address.replace(/\/$/, ''), key }));
}

function readConfig(found: (findings: readonly Finding[]) => void): Config | null {
  try {
    return loadConfig(process.env, process.cwd());
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    found(error.problems.map((problem) => findingOf('fail', problem, SETTINGS)));
    return null;
  }
}

async function settingFindings(config: Config, production: boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    await checkContentsOf(config);
    findings.push(ok(SETTINGS, 'every setting is valid, and so are the files that they name'));
  } catch (error) {
    findings.push(...problemsOf(error).map((problem) => findingOf('fail', problem, SETTINGS)));
  }
  try {
    requireProduction(config);
  } catch (error) {
    findings.push(...problemsOf(error).map((problem) => (production ? fail : warn)(SETTINGS, problem)));
  }
  return findings;
}

function lineOf({ level, subject, text }: Finding, json: boolean): string {
  if (json) return JSON.stringify({ level, subject, text });
  const mark = styleText(COLOURS[level], level.padEnd(LEVEL_CHARS), { stream: process.stdout });
  return `${mark}  ${subject}: ${text}`;
}

/** @throws UsageError */
function optionsOf(argv: readonly string[]): Options {
  const { values } = readOptions(argv, {
    options: {
      help: { type: 'boolean', default: false, short: 'h' },
      json: { type: 'boolean', default: false },
      production: { type: 'boolean', default: false },
      url: { type: 'string' },
    },
  });
  const { help, json, production, url } = values;
  return { help, json, production, url: url === undefined ? undefined : serverAddress('--url', url) };
}

/** `npm run doctor`. @returns the exit status */
export async function run(argv: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = optionsOf(argv);
  } catch (error) {
    return reportFailure(error, 'doctor');
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const counts: Record<Level, number> = { ok: 0, warn: 0, fail: 0 };
  await examine(options, (findings) => {
    for (const finding of findings) {
      counts[finding.level] += 1;
      process.stdout.write(`${lineOf(finding, options.json)}\n`);
    }
  });
  if (!options.json) process.stdout.write(`${counts.fail} failed, ${counts.warn} warnings, ${counts.ok} in order\n`);
  return counts.fail === 0 ? 0 : FAILED;
}
