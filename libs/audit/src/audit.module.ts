import { Module } from '@nestjs/common';
import { AuditService } from './audit.service';
import { ChainRepository } from './chain.repository';

/** The chain of what was done, read and verified. Its rows are written by parts of other statements. */
@Module({ providers: [AuditService, ChainRepository], exports: [AuditService] })
export class AuditModule {}
