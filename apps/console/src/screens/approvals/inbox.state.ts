import type { Approval, ApprovalEvent, ApprovalFilter, Risk } from '@assent/client';

export const ORDERS = ['created', 'expires'] as const;

/** Filters of the address, in the order in which they are shown. */
export const TEXT_FILTERS = ['q', 'tool', 'workspace', 'requester'] as const;
export const CHOICE_FILTERS = ['state', 'risk', 'subject'] as const;

/** Risks of an approval that is decided on its own page only. */
const ALONE: readonly Risk[] = ['irreversible', 'external', 'hidden', 'tainted'];
export const BULK_MAX = 50;

/** An approval in the list and what has happened to it since it was read. */
export interface InboxRow {
  readonly approval: Approval;
  readonly isChanged: boolean;
}

export interface InboxState {
  readonly rows: readonly InboxRow[];
  /** Approvals that were requested since the list was read. */
  readonly arrived: ReadonlySet<string>;
}

export const EMPTY_INBOX: InboxState = { rows: [], arrived: new Set() };

/** The list params that the address stands for. */
export function filterOf(query: URLSearchParams): ApprovalFilter {
  const filter: Record<string, unknown> = { state: query.get('state') ?? 'pending' };
  if (filter['state'] === 'all') delete filter['state'];
  for (const name of [...TEXT_FILTERS, 'risk', 'subject'] as const) {
    const value = query.get(name)?.trim();
    if (value) filter[name] = value;
  }
  if (query.get('mine') === '1') filter['decidable'] = true;
  filter['order'] = query.get('order') === 'expires' ? 'expires' : 'created';
  return filter;
}

export function isFiltered(query: URLSearchParams): boolean {
  return [...TEXT_FILTERS, ...CHOICE_FILTERS, 'mine'].some((name) => query.has(name));
}

/** Adds a page of the list. An approval that is in it already keeps its position. */
export function withPage(state: InboxState, page: readonly Approval[]): InboxState {
  const known = new Set(state.rows.map(({ approval }) => approval.approvalId));
  const added = page.filter(({ approvalId }) => !known.has(approvalId));
  const arrived = new Set(state.arrived);
  for (const { approvalId } of added) arrived.delete(approvalId);
  return { rows: [...state.rows, ...added.map((approval) => ({ approval, isChanged: false }))], arrived };
}

/**
 * The list after missed events: keeps the order of rows, counts new approvals without showing them, and removes rows
 * that are not in the new list.
 */
export function withReread(state: InboxState, list: readonly Approval[]): InboxState {
  const now = new Map(list.map((approval) => [approval.approvalId, approval]));
  const rows = state.rows.flatMap(({ approval: { approvalId, hash }, isChanged }) => {
    const approval = now.get(approvalId);
    now.delete(approvalId);
    return approval ? [{ approval, isChanged: isChanged || approval.hash !== hash }] : [];
  });
  return { rows, arrived: new Set(now.keys()) };
}

/** What an event changes: a row changes where it is and never moves; a new approval is only counted. */
export function withEvent(state: InboxState, event: ApprovalEvent): InboxState {
  const index = state.rows.findIndex(({ approval }) => approval.approvalId === event.approvalId);
  if (index === -1) return { ...state, arrived: withArrival(state.arrived, event) };
  return { ...state, rows: state.rows.map((row, at) => (at === index ? changed(row, event) : row)) };
}

function withArrival(arrived: ReadonlySet<string>, event: ApprovalEvent): ReadonlySet<string> {
  if ((event.state === 'pending') === arrived.has(event.approvalId)) return arrived;
  const next = new Set(arrived);
  if (event.state === 'pending') next.add(event.approvalId);
  else next.delete(event.approvalId);
  return next;
}

function changed({ approval, isChanged }: InboxRow, event: ApprovalEvent): InboxRow {
  const { state, hash, revision } = event;
  if (revision < approval.revision) return { approval, isChanged };
  const expiresAt = event.expiresAt ?? approval.expiresAt;
  return {
    approval: { ...approval, state, hash, revision, expiresAt, risks: event.risks },
    isChanged: isChanged || hash !== approval.hash,
  };
}

/** The answer to a decision, in its row. */
export function withAnswer(state: InboxState, approval: Approval): InboxState {
  const rows = state.rows.map((row) => (row.approval.approvalId === approval.approvalId ? { ...row, approval } : row));
  return { ...state, rows };
}

/** Whether an approval can be decided without opening it. */
export function isBulkable({ approval, isChanged }: InboxRow): boolean {
  const { state, you, subject, risks } = approval;
  return (
    !isChanged &&
    state === 'pending' &&
    you.mayDecide &&
    subject.type === 'diff' &&
    !risks.some((risk) => ALONE.includes(risk))
  );
}

/** The ticked rows that can still be decided together, with their exact hashes. */
export function bulkOf({ rows }: InboxState, ticked: ReadonlySet<string>): readonly Approval[] {
  return rows
    .filter((row) => ticked.has(row.approval.approvalId) && isBulkable(row))
    .map(({ approval }) => approval)
    .slice(0, BULK_MAX);
}

/** One or no ticks fewer or more: never above the limit. */
export function withTick(ticked: ReadonlySet<string>, approvalId: string): ReadonlySet<string> {
  const next = new Set(ticked);
  if (!next.delete(approvalId) && next.size < BULK_MAX) next.add(approvalId);
  return next;
}
