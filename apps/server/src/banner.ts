import type { Config, LocalKeys } from '@assent/platform';

const NO_KEY = 'none: API keys and tokens only (docs/identity.md)';

/** What a person sees after `npm start`: where it is, with which keys, and one line to try. */
export function printBanner(url: string, keys: LocalKeys, config: Config): void {
  const selfApproval =
    config.env.SELF_APPROVAL === 'allow'
      ? 'whoever has approval:decide may decide own runs'
      : 'nobody may decide an own run';
  const lines = [
    '',
    `  Assent is ready at ${url}`,
    '',
    `  developer key   ${keys.developer ?? NO_KEY}`,
    `  reviewer key    ${keys.reviewer ?? NO_KEY}`,
    `  workspaces      ${[...config.workspaces.keys()].join(', ')}`,
    `  approvals       the reviewer decides; ${selfApproval} (SELF_APPROVAL)`,
    `  documentation   ${url}/docs and docs/quickstart.md`,
    '',
    '  Try it:',
    `  curl -s ${url}/rpc -H 'content-type: application/json' -H 'authorization: Bearer ${keys.developer ?? '<key>'}' -d '{"jsonrpc":"2.0","id":1,"method":"tool/list"}'`,
    '',
    '',
  ];
  process.stdout.write(lines.join('\n'));
}
