export { BODY_LIMIT_BYTES, installHttpEdge } from './http.edge';
export { installHttpTracing } from './http.tracing';
export { HttpMetrics } from './http.metrics';
export { answerBeforeClosing } from './last.requests';
export { ProblemFilter } from './problem.filter';
export { RpcModule } from './rpc.module';
