import type { ComponentType } from 'preact';
import { BASE, fillPath, matchPath } from './paths';

export interface ScreenProps {
  readonly params: Readonly<Record<string, string>>;
}

export interface Route {
  /** Below the base. */
  readonly path: string;
  /** Of the browser's window. */
  readonly title: string;
  /** Absent: the screen is not built. */
  readonly load?: () => Promise<{ readonly default: ComponentType<ScreenProps> }>;
}

/** Every page of the console. */
const TABLE = {
  start: {
    path: '/',
    title: 'Start',
    load: () => import('./screens/start'),
  },
  try: {
    path: '/try',
    title: 'Playground',
    load: () => import('./screens/try'),
  },
  runs: {
    path: '/runs',
    title: 'Runs',
    load: () => import('./screens/runs'),
  },
  run: {
    path: '/runs/:id',
    title: 'Run',
    load: () => import('./screens/runs/run'),
  },
  approvals: {
    path: '/approvals',
    title: 'Approvals',
    load: () => import('./screens/approvals'),
  },
  approval: {
    path: '/approvals/:id',
    title: 'Review',
    load: () => import('./screens/approvals/review'),
  },
  memory: {
    path: '/memory',
    title: 'Memory',
    load: () => import('./screens/memory'),
  },
  fragment: {
    path: '/memory/fragments/:id',
    title: 'Lesson',
    load: () => import('./screens/memory/fragment'),
  },
  plan: {
    path: '/memory/plans/:id',
    title: 'Memory plan',
    load: () => import('./screens/memory/plan'),
  },
  agent: {
    path: '/memory/agent',
    title: 'Memory agent',
    load: () => import('./screens/memory/agent'),
  },
  tools: {
    path: '/tools',
    title: 'Tools',
    load: () => import('./screens/tools'),
  },
  webhooks: {
    path: '/webhooks',
    title: 'Webhooks',
    load: () => import('./screens/webhooks'),
  },
  webhook: {
    path: '/webhooks/:id',
    title: 'Webhook',
    load: () => import('./screens/webhooks/webhook'),
  },
  audit: {
    path: '/audit',
    title: 'Audit',
    load: () => import('./screens/audit'),
  },
  server: {
    path: '/server',
    title: 'Server',
    load: () => import('./screens/server'),
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof TABLE;
export const ROUTES: Readonly<Record<RouteName, Route>> = TABLE;

/** The address of a page. */
export function href(
  name: RouteName,
  params?: Readonly<Record<string, string>>,
  query?: Readonly<Record<string, string>>,
): string {
  return `${BASE}${fillPath(ROUTES[name].path, params, query)}`;
}

export interface Match {
  readonly name: RouteName;
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The page of a path; null: no page has it. */
export function routeOf(path: string): Match | null {
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    const params = matchPath(ROUTES[name].path, path);
    if (params) return { name, route: ROUTES[name], params };
  }
  return null;
}
