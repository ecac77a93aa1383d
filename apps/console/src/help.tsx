import { Dialog } from './parts/dialog';
import { areKeysOn, keyHelp, setKeysOn } from './parts/keys';
import { SHELL } from './texts';

/** The keys of the page as it is now, and the switch that turns single keys off. */
export function Help({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const groups = keyHelp.value.toReversed().filter(({ help }) => Object.keys(help.keys).length > 0);
  return (
    <Dialog open={open} title={SHELL.help.title} onClose={onClose}>
      <label class="check">
        <input type="checkbox" checked={areKeysOn.value} onChange={(event) => setKeysOn(event.currentTarget.checked)} />
        <span>
          {SHELL.help.on}
          <small class="muted">{SHELL.help.onHint}</small>
        </span>
      </label>
      {groups.map(({ help }) => (
        <section key={help.title} class="help-group">
          <h3>{help.title}</h3>
          <dl>
            {Object.entries(help.keys).map(([key, text]) => (
              <div key={key}>
                <dt>{text}</dt>
                <dd>
                  {key.split(' ').map((one, index) => (
                    <span key={one}>
                      {index > 0 && <span class="muted"> {SHELL.then} </span>}
                      <kbd>{one}</kbd>
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
