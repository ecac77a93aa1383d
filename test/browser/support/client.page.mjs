// Imports the packed client in a page, and plays a run with it: the developer starts, the reviewer approves what it read.
import { AssentClient, EMPTY_VIEW, reduce } from '@assent/client';
import { ReplayServer } from '@assent/client/testing/';
import { verify } from '@assent/client/webhooks/';

globalThis.play = async ({ url, keys, params }) => {
  const [developer, reviewer] = keys.map((credential) => new AssentClient({ url, credential }));
  const run = await developer.start(params);
  let view = EMPTY_VIEW;
  for await (const frame of run.frames()) {
    view = reduce(view, frame);
    if (frame.type !== 'approval.requested') continue;
    const { hash } = await reviewer.approvals.diff(frame.approvalId);
    await reviewer.approvals.approve(frame.approvalId, hash);
  }
  return { state: view.state, others: [typeof ReplayServer, typeof verify] };
};
