export { BODY_LIMIT_BYTES, installBodyAdmission, installJsonBody } from './http/json.body';
export { installHttpEdge } from './http/http.edge';
export { HttpMetrics } from './http/http.metrics';
export { installHttpTracing } from './http/http.tracing';
export { drainRequests } from './http/request.drain';
export { OtherMethods } from './http/other.methods';
export { ProblemFilter } from './http/problem.filter';
export { installResponseHeaders, type PagePolicy } from './http/response.headers';
export { installMcpChallenge } from './mcp/mcp.auth';
export { EVENT_SUBSCRIPTIONS } from './mcp/events/event.tables';
export { GATEWAY_CALLS } from './mcp/gateway/gateway.tables';
export { GatewayModule } from './gateway.module';
export {
  MAX_DEPTH as JSON_MAX_DEPTH,
  MAX_KEYS as JSON_MAX_KEYS,
  MAX_VALUES as JSON_MAX_VALUES,
} from './http/strict-json';
export { ClientErrors, answerRouterError } from './http/transport.errors';
