import { CopilotChat, CopilotKit, useInterrupt } from '@copilotkit/react-core/v2';

/** A chat with Assent. Decisions that the run waits for are cards in the chat. */
export default function Page() {
  return (
    <CopilotKit runtimeUrl="http://127.0.0.1:4000/api" agent="assent">
      <Decisions />
      <CopilotChat agentId="assent" />
    </CopilotKit>
  );
}

/** A decision names the hash of the content that was shown. `cancel` leaves it to others. */
function Decisions() {
  useInterrupt({
    agentId: 'assent',
    enabled: ({ value }) => value?.reason === 'assent:approval',
    render: ({ interrupt, resolve, cancel }) => {
      const hash = interrupt?.responseSchema?.properties.hash.const;
      return (
        <section>
          <p>{interrupt?.message}</p>
          <button onClick={() => resolve({ decision: 'approve', hash })}>Approve</button>
          <button onClick={() => resolve({ decision: 'reject', hash })}>Reject</button>
          <button onClick={() => cancel()}>Leave it to others</button>
        </section>
      );
    },
  });
  return null;
}
