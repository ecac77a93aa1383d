import { CopilotChat, CopilotKit, useAgent, useInterrupt } from '@copilotkit/react-core/v2';

/** A chat with Assent. Decisions that the run waits for are cards in the chat. */
export default function Page() {
  return (
    <CopilotKit runtimeUrl="http://127.0.0.1:4000/api" agent="assent">
      <Decisions />
      <CopilotChat agentId="assent" />
    </CopilotKit>
  );
}

const CARD = { border: '1px solid #ccc', borderRadius: 8, padding: 16 };
const BUTTON = { border: '1px solid #888', borderRadius: 6, padding: '4px 12px', marginRight: 8 };

/** A decision names the hash of the content that was shown. `cancel` leaves it to others. */
function Decisions() {
  const { agent } = useAgent({ agentId: 'assent' });
  useInterrupt({
    agentId: 'assent',
    enabled: ({ value }) => value?.reason === 'assent:approval',
    render: ({ interrupt, resolve, cancel }) => {
      const hash = interrupt?.responseSchema?.properties.hash.const;
      const button = (text, onClick) => (
        <button style={BUTTON} onClick={onClick}>
          {text}
        </button>
      );
      return (
        <section style={CARD}>
          <p>{interrupt?.message}</p>
          <pre>{agent.state?.assent?.diff?.patch}</pre>
          {button('Approve', () => resolve({ decision: 'approve', hash }))}
          {button('Reject', () => resolve({ decision: 'reject', hash }))}
          {button('Leave it to others', () => cancel())}
        </section>
      );
    },
  });
  return null;
}
