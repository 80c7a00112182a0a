import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../control-plane/src/http/mcp/tools.ts';
import { lastData, legacyRequest, modernRequest } from '../http/wire.ts';
import { startApp } from '../http/support.ts';

/** Tokens of the whole list as it is sent: what every session of every model pays before its first call. */
const PINNED_TOKENS = 5_011;
/** Above this a client's other tools suffer. */
const LIMIT_TOKENS = 6_000;

type Schema = { readonly [key: string]: unknown };
interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly properties: Readonly<Record<string, Schema>> };
  readonly outputSchema: { readonly properties: Readonly<Record<string, Schema>> };
}

async function listed(): Promise<{ modern: readonly ListedTool[]; legacy: readonly ListedTool[] }> {
  await using server = await startApp();
  const modern = (await server.app.inject(modernRequest('tools/list'))).json();
  const legacy = lastData((await server.app.inject(legacyRequest('tools/list'))).body);
  return { modern: modern.result.tools, legacy: legacy.result.tools };
}

describe('the list of tools that a model is shown', () => {
  it('takes so many tokens, and not too many', async () => {
    const { modern, legacy } = await listed();
    const tokens = countTokens(JSON.stringify(modern));
    console.log(`tools/list: ${modern.length} tools, ${tokens} tokens (o200k_base)`);
    expect(tokens).toBe(PINNED_TOKENS);
    expect(tokens).toBeLessThan(LIMIT_TOKENS);
    expect(legacy).toEqual(modern);
  });

  it.each([...TOOLS.values()])('names every field of $name', async (operation) => {
    const { modern } = await listed();
    const tool = modern.find(({ name }) => name === operation.name);
    expect(Object.keys(tool?.inputSchema.properties ?? {})).toEqual(Object.keys(operation.input.shape));
    expect(Object.keys(tool?.outputSchema.properties ?? {})).toEqual([
      ...Object.keys(operation.output.shape),
      'error',
    ]);
  });

  it('tells each op of update_channel with its fields', async () => {
    const { modern } = await listed();
    const tool = modern.find(({ name }) => name === 'update_channel');
    const ops = tool?.inputSchema.properties['ops'] as { items: { properties: Record<string, Schema> } };
    const { type, ...fields } = ops.items.properties;
    const told = String(type?.['description']).split('; ');
    expect(type?.['enum']).toEqual(told.map((usage) => usage.split('(')[0]));
    expect(told).toContain('set_admin(slot_id, admin)');
    expect(told).toContain('issue_invite(slot_id, ttl_s?)');
    const named = told.flatMap((usage) => usage.match(/(?<=[(\s])\w+/g) ?? []);
    expect([...new Set(named)].sort()).toEqual(Object.keys(fields).sort());
  });
});
