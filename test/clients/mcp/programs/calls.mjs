/**
 * Makes the call of the command line and prints its result. Without one, makes the calls of the scripted model one after the
 * other, like an agent, and sends it the results.
 */
export async function makeCalls(tools, call) {
  const [tool, args] = process.argv.slice(2);
  if (tool !== undefined) {
    console.log(JSON.stringify({ tools: tools.length, result: await call(tool, JSON.parse(args)) }));
    return;
  }
  const results = [];
  for (;;) {
    const next = await nextCall(results, tools);
    if (next === null) return;
    results.push(await call(next.tool, next.args).then(textOf, (error) => `Error: ${error.message}`));
  }
}

function textOf({ content }) {
  return content.map(({ text }) => text).join('\n');
}

async function nextCall(results, tools) {
  const body = JSON.stringify({ results, tools });
  const response = await fetch(`${process.env.MODEL_URL}/calls`, { method: 'POST', body });
  return JSON.parse((await response.text()).slice('data: '.length));
}
