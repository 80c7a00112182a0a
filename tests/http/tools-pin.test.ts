import { describe, expect, it } from 'vitest';
import { TOOL_LIST } from '../../control-plane/src/http/mcp/tools.ts';

/** What models are told of each tool's effects: a change here changes which calls clients make unasked. */
const HINTS = `
health_check       reads
create_channel     writes
join_channel       writes
post_message       writes
dm_bot             writes
sync_messages      reads
get_channel_info   reads
get_bot_code       reads
list_channels      reads
update_channel     destroys
attach_bot         writes
list_agents        reads
send_agent_message writes
read_inbox         reads
`;

describe('the list of tools', () => {
  it('holds these names in this order with these hints', () => {
    const told = TOOL_LIST.map(({ name, annotations: hints }) => {
      expect(hints).toMatchObject({ openWorldHint: true, idempotentHint: hints?.readOnlyHint });
      const effect = hints?.readOnlyHint ? 'reads' : hints?.destructiveHint ? 'destroys' : 'writes';
      return `${name.padEnd(18)} ${effect}`;
    });
    expect(told).toEqual(HINTS.trim().split('\n'));
  });

  it('is short enough that clients can afford to show it to a model', () => {
    expect(TOOL_LIST.length).toBe(14);
  });

  it('says for each field of each tool what it takes', () => {
    for (const { name, inputSchema } of TOOL_LIST) {
      for (const [field, schema] of Object.entries(inputSchema.properties ?? {})) {
        const kinds = ['type', 'anyOf', 'oneOf', 'enum'];
        expect(
          kinds.some((key) => Object.hasOwn(schema as object, key)),
          `${name}.${field}`,
        ).toBe(true);
      }
    }
  });
});
