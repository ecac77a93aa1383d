export { CancelService, runNotFound } from './cancel.service';
export { CompleteService } from './complete.service';
export { EngineModule } from './engine.module';
export { EngineService } from './engine.service';
export { RunStarter } from './run.starter';
export { PendingRequests } from './pending.requests';
export { RequestReplies } from './request.replies';
export { ResolveService } from './refutation/resolve.service';
