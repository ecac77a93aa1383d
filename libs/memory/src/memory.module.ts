import { Module } from '@nestjs/common';
import { CreditJob } from './credit.job';
import { FragmentRepository } from './fragment.repository';
import { MemoryService } from './memory.service';

/** Experience: recalled into plans, learnt from verdicts. */
@Module({ providers: [FragmentRepository, MemoryService, CreditJob], exports: [MemoryService] })
export class MemoryModule {}
