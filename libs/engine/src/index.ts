export { CancelService, runNotFound } from './cancel.service';
export { CompleteService } from './complete.service';
export { EngineModule } from './engine.module';
export { EngineService } from './engine.service';
export { RunStarter } from './run.starter';
export { PendingRequests } from './pending.requests';
export { QuestionService } from './questions/question.service';
export { ResolveService } from './refutation/resolve.service';
