import { pathToFileURL } from 'node:url';
import { agentLimitSeconds } from './hold';

/** The agents for which `assent init` prints settings. */
export const INIT_AGENTS = ['claude-code', 'codex', 'opencode'] as const;
export type InitAgent = (typeof INIT_AGENTS)[number];

export interface Installation {
  /** Address of the server. */
  readonly url: string;
  /** Absolute path of the program `assent`. */
  readonly program: string;
  readonly holdSeconds: number;
  readonly onTimeout: string;
}

interface Settings {
  /** Where the settings belong, for a person. */
  readonly note: string;
  readonly settings: object;
}

/** The settings, to be pasted, that make an agent put its permission questions to Assent. */
export function settingsFor(agent: InitAgent, installation: Installation): Settings {
  return SETTINGS[agent](installation);
}

const SETTINGS: Readonly<Record<InitAgent, (installation: Installation) => Settings>> = {
  'claude-code': ({ url, holdSeconds, onTimeout }) => ({
    note: 'Add to ~/.claude/settings.json. Claude Code reads ASSENT_KEY from its environment.',
    settings: {
      // In its auto mode Claude Code decides by itself and calls no hook.
      permissions: { defaultMode: 'default' },
      ...permissionHook('*', {
        type: 'http',
        url: `${url.replace(/\/$/, '')}/hooks/claude-code?hold=${holdSeconds}&onTimeout=${onTimeout}`,
        timeout: agentLimitSeconds(holdSeconds),
        headers: { Authorization: 'Bearer $ASSENT_KEY' },
        allowedEnvVars: ['ASSENT_KEY'],
        onFailure: 'block',
      }),
    },
  }),
  codex: ({ program, holdSeconds, onTimeout }) => ({
    note: 'Write to ~/.codex/hooks.json, start codex once and trust the hook. Codex reads ASSENT_URL and ASSENT_KEY from its environment.',
    settings: permissionHook('.*', {
      type: 'command',
      command: `node ${quoted(program)} hook codex --hold ${holdSeconds} --on-timeout ${onTimeout}`,
      timeout: agentLimitSeconds(holdSeconds),
    }),
  }),
  opencode: ({ program }) => ({
    note: 'Add to ~/.config/opencode/opencode.json. opencode reads ASSENT_URL and ASSENT_KEY from its environment.',
    settings: {
      plugin: [new URL('../opencode/plugin.js', pathToFileURL(program)).href],
      permission: { bash: 'ask', edit: 'ask', webfetch: 'ask' },
    },
  }),
};

function permissionHook(matcher: string, hook: object): object {
  return { hooks: { PermissionRequest: [{ matcher, hooks: [hook] }] } };
}

/** For a POSIX shell. */
function quoted(path: string): string {
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
