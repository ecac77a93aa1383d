import type { ComponentType } from 'preact';
import type { RouteName, ScreenProps } from './addresses';

type Load = () => Promise<{ readonly default: ComponentType<ScreenProps> }>;

/** The screen of each page, loaded when it is opened. */
export const SCREENS: Readonly<Record<RouteName, Load>> = {
  start: () => import('./screens/start'),
  try: () => import('./screens/try'),
  runs: () => import('./screens/runs'),
  run: () => import('./screens/runs/run'),
  approvals: () => import('./screens/approvals'),
  approval: () => import('./screens/approvals/review'),
  memory: () => import('./screens/memory'),
  fragment: () => import('./screens/memory/fragment'),
  plan: () => import('./screens/memory/plan'),
  agent: () => import('./screens/memory/agent'),
  tools: () => import('./screens/tools'),
  webhooks: () => import('./screens/webhooks'),
  webhook: () => import('./screens/webhooks/webhook'),
  audit: () => import('./screens/audit'),
  server: () => import('./screens/server'),
};
