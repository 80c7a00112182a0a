/** A call that a document shows: a tool's name and its arguments as JSON text with placeholders. */
export interface ShownCall {
  readonly name: string;
  readonly args: string;
}

/** The calls of a document, in order: those in fences, and those within a sentence. */
export function callsIn(text: string): readonly ShownCall[] {
  const shown = text.matchAll(/^```call\n([\s\S]*?)^```$|`([a-z]+_[a-z_]+ \{.*?\})`/gm);
  return [...shown].flatMap(([, fenced, inline]) => splitCalls(fenced ?? inline ?? ''));
}

/** The JSON in the fence of a name, e.g. `entry`. */
export function shownJson(text: string, fence: string): string {
  const found = new RegExp(`^\`\`\`${fence}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)?.[1];
  if (found === undefined) throw new Error(`The document shows no ${fence}.`);
  return found;
}

function splitCalls(lines: string): readonly ShownCall[] {
  const calls = lines.matchAll(/^([a-z]+_[a-z_]+) (\{[\s\S]*?\})$(?=\n[a-z]|\n?$(?![\s\S]))/gm);
  return [...calls].map(([, name = '', args = '']) => ({ name, args }));
}
