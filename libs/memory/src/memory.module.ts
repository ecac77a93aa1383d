import { Module } from '@nestjs/common';
import { ArchiveService } from './archive/archive.service';
import { ForgetRepository } from './archive/forget.repository';
import { ForgetService } from './archive/forget.service';
import { RunRetention } from './archive/run.retention';
import { CreditJob } from './credit.job';
import { MetaPromptRepository } from './evolution/meta-prompt.repository';
import { MetaPromptService } from './evolution/meta-prompt.service';
import { FamilyRepository } from './families/family.repository';
import { FragmentRepository } from './fragment.repository';
import { MEMORY_METRIC_PROVIDERS, MemoryMetrics } from './memory.metrics';
import { MemoryService } from './memory.service';
import { DriftRepository } from './drift/drift.repository';
import { DriftService } from './drift/drift.service';
import { AgentRepository } from './optimizer/agent.repository';
import { AgentActions } from './optimizer/agent.actions';
import { Distilling } from './optimizer/distilling';
import { MemoryRunRepository } from './optimizer/memory-run.repository';
import { OptimizerSchedule } from './optimizer/optimizer.schedule';
import { OptimizerService } from './optimizer/optimizer.service';
import { Stages } from './optimizer/stages';
import { PlanRepository } from './plans/plan.repository';
import { PlanService } from './plans/plan.service';
import { PriorRepository } from './priors/prior.repository';
import { PriorService } from './priors/prior.service';
import { CandidateRepository } from './recall/candidate.repository';
import { Embedder } from './recall/embedder';
import { EmbeddingJob } from './recall/embedding.job';
import { Ranking } from './recall/ranking';
import { VectorRanker } from './recall/vector.ranker';
import { VectorRepository } from './recall/vector.repository';
import { RecallRepository } from './recall/recall.repository';
import { RecallService } from './recall/recall.service';

const OPTIMIZER = [
  AgentRepository,
  AgentActions,
  Distilling,
  MemoryRunRepository,
  Stages,
  OptimizerService,
  OptimizerSchedule,
];
const DRIFT = [DriftRepository, DriftService];
const PLANS = [PlanRepository, PlanService];
const ARCHIVE = [ArchiveService, ForgetRepository, ForgetService, RunRetention];
const EVOLUTION = [MetaPromptRepository, MetaPromptService];
const LEARNING = [FamilyRepository, PriorRepository, PriorService];
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

/** Memory: learned from outcomes, changed by plans, recalled for planning. */
@Module({
  providers: [
    ...RECALL,
    ...PLANS,
    ...OPTIMIZER,
    ...DRIFT,
    ...ARCHIVE,
    ...EVOLUTION,
    ...LEARNING,
    FragmentRepository,
    MemoryService,
    CreditJob,
    MemoryMetrics,
    ...MEMORY_METRIC_PROVIDERS,
  ],
  exports: [
    OptimizerService,
    DriftService,
    MemoryService,
    RecallService,
    PlanService,
    ArchiveService,
    ForgetService,
    MetaPromptRepository,
    MetaPromptService,
    FamilyRepository,
    PriorService,
  ],
})
export class MemoryModule {}
