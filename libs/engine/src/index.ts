export { CancelService } from './cancel.service';
export { CompleteService } from './complete.service';
export { EngineModule, PortsModule } from './engine.module';
export { EngineService } from './engine.service';
export { PauseService } from './pause.service';
export { RunStarter } from './run.starter';
export { PendingRequests } from './interrupts/pending.requests';
export { RequestReplies } from './interrupts/request.replies';
export { ResolveService } from './interrupts/resolve.service';
