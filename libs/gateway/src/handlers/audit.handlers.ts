import { Injectable } from '@nestjs/common';
import { AuditService } from '@assent/audit';
import type { AUDIT_METHODS } from '@assent/contract';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class AuditHandlers {
  constructor(private readonly audit: AuditService) {}

  readonly methods: MethodHandlers<typeof AUDIT_METHODS> = {
    'audit/list': (filter, { principal }) => this.audit.list(principal, filter),
    'audit/head': (_, { principal }) => this.audit.head(principal),
    'audit/export': (page, { principal }) => this.audit.page(principal, page),
  };
}
