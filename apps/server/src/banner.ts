import type { Config } from '@assent/platform';
import type { LocalKeys } from '@assent/identity';

const NO_KEY = 'none: API keys and tokens only (docs/identity.md)';

/**
 * Prints the text that a person sees after `npm start`: the address, the keys, and a command to try.
 * @param link opens the console; null without local principals
 */
export function printBanner(url: string, keys: LocalKeys, config: Config, link: string | null): void {
  const { DEVELOPER_KEY, REVIEWER_KEY } = config.env;
  // Output ends up in logs. A generated key must be shown once; a configured key is already known.
  const developer = DEVELOPER_KEY === undefined ? keys.developer : 'as given in DEVELOPER_KEY';
  const reviewer = REVIEWER_KEY === undefined ? keys.reviewer : 'as given in REVIEWER_KEY';
  const exampleKey = DEVELOPER_KEY === undefined ? (keys.developer ?? '<key>') : '$DEVELOPER_KEY';
  const selfApproval =
    config.env.SELF_APPROVAL === 'allow'
      ? 'anybody with approval:decide may decide their own runs'
      : 'nobody may decide their own run';
  const lines = [
    '',
    `  Assent is ready at ${url}`,
    '',
    ...(link === null
      ? []
      : [`  Open ${link}`, '  once, within ten minutes; "npm run console" prints another link', '']),
    `  developer key   ${developer ?? NO_KEY}`,
    `  reviewer key    ${reviewer ?? NO_KEY}`,
    `  workspaces      ${[...config.workspaces.keys()].join(', ')}`,
    `  approvals       the reviewer decides; ${selfApproval} (SELF_APPROVAL)`,
    `  documentation   ${url}/docs and docs/quickstart.md`,
    '',
    '  Try it:',
    `  curl -s ${url}/rpc -H 'content-type: application/json' -H "authorization: Bearer ${exampleKey}" -d '{"jsonrpc":"2.0","id":1,"method":"tool/list"}'`,
    '',
    '',
  ];
  process.stdout.write(lines.join('\n'));
}
