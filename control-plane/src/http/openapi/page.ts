import { createHash } from 'node:crypto';
import { ALL_OPERATIONS } from '../operations.ts';
import { ERRORS } from '../../kernel/errors.ts';
import type { Operation } from '../../kernel/operation.ts';
import { inputSchema, type JsonSchema, outputSchema } from '../schema.ts';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{background:#f4f4f4;padding:.7rem;overflow:auto}
@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}a{color:#8cf}pre{background:#262626}}`;

/** Allows the page's own style and nothing else: no script, nothing from elsewhere. */
export const PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The REST interface as one static page, from the schemas that validate it. */
export function openApiPage(version: string): string {
  const operations = ALL_OPERATIONS;
  const links = operations.map(({ name }) => `<li><a href="#${name}"><code>${name}</code></a></li>`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>MCP Multiplayer: REST interface</title><style>${STYLE}</style></head><body>
<h1>MCP Multiplayer ${escape(version)}</h1>
<p>The REST interface; every operation is also an MCP tool at <code>/mcp</code>. Machines read
<a href="/openapi.json">openapi.json</a>. All but health_check take <code>Authorization: Bearer &lt;token&gt;</code>.</p>
<ul>${links}</ul>
${operations.map(section).join('\n')}
<h2 id="errors">Errors</h2><p>Every error is <code>{"error": {code, message, next, …}}</code>.</p>
${table(['Code', 'Status', 'Meaning', 'What to do'], Object.entries(ERRORS).map(errorRow))}
</body></html>`;
}

function section(operation: Operation): string {
  const paths = [`/${operation.name}`, ...(operation.aliases ?? [])];
  const lines = paths.map((path) => `${operation.method} ${path}`).join('\n');
  return `<section><h2 id="${operation.name}">${escape(operation.title)}</h2>
<p>${escape(operation.description)}</p><pre>${escape(lines)}</pre>
${table(['Field', 'Type', 'Default', 'Meaning'], fields(inputSchema(operation)))}
<details><summary>Answer</summary><pre>${escape(JSON.stringify(outputSchema(operation), null, 2))}</pre></details></section>`;
}

function fields(schema: JsonSchema): string[][] {
  const required = (schema['required'] ?? []) as readonly string[];
  return Object.entries(schema['properties'] as Record<string, JsonSchema>).map(([name, property]) => {
    const fallback = property['default'] === undefined ? '' : JSON.stringify(property['default']);
    const { type = 'one of several', description = '' } = property as { type?: string; description?: string };
    return [name, type, required.includes(name) ? 'required' : fallback, description];
  });
}

function errorRow([code, { status, message, next }]: [
  string,
  { status: number; message: string; next: string },
]) {
  return [code, String(status), message, next];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>No fields.</p>';
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('');
  return `<table><thead><tr>${cells('th', head)}</tr></thead><tbody>${body}</tbody></table>`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
