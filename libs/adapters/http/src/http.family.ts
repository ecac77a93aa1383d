import type { Static } from '@sinclair/typebox';
import { EgressClient } from '@assent/platform';
import type { ToolFamily, ToolSource } from '@assent/tools';
import { httpGet } from './http-get.adapter';
import { httpRequest } from './http-request.adapter';
import { HttpRules, HttpSettings } from './http-settings';

/** `http.get` and `http.request`; off until a host is allowed. */
export const family: ToolFamily = {
  section: 'http',
  settingsSchema: HttpSettings,
  create(settings: Static<typeof HttpSettings>, host) {
    if (!settings.hosts?.length) return [];
    const egress = new EgressClient({ allow: host.egressAllow, ports: settings.ports });
    const parts = { rules: new HttpRules(settings), egress, host };
    const tools = [httpGet(parts), httpRequest(parts, settings.idempotencyKeys ?? false)];
    const source: ToolSource = {
      start: () => Promise.resolve(),
      stop: () => egress.close(),
      tools: () => tools,
    };
    return [source];
  },
};
