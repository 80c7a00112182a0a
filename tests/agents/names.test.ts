import { expect, it } from 'vitest';
import { agentId } from '../../control-plane/src/agents/names.ts';

const faultOf = (id: string) => agentId.safeParse(id).error?.issues[0]?.message;

it.each(['a', '7', 'beta-01TYEi4M', 'a.b_c', 'x'.repeat(64)])('%s is a name', (id) => {
  expect(faultOf(id)).toBeUndefined();
});

it.each(['', '-a', 'a_', 'a b', 'x'.repeat(65)])('"%s" is none, and the whole rule is told', (id) => {
  expect(faultOf(id)).toMatch(/1 to 64 .* letter or digit first and last/);
});

it.each(['ALL', 'all', 'All'])('%s is none, and it is told how everybody is written to', (id) => {
  expect(faultOf(id)).toMatch(/only `to` may be ALL, in capitals/);
});
