import { Module } from '@nestjs/common';
import { CreditJob } from './credit.job';
import { FragmentRepository } from './fragment.repository';
import { MEMORY_METRIC_PROVIDERS, MemoryMetrics } from './memory.metrics';
import { MemoryPorts } from './memory.ports';
import { MemoryService } from './memory.service';
import { PlanRepository } from './plans/plan.repository';
import { PlanService } from './plans/plan.service';
import { CandidateRepository } from './recall/candidate.repository';
import { Ranking } from './recall/ranking';
import { RecallRepository } from './recall/recall.repository';
import { RecallService } from './recall/recall.service';
import { SearchHousekeeping } from './search/search.housekeeping';
import { SearchService } from './search/search.service';
import { SearchSteps } from './search/search.steps';
import { SearchRepository } from './search/store/search.repository';

const PLANS = [PlanRepository, PlanService];
const RECALL = [CandidateRepository, Ranking, RecallRepository, RecallService];
const SEARCH = [SearchRepository, SearchSteps, SearchService, SearchHousekeeping];

/** Experience: recalled into plans, learnt from verdicts, changed by plans. */
@Module({
  providers: [
    ...RECALL,
    ...SEARCH,
    ...PLANS,
    FragmentRepository,
    MemoryService,
    MemoryPorts,
    CreditJob,
    MemoryMetrics,
    ...MEMORY_METRIC_PROVIDERS,
  ],
  exports: [MemoryService, MemoryPorts, RecallService, SearchService, SearchSteps, PlanService],
})
export class MemoryModule {}
