import { Module } from '@nestjs/common';
import { AgentController } from './agent.controller';
import { ArchiveService } from './archive/archive.service';
import { ForgetRepository } from './archive/forget.repository';
import { ForgetService } from './archive/forget.service';
import { CreditJob } from './credit.job';
import { MetaPromptRepository } from './evolution/meta-prompt.repository';
import { MetaPromptService } from './evolution/meta-prompt.service';
import { FragmentRepository } from './fragment.repository';
import { MEMORY_METRIC_PROVIDERS, MemoryMetrics } from './memory.metrics';
import { MemoryController } from './memory.controller';
import { MemoryPorts } from './memory.ports';
import { MemoryService } from './memory.service';
import { DriftRepository } from './drift/drift.repository';
import { DriftService } from './drift/drift.service';
import { AgentRepository } from './optimizer/agent.repository';
import { AgentWork } from './optimizer/agent.work';
import { Distilling } from './optimizer/distilling';
import { MemoryRunRepository } from './optimizer/memory-run.repository';
import { OptimizerSchedule } from './optimizer/optimizer.schedule';
import { OptimizerService } from './optimizer/optimizer.service';
import { Stages } from './optimizer/stages';
import { PlanRepository } from './plans/plan.repository';
import { PlanService } from './plans/plan.service';
import { CandidateRepository } from './recall/candidate.repository';
import { Embedder } from './recall/embedder';
import { EmbeddingJob } from './recall/embedding.job';
import { Ranking } from './recall/ranking';
import { VectorRanker } from './recall/vector.ranker';
import { VectorRepository } from './recall/vector.repository';
import { RecallRepository } from './recall/recall.repository';
import { RecallService } from './recall/recall.service';
import { SearchHousekeeping } from './search/search.housekeeping';
import { SearchService } from './search/search.service';
import { SearchSteps } from './search/search.steps';
import { SearchRepository } from './search/store/search.repository';

const OPTIMIZER = [
  AgentRepository,
  AgentWork,
  Distilling,
  MemoryRunRepository,
  Stages,
  OptimizerService,
  OptimizerSchedule,
];
const DRIFT = [DriftRepository, DriftService];
const PLANS = [PlanRepository, PlanService];
const ARCHIVE = [ArchiveService, ForgetRepository, ForgetService];
const EVOLUTION = [MetaPromptRepository, MetaPromptService];
const RECALL = [
  Embedder,
  EmbeddingJob,
  VectorRanker,
  VectorRepository,
  CandidateRepository,
  Ranking,
  RecallRepository,
  RecallService,
];
const SEARCH = [SearchRepository, SearchSteps, SearchService, SearchHousekeeping];

/** Experience: recalled into plans, learnt from verdicts, changed by plans. */
@Module({
  controllers: [MemoryController, AgentController],
  providers: [
    ...RECALL,
    ...SEARCH,
    ...PLANS,
    ...OPTIMIZER,
    ...DRIFT,
    ...ARCHIVE,
    ...EVOLUTION,
    FragmentRepository,
    MemoryService,
    MemoryPorts,
    CreditJob,
    MemoryMetrics,
    ...MEMORY_METRIC_PROVIDERS,
  ],
  exports: [
    OptimizerService,
    DriftService,
    MemoryService,
    MemoryPorts,
    RecallService,
    SearchService,
    SearchSteps,
    PlanService,
    ArchiveService,
    ForgetService,
    MetaPromptRepository,
    MetaPromptService,
  ],
})
export class MemoryModule {}
