import { Module } from '@nestjs/common';
import { AuditService } from './audit.service';
import { ChainRepository } from './chain.repository';

/** Reads and verifies the audit chain. Its rows are written by parts of other statements. */
@Module({ providers: [AuditService, ChainRepository], exports: [AuditService] })
export class AuditModule {}
