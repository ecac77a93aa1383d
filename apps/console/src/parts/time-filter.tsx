/** A filter by time, in the time zone of the browser. */
export function TimeFilter(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <label class="time-filter">
      <span class="muted">{props.label}</span>
      <input
        type="datetime-local"
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
    </label>
  );
}
