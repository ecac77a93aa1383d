import 'reflect-metadata';
export { type AuditEntry, auditChange, recordAudit } from './audit';
export { AUDIT_HEADS, AUDIT_LOG } from './audit.tables';
export { type ChainReport, ChainVerifier, GENESIS, rowHashOf } from './audit.chain';
export { AuditService } from './audit.service';
export { ChainRepository } from './chain.repository';
export { AuditModule } from './audit.module';
