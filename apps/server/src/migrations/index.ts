import { MainFlow1763800000000 } from './1763800000000-main-flow';
import { Planner1764000000000 } from './1764000000000-planner';
import { Tools1764100000000 } from './1764100000000-tools';
import { ToolTrust1764200000000 } from './1764200000000-tool-trust';
import { Identity1764300000000 } from './1764300000000-identity';
import { Approvals1764400000000 } from './1764400000000-approvals';
import { ApprovalEvents1764410000000 } from './1764410000000-approval-events';
import { RevisionArgs1764420000000 } from './1764420000000-revision-args';
import { Audit1764500000000 } from './1764500000000-audit';
import { Webhooks1764510000000 } from './1764510000000-webhooks';
import { CallbackIssuer1764520000000 } from './1764520000000-callback-issuer';
import { Memory1764600000000 } from './1764600000000-memory';
import { MemoryWords1764610000000 } from './1764610000000-memory-words';
import { Search1764700000000 } from './1764700000000-search';
import { FeatureFlags1764800000000 } from './1764800000000-feature-flags';
import { Tracing1764900000000 } from './1764900000000-tracing';
import { Distilling1765000000000 } from './1765000000000-distilling';
import { KeyLineage1765100000000 } from './1765100000000-key-lineage';
import { People1765200000000 } from './1765200000000-people';
import { TicketCredentials1765300000000 } from './1765300000000-ticket-credentials';
import { InboxPlaces1765400000000 } from './1765400000000-inbox-places';
import { RunRetries1765500000000 } from './1765500000000-run-retries';
import { SearchableText1765600000000 } from './1765600000000-searchable-text';
import { RequesterIssuers1765700000000 } from './1765700000000-requester-issuers';
import { DeliveryLeases1765800000000 } from './1765800000000-delivery-leases';
import { ResolutionHow1765910000000 } from './1765910000000-resolution-how';
import { ApprovalRationale1765920000000 } from './1765920000000-approval-rationale';
import { Learning1765930000000 } from './1765930000000-learning';
import { MemoryRouting1765930100000 } from './1765930100000-memory-routing';
import { ModelTurns1765950000000 } from './1765950000000-model-turns';
import { Sessions1766000000000 } from './1766000000000-sessions';
import { DeliveryListing1766000100000 } from './1766000100000-delivery-listing';
import { TenantPauses1766000200000 } from './1766000200000-tenant-pauses';
import { Reverts1766000300000 } from './1766000300000-reverts';
import { SessionLinks1766000400000 } from './1766000400000-session-links';
import { AgentPermissions1766100000000 } from './1766100000000-agent-permissions';
import { NamedDeciders1766200000000 } from './1766200000000-named-deciders';
import { RunOrigin1766300000000 } from './1766300000000-run-origin';
import { GatewayCalls1766300100000 } from './1766300100000-gateway-calls';
import { KnownSubjects1766300200000 } from './1766300200000-known-subjects';
import { QuestionedEvents1766410000000 } from './1766410000000-questioned-events';
import { AuditHash1766500000000 } from './1766500000000-audit-hash';
import { KeyTools1766600000000 } from './1766600000000-key-tools';
import { EventSubscriptions1766700000000 } from './1766700000000-event-subscriptions';
import { RareStates1766800000000 } from './1766800000000-rare-states';
import { RunRequesters1766810000000 } from './1766810000000-run-requesters';

/** One chain, in order. A migration that has been released is never changed; a new one is added at the end. */
export const MIGRATIONS = [
  MainFlow1763800000000,
  Planner1764000000000,
  Tools1764100000000,
  ToolTrust1764200000000,
  Identity1764300000000,
  Approvals1764400000000,
  ApprovalEvents1764410000000,
  RevisionArgs1764420000000,
  Audit1764500000000,
  Webhooks1764510000000,
  CallbackIssuer1764520000000,
  Memory1764600000000,
  MemoryWords1764610000000,
  Search1764700000000,
  FeatureFlags1764800000000,
  Tracing1764900000000,
  Distilling1765000000000,
  KeyLineage1765100000000,
  People1765200000000,
  TicketCredentials1765300000000,
  InboxPlaces1765400000000,
  RunRetries1765500000000,
  SearchableText1765600000000,
  RequesterIssuers1765700000000,
  DeliveryLeases1765800000000,
  ResolutionHow1765910000000,
  ApprovalRationale1765920000000,
  Learning1765930000000,
  MemoryRouting1765930100000,
  ModelTurns1765950000000,
  Sessions1766000000000,
  DeliveryListing1766000100000,
  TenantPauses1766000200000,
  Reverts1766000300000,
  SessionLinks1766000400000,
  AgentPermissions1766100000000,
  NamedDeciders1766200000000,
  RunOrigin1766300000000,
  GatewayCalls1766300100000,
  KnownSubjects1766300200000,
  QuestionedEvents1766410000000,
  AuditHash1766500000000,
  KeyTools1766600000000,
  EventSubscriptions1766700000000,
  RareStates1766800000000,
  RunRequesters1766810000000,
];
