import { BASE, fillPath, matchPath } from './paths';

/** Every page of the console: its path below the base, and the title of the browser's window. */
export const ADDRESSES = {
  start: { path: '/', title: 'Start' },
  try: { path: '/try', title: 'Playground' },
  runs: { path: '/runs', title: 'Runs' },
  run: { path: '/runs/:id', title: 'Run' },
  approvals: { path: '/approvals', title: 'Approvals' },
  approval: { path: '/approvals/:id', title: 'Review' },
  memory: { path: '/memory', title: 'Memory' },
  fragment: { path: '/memory/fragments/:id', title: 'Lesson' },
  plan: { path: '/memory/plans/:id', title: 'Memory plan' },
  agent: { path: '/memory/agent', title: 'Memory agent' },
  tools: { path: '/tools', title: 'Tools' },
  webhooks: { path: '/webhooks', title: 'Webhooks' },
  webhook: { path: '/webhooks/:id', title: 'Webhook' },
  audit: { path: '/audit', title: 'Audit' },
  server: { path: '/server', title: 'Server' },
} as const satisfies Record<string, { readonly path: string; readonly title: string }>;

/** What a screen gets from its address. */
export interface ScreenProps {
  readonly params: Readonly<Record<string, string>>;
}

export type RouteName = keyof typeof ADDRESSES;

/** The address of a page. */
export function href(
  name: RouteName,
  params?: Readonly<Record<string, string>>,
  query?: Readonly<Record<string, string>>,
): string {
  return `${BASE}${fillPath(ADDRESSES[name].path, params, query)}`;
}

export interface Match {
  readonly name: RouteName;
  readonly params: Readonly<Record<string, string>>;
}

/** The page of a path; null: no page has it. */
export function routeOf(path: string): Match | null {
  for (const name of Object.keys(ADDRESSES) as RouteName[]) {
    const params = matchPath(ADDRESSES[name].path, path);
    if (params) return { name, params };
  }
  return null;
}
