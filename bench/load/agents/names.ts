import { HttpClient } from '../../http.ts';
import type { Target } from './protocol.ts';

/** Registrations under way at once. */
const AT_ONCE = 50;

/** Names of so many agents. */
export function agentNames(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `bench-${n}`);
}

/** Registers them, all as agents of the one account. */
export async function registerAll({ url, token }: Target, agents: readonly string[]): Promise<void> {
  using http = new HttpClient(url, token);
  const left = [...agents];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let agent_id = left.pop(); agent_id !== undefined; agent_id = left.pop())
        await http.send('POST', '/api/v1/agents/register', JSON.stringify({ agent_id, name: agent_id }));
    }),
  );
}
