import type { Approval } from '@assent/client';
import type { WebhookEvent } from '@assent/client/webhooks';
import { escaped, type Block } from './slack';

type Requested = Extract<WebhookEvent, { type: 'approval.requested' }>['data'];

/** Length of the summary in an event from which on it may have been cut. */
const SUMMARY_CUT_CHARS = 1_999;
const FILES_SHOWN = 10;
/** Slack takes 3,000 characters in a section; the rest is for the code block around them. */
const SECTION_MAX_CHARS = 2_990;

/** What a button decides: the content that the message shows, and no other. */
export interface Target {
  readonly approvalId: string;
  readonly hash: string;
}

/** A message about a requested approval. */
export function requestMessage(data: Requested): { readonly text: string; readonly blocks: Block[] } {
  const { approvalId, hash, title, summary, goal, requester, tool, workspace, files, filesTotal, risks, needed } = data;
  const target: Target = { approvalId, hash };
  const listed = files.slice(0, FILES_SHOWN).map(({ path, kind }) => `${kind} ${path}`);
  const more = filesTotal - listed.length;
  const people = `${needed.people} ${needed.people === 1 ? 'person' : 'people'}`;
  const facts = [
    `Asked by ${requester} for ${tool}${workspace === '' ? '' : ` in ${workspace}`}`,
    `Goal: ${goal}`,
    ...(listed.length > 0 ? [`Files: ${listed.join(', ')}${more > 0 ? ` and ${more} more` : ''}`] : []),
    ...(risks.length > 0 ? [`Risks: ${risks.join(', ')}`] : []),
    `Needed: ${people}${needed.roles.length > 0 ? ` (${needed.roles.join(', ')})` : ''}`,
  ];
  // Nobody approves what they cannot see: a long change, or hidden characters, needs the page.
  const shown = escaped(summary);
  const isCut = summary.length >= SUMMARY_CUT_CHARS || shown.length > SECTION_MAX_CHARS;
  const isWhole = !isCut && !risks.includes('hidden');
  return {
    text: `Review: ${escaped(title)}`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      section(facts.map(escaped).join('\n').slice(0, SECTION_MAX_CHARS)),
      section(`\`\`\`${shown.slice(0, SECTION_MAX_CHARS)}\`\`\``),
      ...(isWhole ? [] : [section('_This is not the whole change. Open the review to approve it._')]),
      {
        type: 'actions',
        block_id: 'decide',
        elements: [
          ...(isWhole ? [button('approve', 'Approve', target, 'primary')] : []),
          button('reject', 'Reject', target, 'danger'),
          ...(data.reviewUrl === null
            ? []
            : [{ type: 'button', action_id: 'open', text: plain('Open the review'), url: data.reviewUrl }]),
        ],
      },
    ],
  };
}

/** The message after a vote: with its buttons while others must vote, else without. */
export function votedBlocks(blocks: readonly Block[], { state, needed }: Approval, line: string): Block[] {
  if (state !== 'pending') return endedBlocks(blocks, line);
  return withStatus(blocks, `${line} ${needed.people} more needed.`);
}

/** The message with a last line, and without the buttons that decide. */
export function endedBlocks(blocks: readonly Block[], line: string): Block[] {
  return withStatus(blocks.flatMap(linksOnly), line);
}

function withStatus(blocks: readonly Block[], line: string): Block[] {
  const status = { type: 'context', block_id: 'status', elements: [{ type: 'mrkdwn', text: line }] };
  return [...blocks.filter(({ block_id: id }) => id !== 'status'), status];
}

function linksOnly(block: Block): Block[] {
  if (block.block_id !== 'decide') return [block];
  const links = (block['elements'] as Block[]).filter((element) => 'url' in element);
  return links.length === 0 ? [] : [{ ...block, elements: links }];
}

function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

function button(id: 'approve' | 'reject', label: string, target: Target, style: 'primary' | 'danger'): Block {
  return { type: 'button', action_id: id, text: plain(label), style, value: JSON.stringify(target) };
}

function plain(text: string) {
  return { type: 'plain_text', text };
}
